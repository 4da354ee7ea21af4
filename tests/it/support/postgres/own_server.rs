//! A server of one test alone.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use super::TestDatabase;
use super::server::Server;

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
