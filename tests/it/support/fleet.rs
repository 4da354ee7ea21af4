//! Signet as it is deployed: one process on SQLite, or two on one PostgreSQL database.

use std::net::TcpListener;

use tempfile::TempDir;

use super::people::crowd;
use super::postgres::TestDatabase;
use super::process::{Process, signet};
use super::{Person, Site, configuration};

/// How many people there are besides alice and bob: `racer-0` and on.
pub const CROWD: usize = 200;

/// Running processes of one configuration, reached in turn through one issuer. They end with this value.
pub struct Fleet {
    pub site: Site,
    _processes: Vec<Process>,
    /// Dropped after the processes have ended.
    _folder: TempDir,
}

impl Fleet {
    /// One process on SQLite.
    pub fn on_sqlite(fragment: &str) -> Self {
        Self::start(fragment, None, 1)
    }

    /// Two processes on one PostgreSQL database.
    pub fn on_postgres(fragment: &str) -> Self {
        Self::start(fragment, Some(super::postgres::database()), 2)
    }

    fn start(fragment: &str, database: Option<TestDatabase>, count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let people = Person::file(&Person::all()) + &crowd(CROWD);
        std::fs::write(folder.path().join("users.yml"), people).unwrap();
        let ports = free_ports(count);
        let bases: Vec<String> = ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect();
        let issuer = &bases[0];
        let start = |port: &u16| {
            let own = format!(
                "server: {{address: 'tcp://127.0.0.1:{port}/'}}\nsession: {{cookies: [{{domain: 127.0.0.1, authelia_url: '{issuer}'}}]}}\n"
            );
            serve(&configuration::text(&format!("{own}{fragment}"), folder.path(), database.as_ref()))
        };
        let processes = ports.iter().map(start).collect();
        Self { site: Site::over_http(issuer, &bases), _processes: processes, _folder: folder }
    }
}

/// Starts a process and waits until it is ready.
fn serve(text: &str) -> Process {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("configuration.yml"), text).unwrap();
    let mut command = signet(&folder);
    command.args(["serve", "--config", "configuration.yml"]);
    let mut process = Process::start(command, folder);
    process.wait_for("ready in ");
    process
}

/// Ports that were free a moment ago, all different.
pub fn free_ports(count: usize) -> Vec<u16> {
    let listeners: Vec<TcpListener> = (0..count).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect()
}
