//! Against servers of this machine that count who comes, and lie.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::fetch::{Fetch, Resolver};
use super::*;

/// A server that answers each connection with the same bytes, then keeps it open or ends it.
struct Server {
    port: u16,
    connections: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<String>>>,
}

#[derive(Clone, Copy, PartialEq)]
enum After {
    End,
    Wait,
    /// A byte every 50 milliseconds, for ever.
    Trickle,
    /// As many zeros as are taken.
    Flood,
}

impl Server {
    async fn answering(answer: impl Into<Vec<u8>>, after: After) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Self { port, connections: Arc::default(), heads: Arc::default() };
        let (connections, heads, answer) =
            (server.connections.clone(), server.heads.clone(), Arc::new(answer.into()));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, answer.clone(), heads.clone(), after));
            }
        });
        server
    }

    fn url(&self, host: &str) -> Url {
        format!("http://{host}:{}/keys.json?a=b", self.port).parse().unwrap()
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, answer: Arc<Vec<u8>>, heads: Arc<Mutex<Vec<String>>>, after: After) {
    let mut head = vec![0; 4096];
    let length = stream.read(&mut head).await.unwrap_or(0);
    heads.lock().unwrap().push(String::from_utf8_lossy(&head[..length]).into_owned());
    let _ = stream.write_all(&answer).await;
    match after {
        After::End => {}
        After::Wait => tokio::time::sleep(Duration::from_secs(60)).await,
        After::Trickle => {
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        After::Flood => while stream.write_all(&[b'0'; 8192]).await.is_ok() {},
    }
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// A client for which every name has these addresses, one set for each question, the last set for ever.
fn outbound(allowed: &[&str], answers: &[&[&str]]) -> (Outbound, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let answers: Vec<Vec<IpAddr>> = answers
        .iter()
        .map(|answer| answer.iter().map(|address| address.parse().unwrap()).collect())
        .collect();
    let counter = asked.clone();
    let resolver: Resolver = Arc::new(move |_, port| {
        let number = counter.fetch_add(1, Ordering::SeqCst);
        let answer = answers.get(number).or(answers.last()).cloned().unwrap_or_default();
        Box::pin(async move { Ok(answer.into_iter().map(|ip| SocketAddr::new(ip, port)).collect()) })
    });
    let allowed = allowed.iter().map(|network| network.parse().unwrap()).collect();
    let fetch = Fetch { fence: Arc::new(Fence::new(allowed)), resolver, trust: Arc::default() };
    (Outbound { fetch, clock: Clock::movable(1_000), memory: Arc::default() }, asked)
}

fn allowing() -> Outbound {
    outbound(&["127.0.0.0/8"], &[&["127.0.0.1"]]).0
}

#[tokio::test]
async fn a_document_is_fetched_without_anything_secret() {
    let server = Server::answering(ok("{}"), After::Wait).await;
    assert_eq!(allowing().get(&server.url("keys.test")).await.unwrap(), "{}");
    let head = server.heads.lock().unwrap().concat().to_lowercase();
    assert!(head.starts_with("get /keys.json?a=b http/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("host: keys.test:{}\r\n", server.port)), "{head}");
    for name in ["cookie", "authorization", "referer", "origin"] {
        assert!(!head.contains(&format!("{name}:")), "{head}");
    }
}

#[tokio::test]
async fn nothing_inside_is_connected_to() {
    let server = Server::answering(ok("{}"), After::End).await;
    let any = TcpListener::bind("[::1]:0").await.unwrap();
    let port = server.port;
    let mut urls: Vec<String> = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0x7f.1",
        "0.0.0.0",
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "localhost",
        "LOCALHOST.",
        "10.0.0.1",
        "169.254.169.254",
        "name.test",
    ]
    .iter()
    .flat_map(|host| [format!("http://{host}:{port}/"), format!("https://{host}:{port}/")])
    .collect();
    urls.push(format!("https://[::1]:{}/", any.local_addr().unwrap().port()));
    for scheme in
        ["file:///etc/passwd", "gopher://127.0.0.1:70/_x", "ftp://127.0.0.1/", "data:,x", "unix:/run/x"]
    {
        urls.push(scheme.to_owned());
    }
    for addresses in [&["127.0.0.1"][..], &["::1"], &["::ffff:127.0.0.1"], &["10.0.0.1", "127.0.0.1"]] {
        // Every name leads inside.
        let (outbound, _) = outbound(&[], &[addresses]);
        for url in &urls {
            let got = outbound.get(&url.parse().unwrap()).await;
            assert!(
                matches!(
                    got,
                    Err(OutboundError::Inside { .. }
                        | OutboundError::Readable { .. }
                        | OutboundError::Scheme(_))
                ),
                "{url}: {got:?}"
            );
        }
    }
    assert_eq!(server.connections(), 0);
    let more = tokio::time::timeout(Duration::from_millis(20), any.accept()).await;
    assert!(more.is_err(), "[::1] was connected to");
}

/// DNS rebinding: a name that is outside when it is judged, and inside when it is asked again.
#[tokio::test]
async fn what_was_judged_is_what_is_connected_to() {
    let server = Server::answering(ok("{}"), After::End).await;
    let url = server.url("rebinding.test");
    let https = format!("https://rebinding.test:{}/", server.port).parse().unwrap();
    let (outbound, asked) = outbound(&["192.0.2.0/24"], &[&["192.0.2.1"], &["127.0.0.1"]]);
    let got = outbound.get(&url).await;
    assert!(!matches!(got, Ok(_) | Err(OutboundError::Inside { .. })), "{got:?}");
    assert_eq!(asked.load(Ordering::SeqCst), 1, "a name is asked for once");
    let got = outbound.get(&https).await;
    assert!(matches!(got, Err(OutboundError::Inside { .. })), "{got:?}");
    assert_eq!(server.connections(), 0);
}

/// Of several addresses only those are tried that may be.
#[tokio::test]
async fn an_address_inside_is_left_out() {
    let server = Server::answering(ok("{}"), After::End).await;
    let (outbound, _) = outbound(&["127.0.0.2/32"], &[&["127.0.0.1", "127.0.0.2"]]);
    let got = outbound.get(&server.url("two.test")).await;
    assert!(matches!(got, Err(OutboundError::Connect { .. })), "{got:?}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_lying_server_gets_nothing_through() {
    let large = "x".repeat(64 * 1024 + 1);
    let exact = "x".repeat(64 * 1024);
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(100));
    let long = format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "b".repeat(100_000));
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    type Check = fn(&OutboundError) -> bool;
    let broken: Check = |error| matches!(error, OutboundError::Broken(_));
    let large_told: Check = |error| *error == OutboundError::Large;
    let slow: Check = |error| *error == OutboundError::Slow;
    let cases: Vec<(&str, String, After, Check)> = vec![
        ("too large by its length", ok(&large), After::Wait, large_told),
        (
            "large by its word alone",
            "HTTP/1.1 200 OK\r\ncontent-length: 104857600\r\n\r\n".into(),
            After::Wait,
            large_told,
        ),
        ("without a length and without an end", "HTTP/1.1 200 OK\r\n\r\n".into(), After::Flood, large_told),
        ("one chunk of 100 MiB", format!("{chunked}6400000\r\n"), After::Flood, large_told),
        ("a byte at a time", "HTTP/1.1 200 OK\r\n\r\n".into(), After::Trickle, slow),
        ("a head a byte at a time", "HTTP/1.1 200 OK\r\na: ".into(), After::Trickle, slow),
        ("silence", String::new(), After::Wait, slow),
        (
            "a body that ends early",
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx".into(),
            After::End,
            broken,
        ),
        ("no HTTP", "SSH-2.0-OpenSSH\r\n".into(), After::End, broken),
        ("nothing", String::new(), After::End, broken),
        ("too many fields", many, After::End, broken),
        ("a field too long", long, After::Wait, broken),
        (
            "a redirect",
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\n\r\n".into(),
            After::End,
            |error| *error == OutboundError::Redirect(302),
        ),
        ("another redirect", "HTTP/1.1 308 x\r\nlocation: /x\r\n\r\n".into(), After::End, |error| {
            *error == OutboundError::Redirect(308)
        }),
        ("an error", "HTTP/1.1 500 x\r\ncontent-length: 2\r\n\r\n{}".into(), After::End, |error| {
            *error == OutboundError::Status(500)
        }),
        ("nothing new", "HTTP/1.1 204 x\r\n\r\n".into(), After::End, |error| {
            *error == OutboundError::Status(204)
        }),
        (
            "compressed",
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\nx".into(),
            After::End,
            |error| matches!(error, OutboundError::Encoding(_)),
        ),
    ];
    let mut asking = Vec::new();
    for (name, answer, after, is_right) in cases {
        asking.push(tokio::spawn(async move {
            let server = Server::answering(answer, after).await;
            let (outbound, url) = (allowing(), server.url("liar.test"));
            // Three seconds, and what a busy machine adds.
            let got = tokio::time::timeout(Duration::from_secs(8), outbound.get(&url)).await;
            let got = got.unwrap_or_else(|_| panic!("{name}: nobody gives up"));
            assert!(got.as_ref().is_err_and(is_right), "{name}: {got:?}");
        }));
    }
    for each in asking {
        each.await.unwrap();
    }
    let server = Server::answering(ok(&exact), After::Wait).await;
    assert_eq!(allowing().get(&server.url("honest.test")).await.unwrap().len(), 64 * 1024);
}

#[tokio::test]
async fn one_url_is_asked_once_at_a_time_and_once_in_half_a_minute() {
    let server = Server::answering(ok("{}"), After::End).await;
    let outbound = allowing();
    let url = server.url("keys.test");
    let many: Vec<_> = (0..50)
        .map(|number| {
            let (outbound, mut url) = (outbound.clone(), url.clone());
            url.set_fragment(Some(&number.to_string()));
            tokio::spawn(async move { outbound.get(&url).await })
        })
        .collect();
    for each in many {
        assert_eq!(each.await.unwrap().unwrap(), "{}");
    }
    assert_eq!(server.connections(), 1);
    outbound.clock.advance(29);
    outbound.get(&url).await.unwrap();
    assert_eq!(server.connections(), 1);
    // A reload changes nothing of it.
    let reloaded = allowing().with_memory_of(&outbound);
    reloaded.get(&url).await.unwrap();
    assert_eq!(server.connections(), 1);
    outbound.clock.advance(7);
    outbound.get(&url).await.unwrap();
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_failure_stands_for_half_a_minute() {
    let server = Server::answering("HTTP/1.1 503 x\r\n\r\n", After::End).await;
    let (outbound, url) = (allowing(), server.url("down.test"));
    for _ in 0..20 {
        assert_eq!(outbound.get(&url).await, Err(OutboundError::Status(503)));
    }
    assert_eq!(server.connections(), 1);
    outbound.clock.advance(36);
    let _ = outbound.get(&url).await;
    assert_eq!(server.connections(), 2);
}

/// Whoever asks and hangs up must not make Signet ask once more.
#[tokio::test]
async fn a_fetch_goes_on_when_its_caller_hangs_up() {
    let server = Server::answering("", After::Wait).await;
    let (outbound, url) = (allowing(), server.url("slow.test"));
    for _ in 0..20 {
        let asking = outbound.get(&url);
        let _ = tokio::time::timeout(Duration::from_millis(10), asking).await;
    }
    assert_eq!(outbound.get(&url).await, Err(OutboundError::Slow));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn what_is_remembered_and_what_runs_at_once_is_bounded() {
    let server = Server::answering(ok("{}"), After::Wait).await;
    let outbound = allowing();
    let url = |number: usize| -> Url { format!("{}{number}", server.url("many.test")).parse().unwrap() };
    for number in 0..MAX_URLS {
        let answer = Answer { got: Err(OutboundError::Large), stands: 1_000..1_030, fresh: 0, number: 1 };
        outbound.slot(&url(number)).unwrap().asked().await.answer = Some(answer);
    }
    assert_eq!(outbound.get(&url(MAX_URLS)).await, Err(OutboundError::Busy));
    outbound.clock.advance(31);
    assert_eq!(outbound.get(&url(MAX_URLS)).await.unwrap(), "{}");
    let all = outbound.memory.permits.try_acquire_many(u32::try_from(AT_ONCE).unwrap()).unwrap();
    assert_eq!(outbound.get(&url(0)).await, Err(OutboundError::Busy));
    drop(all);
    assert_eq!(outbound.get(&url(0)).await.unwrap(), "{}");
}

#[tokio::test]
async fn a_url_with_a_password_is_not_asked() {
    let server = Server::answering(ok("{}"), After::End).await;
    let url = format!("http://someone:secret@keys.test:{}/", server.port).parse().unwrap();
    assert_eq!(allowing().get(&url).await, Err(OutboundError::Credentials));
    assert_eq!(server.connections(), 0);
}

/// No hash says what is wanted.
const ANY: Option<fn(&[u8]) -> bool> = None;

#[tokio::test]
async fn what_may_be_another_each_time_is_asked_for_anew_and_shared_only_by_those_who_wait_for_it() {
    let server = Server::answering(ok("{}"), After::End).await;
    let (outbound, url) = (allowing(), server.url("objects.test"));
    let many: Vec<_> = (0..50)
        .map(|_| {
            let (outbound, url) = (outbound.clone(), url.clone());
            tokio::spawn(async move { outbound.get_anew(&url, ANY).await })
        })
        .collect();
    for each in many {
        assert_eq!(each.await.unwrap().unwrap(), "{}");
    }
    assert_eq!(server.connections(), 1);
    outbound.get_anew(&url, ANY).await.unwrap();
    assert_eq!(server.connections(), 2);
    outbound.get_anew(&url, Some(|known: &[u8]| known == b"{}")).await.unwrap();
    assert_eq!(server.connections(), 2, "the very thing is at hand");
    outbound.get_anew(&url, Some(|known: &[u8]| known == b"[]")).await.unwrap();
    assert_eq!(server.connections(), 3, "another is not");
    outbound.get(&url).await.unwrap();
    assert_eq!(server.connections(), 3, "keys are");
}

#[tokio::test]
async fn a_server_says_how_long_its_answer_is_used_again_up_to_half_a_minute() {
    let answer = "HTTP/1.1 200 OK\r\ncache-control: max-age=SECONDS\r\ncontent-length: 2\r\n\r\n{}";
    for (seconds, until) in [("10", 10), ("3600", 36)] {
        let server = Server::answering(answer.replace("SECONDS", seconds), After::End).await;
        let (outbound, url) = (allowing(), server.url("objects.test"));
        for (advanced, connections) in [(0, 1), (9, 1), (until - 9, 2)] {
            outbound.clock.advance(advanced);
            outbound.get_anew(&url, ANY).await.unwrap();
            assert_eq!(server.connections(), connections, "max-age={seconds}");
        }
    }
}

#[tokio::test]
async fn one_url_is_asked_anew_a_few_times_a_second_at_most_and_its_failures_stand() {
    let server = Server::answering(ok("{}"), After::End).await;
    let (outbound, url) = (allowing(), server.url("objects.test"));
    for _ in 0..30 {
        outbound.get_anew(&url, ANY).await.unwrap();
    }
    // From then on at a pace that its server bears, and nobody is turned away.
    let reloaded = allowing().with_memory_of(&outbound);
    for outbound in [&outbound, &reloaded] {
        let at_once = tokio::time::timeout(PACE / 2, outbound.get_anew(&url, ANY)).await;
        assert!(at_once.is_err(), "it waits for its turn");
        outbound.get_anew(&url, ANY).await.unwrap();
    }
    let many: Vec<_> = (0..200)
        .map(|_| {
            let (outbound, url) = (outbound.clone(), url.clone());
            tokio::spawn(async move { outbound.get_anew(&url, Some(|_: &[u8]| false)).await })
        })
        .collect();
    for each in many {
        assert_eq!(each.await.unwrap().unwrap(), "{}", "for its caller to judge");
    }
    assert!(server.connections() <= 36, "all of them wait for one or two: {}", server.connections());
    let down = Server::answering("HTTP/1.1 503 x\r\n\r\n", After::End).await;
    for _ in 0..20 {
        assert_eq!(outbound.get_anew(&down.url("down.test"), ANY).await, Err(OutboundError::Status(503)));
    }
    assert_eq!(down.connections(), 1);
}
