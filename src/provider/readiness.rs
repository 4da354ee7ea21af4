//! Whether the provider can do its work.

use super::Provider;
use crate::storage::StorageError;

impl Provider {
    /// Succeeds when the store can be written.
    ///
    /// # Errors
    /// When it cannot.
    pub async fn ready(&self) -> Result<(), StorageError> {
        self.storage.check_writable().await
    }
}
