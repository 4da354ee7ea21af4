//! Whether the provider can do its work.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use tokio::sync::Mutex;

use super::Provider;
use crate::clock::{NumericDate, Seconds};
use crate::observe;
use crate::storage::StorageError;

/// Who has not asked for so long is not counted on to ask again: no balancer asks more rarely.
const WATCHED: Seconds = 60;

/// Whether this process is fit to serve, over every configuration it had.
#[derive(Debug, Default)]
pub struct Readiness {
    /// What the last look at the store said: kept for a second, so that asking often costs one write and no more.
    last: Mutex<Option<(NumericDate, Result<(), StorageError>)>>,
    /// When somebody asked last.
    asked_at: AtomicI64,
    stopping: AtomicBool,
}

/// Why the provider cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// The store does not take writes.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// It works, and is about to end: send no more.
    #[error("stopping")]
    Stopping,
}

impl Readiness {
    /// Whether somebody, a balancer most likely, looks at the readiness of this process.
    pub fn is_watched(&self, now: NumericDate) -> bool {
        now.saturating_sub(self.asked_at.load(Ordering::Relaxed)) <= WATCHED
    }

    /// From now on it is not ready.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }
}

impl Provider {
    /// Succeeds when the store can be written and nobody asked the process to stop. Many who ask at once share one
    /// look at the store.
    ///
    /// # Errors
    /// When it cannot, or is about to end.
    pub async fn ready(&self) -> Result<(), NotReady> {
        let now = self.clock.now();
        self.readiness.asked_at.store(now, Ordering::Relaxed);
        if self.readiness.stopping.load(Ordering::SeqCst) {
            return Err(NotReady::Stopping);
        }
        Ok(self.writable().await?)
    }

    /// Succeeds when the store can be written; whoever asks is not counted as one who watches. Many who ask in a second
    /// share one look at the store.
    ///
    /// # Errors
    /// When it cannot.
    pub async fn writable(&self) -> Result<(), StorageError> {
        let now = self.clock.now();
        let mut last = self.readiness.last.lock().await;
        if let Some((at, said)) = last.as_ref()
            && *at == now
        {
            return said.clone();
        }
        let said = self.storage.check_writable().await;
        observe::found_ready(said.is_ok());
        *last = Some((now, said.clone()));
        said
    }
}
