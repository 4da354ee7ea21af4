//! A verified client secret is remembered, so that its costly digest is computed once.

use std::future::Future;
use std::sync::Arc;

use moka::future::Cache;
use secrecy::{ExposeSecret, SecretString};

use crate::secrets::Digest;
use crate::secrets::mac::hmac_of_list;
use crate::secrets::random::random_bytes;

/// Secrets that fitted a digest, as HMACs under a key that lives as long as this value: bounded, positives only. It
/// outlives a reload, after which all clients would have to win their place against a flood again. Concurrent first
/// uses of one secret share one computation.
pub struct SecretMemory {
    key: [u8; 32],
    right: Cache<[u8; 32], ()>,
}

/// Why a computation gave no entry.
enum Miss<E> {
    Wrong,
    Failed(E),
}

/// How many secrets are remembered.
const CAPACITY: u64 = 10_000;

impl Default for SecretMemory {
    fn default() -> Self {
        Self { key: random_bytes(), right: Cache::new(CAPACITY) }
    }
}

impl SecretMemory {
    /// Whether the secret fits the digest that decides about the client: from memory, or by `verify`. Where no digest
    /// decides, nothing fits.
    ///
    /// # Errors
    /// When `verify` could not run.
    pub(super) async fn check<E: Send + Sync + 'static>(
        &self,
        client_id: &str,
        digest: Option<&Digest>,
        secret: &SecretString,
        verify: impl Future<Output = Result<bool, E>>,
    ) -> Result<bool, ()> {
        let digest = digest.map(Digest::fingerprint);
        let digest = digest.as_ref().map_or(&[][..], |fingerprint| fingerprint.as_slice());
        let parts = [client_id.as_bytes(), digest, secret.expose_secret().as_bytes()];
        let name = hmac_of_list(&self.key, "client secret", &parts);
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
        let memory = SecretMemory::default();
        let computed = AtomicUsize::new(0);
        let [digest, renewed] = ["one", "two"].map(|text| Digest::parse(text).unwrap());
        let check = async |client_id: &str, digest: Option<&Digest>, secret: &str, fits: bool| {
            let verify = async {
                computed.fetch_add(1, Ordering::SeqCst);
                Ok::<_, ()>(fits)
            };
            let checked = memory.check(client_id, digest, &SecretString::from(secret), verify).await;
            (checked, computed.swap(0, Ordering::SeqCst))
        };
        assert_eq!(check("web", Some(&digest), "right", true).await, (Ok(true), 1));
        assert_eq!(check("web", Some(&digest), "right", true).await, (Ok(true), 0));
        for _ in 0..2 {
            assert_eq!(check("web", Some(&digest), "wrong", false).await, (Ok(false), 1));
        }
        assert_eq!(check("other", Some(&digest), "right", false).await, (Ok(false), 1), "it is one client's");
        assert_eq!(check("web", Some(&renewed), "right", false).await, (Ok(false), 1), "of one digest");
        assert_eq!(check("web", None, "right", false).await, (Ok(false), 1), "which decides no more");
    }
}
