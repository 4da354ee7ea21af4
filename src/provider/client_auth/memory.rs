//! A verified client secret is remembered, so that its costly digest is computed once.

use std::future::Future;
use std::sync::Arc;

use moka::future::Cache;
use secrecy::{ExposeSecret, SecretString};

use crate::secrets::mac::hmac_sha256;
use crate::secrets::random::random_bytes;
use crate::users::password::PasswordQueue;

/// Secrets that were right, as HMACs under a key that lives as long as this value: bounded, positives only,
/// gone with the snapshot. Concurrent first uses of one secret share one computation.
pub struct SecretMemory {
    key: [u8; 32],
    /// Where secrets wait to be checked: not where people's passwords do, so that neither can hold up the other.
    pub(super) queue: PasswordQueue,
    right: Cache<[u8; 32], ()>,
}

/// Why a computation gave no entry.
enum Miss<E> {
    Wrong,
    Failed(E),
}

/// How many secrets are remembered.
const CAPACITY: u64 = 10_000;

impl SecretMemory {
    /// An empty memory with a key of its own.
    pub(crate) fn new() -> Self {
        Self { key: random_bytes(), queue: PasswordQueue::default(), right: Cache::new(CAPACITY) }
    }

    /// Whether the secret is right: from memory, or by `verify`.
    ///
    /// # Errors
    /// When `verify` could not run.
    pub(super) async fn check<E: Send + Sync + 'static>(
        &self,
        client_id: &str,
        secret: &SecretString,
        verify: impl Future<Output = Result<bool, E>>,
    ) -> Result<bool, ()> {
        let length = client_id.len().to_be_bytes();
        let name =
            hmac_sha256(&self.key, &[&length, client_id.as_bytes(), secret.expose_secret().as_bytes()]);
        let computed = self.right.try_get_with(name, async {
            match verify.await {
                Ok(true) => Ok(()),
                Ok(false) => Err(Miss::Wrong),
                Err(error) => Err(Miss::Failed(error)),
            }
        });
        match computed.await.map_err(|miss: Arc<Miss<E>>| miss) {
            Ok(()) => Ok(true),
            Err(miss) => match &*miss {
                Miss::Wrong => Ok(false),
                Miss::Failed(_) => Err(()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_right_secret_is_computed_once_and_a_wrong_one_each_time() {
        let memory = SecretMemory::new();
        let computed = AtomicUsize::new(0);
        let right = SecretString::from("right");
        let wrong = SecretString::from("wrong");
        for _ in 0..3 {
            let verify = async {
                computed.fetch_add(1, Ordering::SeqCst);
                Ok::<_, ()>(true)
            };
            assert_eq!(memory.check("web", &right, verify).await, Ok(true));
        }
        assert_eq!(computed.load(Ordering::SeqCst), 1);
        for _ in 0..2 {
            let verify = async {
                computed.fetch_add(1, Ordering::SeqCst);
                Ok::<_, ()>(false)
            };
            assert_eq!(memory.check("web", &wrong, verify).await, Ok(false));
        }
        assert_eq!(computed.load(Ordering::SeqCst), 3);
        let other = async {
            computed.fetch_add(1, Ordering::SeqCst);
            Ok::<_, ()>(false)
        };
        assert_eq!(memory.check("other", &right, other).await, Ok(false), "a secret is one client's");
    }
}
