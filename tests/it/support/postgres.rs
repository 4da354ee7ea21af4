//! A PostgreSQL server of the tests' own: started once, one database per test, gone with the test process. And servers of
//! one test alone, which may be stopped under it.

use std::fs::{self, File, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::sleep;
use std::time::Duration;

use signet::storage::{PostgresAddress, PostgresOptions, PostgresServer, StorageOptions};

/// The role that owns everything; it needs no password.
pub const ROLE: &str = "signet";

const MISSING: &str = "PostgreSQL is missing: these tests do not pass without it. Install the Debian package `postgresql`: \
                       apt-get install -y --no-install-recommends postgresql";

/// An empty database of one test.
#[derive(Clone, Debug)]
pub struct TestDatabase {
    /// The folder of the server's socket.
    pub socket_folder: PathBuf,
    /// The port, on 127.0.0.1 and in the socket's name.
    pub port: u16,
    /// The database.
    pub name: String,
    /// Drops it with the last value that knows of it; none where the server goes first.
    _end: Option<Arc<End>>,
}

/// The end of a database.
#[derive(Debug)]
struct End(String);

impl Drop for End {
    fn drop(&mut self) {
        // Connections of a pool that was dropped may still be closing.
        let dropped = server().client("dropdb").args(["--force", &self.0]).output().expect("dropdb runs");
        let said = String::from_utf8_lossy(&dropped.stderr);
        assert!(dropped.status.success() || std::thread::panicking(), "dropdb: {said}");
    }
}

impl TestDatabase {
    /// How to open it, by its socket.
    pub fn options(&self) -> StorageOptions {
        let address = PostgresAddress::Unix { folder: self.socket_folder.clone(), port: self.port };
        StorageOptions::Postgres(self.options_at(vec![address]))
    }

    /// How to open it at some of these addresses.
    pub fn options_at(&self, addresses: Vec<PostgresAddress>) -> PostgresOptions {
        PostgresOptions {
            servers: addresses.into_iter().map(|address| PostgresServer { address, tls: None }).collect(),
            database: self.name.clone(),
            schema: "public".to_owned(),
            username: ROLE.to_owned(),
            password: None,
            trusted_certificates: None,
            timeout_seconds: 5,
        }
    }
}

/// The server of all tests; starts it when it does not run yet.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(UNSAFE))
}

/// Makes an empty database.
pub fn database() -> TestDatabase {
    server().database()
}

/// The same, which is dropped with the last value that knows of it: whoever opens hundreds fills no disk.
pub fn passing() -> TestDatabase {
    let database = database();
    TestDatabase { _end: Some(Arc::new(End(database.name.clone()))), ..database }
}

/// What the server of all tests leaves out: it is never stopped under anybody.
const UNSAFE: &[&str] = &["synchronous_commit=off", "full_page_writes=off"];

/// A server that keeps what it commits, and that a test may stop, hang and start. It ends with this value.
pub struct OwnServer(Server);

impl OwnServer {
    pub fn start() -> Self {
        Self(Server::start(&[]))
    }

    /// Makes an empty database.
    pub fn database(&self) -> TestDatabase {
        self.0.database()
    }

    /// Speaks TLS from now on with this certificate and key, and asks clients for certificates of this authority when
    /// there is one. All in PEM.
    pub fn speak_tls(&self, chain: &str, key: &str, authority: Option<&str>) {
        let server = &self.0;
        let mut statements = vec!["ALTER SYSTEM SET ssl = on".to_owned()];
        let put = |name: &str, text: &str| {
            let path = server.data().join(name);
            fs::write(&path, text).expect("it is written");
            fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("it is its owner's");
            if let Some(user) = server.runner {
                assert!(Command::new("chown").arg(user).arg(&path).status().expect("chown runs").success());
            }
        };
        put("server.crt", chain);
        put("server.key", key);
        let mut access = "local all all trust\nhost all all 127.0.0.1/32 trust\n".to_owned();
        if let Some(authority) = authority {
            put("root.crt", authority);
            statements.push("ALTER SYSTEM SET ssl_ca_file = 'root.crt'".to_owned());
            access =
                "local all all trust\nhostssl all all 127.0.0.1/32 trust clientcert=verify-ca\n".to_owned();
        }
        put("pg_hba.conf", &access);
        statements.push("SELECT pg_reload_conf()".to_owned());
        for statement in statements {
            let mut psql = server.client("psql");
            let told = psql.args(["-d", "postgres", "-qtAc", &statement]).output().expect("psql runs");
            assert!(told.status.success(), "{statement}: {}", String::from_utf8_lossy(&told.stderr));
        }
    }

    /// Ends it as `pg_ctl stop -m fast` does: transactions are undone, clients are told.
    pub fn stop_fast(&self) {
        self.stop("INT");
    }

    /// Ends it as `pg_ctl stop -m immediate` does: as if it had crashed.
    pub fn stop_immediately(&self) {
        self.stop("QUIT");
    }

    fn stop(&self, signal: &str) {
        let postmaster = self.0.postmaster().expect("it runs");
        send(signal, &[postmaster]);
        for _ in 0..1200 {
            if !Path::new(&format!("/proc/{postmaster}")).exists() {
                return;
            }
            sleep(Duration::from_millis(50));
        }
        panic!("postgres does not end:\n{}", self.0.log());
    }

    /// Starts it again, and waits until it takes connections.
    pub fn start_again(&self) {
        self.0.launch(&[]);
    }

    /// Stops its processes where they are: connections stay open, and nothing is answered.
    pub fn hang(&self) {
        send("STOP", &self.processes());
    }

    /// Lets them go on.
    pub fn go_on(&self) {
        let mut processes = self.processes();
        // `runuser` stops itself with what it runs, and would never see it end.
        processes.extend(parent(processes[0]).filter(|parent| *parent != std::process::id()));
        send("CONT", &processes);
    }

    fn processes(&self) -> Vec<u32> {
        let postmaster = self.0.postmaster().expect("it runs");
        let running = fs::read_dir("/proc").expect("/proc is there").flatten();
        let numbers = running.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let children = numbers.filter(|process| parent(*process) == Some(postmaster));
        // The postmaster first, so that it starts no more while the others are counted.
        std::iter::once(postmaster).chain(children).collect()
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        if self.0.postmaster().is_some() {
            self.go_on();
            send("QUIT", &self.0.postmaster().into_iter().collect::<Vec<_>>());
        }
        let _ = fs::remove_dir_all(&self.0.folder);
    }
}

/// The process that started another.
fn parent(process: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

/// Sends a signal to processes; those that have just ended are left out.
fn send(signal: &str, processes: &[u32]) {
    let numbers: Vec<String> = processes.iter().map(u32::to_string).collect();
    let script = "signal=$1; shift; for process; do kill -s \"$signal\" \"$process\" 2>/dev/null; done; true";
    Command::new("sh").args(["-c", script, "sh", signal]).args(numbers).status().expect("sh runs");
}

struct Server {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    /// The user it runs as, when this process is root.
    runner: Option<&'static str>,
}

impl Server {
    fn database(&self) -> TestDatabase {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::SeqCst));
        let made = self.client("createdb").arg(&name).output().expect("createdb runs");
        assert!(made.status.success(), "createdb: {}", String::from_utf8_lossy(&made.stderr));
        TestDatabase { socket_folder: self.folder.clone(), port: self.port, name, _end: None }
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.arg("-h").arg(&self.folder).arg("-p").arg(self.port.to_string()).arg("-U").arg(ROLE);
        command
    }

    /// Makes it and starts it. All of them leave out what a power cut needs.
    fn start(settings: &[&str]) -> Self {
        let programs = programs();
        // The test process never drops it: the watchdog removes it.
        let folder =
            tempfile::Builder::new().prefix("signet-pg-").tempdir_in("/tmp").expect("a folder").keep();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).expect("others may enter");
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let runner = runner(&folder);
        let server = Self { programs, folder, port, runner };
        let made = server
            .as_owner("initdb")
            .args(["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--username", ROLE, "-D"])
            .arg(server.data())
            .current_dir("/")
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        watch(&server.folder, &server.data());
        server.launch(settings);
        server
    }

    fn launch(&self, settings: &[&str]) {
        let log = File::options().create(true).append(true).open(self.folder.join("log")).expect("a log");
        let mut command = self.as_owner("postgres");
        command.arg("-D").arg(self.data()).arg("-k").arg(&self.folder);
        command.args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        for setting in ["max_connections=300", "fsync=off"].iter().chain(settings) {
            command.args(["-c", setting]);
        }
        let mut postgres = command
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the same log"))
            .stderr(log)
            .process_group(0)
            .spawn()
            .expect("postgres starts");
        wait_until_ready(self);
        // It ends with a signal, not with anything that is waited for here.
        std::thread::spawn(move || postgres.wait());
    }

    /// PostgreSQL refuses to run as root.
    fn as_owner(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        match self.runner {
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["-u", user, "--"]).arg(program);
                command
            }
            None => Command::new(program),
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The number of its first process, when it runs.
    fn postmaster(&self) -> Option<u32> {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        text.lines().next()?.parse().ok()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

fn wait_until_ready(server: &Server) {
    for _ in 0..600 {
        if server.client("pg_isready").arg("-q").status().is_ok_and(|status| status.success()) {
            return;
        }
        sleep(Duration::from_millis(100));
    }
    panic!("postgres does not answer after 60 seconds:\n{}", server.log());
}

/// Stops the server and removes its folder when this process ends, however it ends: then the pipe closes.
fn watch(folder: &Path, data: &Path) {
    let script = r#"cat >/dev/null
        pid=$(head -n 1 "$2/postmaster.pid" 2>/dev/null)
        if [ -n "$pid" ]; then
            kill -QUIT "$pid" 2>/dev/null
            for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>/dev/null || break; sleep 0.2; done
        fi
        rm -rf "$1""#;
    let watchdog = Command::new("sh")
        .args(["-c", script, "watchdog"])
        .arg(folder)
        .arg(data)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("sh runs");
    // The writing end stays open as long as this process lives.
    std::mem::forget(watchdog);
}

/// The user to run the server as, when this process is root: the owner of nothing else here.
fn runner(folder: &Path) -> Option<&'static str> {
    let root = Command::new("id").arg("-u").output().expect("id runs").stdout == b"0\n";
    root.then(|| {
        let owned = Command::new("chown").arg("postgres").arg(folder).status().expect("chown runs");
        assert!(owned.success(), "{MISSING}");
        "postgres"
    })
}

/// The newest installed server.
fn programs() -> PathBuf {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            let programs = entry.path().join("bin");
            programs.join("initdb").exists().then_some((version, programs))
        })
        .collect();
    found.sort();
    found.pop().expect(MISSING).1
}
