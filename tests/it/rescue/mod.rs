//! What an administrator does from the command line, by the built program, beside one that serves and without it.

mod backup;
mod bans;
mod check;
mod import;
mod reading;
mod refused;
mod user;

use std::path::PathBuf;
use std::process::Output;

use sqlx::{PgPool, SqlitePool};
use tempfile::TempDir;

use crate::support::people::crowd;
use crate::support::postgres::{self, TestDatabase};
use crate::support::process::{Process, signet};
use crate::support::{Person, Site, configuration};

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum On {
    Sqlite,
    Postgres,
}

/// A configuration with a database of its own, and perhaps a process that serves from it.
struct Place {
    site: Site,
    folder: TempDir,
    database: Option<TestDatabase>,
    port: u16,
    serving: Option<Process>,
}

impl Place {
    /// A new place with an issuer of its own; nobody serves yet.
    fn new(on: On, fragment: &str) -> Self {
        let port = free_port();
        Self::of_issuer(on, fragment, &format!("http://127.0.0.1:{port}"), port)
    }

    /// Another machine that shall serve the same issuer.
    fn elsewhere(&self, on: On, fragment: &str) -> Self {
        Self::of_issuer(on, fragment, &self.site.origin, free_port())
    }

    fn of_issuer(on: On, fragment: &str, issuer: &str, port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let people = Person::file(&Person::all()) + &crowd(8);
        std::fs::write(folder.path().join("users.yml"), people).unwrap();
        let database = (on == On::Postgres).then(postgres::database);
        let own = format!(
            "server: {{address: 'tcp://127.0.0.1:{port}/'}}\nsession: {{cookies: [{{domain: 127.0.0.1, authelia_url: '{issuer}'}}]}}\n"
        );
        let text = configuration::text(&format!("{own}{fragment}"), folder.path(), database.as_ref());
        std::fs::write(folder.path().join("configuration.yml"), text).unwrap();
        let site = Site::over_http(issuer, &[format!("http://127.0.0.1:{port}")]);
        Self { site, folder, database, port, serving: None }
    }

    /// The same, served.
    fn served(on: On, fragment: &str) -> Self {
        let mut place = Self::new(on, fragment);
        place.serve();
        place
    }

    fn serve(&mut self) {
        let folder = tempfile::tempdir().unwrap();
        let mut command = signet(&folder);
        command.args(["serve", "--config"]).arg(self.path("configuration.yml"));
        let mut process = Process::start(command, folder);
        process.wait_for("ready in ");
        self.serving = Some(process);
        assert_ne!(self.port, 0);
    }

    fn stop(&mut self) {
        self.serving = None;
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Changes the configuration's text.
    fn reconfigure(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path("configuration.yml")).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(self.path("configuration.yml"), text.replace(from, to)).unwrap();
    }

    /// Runs a command of the command line in the folder of this place.
    fn run(&self, arguments: &[&str]) -> Said {
        Said::of(signet(&self.folder).args(arguments).output().unwrap())
    }

    /// The same through a shell: `$0` is the program.
    fn shell(&self, script: &str) -> Said {
        let mut command = std::process::Command::new("sh");
        command.args(["-c", script, crate::support::process::SIGNET]).current_dir(self.folder.path());
        Said::of(command.env_clear().env("PATH", "/usr/bin:/bin").output().unwrap())
    }

    /// Runs a statement as a stranger; says how many rows it touched.
    async fn sql(&self, sql: &'static str) -> u64 {
        match &self.database {
            None => {
                let pool = self.sqlite().await;
                sqlx::query(sql).execute(&pool).await.unwrap().rows_affected()
            }
            Some(database) => {
                let pool = of_postgres(database).await;
                sqlx::query(sql).execute(&pool).await.unwrap().rows_affected()
            }
        }
    }

    /// The one number that a statement gives.
    async fn number(&self, sql: &'static str) -> i64 {
        match &self.database {
            None => sqlx::query_scalar(sql).fetch_one(&self.sqlite().await).await.unwrap(),
            Some(database) => sqlx::query_scalar(sql).fetch_one(&of_postgres(database).await).await.unwrap(),
        }
    }

    /// How many events of a kind tell of the command line.
    async fn events(&self, kind: &str) -> i64 {
        let count = "SELECT COUNT(*) FROM signet_events WHERE kind = $1 AND detail LIKE 'command line%'";
        let kind = kind.to_owned();
        match &self.database {
            None => sqlx::query_scalar(count).bind(kind).fetch_one(&self.sqlite().await).await.unwrap(),
            Some(database) => {
                sqlx::query_scalar(count).bind(kind).fetch_one(&of_postgres(database).await).await.unwrap()
            }
        }
    }

    async fn sqlite(&self) -> SqlitePool {
        SqlitePool::connect(&format!("sqlite://{}", self.path("db.sqlite3").display())).await.unwrap()
    }
}

async fn of_postgres(database: &TestDatabase) -> PgPool {
    let url = format!("postgres://{}@127.0.0.1:{}/{}", postgres::ROLE, database.port, database.name);
    PgPool::connect(&url).await.unwrap()
}

/// What a command said.
struct Said {
    ok: bool,
    out: String,
    err: String,
}

impl Said {
    fn of(output: Output) -> Self {
        Self {
            ok: output.status.success(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Asserts that it did its work; gives what it said.
    #[track_caller]
    fn done(self) -> String {
        assert!(self.ok, "{}{}", self.out, self.err);
        assert_eq!(self.err, "");
        self.out
    }

    /// Asserts that it refused, with these words.
    #[track_caller]
    fn refused(self, words: &[&str]) -> String {
        assert!(!self.ok, "{}{}", self.out, self.err);
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not in {:?}", self.err);
        }
        self.err
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Runs each of the tests on both databases.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    super::$test(crate::rescue::On::Sqlite).await;
                }
            )+
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    super::$test(crate::rescue::On::Postgres).await;
                }
            )+
        }
    };
}
use on_both;
