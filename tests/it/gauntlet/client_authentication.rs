//! Client authentication: every fault at every endpoint, and nothing that tells one from another.

use tokio::task::JoinSet;

use crate::support::hashes::Hashes;
use crate::support::site::Call;
use crate::support::{Answer, App, Client};

const PATHS: [&str; 4] = [
    "/api/oidc/token",
    "/api/oidc/introspection",
    "/api/oidc/revocation",
    "/api/oidc/pushed-authorization-request",
];

/// A client of each kind: by header, by form, without a secret.
const KNOWN: [&str; 3] = ["machine", "post", "spa"];
const UNKNOWN: &str = "nobody";

/// What every request asks, whatever its endpoint.
const ASKED: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("token", "x")];

/// How a request proves its client.
enum Proof {
    /// A header, or several.
    Headers(Vec<Vec<u8>>),
    /// Fields of the form.
    Form(Vec<(&'static str, String)>),
    /// Both.
    Both(Vec<Vec<u8>>, Vec<(&'static str, String)>),
}

fn basic(credentials: &[u8]) -> Vec<u8> {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(credentials)).into_bytes()
}

/// Everything that is wrong with a client of this id, with what is wrong.
fn faults(id: &str, public: bool) -> Vec<(String, Proof)> {
    let own = |secret: &[u8]| [id.as_bytes(), b":", secret].concat();
    let mut faults: Vec<(String, Proof)> = Vec::new();
    let large = vec![b's'; 16 * 1024];
    for secret in
        [&b""[..], b"null", b"undefined", b"wrong", b"%00", b"a%00b", b"wrong+", b"%C3%A9", &large, b"digest"]
    {
        let shown = String::from_utf8_lossy(&secret[..secret.len().min(10)]).into_owned();
        faults.push((format!("header with secret {shown}"), Proof::Headers(vec![basic(&own(secret))])));
    }
    for junk in [&b"\xff\xfe"[..], b"%2", b"%zz", b"%", b"\0", b"\n", b"%0a", b"\x7f"] {
        faults.push((format!("header with junk {junk:?}"), Proof::Headers(vec![basic(&own(junk))])));
    }
    let spaced = [b"Basic  ".as_slice(), &basic(&own(b"wrong"))[6..]].concat();
    let tabbed = [b"Basic\t".as_slice(), &basic(&own(b"wrong"))[6..]].concat();
    for header in [
        basic(id.as_bytes()),
        b"Basic".to_vec(),
        b"Basic ".to_vec(),
        b"Basic ***".to_vec(),
        b"Basic \xe9\xe9".to_vec(),
        format!("Bearer {id}").into_bytes(),
        format!("Digest username=\"{id}\"").into_bytes(),
        id.as_bytes().to_vec(),
        spaced,
        tabbed,
    ] {
        let shown = String::from_utf8_lossy(&header).into_owned();
        faults.push((format!("header {shown}"), Proof::Headers(vec![header.clone()])));
        let named = vec![("client_id", id.to_owned())];
        faults.push((format!("header {shown} and client_id"), Proof::Both(vec![header], named)));
    }
    let right = basic(&own(format!("{id}-secret").as_bytes()));
    faults.push(("header twice".to_owned(), Proof::Headers(vec![right.clone(), right.clone()])));
    // An empty parameter is one that was not sent (RFC 6749 §3.1), which is right for a public client.
    let empty = if public { "x" } else { "" };
    for secret in [empty, "null", "wrong", "\0", "wrong\0", " ", &"s".repeat(40 * 1024)] {
        let fields = vec![("client_id", id.to_owned()), ("client_secret", secret.to_owned())];
        let shown = secret.get(..10).unwrap_or(secret);
        faults.push((format!("form with secret {shown:?}"), Proof::Form(fields)));
    }
    let secret = ("client_secret", format!("{id}-secret"));
    faults.push(("header and form".to_owned(), Proof::Both(vec![right.clone()], vec![secret.clone()])));
    let other = ("client_id", "web".to_owned());
    faults.push(("header, another id in the form".to_owned(), Proof::Both(vec![right.clone()], vec![other])));
    for assertion in ["a.b.c", "", "e30.e30."] {
        let fields = || {
            vec![
                (
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned(),
                ),
                ("client_assertion", assertion.to_owned()),
                ("client_id", id.to_owned()),
            ]
        };
        faults.push((format!("assertion {assertion:?}"), Proof::Form(fields())));
        let with_secret = [fields(), vec![secret.clone()]].concat();
        faults.push((format!("assertion {assertion:?} and secret"), Proof::Form(with_secret)));
        faults.push((
            format!("assertion {assertion:?} and header"),
            Proof::Both(vec![right.clone()], fields()),
        ));
    }
    faults
}

fn call(app: &App, path: &str, proof: &Proof) -> Call {
    let (headers, fields) = match proof {
        Proof::Headers(headers) => (headers.as_slice(), &[][..]),
        Proof::Form(fields) => (&[][..], fields.as_slice()),
        Proof::Both(headers, fields) => (headers.as_slice(), fields.as_slice()),
    };
    let mut form = ASKED.to_vec();
    form.extend(fields.iter().map(|(name, value)| (*name, value.as_str())));
    headers.iter().fold(app.post(path).form(&form), |call, header| call.raw_header("authorization", header))
}

/// All of an answer but what differs from request to request.
fn seen(answer: &Answer) -> (u16, Vec<(String, Vec<u8>)>, String) {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "x-request-id");
    let headers = headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    (answer.status, headers, answer.text())
}

#[tokio::test]
async fn g11_every_fault_of_every_kind_of_client_is_refused_at_every_endpoint_as_an_unknown_client_is() {
    let app = App::start().await;
    let hashes = Hashes::counted();
    let mut bodies = std::collections::BTreeSet::new();
    for path in PATHS {
        for id in KNOWN {
            for ((what, known), (_, unknown)) in
                faults(id, id == "spa").iter().zip(faults(UNKNOWN, id == "spa"))
            {
                let what = format!("{id} at {path}: {what}");
                hashes.take();
                let known = call(&app, path, known).send().await;
                let of_known = hashes.take();
                let unknown_answer = call(&app, path, &unknown).send().await;
                assert_eq!(hashes.take(), of_known, "{what}: the hashes computed");
                known.expect_error(401, "invalid_client");
                assert_eq!(seen(&known), seen(&unknown_answer), "{what}");
                let challenge = if matches!(unknown, Proof::Form(_)) { "" } else { "Basic realm=\"signet\"" };
                assert_eq!(known.header("www-authenticate"), challenge, "{what}");
                assert_eq!(known.header("cache-control"), "no-store", "{what}");
                bodies.insert(known.text());
            }
        }
    }
    assert_eq!(bodies.len(), 1, "{bodies:?}");
}

#[tokio::test]
async fn g11_only_the_registered_method_counts_and_only_in_header_or_form() {
    let app = App::start().await;
    for path in PATHS {
        let by_header = |id: &str| app.post(path).form(&ASKED).basic(id, &format!("{id}-secret"));
        let by_form = |id: &'static str, secret: Option<&'static str>| {
            let mut fields = ASKED.to_vec();
            fields.push(("client_id", id));
            fields.extend(secret.map(|secret| ("client_secret", secret)));
            app.post(path).form(&fields)
        };
        let query = format!("{path}?client_id=post&client_secret=post-secret");
        let mut wrong = vec![
            by_header("post"),
            by_header("spa"),
            by_form("machine", Some("machine-secret")),
            by_form("machine", None),
            by_form("post", None),
            by_form("spa", Some("spa-secret")),
            app.post(&query).form(&ASKED),
            app.post(path).form(&ASKED),
            app.post(path).form(&ASKED).basic("", ""),
            app.post(path).form(&ASKED).basic("alice", "alice-password"),
        ];
        if path.ends_with("introspection") {
            wrong.push(by_form("spa", None));
        }
        for call in wrong {
            call.send().await.expect_error(401, "invalid_client");
        }
        for right in [by_header("machine"), by_form("post", Some("post-secret"))] {
            assert_ne!(right.send().await.status, 401, "{path}");
        }
    }
}

#[tokio::test]
async fn g11_a_secret_beyond_every_limit_is_refused_before_it_is_read() {
    let app = App::start().await;
    let large = "s".repeat(65 * 1024);
    for path in PATHS {
        for id in KNOWN.into_iter().chain([UNKNOWN]) {
            let by_form = app.post(path).form(&[("client_id", id), ("client_secret", &large)]);
            assert_eq!(by_form.send().await.status, 413, "{id} at {path}");
            let by_header = app.post(path).form(&ASKED).basic(id, &large);
            assert_eq!(by_header.send().await.status, 431, "{id} at {path}");
        }
    }
}

/// A digest that takes long enough to keep every thread that hashes busy while requests come.
const SLOW: &str = "identity_providers: {oidc: {clients: [{client_id: slow, client_secret: \
    '$argon2id$v=19$m=65536,t=3,p=4$BpLnfgDsc2WD8F2q$o/vzA4myCqZZ36bUGsDY//8mKUYNZZaR0t4MFFSs+iM', \
    redirect_uris: ['https://slow.example.com/cb']}, {client_id: machine, client_secret: 'digest:machine-secret', \
    grant_types: [client_credentials], scopes: [read]}, {client_id: spa, public: true, \
    redirect_uris: ['https://rp.example.com/spa']}]}}";

#[tokio::test]
async fn g11_one_wrong_secret_sent_many_times_at_once_costs_the_same_for_known_and_unknown() {
    let app = App::with(SLOW).await;
    let hashes = Hashes::counted();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let at_once = |id: &str, secrets: Vec<String>| -> JoinSet<Answer> {
        secrets.iter().map(|secret| app.post(PATHS[0]).form(&ASKED).basic(id, secret).send()).collect()
    };
    let cost = async |id: &str| {
        let busy = at_once("slow", (0..threads).map(|number| format!("wrong-{number}")).collect());
        let calls = at_once(id, vec!["wrong".to_owned(); 8]);
        for answer in calls.join_all().await.into_iter().chain(busy.join_all().await) {
            answer.expect_error(401, "invalid_client");
        }
        hashes.take() - threads
    };
    for id in ["machine", "nobody", "spa", "nobody-else"] {
        // Should the machine be so busy that hashes end before the requests have come, they are sent again.
        let mut costs = Vec::new();
        while costs.last() != Some(&1) {
            costs.push(cost(id).await);
            assert!(costs.len() < 20, "{id}: {costs:?}");
        }
    }
    Client::new(&app, "machine").token(&ASKED[..1]).await.expect(200);
}
