//! The life of grants against a model: any steps in any order, on both databases.

mod model;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use self::model::{Family, Model};
use crate::support::client::code_fields;
use crate::support::counts::rounds;
use crate::support::{App, Ask, Browser, Client};

/// One thing that happens. Numbers pick among what there is.
#[derive(Clone, Debug)]
enum Step {
    /// The person signs in and allows the client; with or without `offline_access`.
    Issue { offline: bool },
    /// The client redeems the code.
    Redeem(usize),
    /// The client redeems it without the right verifier.
    RedeemUnproven(usize),
    /// Another client tries to.
    RedeemAsAnother(usize),
    /// The client refreshes, with any refresh token it ever got.
    Refresh(usize, usize),
    /// Another client tries to.
    RefreshAsAnother(usize, usize),
    /// The client revokes an access token.
    RevokeAccess(usize, usize),
    /// The client revokes a refresh token.
    RevokeRefresh(usize, usize),
    /// Another client tries to revoke an access token.
    RevokeAsAnother(usize, usize),
    /// The person signs out where the grant began.
    SignOut(usize),
    /// The person is disabled, or enabled again.
    Enabled(bool),
    /// Time passes, in seconds.
    Wait(i64),
    /// Signet is stopped and started.
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let pick = || 0..8_usize;
    prop_oneof![
        4 => any::<bool>().prop_map(|offline| Step::Issue { offline }),
        6 => pick().prop_map(Step::Redeem),
        1 => pick().prop_map(Step::RedeemUnproven),
        1 => pick().prop_map(Step::RedeemAsAnother),
        6 => (pick(), pick()).prop_map(|(family, token)| Step::Refresh(family, token)),
        1 => (pick(), pick()).prop_map(|(family, token)| Step::RefreshAsAnother(family, token)),
        1 => (pick(), pick()).prop_map(|(family, token)| Step::RevokeAccess(family, token)),
        1 => (pick(), pick()).prop_map(|(family, token)| Step::RevokeRefresh(family, token)),
        1 => (pick(), pick()).prop_map(|(family, token)| Step::RevokeAsAnother(family, token)),
        1 => pick().prop_map(Step::SignOut),
        1 => any::<bool>().prop_map(Step::Enabled),
        2 => prop_oneof![1..59_i64, 60..3599_i64, 3600..6000_i64].prop_map(Step::Wait),
        1 => Just(Step::Restart),
    ]
}

#[test]
fn a_grant_lives_as_its_model_on_sqlite() {
    live(App::start());
}

#[test]
fn a_grant_lives_as_its_model_on_postgresql() {
    live(App::on_postgres());
}

fn live(app: impl Future<Output = App>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let app = runtime.block_on(app);
    let steps = prop::collection::vec(step(), 1..24);
    let cases = u32::try_from(rounds(16, 500)).unwrap();
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let lived = runner.run(&steps, |steps| runtime.block_on(one_life(app.clone(), steps)));
    if let Err(error) = lived {
        panic!("{error}");
    }
    println!("{cases} lives of grants, all as the model says");
}

async fn one_life(app: App, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut life = Life { app, model: Model::default(), browsers: Vec::new() };
    life.enable(true).await;
    for step in steps {
        life.take(&step).await?;
        life.compare(&step).await?;
    }
    Ok(())
}

/// A provider, and what must be true of it.
struct Life {
    app: App,
    model: Model,
    browsers: Vec<Browser>,
}

impl Life {
    fn web(&self) -> Client {
        Client::new(&self.app, "web")
    }

    fn another(&self) -> Client {
        Client::new(&self.app, "web-2fa")
    }

    fn now(&self) -> i64 {
        self.app.clock.now()
    }

    async fn enable(&self, enabled: bool) {
        self.app
            .rewrite_people(
                |people| people[0].disabled = !enabled,
                "alice",
                |user| user.is_some_and(|user| user.disabled != enabled),
            )
            .await;
    }

    async fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        let now = self.now();
        match step {
            Step::Issue { offline } => {
                if !self.model.enabled || self.model.families.len() == 3 {
                    return Ok(());
                }
                let scope = if *offline { "openid offline_access" } else { "openid" };
                let mut browser = Browser::new(&self.app);
                let code = browser.authorize(&Ask::of("web").scope(scope), "alice").await.code();
                self.browsers.push(browser);
                self.model.families.push(Family::new(code, *offline, now));
            }
            Step::Redeem(family) => {
                let Some(family) = self.model.pick(*family) else { return Ok(()) };
                let code = self.model.families[family].code.clone();
                let expected = self.model.redeem(family, now);
                let answer = self.web().redeem(&code).await;
                prop_assert_eq!(answer.status, if expected { 200 } else { 400 }, "{}", answer.text());
                if expected {
                    self.model.families[family].got(&answer.json(), now);
                }
            }
            Step::RedeemUnproven(family) => {
                let Some(family) = self.model.pick(*family) else { return Ok(()) };
                let code = self.model.families[family].code.clone();
                let mut fields = code_fields("web", &code);
                fields[3].1 = "not-the-verifier-of-this-code-but-long-enough-to-be-one";
                self.model.families[family].fail_proof();
                self.web().token(&fields).await.expect_error(400, "invalid_grant");
            }
            Step::RedeemAsAnother(family) => {
                let Some(family) = self.model.pick(*family) else { return Ok(()) };
                let code = self.model.families[family].code.clone();
                self.another().token(&code_fields("web", &code)).await.expect_error(400, "invalid_grant");
            }
            Step::Refresh(family, token) => {
                let Some((family, index)) = self.model.pick_refresh(*family, *token) else { return Ok(()) };
                let text = self.model.families[family].refresh[index].text.clone();
                let expected = self.model.refresh(family, index, now);
                let answer = self.web().refresh(&text).await;
                prop_assert_eq!(answer.status, if expected { 200 } else { 400 }, "{}", answer.text());
                if expected {
                    self.model.families[family].got(&answer.json(), now);
                }
            }
            Step::RefreshAsAnother(family, token) => {
                let Some((family, index)) = self.model.pick_refresh(*family, *token) else { return Ok(()) };
                let text = self.model.families[family].refresh[index].text.clone();
                self.another().refresh(&text).await.expect_error(400, "invalid_grant");
            }
            Step::RevokeAccess(family, token) => {
                let Some((family, index)) = self.model.pick_access(*family, *token) else { return Ok(()) };
                let text = self.model.families[family].access[index].text.clone();
                self.web().revoke(&text).await.expect(200);
                self.model.families[family].revoked = true;
            }
            Step::RevokeRefresh(family, token) => {
                let Some((family, index)) = self.model.pick_refresh(*family, *token) else { return Ok(()) };
                let text = self.model.families[family].refresh[index].text.clone();
                self.web().revoke(&text).await.expect(200);
                self.model.families[family].revoked = true;
            }
            Step::RevokeAsAnother(family, token) => {
                let Some((family, index)) = self.model.pick_access(*family, *token) else { return Ok(()) };
                let text = self.model.families[family].access[index].text.clone();
                self.another().revoke(&text).await.expect(200);
            }
            Step::SignOut(family) => {
                let Some(family) = self.model.pick(*family) else { return Ok(()) };
                let page = self.browsers[family].open("/logout").await;
                // Nobody is signed in any more when the session is over or the person disabled.
                if page.has("logout-confirm") {
                    self.browsers[family].press(&page, "logout-confirm", &[]).await;
                    self.model.families[family].signed_out();
                }
            }
            Step::Enabled(enabled) => {
                self.enable(*enabled).await;
                self.model.enabled = *enabled;
            }
            Step::Wait(seconds) => self.app.clock.advance(*seconds),
            Step::Restart => {
                self.app.restart().await;
                for browser in &mut self.browsers {
                    browser.app = self.app.site.clone();
                }
            }
        }
        Ok(())
    }

    /// Every token is worth what the model says.
    async fn compare(&self, after: &Step) -> Result<(), TestCaseError> {
        let now = self.now();
        let web = self.web();
        for family in &self.model.families {
            for token in &family.access {
                let stands = self.model.access_stands(family, token, now);
                prop_assert_eq!(web.is_active(&token.text).await, stands, "access token after {:?}", after);
            }
            for token in &family.refresh {
                let stands = self.model.refresh_stands(family, token, now);
                prop_assert_eq!(web.is_active(&token.text).await, stands, "refresh token after {:?}", after);
            }
        }
        Ok(())
    }
}
