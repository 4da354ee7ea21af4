//! The mixed load: relying parties that write down what they were answered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::ledger::{Family, Ledger, Refresh};
use crate::support::client::code_fields;
use crate::support::site::Call;
use crate::support::{Answer, Ask, Browser, Client, Site, View};

/// How many ask at once.
const WORKERS: usize = 8;
/// How long each waits from one request to the next, so that all of them ask a hundred times in a second.
const PACE: Duration = Duration::from_millis(80);

/// What asks a person each time, and gives a refresh token.
const OFFLINE: &str = "openid offline_access";

/// What the requests came to.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// How often each answer came, 0 for none.
    pub statuses: BTreeMap<u16, usize>,
    /// The longest that an answer took, and the longest that a 503 took.
    pub slowest: Duration,
    pub slowest_503: Duration,
}

impl Figures {
    fn add(&mut self, status: u16, took: Duration) {
        *self.statuses.entry(status).or_default() += 1;
        if status == 503 {
            self.slowest_503 = self.slowest_503.max(took);
        } else if status != 0 {
            self.slowest = self.slowest.max(took);
        }
    }

    pub fn merge(&mut self, other: &Self) {
        for (status, count) in &other.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
        self.slowest = self.slowest.max(other.slowest);
        self.slowest_503 = self.slowest_503.max(other.slowest_503);
    }

    /// Requests that got no answer, or one that says that the provider failed.
    pub fn failed(&self) -> usize {
        self.statuses
            .iter()
            .filter(|(status, _)| **status == 0 || **status >= 500)
            .map(|(_, count)| count)
            .sum()
    }

    pub fn total(&self) -> usize {
        self.statuses.values().sum()
    }
}

/// Relying parties with one browser each, which has signed in.
pub struct Load {
    workers: Vec<Worker>,
}

/// A load under way.
pub struct Running {
    stop: Arc<AtomicBool>,
    written: Arc<Notify>,
    workers: JoinSet<Worker>,
}

impl Load {
    pub async fn at(site: &Site) -> Self {
        let mut workers = Vec::new();
        for number in 0..WORKERS {
            let mut browser = Browser::new(site);
            browser.sign_in_at_home("alice").await;
            // It is known by its cookie from here on.
            browser.authorize(&Ask::of("app").scope(OFFLINE), "alice").await.code();
            workers.push(Worker {
                app: Client::new(site, "app"),
                service: Client::new(site, "service"),
                site: site.clone(),
                browser,
                ledger: Ledger::default(),
                figures: Figures::default(),
                written: Arc::default(),
                turn: number,
            });
        }
        Self { workers }
    }

    pub fn begin(self) -> Running {
        let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()));
        let mut workers = JoinSet::new();
        for mut worker in self.workers {
            let stop = stop.clone();
            worker.written = written.clone();
            workers.spawn(async move {
                let mut turns = tokio::time::interval(PACE);
                turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
                while !stop.load(Ordering::SeqCst) {
                    turns.tick().await;
                    worker.step().await;
                }
                worker
            });
        }
        Running { stop, written, workers }
    }

    /// Holds everything that was answered since the last time against what the provider says now; gives how many things
    /// were looked at.
    pub async fn judge(&mut self) -> usize {
        let mut judges = JoinSet::new();
        for mut worker in self.workers.drain(..) {
            judges.spawn(async move {
                let facts = worker.judge().await;
                (worker, facts)
            });
        }
        let judged = judges.join_all().await;
        let facts = judged.iter().map(|(_, facts)| facts).sum();
        self.workers = judged.into_iter().map(|(worker, _)| worker).collect();
        facts
    }

    /// What stands for good: looked at once more, after everything that happened.
    pub async fn judge_all(&mut self) -> usize {
        let mut facts = 0;
        for worker in &mut self.workers {
            facts += worker.judge_lasting().await;
        }
        facts
    }

    /// What came of the requests; begins anew.
    pub fn figures(&mut self) -> Figures {
        let mut all = Figures::default();
        for worker in &mut self.workers {
            all.merge(&std::mem::take(&mut worker.figures));
        }
        all
    }
}

impl Running {
    /// Ends at the moment in which a client is told that something was written.
    pub async fn next_written(&self) {
        self.written.notified().await;
    }

    /// Lets what is under way come to its end.
    pub async fn end(self) -> Load {
        self.stop.store(true, Ordering::SeqCst);
        Load { workers: self.workers.join_all().await }
    }
}

/// One relying party.
pub struct Worker {
    pub(super) site: Site,
    pub(super) app: Client,
    pub(super) service: Client,
    pub(super) browser: Browser,
    pub(super) ledger: Ledger,
    figures: Figures,
    /// Told of each answer that says that something was written.
    written: Arc<Notify>,
    turn: usize,
}

/// What is known after a request.
enum Known {
    Done(Answer),
    Refused(Answer),
    /// No answer, or one that says to ask later: it was done, or it was not.
    Unknown,
}

impl Worker {
    async fn send(&mut self, call: Call) -> Known {
        let begun = Instant::now();
        let answer = call.try_send().await;
        self.figures.add(answer.as_ref().map_or(0, |answer| answer.status), begun.elapsed());
        match answer {
            None => Known::Unknown,
            Some(answer) if answer.status == 503 => {
                assert_eq!(answer.header("retry-after"), "5", "{}", answer.text());
                Known::Unknown
            }
            Some(answer) if answer.status < 400 => Known::Done(answer),
            Some(answer) => Known::Refused(answer),
        }
    }

    /// What must work: it is known to be done, or nothing is known.
    async fn must(&mut self, what: &str, call: Call) -> Option<Answer> {
        let answer = self.reads(what, call).await;
        if answer.is_some() {
            self.written.notify_waiters();
        }
        answer
    }

    /// The same, when it changes nothing.
    async fn reads(&mut self, what: &str, call: Call) -> Option<Answer> {
        match self.send(call).await {
            Known::Done(answer) => Some(answer),
            Known::Unknown => None,
            Known::Refused(answer) => panic!("{what}: {} {}", answer.status, answer.text()),
        }
    }

    pub(super) fn authorize(&self, ask: &str) -> Call {
        let path = format!("/api/oidc/authorization?{ask}");
        self.site.get(&path).header("cookie", &self.browser.cookie_line())
    }

    pub(super) fn redeem(&self, code: &str) -> Call {
        self.app.call("/api/oidc/token", &code_fields("app", code))
    }

    pub(super) fn refresh(&self, token: &str) -> Call {
        self.app.call("/api/oidc/token", &[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    fn introspect(&self, client: &Client, token: &str) -> Call {
        client.call("/api/oidc/introspection", &[("token", token)])
    }

    async fn step(&mut self) {
        self.turn += 1;
        match self.turn % 8 {
            0 => {
                let call = self.authorize(&Ask::of("app").encoded());
                let answer = self.must("a browser that signed in", call).await;
                self.ledger.codes.extend(answer.as_ref().and_then(code));
            }
            1 => {
                let code = self.consent().await;
                self.ledger.codes.extend(code);
            }
            2 => self.redeem_one().await,
            3 => self.refresh_one().await,
            4 => {
                let call = self.service.call("/api/oidc/token", &[("grant_type", "client_credentials")]);
                if let Some(answer) = self.must("a client", call).await {
                    self.ledger.standing.push(text(&answer, "access_token"));
                }
            }
            5 => self.revoke_one().await,
            6 => self.look().await,
            _ => self.push_or_open().await,
        }
    }

    /// A login that asks the person; nothing when an answer is missing on the way.
    async fn consent(&mut self) -> Option<String> {
        let call = self.authorize(&Ask::of("app").scope(OFFLINE).encoded());
        let mut answer = self.must("a browser that signed in", call).await?;
        let mut path = String::new();
        while answer.status == 303 {
            path = answer.header("location").to_owned();
            if !path.starts_with('/') {
                return code(&answer);
            }
            let call = self.site.get(&path).header("cookie", &self.browser.cookie_line());
            answer = self.reads("a page", call).await?;
        }
        let page = View { path, answer, outside: None };
        assert_eq!(page.step(), "consent");
        let fields = Browser::filled(&page, "consent-allow", &[]);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let call = self.site.post(&page.path).form(&fields).header("origin", &self.site.origin);
        let call = call.header("cookie", &self.browser.cookie_line());
        let answer = self.must("a consent", call).await?;
        code(&answer)
    }

    async fn redeem_one(&mut self) {
        let Some(code) = self.ledger.codes.pop() else { return };
        let call = self.redeem(&code);
        match self.must("a fresh code", call).await {
            Some(answer) => self.ledger.families.push(Family {
                code,
                access: vec![text(&answer, "access_token")],
                refresh: match answer.json()["refresh_token"].as_str() {
                    Some(token) => Refresh::Fresh(token.to_owned()),
                    None => Refresh::Never,
                },
                spent: Vec::new(),
            }),
            None => self.ledger.doubtful_codes.push(code),
        }
    }

    async fn refresh_one(&mut self) {
        let Some(mut family) = self.ledger.families.pop() else { return };
        if let Refresh::Fresh(token) = &family.refresh {
            let (token, call) = (token.clone(), self.refresh(token));
            match self.must("a fresh refresh token", call).await {
                Some(answer) => {
                    family.access.push(text(&answer, "access_token"));
                    family.refresh = Refresh::Fresh(text(&answer, "refresh_token"));
                    family.spent.push(token);
                }
                None => family.refresh = Refresh::Doubtful(token),
            }
        }
        // To the other end, so that each has its turn.
        self.ledger.families.insert(0, family);
    }

    async fn revoke_one(&mut self) {
        if self.turn % 16 < 8 && self.ledger.families.len() > 2 {
            let family = self.ledger.families.pop().expect("there are some");
            let call = self.app.call("/api/oidc/revocation", &[("token", &family.access[0])]);
            if self.must("a revocation", call).await.is_some() {
                self.ledger.ended.push(family);
            }
        } else if let Some(token) = self.ledger.standing.pop() {
            let call = self.service.call("/api/oidc/revocation", &[("token", &token)]);
            if self.must("a revocation", call).await.is_some() {
                self.ledger.revoked.push(token);
            }
        }
    }

    /// Reads agree with the ledger while others write.
    async fn look(&mut self) {
        if let Some(token) = self.ledger.standing.last().cloned() {
            self.expect_active(Which::Service, &token, true).await;
        }
        if let Some(token) = self.ledger.revoked.last().cloned() {
            self.expect_active(Which::Service, &token, false).await;
        }
        if let Some(token) = self.ledger.families.last().map(|family| family.access[0].clone()) {
            self.expect_active(Which::App, &token, true).await;
        }
    }

    /// Asserts whether a token stands, when an answer comes.
    pub(super) async fn expect_active(&mut self, which: Which, token: &str, active: bool) -> bool {
        let client = match which {
            Which::App => &self.app,
            Which::Service => &self.service,
        };
        let call = self.introspect(client, token);
        let Some(answer) = self.reads("an introspection", call).await else { return false };
        assert_eq!(answer.json()["active"], active, "a token of {which:?}: {}", answer.text());
        true
    }

    async fn push_or_open(&mut self) {
        if let Some(request) = self.ledger.requests.pop() {
            let call = self.authorize(&by_name(&request));
            match self.must("a pushed request", call).await {
                Some(answer) => match code(&answer) {
                    Some(code) => {
                        self.ledger.codes.push(code);
                        self.ledger.opened.push(request);
                    }
                    None => self.ledger.doubtful_requests.push(request),
                },
                None => self.ledger.doubtful_requests.push(request),
            }
            return;
        }
        let ask = Ask::of("app");
        let call = self.app.call("/api/oidc/pushed-authorization-request", &ask.pairs());
        if let Some(answer) = self.must("a push", call).await {
            self.ledger.requests.push(text(&answer, "request_uri"));
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Which {
    App,
    Service,
}

/// The query of a pushed request.
pub(super) fn by_name(request_uri: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("client_id", "app").append_pair("request_uri", request_uri).finish()
}

/// The code that a browser is sent back with; nothing when the relying party is told to ask later.
#[track_caller]
fn code(answer: &Answer) -> Option<String> {
    let location = url::Url::parse(answer.header("location")).expect("it is sent back");
    let of = |wanted: &str| {
        location.query_pairs().find_map(|(name, value)| (name == wanted).then(|| value.into_owned()))
    };
    let code = of("code");
    assert!(
        code.is_some() || of("error").is_some_and(|error| error == "temporarily_unavailable"),
        "{location}"
    );
    code
}

#[track_caller]
pub(super) fn text(answer: &Answer, name: &str) -> String {
    let body = answer.json();
    body[name].as_str().unwrap_or_else(|| panic!("no {name}: {}", answer.text())).to_owned()
}
