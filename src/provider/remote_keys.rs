//! The public keys of a client, wherever they are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use url::Url;

use super::Provider;
use crate::clock::{NumericDate, Seconds};
use crate::jose::{JwkSetProblem, PublicKeySet};
use crate::model::client::{Client, ClientKeys};
use crate::outbound::{Bytes, OutboundError};
use crate::protocol::logged_uri::without_query;

/// How long fetched keys are used before they are fetched anew, in seconds: a key that the client took away is believed no
/// longer than this.
const FRESH: Seconds = 15 * 60;
/// How long before that they are fetched in the background, in seconds: so long that a turn of it comes in between, and
/// nobody's request has to wait, or shows by its waiting that there is a client with such keys.
const AHEAD: Seconds = 2 * 60;
/// How long they are used while they cannot be fetched, in seconds: a client's web server may be down for a night.
const STALE: Seconds = 24 * 3600;

/// Why the keys of a client are not at hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientKeysProblem {
    /// They could not be fetched.
    #[error("the keys of the client could not be fetched from its jwks_uri: {0}")]
    Fetch(#[from] OutboundError),
    /// What was fetched is no key set.
    #[error("what the client serves at its jwks_uri is not used: {0}")]
    Document(#[from] JwkSetProblem),
}

/// The keys that lie at URIs, over every configuration.
#[derive(Default)]
pub struct RemoteKeys(Mutex<HashMap<Url, Remote>>);

/// What one URI gave.
#[derive(Default)]
struct Remote {
    /// The last document, and what it is: it is read once, however often it comes.
    document: Option<(Bytes, Result<Arc<PublicKeySet>, JwkSetProblem>)>,
    /// The last good keys, and when they were fetched.
    good: Option<(Arc<PublicKeySet>, NumericDate)>,
}

impl Remote {
    /// The good keys, if they are not older than `age`. A clock that went back makes nothing young.
    fn younger_than(&self, age: Seconds, now: NumericDate) -> Option<Arc<PublicKeySet>> {
        let (keys, fetched_at) = self.good.as_ref()?;
        (0..age).contains(&now.saturating_sub(*fetched_at)).then(|| keys.clone())
    }

    /// What a document was found to be, when it is the last one again.
    fn known(&self, document: &Bytes) -> Option<Result<Arc<PublicKeySet>, JwkSetProblem>> {
        let (known, is) = self.document.as_ref()?;
        (known == document).then(|| is.clone())
    }
}

impl Provider {
    /// The keys that a client signs with and that may be encrypted to for it; an empty set for a client that has none. Those
    /// at a `jwks_uri` are fetched when they are wanted and not at hand; while that fails, those of before are used.
    ///
    /// # Errors
    /// When they cannot be had.
    pub async fn client_keys(&self, client: &Client) -> Result<Arc<PublicKeySet>, ClientKeysProblem> {
        match &client.keys {
            ClientKeys::None => Ok(Arc::default()),
            ClientKeys::Registered(keys) => Ok(keys.clone()),
            ClientKeys::Remote(uri) => {
                let fresh = self.with_remote(uri, |remote| remote.younger_than(FRESH, self.clock.now()));
                match fresh {
                    Some(keys) => Ok(keys),
                    None => self.fetch_keys(client, uri).await,
                }
            }
        }
    }

    /// The same for a token that names a key: when none of the keys at hand has that `kid`, the client may have a new one,
    /// so its `jwks_uri` is asked again, at most once in half a minute.
    ///
    /// # Errors
    /// When they cannot be had.
    pub async fn client_keys_with(
        &self,
        client: &Client,
        kid: Option<&str>,
    ) -> Result<Arc<PublicKeySet>, ClientKeysProblem> {
        let keys = self.client_keys(client).await?;
        match (&client.keys, kid) {
            (ClientKeys::Remote(uri), Some(kid)) if !keys.keys().iter().any(|key| key.kid() == Some(kid)) => {
                self.fetch_keys(client, uri).await
            }
            _ => Ok(keys),
        }
    }

    /// Fetches the keys that lie at a URI and are due soon, of all clients; tells the log what is not to be had.
    pub async fn fetch_client_keys(&self) {
        for client in &self.snapshot.settings.oidc.clients {
            let ClientKeys::Remote(uri) = &client.keys else { continue };
            let now = self.clock.now();
            if self.with_remote(uri, |remote| remote.younger_than(FRESH - AHEAD, now)).is_some() {
                continue;
            }
            if let Err(problem) = self.fetch_keys(client, uri).await {
                let client_id = &client.client_id;
                tracing::warn!(client_id, %problem, "what this client signs cannot be checked");
            }
        }
    }

    async fn fetch_keys(&self, client: &Client, uri: &Url) -> Result<Arc<PublicKeySet>, ClientKeysProblem> {
        let got = self.outbound.get(uri).await.map(|document| {
            let known = self.with_remote(uri, |remote| remote.known(&document));
            // Sixty-four keys are made ready here, so nobody waits for them at the lock.
            let is = known.unwrap_or_else(|| PublicKeySet::from_json(&document).map(Arc::new));
            (document, is)
        });
        let now = self.clock.now();
        self.with_remote(uri, |remote| {
            let problem = match got {
                Ok((document, is)) => {
                    remote.document = Some((document, is.clone()));
                    match is {
                        Ok(keys) => {
                            remote.good = Some((keys.clone(), now));
                            return Ok(keys);
                        }
                        Err(problem) => {
                            // Its public half is most likely among the keys of before, and everyone can sign with it.
                            if matches!(problem, JwkSetProblem::Private) {
                                remote.good = None;
                            }
                            ClientKeysProblem::Document(problem)
                        }
                    }
                }
                Err(error) => ClientKeysProblem::Fetch(error),
            };
            let Some(keys) = remote.younger_than(STALE, now) else { return Err(problem) };
            let client_id = &client.client_id;
            let uri = without_query(uri.as_str());
            tracing::warn!(client_id, uri, %problem, "the keys of before are used, up to a day");
            Ok(keys)
        })
    }

    /// What is known of a URI; what no client names any more is forgotten when a new one comes.
    fn with_remote<T>(&self, uri: &Url, act: impl FnOnce(&mut Remote) -> T) -> T {
        let mut remotes = self.remote_keys.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !remotes.contains_key(uri) {
            let clients = &self.snapshot.settings.oidc.clients;
            let named = |known: &Url| {
                clients.iter().any(|client| matches!(&client.keys, ClientKeys::Remote(uri) if uri == known))
            };
            remotes.retain(|known, _| named(known));
        }
        act(remotes.entry(uri.clone()).or_default())
    }
}
