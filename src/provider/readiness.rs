//! Whether the provider can do its work.

use tokio::sync::Mutex;

use super::Provider;
use crate::clock::NumericDate;
use crate::observe;
use crate::storage::StorageError;

/// What the last look at the store said: kept for a second, so that asking often costs one write and no more.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Option<(NumericDate, Result<(), StorageError>)>>);

impl Provider {
    /// Succeeds when the store can be written. Many who ask at once share one look.
    ///
    /// # Errors
    /// When it cannot.
    pub async fn ready(&self) -> Result<(), StorageError> {
        let mut last = self.readiness.0.lock().await;
        let now = self.clock.now();
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
