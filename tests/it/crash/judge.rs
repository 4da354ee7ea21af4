//! The ledger held against what the provider says: everything that was answered is there, and nothing works twice.

use super::ledger::{Family, Refresh};
use super::load::{Which, Worker, by_name, text};
use crate::support::Answer;
use crate::support::site::Call;

impl Worker {
    /// The same as `must`, where an answer has to come.
    async fn ask(&mut self, what: &str, call: Call) -> Answer {
        let answer = call.try_send().await;
        let answer = answer.unwrap_or_else(|| panic!("{what}: no answer"));
        assert!(answer.status < 500, "{what}: {} {}", answer.status, answer.text());
        answer
    }

    async fn expect_works_once(&mut self, code: &str, may_be_spent: bool) {
        let call = self.redeem(code);
        let first = self.ask("a code", call).await;
        if first.status != 200 {
            assert!(may_be_spent, "a code that was answered is gone: {}", first.text());
            first.expect_error(400, "invalid_grant");
            return;
        }
        let call = self.redeem(code);
        self.ask("a code", call).await.expect_error(400, "invalid_grant");
        self.expect_active(Which::App, &text(&first, "access_token"), false).await;
    }

    /// What was answered since the last time; gives how many things were looked at.
    pub(super) async fn judge(&mut self) -> usize {
        let mut facts = 0;
        let (codes, doubtful) =
            (std::mem::take(&mut self.ledger.codes), std::mem::take(&mut self.ledger.doubtful_codes));
        facts += codes.len() + doubtful.len();
        for code in codes {
            self.expect_works_once(&code, false).await;
        }
        for code in doubtful {
            self.expect_works_once(&code, true).await;
        }
        for family in std::mem::take(&mut self.ledger.families) {
            facts += 1;
            self.judge_family(family).await;
        }
        for family in std::mem::take(&mut self.ledger.ended) {
            facts += 1;
            for token in &family.access {
                self.expect_active(Which::App, token, false).await;
            }
            if let Refresh::Fresh(token) | Refresh::Doubtful(token) = &family.refresh {
                let call = self.refresh(token);
                self.ask("a revoked refresh token", call).await.expect_error(400, "invalid_grant");
            }
        }
        let requests = std::mem::take(&mut self.ledger.requests);
        let doubtful = std::mem::take(&mut self.ledger.doubtful_requests);
        let opened = std::mem::take(&mut self.ledger.opened);
        facts += requests.len() + doubtful.len() + opened.len();
        for (request, works) in requests
            .into_iter()
            .map(|request| (request, Some(true)))
            .chain(doubtful.into_iter().map(|request| (request, None)))
            .chain(opened.into_iter().map(|request| (request, Some(false))))
        {
            let call = self.authorize(&by_name(&request));
            let answer = self.ask("a pushed request", call).await;
            assert!(works.is_none_or(|works| works == (answer.status == 303)), "{works:?} {}", answer.text());
            let call = self.authorize(&by_name(&request));
            assert_eq!(self.ask("a pushed request", call).await.status, 400, "it works twice");
        }
        facts
    }

    async fn judge_family(&mut self, family: Family) {
        for token in &family.access {
            self.expect_active(Which::App, token, true).await;
        }
        let mut access = family.access.clone();
        match &family.refresh {
            Refresh::Never => {
                let call = self.redeem(&family.code);
                self.ask("a spent code", call).await.expect_error(400, "invalid_grant");
            }
            Refresh::Fresh(token) => {
                let call = self.refresh(token);
                let answer = self.ask("a fresh refresh token", call).await.expect(200);
                access.push(text(&answer, "access_token"));
                let again = family.spent.first().unwrap_or(token);
                let call = self.refresh(again);
                self.ask("a spent refresh token", call).await.expect_error(400, "invalid_grant");
            }
            Refresh::Doubtful(token) => {
                let call = self.refresh(token);
                let answer = self.ask("a refresh token", call).await;
                if answer.status == 200 {
                    access.push(text(&answer, "access_token"));
                    let call = self.refresh(token);
                    self.ask("a spent refresh token", call).await.expect_error(400, "invalid_grant");
                } else {
                    answer.expect_error(400, "invalid_grant");
                }
            }
        }
        // Somebody used it twice: the family has ended.
        for token in &access {
            self.expect_active(Which::App, token, false).await;
        }
        let call = self.redeem(&family.code);
        self.ask("a spent code", call).await.expect_error(400, "invalid_grant");
    }

    /// What stands for good.
    pub(super) async fn judge_lasting(&mut self) -> usize {
        for token in self.ledger.standing.clone() {
            self.expect_active(Which::Service, &token, true).await;
        }
        for token in self.ledger.revoked.clone() {
            self.expect_active(Which::Service, &token, false).await;
        }
        self.ledger.standing.len() + self.ledger.revoked.len()
    }
}
