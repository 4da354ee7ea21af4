//! The whole of Signet in this process: no sockets, a clock that the test moves, a database of its own.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use base64::Engine as _;
use signet::clock::Clock;
use signet::model::user::User;
use signet::provider::Provider;
use signet::runtime::Assembly;
use signet::storage::{Storage, StorageOptions};
use tempfile::TempDir;
use tower::ServiceExt;

use super::postgres::TestDatabase;
use super::{Answer, Person, configuration};

/// When tests begin.
pub const START: i64 = 1_700_000_000;

/// The issuer that tests speak to unless they say otherwise.
pub const ISSUER: &str = "https://op.example.com";

/// Where browsers and clients come from unless a test says otherwise.
pub const HOME: &str = "192.0.2.7";

/// A running provider. Cloned freely.
#[derive(Clone)]
pub struct App {
    pub clock: Clock,
    pub storage: Storage,
    pub provider: Arc<ArcSwap<Provider>>,
    router: Router,
    folder: Arc<TempDir>,
}

impl App {
    /// With `base.yml`.
    pub async fn start() -> Self {
        Self::with("{}").await
    }

    /// With a fragment over `base.yml`.
    pub async fn with(fragment: &str) -> Self {
        Self::build(fragment, None).await
    }

    /// With `base.yml`, over a PostgreSQL database.
    pub async fn on_postgres() -> Self {
        Self::build("{}", Some(super::postgres::database())).await
    }

    async fn build(fragment: &str, database: Option<TestDatabase>) -> Self {
        let folder = folder();
        std::fs::write(folder.path().join("users.yml"), Person::file(&Person::all())).unwrap();
        let settings =
            configuration::settings(&configuration::text(fragment, folder.path(), database.as_ref()));
        let options = match &database {
            Some(database) => database.options(),
            None => StorageOptions::Sqlite { path: folder.path().join("db.sqlite3") },
        };
        let storage = Storage::open(&options).await.unwrap();
        storage.migrate().await.unwrap();
        let clock = Clock::movable(START);
        let Assembly { provider, router } = Assembly::build(settings, storage.clone(), clock.clone())
            .unwrap_or_else(|error| panic!("{error}"));
        Self { clock, storage, provider, router, folder: Arc::new(folder) }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the users file anew and waits until `seen` holds of a person.
    pub async fn rewrite_people(
        &self,
        change: impl FnOnce(&mut Vec<Person>),
        name: &str,
        seen: impl Fn(Option<&User>) -> bool,
    ) {
        let mut people = Person::all();
        change(&mut people);
        std::fs::write(self.path("users.yml"), Person::file(&people)).unwrap();
        for _ in 0..100 {
            self.clock.advance(1);
            let found = self.provider.load().users.find(name);
            if seen(found.as_deref()) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        }
        panic!("the users file is not read again");
    }

    pub fn get(&self, path: &str) -> Call {
        Call::new(self.clone(), "GET", path)
    }

    pub fn post(&self, path: &str) -> Call {
        Call::new(self.clone(), "POST", path)
    }

    pub fn call(&self, method: &'static str, path: &str) -> Call {
        Call::new(self.clone(), method, path)
    }

    /// Userinfo with the token in the header.
    pub async fn userinfo(&self, token: &str) -> Answer {
        self.get("/api/oidc/userinfo").header("authorization", &format!("Bearer {token}")).send().await
    }
}

fn folder() -> TempDir {
    // In memory where that is possible: tests of endpoints do not test the disk.
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// One request on its way.
pub struct Call {
    app: App,
    method: &'static str,
    path: String,
    host: String,
    address: IpAddr,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Call {
    fn new(app: App, method: &'static str, path: &str) -> Self {
        Self {
            app,
            method,
            path: path.to_owned(),
            host: "op.example.com".to_owned(),
            address: HOME.parse().unwrap(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    pub fn raw_header(mut self, name: &str, value: &[u8]) -> Self {
        self.headers.push((name.to_owned(), value.to_vec()));
        self
    }

    pub fn host(mut self, host: &str) -> Self {
        self.host = host.to_owned();
        self
    }

    /// The address of the connection.
    pub fn from(mut self, address: &str) -> Self {
        self.address = address.parse().unwrap();
        self
    }

    pub fn basic(self, user: &str, secret: &str) -> Self {
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        self.raw_basic(format!("{}:{}", encode(user), encode(secret)).as_bytes())
    }

    /// Basic credentials that are not encoded as RFC 6749 §2.3.1 says.
    pub fn raw_basic(self, credentials: &[u8]) -> Self {
        let encoded = base64::engine::general_purpose::STANDARD.encode(credentials);
        self.header("authorization", &format!("Basic {encoded}"))
    }

    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.body("application/x-www-form-urlencoded", body)
    }

    pub fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", media_type)
    }

    pub async fn send(self) -> Answer {
        let mut request = Request::builder().method(self.method).uri(&self.path).header("host", &self.host);
        for (name, value) in &self.headers {
            request = request.header(name, value.as_slice());
        }
        if !self.body.is_empty() {
            request = request.header("content-length", self.body.len());
        }
        let mut request = request.body(Body::from(self.body)).expect("a request");
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(self.address, 40_000)));
        let response = self.app.router.oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.expect("a body");
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }
}
