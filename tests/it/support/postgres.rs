//! A PostgreSQL server of the tests' own: started once, one database per test, gone with the test process.

use std::fs::{self, File, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
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
            timeout_seconds: 5,
        }
    }
}

/// Makes an empty database; starts the server when none runs yet.
pub fn database() -> TestDatabase {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let server = server();
    let name = format!("test_{}", NEXT.fetch_add(1, Ordering::SeqCst));
    let made = server.client("createdb").arg(&name).output().expect("createdb runs");
    assert!(made.status.success(), "createdb: {}", String::from_utf8_lossy(&made.stderr));
    TestDatabase { socket_folder: server.folder.clone(), port: server.port, name }
}

struct Server {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(start)
}

impl Server {
    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.arg("-h").arg(&self.folder).arg("-p").arg(self.port.to_string()).arg("-U").arg(ROLE);
        command
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

fn start() -> Server {
    let programs = programs();
    // The test process never drops it: the watchdog removes it.
    let folder = tempfile::Builder::new().prefix("signet-pg-").tempdir_in("/tmp").expect("a folder").keep();
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).expect("others may enter");
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
    let server = Server { programs, folder, port };
    let data = server.folder.join("data");
    let runner = runner(&server.folder);
    // PostgreSQL refuses to run as root.
    let as_owner = |program: &str| {
        let program = server.programs.join(program);
        match runner {
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["-u", user, "--"]).arg(program);
                command
            }
            None => Command::new(program),
        }
    };

    let made = as_owner("initdb")
        .args(["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--username", ROLE, "-D"])
        .arg(&data)
        .current_dir("/")
        .output()
        .expect("initdb runs");
    assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));

    let log = File::create(server.folder.join("log")).expect("a log");
    let mut postgres = as_owner("postgres")
        .arg("-D")
        .arg(&data)
        .arg("-k")
        .arg(&server.folder)
        .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300"])
        .args(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"])
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("the same log"))
        .stderr(log)
        .process_group(0)
        .spawn()
        .expect("postgres starts");
    watch(&server.folder, &data);

    wait_until_ready(&server);
    // It ends with the watchdog's signal, not with anything this process does.
    std::thread::spawn(move || postgres.wait());
    server
}

fn wait_until_ready(server: &Server) {
    for _ in 0..300 {
        if server.client("pg_isready").arg("-q").status().is_ok_and(|status| status.success()) {
            return;
        }
        sleep(Duration::from_millis(100));
    }
    panic!("postgres does not answer after 30 seconds:\n{}", server.log());
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
