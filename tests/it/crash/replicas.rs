//! Signet as processes that end and start again, on the ports they had.

use std::net::SocketAddr;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::fleet::free_ports;
use crate::support::people::crowd;
use crate::support::postgres::TestDatabase;
use crate::support::process::{Process, SIGNET};
use crate::support::wait::{PATIENCE, until_asked};
use crate::support::{Person, Site, configuration};

/// The configuration of these tests: lives that outlast them, and a client that asks nobody.
const CONFIGURATION: &str = include_str!("crash.yml");

/// How many people there are besides alice and bob: `racer-0` and on.
pub const CROWD: usize = 250;

/// The processes of one configuration.
pub struct Replicas {
    /// Where the issuer is.
    pub issuer: String,
    ports: Vec<u16>,
    processes: Vec<Option<Process>>,
    database: Option<TestDatabase>,
    environment: Vec<(&'static str, String)>,
    /// Dropped after the processes have ended.
    folder: TempDir,
}

impl Replicas {
    /// Starts as many on one database and waits until they are ready. They are behind a proxy of this machine at the
    /// address of the issuer, or the first is the issuer.
    pub async fn start(count: usize, database: Option<TestDatabase>, issuer: Option<&str>) -> Self {
        Self::start_with(count, database, issuer, Vec::new()).await
    }

    /// The same in another environment.
    pub async fn start_with(
        count: usize,
        database: Option<TestDatabase>,
        issuer: Option<&str>,
        environment: Vec<(&'static str, String)>,
    ) -> Self {
        let mut replicas = Self::prepare(count, database, issuer);
        replicas.environment = environment;
        for index in 0..count {
            replicas.start_again(index).await;
        }
        replicas
    }

    /// Everything but the processes.
    pub fn prepare(count: usize, database: Option<TestDatabase>, issuer: Option<&str>) -> Self {
        // On a disk: what is in memory only is no test of what is kept.
        let folder = tempfile::tempdir().unwrap();
        let people = Person::file(&Person::all()) + &crowd(CROWD);
        std::fs::write(folder.path().join("users.yml"), people).unwrap();
        let ports = free_ports(count);
        let issuer = issuer.map_or_else(|| format!("http://127.0.0.1:{}", ports[0]), str::to_owned);
        for port in &ports {
            let text = configuration::text(&own(*port, &issuer), folder.path(), database.as_ref());
            std::fs::write(folder.path().join(format!("{port}.yml")), text).unwrap();
        }
        let processes = ports.iter().map(|_| None).collect();
        Self { issuer, ports, processes, database, environment: Vec::new(), folder }
    }

    pub fn count(&self) -> usize {
        self.ports.len()
    }

    pub fn port(&self, index: usize) -> u16 {
        self.ports[index]
    }

    pub fn database(&self) -> Option<&TestDatabase> {
        self.database.as_ref()
    }

    /// The SQLite file.
    pub fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("db.sqlite3")
    }

    /// Everybody in turn.
    pub fn site(&self) -> Site {
        let bases: Vec<String> = self.ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect();
        Site::over_http(&self.issuer, &bases)
    }

    pub fn process(&mut self, index: usize) -> &mut Process {
        self.processes[index].as_mut().expect("it was started")
    }

    /// Begins a process, and does not wait for it.
    pub fn begin(&mut self, index: usize) {
        let folder = tempfile::tempdir().unwrap();
        let port = self.ports[index];
        // A file that would grow beyond a limit is an error to the program, not its end.
        let mut command = std::process::Command::new("sh");
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").current_dir(self.folder.path());
        command.envs(self.environment.iter().map(|(name, value)| (*name, value)));
        command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", SIGNET, "serve", "--config"]);
        command.arg(format!("{port}.yml"));
        self.processes[index] = Some(Process::start(command, folder));
    }

    /// Starts a process; gives the time from its beginning to its first answer that it is ready.
    pub async fn start_again(&mut self, index: usize) -> Duration {
        let begun = Instant::now();
        self.begin(index);
        self.until_ready(index).await;
        begun.elapsed()
    }

    /// Waits until a process says that it is ready.
    pub async fn until_ready(&self, index: usize) {
        until_asked("it is ready", PATIENCE, async || is_ready(self.ports[index]).await).await;
    }

    /// Waits until a process says that it is not.
    pub async fn until_unready(&self, index: usize) {
        until_asked("it is no longer ready", PATIENCE, async || !is_ready(self.ports[index]).await).await;
    }

    /// Ends a process with SIGKILL, at once.
    pub fn kill(&mut self, index: usize) {
        let process = self.process(index);
        process.kill();
        process.wait_for_end();
    }

    /// Ends a process with a signal and waits until it has ended.
    pub fn end(&mut self, index: usize, signal: &str) -> ExitStatus {
        let process = self.process(index);
        process.signal(signal);
        process.wait_for_end()
    }
}

/// What differs between replicas, over what they share.
fn own(port: u16, issuer: &str) -> String {
    let url = url::Url::parse(issuer).unwrap();
    let domain = url.host_str().unwrap();
    let own = format!(
        "server: {{address: 'tcp://127.0.0.1:{port}/', trusted_proxies: [127.0.0.1]}}\nsession:\n  expiration: 12h\n  inactivity: 12h\n  cookies: [{{domain: {domain}, authelia_url: '{issuer}'}}]\n"
    );
    own + CONFIGURATION
}

/// Whether a process says that it is ready.
pub async fn is_ready(port: u16) -> bool {
    status(port, "/api/health/ready").await == Some(200)
}

/// The status of one answer over a connection of its own.
pub async fn status(port: u16, path: &str) -> Option<u16> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    let mut stream = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).await.ok()?;
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    std::str::from_utf8(answer.get(9..12)?).ok()?.parse().ok()
}
