//! tower-sessions over the database: ids are stored as hashes, and both lives are judged by our clock.

use async_trait::async_trait;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use tower_sessions::SessionStore;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};

use crate::clock::Clock;
use crate::model::authentication::Authentication;
use crate::model::event::Event;
use crate::secrets::mac::sha256_base64url;
use crate::storage::{SessionRow, Storage, StorageError};
use crate::web::RotatingStore;
use crate::web::session::{AUTHENTICATION, LIFE, Life};

/// Sessions in the database.
#[derive(Clone, Debug)]
pub struct DatabaseSessions {
    storage: Storage,
    clock: Clock,
}

impl DatabaseSessions {
    /// Sessions of a database, judged by a clock.
    pub fn new(storage: Storage, clock: Clock) -> Self {
        Self { storage, clock }
    }

    /// The row of a record. A record without a life of its own is dead at once: only the web room opens sessions,
    /// and it always gives one.
    fn row(&self, record: &Record) -> SessionRow {
        let read = |name: &str| record.data.get(name).cloned().unwrap_or(Value::Null);
        let authentication: Option<Authentication> = serde_json::from_value(read(AUTHENTICATION)).ok();
        let now = self.clock.now();
        let life: Life =
            serde_json::from_value(read(LIFE)).unwrap_or(Life { expires_at: now, idle_seconds: None });
        let (username, session) = authentication.map(|present| (present.username, present.session)).unzip();
        SessionRow {
            id_hash: hash(&record.id),
            data: Value::Object(record.data.clone().into_iter().collect::<Map<_, _>>()),
            username,
            session,
            expires_at: life.expires_at,
            idle_seconds: life.idle_seconds,
            last_seen_at: now,
        }
    }
}

#[async_trait]
impl SessionStore for DatabaseSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.begin(record, &[]).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.storage.save_session(&self.row(record)).await.map(|_| ()).map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let row = self.storage.load_session(&hash(id), self.clock.now()).await.map_err(backend)?;
        Ok(row.and_then(|row| match row.data {
            Value::Object(data) => Some(Record {
                id: *id,
                data: data.into_iter().collect(),
                expiry_date: OffsetDateTime::from_unix_timestamp(row.expires_at).ok()?,
            }),
            _ => None,
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.storage.delete_session(&hash(id)).await.map_err(backend)
    }
}

#[async_trait]
impl RotatingStore for DatabaseSessions {
    async fn begin(&self, record: &mut Record, events: &[Event]) -> Result<()> {
        while !self.storage.create_session(&self.row(record), events).await.map_err(backend)? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn replace(&self, old: &Id, record: &Record, events: &[Event]) -> Result<bool> {
        self.storage.replace_session(&hash(old), &self.row(record), events).await.map_err(backend)
    }
}

fn hash(id: &Id) -> String {
    sha256_base64url(id.to_string().as_bytes())
}

fn backend(error: StorageError) -> Error {
    Error::Backend(error.to_string())
}
