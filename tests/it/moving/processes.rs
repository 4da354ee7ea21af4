//! The program as it is started on Authelia's database.

use tempfile::TempDir;

use super::{ALICE, CLIENTS, code_of_bob, dump, fill};
use crate::support::fleet::free_ports;
use crate::support::postgres::{self, TestDatabase};
use crate::support::process::{Process, signet};
use crate::support::sql::Sql;
use crate::support::{Ask, Browser, Client, Person, Site, configuration};

/// Configurations of one issuer over one database that Authelia used.
pub(super) struct Move {
    site: Site,
    pub(super) sql: Sql,
    pub(super) texts: Vec<String>,
    folder: TempDir,
}

impl Move {
    pub(super) async fn of(database: Option<TestDatabase>, replicas: usize, fragment: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("users.yml"), Person::file(&Person::all())).unwrap();
        let sql = match &database {
            Some(database) => Sql::Postgres(database.clone()),
            None => {
                let path = folder.path().join("db.sqlite3");
                std::fs::write(&path, "").unwrap();
                Sql::Sqlite(path)
            }
        };
        fill(&sql).await;
        // Consents of the fixture have ended by the machine's clock, but for this.
        sql.execute("UPDATE oauth2_consent_preconfiguration SET expires_at = '2123-11-21 08:00:00+00:00' WHERE id = 1")
            .await;
        let ports = free_ports(replicas);
        let bases: Vec<String> = ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect();
        let issuer = &bases[0];
        let text = |port: &u16| {
            let own = format!(
                "server: {{address: 'tcp://127.0.0.1:{port}/'}}\nsession: {{cookies: [{{domain: 127.0.0.1, authelia_url: '{issuer}'}}]}}\n"
            );
            let fragment = configuration::joined(&configuration::joined(&own, CLIENTS), fragment);
            configuration::text(&fragment, folder.path(), database.as_ref())
        };
        let texts = ports.iter().map(text).collect();
        let site = Site::over_http(issuer, &bases);
        Self { site, sql, texts, folder }
    }

    /// Where the users file is, and on SQLite the database.
    pub(super) fn folder(&self) -> &TempDir {
        &self.folder
    }

    /// Starts every process, all at once.
    fn start(&self) -> Vec<Process> {
        let start = |text: &String| {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("configuration.yml"), text).unwrap();
            let mut command = signet(&folder);
            command.args(["serve", "--config", "configuration.yml"]);
            Process::start(command, folder)
        };
        self.texts.iter().map(start).collect()
    }

    /// The same, and waits until all are ready.
    fn serve(&self) -> Vec<Process> {
        let mut processes = self.start();
        processes.iter_mut().for_each(|process| drop(process.wait_for("ready in ")));
        processes
    }

    /// alice's `sub`, bob's code and alice's consent are those of before.
    async fn signs_in(&self) {
        let tokens = Client::new(&self.site, "web").login("alice", "openid").await;
        let answer = self
            .site
            .get("/api/oidc/userinfo")
            .header("authorization", &format!("Bearer {}", tokens.access))
            .send()
            .await
            .expect(200);
        assert_eq!(answer.json()["sub"], ALICE);
        let mut bob = Browser::new(&self.site);
        let page = bob.ask(&Ask::of("web-2fa")).await;
        let page = bob.sign_in(&page, "bob").await;
        bob.type_code(&page, &code_of_bob(self.site.clock.now())).await.returned().code();
        let mut alice = Browser::new(&self.site);
        alice.sign_in_at_home("alice").await;
        alice.ask(&Ask::of("remembering").scope("openid profile")).await.returned().code();
    }
}

const TAKEN: &str = "taken over from Authelia: 4 subject identifiers, 2 one-time code devices and 1 remembered consent; \
                     its tables are left as they are";

fn times(processes: &[Process], words: &str) -> usize {
    processes.iter().map(|process| process.output().matches(words).count()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_start_takes_over_and_the_second_does_not() {
    let moved = Move::of(None, 1, "{}").await;
    let before = dump(&moved.sql).await;
    let mut processes = moved.serve();
    assert_eq!(times(&processes, TAKEN), 1, "{}", processes[0].output());
    for told in [
        "the only second factor was Duo",
        "its secret does not open under storage.encryption_key",
        "consents of Authelia stay behind, as they have no end: people are asked again\",\"consents\":1,\"people\":\"alice\"",
    ] {
        assert!(times(&processes, told) >= 1, "{told}: {}", processes[0].output());
    }
    moved.signs_in().await;
    processes[0].stop();
    drop(processes);
    let processes = moved.serve();
    assert_eq!(times(&processes, "taken over"), 0, "{}", processes[0].output());
    assert_eq!(dump(&moved.sql).await, before, "Authelia's tables are as they were");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_that_start_at_once_take_over_once() {
    let moved = Move::of(Some(postgres::database()), 2, "{}").await;
    let before = dump(&moved.sql).await;
    let processes = moved.serve();
    assert_eq!(times(&processes, TAKEN), 1);
    assert_eq!(moved.sql.number("SELECT COUNT(*) FROM signet_subjects").await, 4);
    moved.signs_in().await;
    assert_eq!(dump(&moved.sql).await, before, "Authelia's tables are as they were");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_encryption_key_keeps_signet_from_starting_until_it_is_mended() {
    for database in [None, Some(postgres::database())] {
        let mut moved = Move::of(database, 1, "{}").await;
        let right = moved.texts.clone();
        let key = "encryption_key: the encryption key of every test";
        moved.texts.iter_mut().for_each(|text| {
            *text = text.replace(key, "encryption_key: the encryption key of nobody at all")
        });
        let before = dump(&moved.sql).await;
        let mut process = moved.start().remove(0);
        assert!(!process.wait_for_end().success());
        let said = process.output();
        assert!(said.contains("storage.encryption_key is not the one that Authelia sealed"), "{said}");
        assert!(!said.contains("ready in "), "{said}");
        assert_eq!(moved.sql.number("SELECT COUNT(*) FROM signet_subjects").await, 0);
        assert_eq!(dump(&moved.sql).await, before);
        drop(process);
        moved.texts = right;
        let processes = moved.serve();
        assert_eq!(times(&processes, TAKEN), 1);
    }
}
