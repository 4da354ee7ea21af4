//! The whole of Signet in this process: no sockets, a clock that the test moves, a database of its own.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use signet::clock::Clock;
use signet::model::user::User;
use signet::observe::Refusals;
use signet::outbound::Outbound;
use signet::provider::Provider;
use signet::provider::snapshot::Snapshot;
use signet::runtime::Assembly;
use signet::storage::{PostgresAddress, Storage, StorageOptions};
use tempfile::TempDir;

use super::log::Stretch;
use super::postgres::TestDatabase;
use super::sql::Sql;
use super::{Person, Site, configuration};

/// When tests begin.
pub const START: i64 = 1_700_000_000;

/// A running provider. Cloned freely.
#[derive(Clone)]
pub struct App {
    pub site: Site,
    pub storage: Storage,
    pub provider: Arc<ArcSwap<Provider>>,
    /// The database as a stranger sees it.
    pub sql: Sql,
    pub refusals: Refusals,
    /// What is logged while it lives.
    pub log: Arc<Stretch>,
    folder: Arc<TempDir>,
    opening: Arc<Opening>,
}

/// What it was opened with.
struct Opening {
    configuration: String,
    options: StorageOptions,
    database: Option<TestDatabase>,
}

impl App {
    /// With `base.yml`, on SQLite unless `SIGNET_ON` asks for PostgreSQL.
    pub async fn start() -> Self {
        Self::with("{}").await
    }

    /// The same with a fragment over `base.yml`.
    pub async fn with(fragment: &str) -> Self {
        Self::build(fragment, super::unnamed::database()).await
    }

    /// With a fragment over `base.yml`, on SQLite whatever was asked for.
    pub async fn on_sqlite_with(fragment: &str) -> Self {
        Self::build(fragment, None).await
    }

    /// With `base.yml`, over a PostgreSQL database.
    pub async fn on_postgres() -> Self {
        Self::on_postgres_with("{}").await
    }

    /// With a fragment over `base.yml`, over a PostgreSQL database.
    pub async fn on_postgres_with(fragment: &str) -> Self {
        Self::build(fragment, Some(super::postgres::passing())).await
    }

    /// With a fragment over `base.yml`, on SQLite and on PostgreSQL.
    pub async fn on_both(fragment: &str) -> [Self; 2] {
        [Self::on_sqlite_with(fragment).await, Self::on_postgres_with(fragment).await]
    }

    /// With `base.yml`, over a PostgreSQL database that is reached at this port of 127.0.0.1.
    pub async fn on_postgres_at(database: TestDatabase, port: u16) -> Self {
        let address = PostgresAddress::Tcp { host: "127.0.0.1".to_owned(), port };
        let options = StorageOptions::Postgres(database.options_at(vec![address]));
        Self::open("{}", Some(database), Some(options)).await
    }

    async fn build(fragment: &str, database: Option<TestDatabase>) -> Self {
        Self::open(fragment, database, None).await
    }

    async fn open(fragment: &str, database: Option<TestDatabase>, options: Option<StorageOptions>) -> Self {
        let folder = folder();
        std::fs::write(folder.path().join("users.yml"), Person::file(&Person::all())).unwrap();
        let configuration = configuration::text(fragment, folder.path(), database.as_ref());
        let path = folder.path().join("db.sqlite3");
        let reached = database.clone();
        let (own, sql) = match database {
            Some(database) => (database.options(), Sql::Postgres(database)),
            None => (StorageOptions::Sqlite { path: path.clone() }, Sql::Sqlite(path)),
        };
        let opening = Opening { configuration, options: options.unwrap_or(own), database: reached };
        Self::begin(Clock::movable(START), sql, Arc::new(opening), Arc::new(folder)).await
    }

    async fn begin(clock: Clock, sql: Sql, opening: Arc<Opening>, folder: Arc<TempDir>) -> Self {
        let request_ids = Arc::default();
        let log = Stretch::begin(Arc::clone(&request_ids));
        let settings = configuration::settings(&opening.configuration);
        let storage = Storage::open(&opening.options).await.unwrap();
        storage.migrate().await.unwrap();
        let Assembly { provider, router, refusals } =
            Assembly::build(settings, storage.clone(), clock.clone())
                .unwrap_or_else(|error| panic!("{error}"));
        let mut site = Site::in_process(router, clock);
        site.request_ids = request_ids;
        let log = Arc::new(log);
        Self { site, storage, provider, refusals, log, sql, folder, opening }
    }

    /// The same provider begun anew: same clock, database and users file, nothing in its memory. The present one may
    /// go on beside it, as another replica does.
    pub async fn another(&self) -> Self {
        let (sql, opening) = (self.sql.clone(), self.opening.clone());
        Self::begin(self.clock.clone(), sql, opening, self.folder.clone()).await
    }

    /// The same with another configuration: a fragment over `base.yml`.
    pub async fn another_with(&self, fragment: &str) -> Self {
        let configuration = configuration::text(fragment, self.folder.path(), self.database());
        let Opening { options, database, .. } = &*self.opening;
        let opening = Opening { configuration, options: options.clone(), database: database.clone() };
        Self::begin(self.clock.clone(), self.sql.clone(), Arc::new(opening), self.folder.clone()).await
    }

    /// Starts it anew: nothing is left but what it stored. Other clones go on as they are.
    pub async fn restart(&mut self) {
        *self = self.another().await;
    }

    /// Keeps what was refused until now, as the running program does each second.
    pub async fn keep_refusals(&self) {
        self.storage.keep_refusals(&self.refusals.take(usize::MAX).refusals).await.unwrap();
    }

    /// The PostgreSQL database; `None` on SQLite, whose file is `db.sqlite3`.
    pub fn database(&self) -> Option<&TestDatabase> {
        self.opening.database.as_ref()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Swaps the configuration as a reload does: base.yml and another fragment.
    pub fn reconfigure(&self, fragment: &str) {
        let settings = configuration::settings(&configuration::text(fragment, self.folder.path(), None));
        let present = self.provider.load_full();
        let outbound = Outbound::new(&settings, self.clock.clone()).with_memory_of(&present.outbound);
        let snapshot = Arc::new(Snapshot::new(settings));
        self.provider.store(Arc::new(Provider { snapshot, outbound, ..(*present).clone() }));
    }

    /// Writes the users file anew; nobody looks at it yet.
    pub fn write_people(&self, change: impl FnOnce(&mut Vec<Person>)) {
        let mut people = Person::all();
        change(&mut people);
        std::fs::write(self.path("users.yml"), Person::file(&people)).unwrap();
    }

    /// Writes the users file anew, has it read, and asserts that `seen` holds of a person.
    pub async fn rewrite_people(
        &self,
        change: impl FnOnce(&mut Vec<Person>),
        name: &str,
        seen: impl Fn(Option<&User>) -> bool,
    ) {
        self.write_people(change);
        self.clock.advance(1);
        let users = self.provider.load().users.clone();
        // Whoever is judged in this second is judged by the file as it is now.
        users.standing(name, "").await;
        assert!(seen(users.find(name).as_deref()), "the users file is not read again");
    }
}

impl Deref for App {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

fn folder() -> TempDir {
    // In memory where that is possible: tests of endpoints do not test the disk.
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}
