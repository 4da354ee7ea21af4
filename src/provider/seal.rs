//! Signing what is told to a client, and encrypting it where its registration says so.

use std::num::NonZero;
use std::sync::LazyLock;
use std::thread::available_parallelism;

use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use super::Provider;
use crate::jose::{Encrypter, SignProblem};
use crate::model::client::Client;
use crate::model::sealing::{Encryption, Sealing, Signing};
use crate::protocol::error::OAuthError;

/// As many costly signatures at once as there are processors, in the whole process: a flood of them must not take the
/// threads that answer everyone else.
static HEAVY: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(available_parallelism().map_or(1, NonZero::get)));

/// Runs an operation of several milliseconds on a thread of its own.
pub(super) async fn heavy<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, OAuthError> {
    let gone = || OAuthError::server_error("The operation with the private key did not come to its end.");
    let permit = HEAVY.acquire().await.map_err(|_| gone())?;
    // Whoever asked may be gone before it is done, and it counts until then.
    let task = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(permit);
        done
    });
    task.await.map_err(|_| gone())
}

/// What is sealed, and what its header says of it.
pub(super) struct Letter {
    /// `typ` of the signed token (RFC 8725 §3.11).
    pub typ: &'static str,
    /// The claims.
    pub claims: Map<String, Value>,
    /// `jti` repeated in the header of the encrypted token, where the provider itself must find it again
    /// (RFC 7519 §5.3).
    pub id: Option<String>,
}

impl Letter {
    /// Claims under a type.
    pub const fn new(typ: &'static str, claims: Map<String, Value>) -> Self {
        Self { typ, claims, id: None }
    }
}

impl Provider {
    /// Signs, then encrypts (nested as RFC 7519 §2 says).
    ///
    /// # Errors
    /// `temporarily_unavailable` when no key that the client serves can be had, otherwise `server_error`; nothing leaves
    /// unencrypted because of it.
    pub(super) async fn seal(
        &self,
        client: &Client,
        sealing: &Sealing,
        letter: Letter,
    ) -> Result<String, OAuthError> {
        let Letter { typ, claims, id } = letter;
        let signed = self.sign(&sealing.signing, typ, claims).await?;
        let Some(encryption) = &sealing.encryption else { return Ok(signed) };
        let typ = Some(typ).filter(|typ| *typ != "JWT");
        let encrypt = |encrypter: &Encrypter| encrypter.encrypt(&signed, typ, id.as_deref());
        let encrypted = match encryption {
            Encryption::Ready(encrypter) => encrypt(encrypter),
            Encryption::Served { algorithm, encryption, key_id } => {
                let keys = self.client_keys_with(client, key_id.as_deref()).await.map_err(|problem| {
                    OAuthError::temporarily_unavailable(
                        "The keys of the client cannot be had, so nothing can be encrypted to it.",
                    )
                    .with_detail(problem.to_string())
                })?;
                let key = keys.encryption_key(*algorithm, key_id.as_deref()).ok_or_else(|| {
                    OAuthError::temporarily_unavailable(
                        "The client serves no key that its answers can be encrypted to.",
                    )
                    .with_detail(format!("no key at its jwks_uri is for {algorithm}"))
                })?;
                key.encrypter(*algorithm, *encryption).and_then(|encrypter| encrypt(&encrypter))
            }
        };
        encrypted.map_err(|problem| {
            OAuthError::server_error("The answer could not be encrypted.").with_detail(problem.to_string())
        })
    }

    /// Signs claims. An RSA key of ordinary size takes less than handing the work over would.
    ///
    /// # Errors
    /// `server_error`.
    pub(super) async fn sign(
        &self,
        signing: &Signing,
        typ: &'static str,
        claims: Map<String, Value>,
    ) -> Result<String, OAuthError> {
        let failed = |problem: SignProblem| {
            OAuthError::server_error("The answer could not be signed.").with_detail(problem.to_string())
        };
        let kid = match signing {
            Signing::Secret(key) => return key.sign(typ, &claims).map_err(failed),
            Signing::Key { kid, .. } => kid,
        };
        let keys = &self.snapshot.settings.oidc.keys;
        let gone = || OAuthError::server_error("The signing key of this client is gone.").with_detail(kid);
        let key = keys.by_kid(kid).ok_or_else(gone)?;
        if !key.is_heavy() {
            return key.sign(typ, &claims).map_err(failed);
        }
        let (keys, id) = (keys.clone(), kid.clone());
        let signed = heavy(move || keys.by_kid(&id).map(|key| key.sign(typ, &claims))).await?;
        signed.ok_or_else(gone)?.map_err(failed)
    }
}
