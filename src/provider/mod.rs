//! The decisions of the OpenID provider: no HTTP type, no template, no YAML, no SQL.

pub mod authorization;
pub mod client_auth;
pub mod consents;
pub mod context;
pub mod decryption;
pub mod device_authorization;
pub mod discovery;
pub mod end_session;
pub mod failure;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
pub mod grants;
pub mod introspection;
pub mod issue;
pub mod read;
pub mod readiness;
pub mod remote_keys;
pub mod revocation;
mod seal;
pub mod sector;
pub mod signed_metadata;
pub mod snapshot;
pub mod userinfo;

use std::sync::Arc;

use crate::clock::Clock;
use crate::outbound::Outbound;
use crate::secrets::handle::HandleKey;
use crate::secrets::seal::Sealer;
use crate::storage::Storage;
use crate::users::Users;
use client_auth::memory::SecretMemory;
use decryption::DecryptionLine;
use readiness::Readiness;
use remote_keys::RemoteKeys;
use sector::ProvenSectors;
use snapshot::Snapshot;

/// The provider as one request sees it: one configuration, and the stores behind it. Cheap to clone.
#[derive(Clone)]
pub struct Provider {
    /// The configuration this request began with.
    pub snapshot: Arc<Snapshot>,
    /// Everything remembered.
    pub storage: Storage,
    /// The people.
    pub users: Users,
    /// The time.
    pub clock: Clock,
    /// The key of every handle.
    pub handles: Arc<HandleKey>,
    /// The key of what travels sealed through a browser.
    pub travellers: Sealer,
    /// Whether this process is fit to serve.
    pub readiness: Arc<Readiness>,
    /// The client secrets that were right, over every configuration.
    pub secret_memory: Arc<SecretMemory>,
    /// What is fetched from others.
    pub outbound: Outbound,
    /// Which clients were proven to belong to their sectors, over every configuration.
    pub proven_sectors: Arc<ProvenSectors>,
    /// The keys of clients that lie at their own servers, over every configuration.
    pub remote_keys: Arc<RemoteKeys>,
    /// Who waits for something encrypted to be opened, over every configuration.
    pub decryptions: Arc<DecryptionLine>,
}
