//! One key is changed for another while verifiers with key sets of their own age judge every token: none is refused.
//! The times are those of `docs/operations/keys.md`.

use std::collections::{BTreeSet, VecDeque};

use super::angos::Angos;
use super::machine_token;
use super::published::{KeyCache, Source};
use super::toolbox::Toolbox;
use crate::support::app::START;
use crate::support::{App, Client};

/// Between two looks, in seconds. It divides every time below.
const STEP: i64 = 60;
/// What `docs/operations/keys.md` says: so long a key is published before it signs.
const PUBLISHED: i64 = 3600;
/// The longest life of a token here.
const LIFE: i64 = 3600;

const CLIENTS: &str = "
    clients:
      - client_id: ci
        client_secret: digest:ci-secret
        grant_types: [client_credentials]
        access_token_signed_response_alg: RS256
        audience: [my-registry, https://mcp.example.com/]
        scopes: [read, write]
        claims: {email: ci@example.com, email_verified: true, groups: [registry-admins]}
";

/// The configuration in which the two keys have these states; a key without one is not there.
fn configuration(first: Option<&str>, second: Option<&str>) -> String {
    let entry = |name: &str, key: &str, state: Option<&str>| {
        state.map_or(String::new(), |state| {
            format!("      - key_id: {name}\n        state: {state}\n        key: key:{key}\n")
        })
    };
    let keys = [entry("first", "rsa", first), entry("second", "other-rsa", second)];
    format!("identity_providers:\n  oidc:\n    jwks:\n{}{CLIENTS}", keys.concat())
}

/// What happens when, in seconds from the beginning.
struct Plan {
    publish: i64,
    sign: i64,
    remove: i64,
    end: i64,
}

impl Plan {
    /// The next key is published for so long before it signs, and the former one stays for so long after.
    fn with(published: i64, kept: i64) -> Self {
        let publish = 10 * STEP;
        let sign = publish + published;
        Self { publish, sign, remove: sign + kept, end: sign + kept + LIFE / 2 }
    }

    /// The states of the two keys at a time.
    fn states(&self, at: i64) -> (Option<&'static str>, Option<&'static str>) {
        match at {
            at if at >= self.remove => (None, Some("sign")),
            at if at >= self.sign => (Some("retire"), Some("sign")),
            at if at >= self.publish => (Some("sign"), Some("publish")),
            _ => (Some("sign"), None),
        }
    }
}

/// How many good tokens each kind of verifier refused.
#[derive(Debug, Default, PartialEq, Eq)]
struct Refused {
    angos: usize,
    toolbox: usize,
    by_the_header: usize,
}

/// A token that names a key that nobody has. Each one that comes spends a verifier's next look at the key set: the worst
/// that can happen to a throttle.
const UNKNOWN: &str = "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6Im5vYm9keSJ9.e30.AAAA";

struct Judges {
    angos: Vec<Angos>,
    toolbox: Vec<Toolbox>,
    /// From when on each judges, and it: so the ages of their key sets differ.
    by_the_header: Vec<(i64, Angos)>,
}

impl Judges {
    /// Of each kind one that is troubled by unknown keys and one that is not, and of those who do as the header says
    /// four of different age.
    fn of(app: &App) -> Self {
        let source = Source::of(app);
        let by_the_header = |from| {
            let mut judge = Angos::of(source.clone());
            judge.cache = KeyCache::by_the_header();
            (from, judge)
        };
        Self {
            angos: vec![Angos::of(source.clone()), Angos::of(source.clone())],
            toolbox: vec![Toolbox::of(source.clone()), Toolbox::of(source.clone())],
            by_the_header: [0, 4, 8, 12].map(|steps| by_the_header(steps * STEP)).into(),
        }
    }

    async fn trouble(&mut self) {
        assert_eq!(self.angos[0].status(Some(&format!("Bearer {UNKNOWN}"))).await, 401);
        assert_eq!(self.toolbox[0].status(UNKNOWN).await, 401);
    }

    async fn judge(&mut self, tokens: &[&str], at: i64, refused: &mut Refused) {
        for token in tokens {
            let bearer = format!("Bearer {token}");
            for judge in &mut self.angos {
                refused.angos += usize::from(judge.status(Some(&bearer)).await != 200);
            }
            for judge in &mut self.toolbox {
                refused.toolbox += usize::from(judge.status(token).await != 200);
            }
            for (_, judge) in self.by_the_header.iter_mut().filter(|(from, _)| *from <= at) {
                refused.by_the_header += usize::from(judge.status(Some(&bearer)).await != 200);
            }
        }
    }
}

/// A token for both verifiers; where there is a reload, twelve at the same time, and the reload between them.
async fn minted(app: &App, reload: Option<&str>) -> Vec<String> {
    let fields = [("audience", "my-registry https://mcp.example.com/"), ("scope", "read write")];
    let Some(configuration) = reload else { return vec![machine_token(app, "ci", &fields).await] };
    let tasks: Vec<_> = (0..12)
        .map(|number| {
            let (app, configuration) = (app.clone(), (number == 6).then(|| configuration.to_owned()));
            tokio::spawn(async move {
                if let Some(configuration) = configuration {
                    app.reconfigure(&configuration);
                }
                machine_token(&app, "ci", &fields).await
            })
        })
        .collect();
    let mut tokens = Vec::new();
    for task in tasks {
        tokens.push(task.await.unwrap());
    }
    tokens
}

/// Changes the key by a plan, has tokens made and judged all the while, and counts what was refused.
async fn refused_by(plan: &Plan) -> Refused {
    let app = App::with(&configuration(Some("sign"), None)).await;
    let mut judges = Judges::of(&app);
    let (mut refused, mut made, mut kids) = (Refused::default(), 0, BTreeSet::new());
    let mut live: VecDeque<(i64, String)> = VecDeque::new();
    let mut present = (Some("sign"), None);
    while app.clock.now() - START < plan.end {
        let at = app.clock.now() - START;
        let states = plan.states(at);
        let reload = (states != present).then(|| configuration(states.0, states.1));
        present = states;
        judges.trouble().await;
        for token in minted(&app, reload.as_deref()).await {
            kids.insert(jsonwebtoken::decode_header(&token).unwrap().kid.unwrap());
            live.push_back((at, token));
            made += 1;
        }
        live.retain(|(born, _)| at - born < LIFE);
        // What was just made, the oldest that is still good, and one between.
        let new = live.iter().filter(|(born, _)| *born == at);
        let sample: Vec<&str> =
            new.chain([&live[0], &live[live.len() / 2]]).map(|(_, token)| token.as_str()).collect();
        judges.judge(&sample, at, &mut refused).await;
        app.clock.advance(STEP);
    }
    assert!(kids.iter().eq(["first", "second"]), "each key signed in its turn: {kids:?}");
    assert!(made > 100, "{made}");
    refused
}

#[tokio::test(flavor = "multi_thread")]
async fn p03_no_good_token_is_refused_while_keys_change_as_the_guide_says() {
    assert_eq!(refused_by(&Plan::with(PUBLISHED, LIFE)).await, Refused::default());
}

/// The least that each kind of verifier needs: an hour is more than all of them.
#[tokio::test(flavor = "multi_thread")]
async fn p03_a_key_is_published_for_as_long_as_the_slowest_verifier_waits() {
    let soon = refused_by(&Plan::with(0, LIFE)).await;
    assert!(soon.angos > 0 && soon.toolbox > 0 && soon.by_the_header > 0, "published as it signs: {soon:?}");
    let minute = refused_by(&Plan::with(60, LIFE)).await;
    assert!(minute.angos == 0 && minute.toolbox > 0 && minute.by_the_header > 0, "{minute:?}");
    let five_minutes = refused_by(&Plan::with(300, LIFE)).await;
    assert!(
        five_minutes.angos == 0 && five_minutes.toolbox == 0 && five_minutes.by_the_header > 0,
        "{five_minutes:?}"
    );
    assert_eq!(refused_by(&Plan::with(900, LIFE)).await, Refused::default(), "a quarter of an hour");
}

#[tokio::test(flavor = "multi_thread")]
async fn p03_a_key_that_is_taken_out_before_its_last_token_has_ended_leaves_good_tokens_refused() {
    let early = refused_by(&Plan::with(PUBLISHED, LIFE / 2)).await;
    assert!(early.angos > 0 && early.toolbox > 0 && early.by_the_header > 0, "{early:?}");
}

/// A person's tokens of both kinds, over the same change.
#[tokio::test]
async fn p03_a_persons_tokens_of_the_former_key_stay_good_until_they_end() {
    const PEOPLE: &str = "
    claims_policies: {registry: {id_token: [email, email_verified, groups]}}
    clients:
      - client_id: my-registry
        client_secret: digest:my-registry-secret
        redirect_uris: [https://rp.example.com/callback]
        authorization_policy: one_factor
        consent_mode: implicit
        claims_policy: registry
        access_token_signed_response_alg: RS256
        scopes: [openid, email, groups]
";
    let with = |first, second| configuration(first, second).replace(CLIENTS, PEOPLE);
    let app = App::with(&with(Some("sign"), Some("publish"))).await;
    app.write_people(|people| people[0].groups.push("registry-admins"));
    app.clock.advance(1);
    let client = Client::new(&app, "my-registry");
    let former = client.login("alice", "openid email groups").await;
    app.reconfigure(&with(Some("retire"), Some("sign")));
    let present = client.login("alice", "openid email groups").await;
    let mut registry = Angos::of(Source::of(&app));
    for token in [&former.id, &present.id] {
        assert_eq!(registry.judge(Some(&format!("Bearer {token}"))).await, Ok(()));
    }
    for token in [&former.access, &present.access] {
        app.userinfo(token).await.expect(200);
    }
}
