//! Signet as it is deployed: one process on SQLite, or two on one PostgreSQL database.

use std::net::TcpListener;
use std::sync::OnceLock;

use tempfile::TempDir;

use super::people::crowd;
use super::postgres::TestDatabase;
use super::process::{Process, shell};
use super::sql::Sql;
use super::wait::{PATIENCE, until};
use super::{Person, Site, configuration};

/// How many people there are besides alice and bob: `racer-0` and on.
pub const CROWD: usize = 200;

/// Running processes of one configuration, reached in turn through one issuer. They end with this value.
pub struct Fleet {
    pub site: Site,
    /// Each process by itself.
    pub sites: Vec<Site>,
    ports: Vec<u16>,
    pub processes: Vec<Process>,
    /// The database as a stranger sees it. Dropped after the processes have ended.
    pub sql: Sql,
    database: Option<TestDatabase>,
    /// Dropped after them too.
    folder: TempDir,
}

impl Fleet {
    /// One process on SQLite.
    pub fn on_sqlite(fragment: &str) -> Self {
        Self::start(fragment, None, 1)
    }

    /// Two processes on one PostgreSQL database.
    pub fn on_postgres(fragment: &str) -> Self {
        Self::start(fragment, Some(super::postgres::passing()), 2)
    }

    /// One process with other people, started by a shell after these words: `ulimit -n 200`. On SQLite unless
    /// `SIGNET_ON` asks for PostgreSQL.
    pub fn of(fragment: &str, people: &str, before: &str) -> Self {
        Self::start_with(fragment, people, before, super::unnamed::database(), 1)
    }

    fn start(fragment: &str, database: Option<TestDatabase>, count: usize) -> Self {
        Self::start_with(fragment, &everybody(&Person::all()), "true", database, count)
    }

    fn start_with(
        fragment: &str,
        people: &str,
        before: &str,
        database: Option<TestDatabase>,
        count: usize,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("users.yml"), people).unwrap();
        let ports = free_ports(count);
        let bases: Vec<String> = ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect();
        let issuer = &bases[0];
        let sql = match &database {
            Some(database) => Sql::Postgres(database.clone()),
            None => Sql::Sqlite(folder.path().join("db.sqlite3")),
        };
        let sites = bases.iter().map(|base| Site::over_http(issuer, std::slice::from_ref(base))).collect();
        let site = Site::over_http(issuer, &bases);
        let mut fleet = Self { site, sites, sql, database, ports, processes: Vec::new(), folder };
        let ports = fleet.ports.iter();
        fleet.processes =
            ports.map(|port| serve_after(&fleet.configuration(fragment, *port), before)).collect();
        fleet
    }

    fn configuration(&self, fragment: &str, port: u16) -> String {
        let issuer = &self.site.origin;
        let own = format!(
            "server: {{address: 'tcp://127.0.0.1:{port}/'}}\nsession: {{cookies: [{{domain: 127.0.0.1, authelia_url: '{issuer}'}}]}}\n"
        );
        let fragment = configuration::joined(&own, fragment);
        configuration::text(&fragment, self.folder.path(), self.database.as_ref())
    }

    /// Writes the users file: these people and the crowd.
    pub fn write_people(&self, people: &[Person]) {
        let people = everybody(people);
        // In one step: a process may be reading it.
        let written = self.folder.path().join("users.yml.new");
        std::fs::write(&written, people).unwrap();
        std::fs::rename(&written, self.folder.path().join("users.yml")).unwrap();
    }

    /// Puts another configuration in place of that of the first process by renaming, as editors do: with a fragment, and
    /// lines after it.
    pub fn put(&self, fragment: &str, after: &str) {
        let folder = self.processes[0].folder();
        std::fs::write(folder.join("next"), self.configuration(fragment, self.ports[0]) + after).unwrap();
        std::fs::rename(folder.join("next"), folder.join("configuration.yml")).unwrap();
    }

    /// Gives every process another configuration, and waits until each has taken it.
    pub fn reload(&self, fragment: &str) {
        let texts: Vec<String> = self.ports.iter().map(|port| self.configuration(fragment, *port)).collect();
        for (process, text) in self.processes.iter().zip(texts) {
            std::fs::write(process.folder().join("configuration.yml"), text).unwrap();
            let taken =
                |process: &Process| process.output().matches("the configuration was reloaded").count();
            let before = taken(process);
            process.signal("HUP");
            until("the configuration is reloaded", PATIENCE, || taken(process) > before);
        }
    }
}

/// A users file of these people and the crowd.
fn everybody(people: &[Person]) -> String {
    Person::file(people) + crowd_file()
}

/// The crowd's digests are made once per run.
fn crowd_file() -> &'static str {
    static CROWD_FILE: OnceLock<String> = OnceLock::new();
    CROWD_FILE.get_or_init(|| crowd(CROWD))
}

/// Starts a process and waits until it is ready.
pub fn serve(text: &str) -> Process {
    serve_after(text, "true")
}

/// The same, after a line of shell in the process that it becomes.
fn serve_after(text: &str, before: &str) -> Process {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("configuration.yml"), text).unwrap();
    let mut command = shell(&folder, before);
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
