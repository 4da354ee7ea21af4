//! From settings to a provider: open the store, read the people, derive the keys.

use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;

use super::session_store::DatabaseSessions;
use crate::clock::Clock;
use crate::observe::{MetricsError, Refusals};
use crate::outbound::Outbound;
use crate::provider::Provider;
use crate::provider::snapshot::Snapshot;
use crate::secrets::{HandleKey, Sealer};
use crate::settings::{DatabaseSettings, PostgresHost, Settings};
use crate::storage::{
    PostgresAddress, PostgresOptions, PostgresServer, PostgresTls, Storage, StorageError, StorageOptions,
};
use crate::users::admin::authelia::{self, TakeOverError, TakenOver};
use crate::users::password::PasswordQueue;
use crate::users::{Users, UsersOptions};
use crate::web::{RateLimiter, Sessions, WebState, router};
use crate::yaml::Problems;

/// Everything a listener needs, and what must be kept while it runs.
pub struct Assembly {
    /// The present provider; a reload swaps it.
    pub provider: Arc<ArcSwap<Provider>>,
    /// All of HTTP.
    pub router: Router,
    /// What was refused and waits to be kept.
    pub refusals: Refusals,
}

/// Why Signet did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// What Authelia remembers could not be taken over.
    #[error(transparent)]
    TakeOver(#[from] TakeOverError),
    /// The users file.
    #[error("{0}")]
    Users(Problems),
    /// The certificate and the key of `server.tls`.
    #[error("{0}")]
    Tls(Problems),
    /// The listener.
    #[error(
        "cannot listen on {address} ({option}): {error}; stop what listens there, or name another address"
    )]
    Listen {
        /// The option that names the address.
        option: &'static str,
        /// The address.
        address: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// The figures.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// The log.
    #[error(
        "cannot write the log {path} (log.file_path): {error}; let this user write there, or name another file"
    )]
    Log {
        /// The file of `log.file_path`.
        path: String,
        /// What the system says.
        error: std::io::Error,
    },
}

impl Assembly {
    /// Builds a provider over an open and migrated database.
    ///
    /// # Errors
    /// When the users file cannot be read.
    pub fn build(settings: Settings, storage: Storage, clock: Clock) -> Result<Self, StartError> {
        let passwords = PasswordQueue::default();
        let provider = provider(settings, storage.clone(), clock.clone(), passwords)?;
        let provider = Arc::new(ArcSwap::from_pointee(provider));
        let sessions = Arc::new(Sessions::new(DatabaseSessions::new(storage, clock)));
        let refusals = Refusals::default();
        let router = router(WebState {
            provider: provider.clone(),
            sessions,
            refusals: refusals.clone(),
            rate_limiter: RateLimiter::default(),
        });
        Ok(Self { provider, router, refusals })
    }
}

/// Takes over what Authelia remembers when its tables lie in the database and Signet serves from it for the first time.
///
/// # Errors
/// When they cannot be read under the configured key, and when the database does not do its work.
pub async fn take_over(provider: &Provider) -> Result<Option<TakenOver>, TakeOverError> {
    let Provider { snapshot, storage, users, clock, .. } = provider;
    let is_known = |name: &str| users.find(name).is_some();
    authelia::take_over(storage, &snapshot.settings, is_known, clock.now()).await
}

/// A provider of these settings.
pub(super) fn provider(
    settings: Settings,
    storage: Storage,
    clock: Clock,
    passwords: PasswordQueue,
) -> Result<Provider, StartError> {
    let users = Users::open(UsersOptions {
        directory: settings.directory.clone(),
        totp: settings.totp.clone(),
        regulation: settings.regulation.clone(),
        storage: storage.clone(),
        sealer: Sealer::new(&settings.storage.encryption_key),
        passwords,
        clock: clock.clone(),
    })
    .map_err(StartError::Users)?;
    let outbound = Outbound::new(&settings, clock.clone());
    let handles = Arc::new(HandleKey::derive(&settings.oidc.hmac_secret));
    let travellers = Sealer::of_travellers(&settings.oidc.hmac_secret);
    Ok(Provider {
        snapshot: Arc::new(Snapshot::new(settings)),
        storage,
        users,
        clock,
        handles,
        travellers,
        readiness: Arc::default(),
        secret_memory: Arc::default(),
        outbound,
        proven_sectors: Arc::default(),
        remote_keys: Arc::default(),
        decryptions: Arc::default(),
    })
}

/// The store that settings name, as the plain values it is opened with.
pub fn storage_options(settings: &Settings) -> StorageOptions {
    match &settings.storage.database {
        DatabaseSettings::Sqlite { path } => StorageOptions::Sqlite { path: path.clone() },
        DatabaseSettings::Postgres(postgres) => StorageOptions::Postgres(PostgresOptions {
            servers: postgres.hosts.iter().map(postgres_server).collect(),
            database: postgres.database.clone(),
            schema: postgres.schema.clone(),
            username: postgres.username.clone(),
            password: postgres.password.clone(),
            trusted_certificates: settings.certificates.pem(),
            timeout_seconds: postgres.timeout.as_secs().max(1),
        }),
    }
}

fn postgres_server(host: &PostgresHost) -> PostgresServer {
    let address = if host.host.starts_with('/') {
        PostgresAddress::Unix { folder: host.host.clone().into(), port: host.port }
    } else {
        PostgresAddress::Tcp { host: host.host.clone(), port: host.port }
    };
    let tls = host.tls.as_ref().map(|tls| PostgresTls {
        skip_verify: tls.skip_verify,
        certificate_chain: tls.certificate_chain.clone(),
        private_key: tls.private_key.clone(),
    });
    PostgresServer { address, tls }
}
