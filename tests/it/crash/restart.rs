//! SIGTERM: a balancer is told first, what is under way is answered, and systemd knows.

use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::load::{Figures, Load};
use super::replicas::{Replicas, is_ready, status};
use super::{books, spread};
use crate::proxies::{HOST, haproxy};
use crate::support::certificates::Authority;
use crate::support::counts::rounds;
use crate::support::fleet::free_ports;
use crate::support::process::Process;
use crate::support::tls::Dial;
use crate::support::wait::{PATIENCE, until_asked};
use crate::support::{Site, postgres};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_request_fails_while_replicas_are_restarted_behind_a_balancer() {
    let issuer = format!("https://{HOST}");
    let mut replicas = Replicas::start(2, Some(postgres::database()), Some(&issuer)).await;
    let balancer = Balancer::before(&replicas);
    for index in 0..2 {
        balancer.until_it_uses(index).await;
    }
    let mut load = Load::at(&balancer.site).await;
    let (mut figures, mut facts, mut took) = (Figures::default(), 0, Vec::new());
    for round in 0..rounds(2, 100) {
        let running = load.begin();
        let index = round % 2;
        let begun = Instant::now();
        assert!(replicas.end(index, "TERM").success(), "{}", replicas.process(index).output());
        took.push(begun.elapsed());
        replicas.start_again(index).await;
        balancer.until_it_uses(index).await;
        load = running.end().await;
        figures.merge(&load.figures());
        facts += load.judge().await;
    }
    books::audit(&replicas).await;
    let restarts = took.len();
    let (median, slowest) = spread(&mut took);
    println!(
        "SIGTERM behind HAProxy: {restarts} restarts, {} requests, {} failed, {facts} facts kept; \
         an end took {median:?}, at most {slowest:?}; the slowest answer {:?}",
        figures.total(),
        figures.failed(),
        figures.slowest,
    );
    assert_eq!(figures.failed(), 0, "{:?}", figures.statuses);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_replica_that_is_watched_says_that_it_goes_and_goes_on_for_a_while() {
    let mut replicas = Replicas::start(1, None, None).await;
    let port = replicas.port(0);
    let mut kept = Connection::open(port).await;
    assert!(!kept.ask().await.contains("connection: close"));
    let mut silent = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let begun = Instant::now();
    replicas.process(0).signal("TERM");
    replicas.until_unready(0).await;
    assert_eq!(status(port, "/api/health/ready").await, Some(503));
    // New connections are served, and told that this answer is their last.
    assert_eq!(status(port, "/.well-known/openid-configuration").await, Some(200));
    assert!(kept.ask().await.contains("connection: close"));
    assert!(kept.is_closed().await);
    assert!(replicas.process(0).wait_for_end().success());
    assert!(begun.elapsed() >= Duration::from_secs(5), "it went before a balancer could notice");
    assert_eq!(silent.read(&mut [0]).await.unwrap(), 0, "a connection that rests is closed at the end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_waits_for_a_balancer_that_is_not_there_or_when_asked_again() {
    // Those that are asked twice begin to wait, and go at the second signal; the others do not wait.
    for (watched, signals) in
        [(true, &["TERM", "TERM"][..]), (true, &["INT"]), (true, &["TERM", "INT"]), (false, &["TERM"])]
    {
        let mut replicas = Replicas::prepare(1, None, None);
        replicas.begin(0);
        replicas.process(0).wait_for("ready in ");
        let port = replicas.port(0);
        assert!(!watched || is_ready(port).await);
        for signal in signals {
            replicas.process(0).signal(signal);
            // Two signals at once may arrive as one.
            if signals.len() == 2 {
                replicas.until_unready(0).await;
            }
        }
        assert!(replicas.process(0).wait_for_end().success());
        let said = replicas.process(0).output();
        let waits = said.contains("no longer ready, going on for");
        let hurries = said.contains("stopping at once");
        assert_eq!(
            (waits, hurries),
            (signals.len() == 2, signals.len() == 2),
            "{watched} {signals:?}: {said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_under_way_at_a_sigterm_is_answered() {
    let mut replicas = Replicas::start(1, None, None).await;
    let port = replicas.port(0);
    let mut slow = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let head = format!(
        "POST /api/oidc/token HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: 29\r\nExpect: 100-continue\r\n\r\n"
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    // It asks for the body (RFC 9110 §10.1.1): the head is read, and the answer is being made.
    let asks = "HTTP/1.1 100 Continue\r\n\r\n";
    let mut said = vec![0; asks.len()];
    slow.read_exact(&mut said).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&said), asks);
    slow.write_all(b"grant_type=").await.unwrap();
    replicas.process(0).signal("INT");
    until_asked("nobody is let in any more", PATIENCE, async || {
        TcpStream::connect(("127.0.0.1", port)).await.is_err()
    })
    .await;
    // A process that does not wait has ended by now.
    tokio::time::sleep(Duration::from_secs(1)).await;
    slow.write_all(b"client_credentials").await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert!(replicas.process(0).wait_for_end().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn systemd_is_told_what_the_process_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let environment =
        vec![("NOTIFY_SOCKET", path.display().to_string()), ("WATCHDOG_USEC", "400000".to_owned())];
    let mut replicas = Replicas::start_with(1, None, None, environment).await;
    let told = |words: &str| {
        let mut alive = 0;
        loop {
            let mut buffer = [0; 512];
            let length = socket.recv(&mut buffer).unwrap_or_else(|error| panic!("never {words}: {error}"));
            let said = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if said.lines().any(|line| line == words) {
                return alive;
            }
            assert_eq!(said.trim(), "WATCHDOG=1", "before {words}");
            alive += 1;
        }
    };
    told("READY=1");
    // Twice in the time it may take, as long as it lives.
    for _ in 0..5 {
        assert_eq!(told("WATCHDOG=1"), 0);
    }
    replicas.process(0).signal("HUP");
    told("RELOADING=1");
    told("READY=1");
    replicas.process(0).signal("TERM");
    told("STOPPING=1");
    assert!(told("WATCHDOG=1") == 0, "it lives while it drains");
    replicas.process(0).signal("TERM");
    assert!(replicas.process(0).wait_for_end().success());
}

/// A connection that is kept.
struct Connection {
    stream: TcpStream,
    port: u16,
}

impl Connection {
    async fn open(port: u16) -> Self {
        Self { stream: TcpStream::connect(("127.0.0.1", port)).await.unwrap(), port }
    }

    /// The head of an answer.
    async fn ask(&mut self) -> String {
        let request = format!("GET /api/health HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", self.port);
        self.stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"}") {
            answer.push(self.stream.read_u8().await.unwrap());
        }
        String::from_utf8(answer).unwrap().to_lowercase()
    }

    async fn is_closed(&mut self) -> bool {
        self.stream.read(&mut [0]).await.is_ok_and(|read| read == 0)
    }
}

/// HAProxy with the file that `docs/proxies` shows.
struct Balancer {
    /// Signet through it.
    site: Site,
    /// Its page of figures.
    statistics: Site,
    _process: Process,
}

impl Balancer {
    fn before(replicas: &Replicas) -> Self {
        let ports = free_ports(2);
        let (port, statistics) = (ports[0], ports[1]);
        let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
        let (made, pem) = (authority.made(HOST), folder.path().join("proxy.pem"));
        std::fs::write(&pem, format!("{}{}", made.chain, made.key)).unwrap();
        let shown =
            haproxy::configuration(port, &pem.display().to_string(), [replicas.port(0), replicas.port(1)]);
        let path = folder.path().join("haproxy.cfg");
        let figures = format!(
            "\nfrontend statistics\n    bind 127.0.0.1:{statistics}\n    stats enable\n    stats uri /\n"
        );
        std::fs::write(&path, shown + &figures).unwrap();
        let mut command = Command::new("/usr/sbin/haproxy");
        command.arg("-db").arg("-f").arg(&path);
        let base = format!("http://127.0.0.1:{statistics}");
        Self {
            site: Site::over_tls(&replicas.issuer, Dial::new(port, HOST, &authority.root())),
            statistics: Site::over_http(&base, std::slice::from_ref(&base)),
            _process: Process::start(command, folder),
        }
    }

    /// Waits until it sends requests to a replica, and would notice again that it goes.
    async fn until_it_uses(&self, index: usize) {
        let name = format!("signet,signet-{},", index + 1);
        until_asked(&name, PATIENCE, async || {
            let table = self.statistics.get("/;csv").try_send().await;
            let table = table.map(|answer| answer.text()).unwrap_or_default();
            // The eighteenth column is the state.
            table.lines().any(|line| line.starts_with(&name) && line.split(',').nth(17) == Some("UP"))
        })
        .await;
    }
}
