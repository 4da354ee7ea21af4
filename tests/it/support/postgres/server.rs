//! Making, starting and asking a server.

use std::fs::{self, File, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

use super::{ROLE, TestDatabase};

const MISSING: &str = "PostgreSQL is missing: these tests do not pass without it. Install the Debian package `postgresql`: \
                       apt-get install -y --no-install-recommends postgresql";

/// A server and its folder.
pub(super) struct Server {
    programs: PathBuf,
    pub(super) folder: PathBuf,
    port: u16,
    /// The user it runs as, when this process is root.
    pub(super) runner: Option<&'static str>,
}

impl Server {
    pub(super) fn database(&self) -> TestDatabase {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::SeqCst));
        let made = self.client("createdb").arg(&name).output().expect("createdb runs");
        assert!(made.status.success(), "createdb: {}", String::from_utf8_lossy(&made.stderr));
        TestDatabase { socket_folder: self.folder.clone(), port: self.port, name, _end: None }
    }

    pub(super) fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.arg("-h").arg(&self.folder).arg("-p").arg(self.port.to_string()).arg("-U").arg(ROLE);
        command
    }

    /// Makes it and starts it. All of them leave out what a power cut needs.
    pub(super) fn start(settings: &[&str]) -> Self {
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

    pub(super) fn launch(&self, settings: &[&str]) {
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

    pub(super) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The number of its first process, when it runs.
    pub(super) fn postmaster(&self) -> Option<u32> {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        text.lines().next()?.parse().ok()
    }

    pub(super) fn log(&self) -> String {
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
