//! A PostgreSQL server of the tests' own: started once, one database per test, gone with the test process. And servers of
//! one test alone, which may be stopped under it.

mod own_server;
mod server;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use signet::storage::{PostgresAddress, PostgresOptions, PostgresServer, StorageOptions};

pub use own_server::OwnServer;
use server::Server;

/// The role that owns everything; it needs no password.
pub const ROLE: &str = "signet";

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
