//! The session store that was handed in, as the one type that sessions are opened with.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use tower_sessions::SessionStore;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::Result;

use crate::model::event::Event;

/// A session store that changes the id of a session in one step: tower-sessions deletes the old session before it
/// stores the new one, and whoever hangs up in between has none.
#[async_trait]
pub trait RotatingStore: SessionStore {
    /// Stores a new session and what happened, in one commit; the id becomes another when it is taken.
    async fn begin(&self, record: &mut Record, events: &[Event]) -> Result<()>;

    /// Puts a session in the place of another, whose id is dead from then on, and keeps what happened in the same
    /// commit. `false`, and nothing is stored, when the other was ended meanwhile.
    async fn replace(&self, old: &Id, record: &Record, events: &[Event]) -> Result<bool>;
}

/// A session store, whatever keeps it.
#[derive(Clone)]
pub struct Sessions(Arc<dyn RotatingStore>);

impl Sessions {
    /// Wraps a store.
    pub fn new(store: impl RotatingStore) -> Self {
        Self(Arc::new(store))
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.0.create(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.0.save(record).await
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        self.0.load(id).await
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.0.delete(id).await
    }
}

#[async_trait]
impl RotatingStore for Sessions {
    async fn begin(&self, record: &mut Record, events: &[Event]) -> Result<()> {
        self.0.begin(record, events).await
    }

    async fn replace(&self, old: &Id, record: &Record, events: &[Event]) -> Result<bool> {
        self.0.replace(old, record, events).await
    }
}
