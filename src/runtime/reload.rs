//! A changed configuration takes effect without a restart, whole or not at all.

use std::collections::BTreeSet;
use std::sync::Arc;

use arc_swap::ArcSwap;
use secrecy::{ExposeSecret, SecretString};

use super::assembly::{StartError, provider};
use super::tls::Certificates;
use crate::model::event::{Event, EventKind, Outcome};
use crate::observe;
use crate::provider::Provider;
use crate::settings::{DatabaseSettings, PostgresHost, PostgresTls, Settings};

/// Swaps the configuration of a running Signet.
#[derive(Clone)]
pub struct Reloader {
    provider: Arc<ArcSwap<Provider>>,
    certificates: Option<Certificates>,
}

/// What a reload brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// `kid` of each signing key that was not there before.
    pub new_keys: Vec<String>,
    /// `kid` of each signing key that is no longer there.
    pub gone_keys: Vec<String>,
}

impl Reloaded {
    fn of(old: &Settings, new: &Settings) -> Self {
        let kids = |settings: &Settings| -> BTreeSet<String> {
            settings.oidc.keys.keys().iter().map(|key| key.kid().to_owned()).collect()
        };
        let (old, new) = (kids(old), kids(new));
        let without = |one: &BTreeSet<String>, other| one.difference(other).cloned().collect();
        Self { new_keys: without(&new, &old), gone_keys: without(&old, &new) }
    }
}

/// Why a changed configuration did not take effect; the former one goes on.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// Options that changed and take effect only at a start.
    #[error("{} changed and {} a restart", .0.join(", "), if .0.len() == 1 { "needs" } else { "need" })]
    NeedsRestart(Vec<&'static str>),
    /// The users file, or the certificate.
    #[error("{0}")]
    Start(#[from] StartError),
}

impl Reloader {
    /// A reloader of the provider that requests begin with.
    pub(super) fn new(provider: Arc<ArcSwap<Provider>>, certificates: Option<Certificates>) -> Self {
        Self { provider, certificates }
    }

    /// Builds a provider of the new settings beside the present one, then swaps them. Reads files: call
    /// it off the async threads. Requests that began before keep what they began with.
    ///
    /// # Errors
    /// When an option changed that needs a restart, or the users file or the certificate cannot be used.
    pub fn reload(&self, settings: Settings) -> Result<Reloaded, ReloadError> {
        let present = self.provider.load();
        let changed = needing_restart(&present.snapshot.settings, &settings);
        if !changed.is_empty() {
            return Err(ReloadError::NeedsRestart(changed));
        }
        let renewed = match (&self.certificates, &settings.server.tls) {
            (Some(certificates), Some(tls)) => {
                Some((certificates, certificates.prepare(tls).map_err(StartError::Tls)?))
            }
            _ => None,
        };
        let passwords = present.users.passwords().clone();
        let reloaded = Reloaded::of(&present.snapshot.settings, &settings);
        let next = provider(settings, present.storage.clone(), present.clock.clone(), passwords)?;
        let (readiness, secret_memory) = (present.readiness.clone(), present.secret_memory.clone());
        let outbound = next.outbound.clone().with_memory_of(&present.outbound);
        let (proven_sectors, remote_keys) = (present.proven_sectors.clone(), present.remote_keys.clone());
        self.provider.store(Arc::new(Provider {
            readiness,
            secret_memory,
            outbound,
            proven_sectors,
            remote_keys,
            decryptions: present.decryptions.clone(),
            ..next
        }));
        if let Some((certificates, ready)) = renewed {
            certificates.take(ready);
        }
        Ok(reloaded)
    }

    /// Tells the log and the table of events what became of a reload.
    pub async fn remember(&self, outcome: Result<Reloaded, String>) {
        let provider = self.provider.load_full();
        let now = provider.clock.now();
        let mut event = Event::new(EventKind::ConfigurationReloaded, now);
        let mut events = Vec::new();
        match outcome {
            Ok(Reloaded { new_keys, gone_keys }) => {
                if !(new_keys.is_empty() && gone_keys.is_empty()) {
                    let mut rotated = Event::new(EventKind::KeyRotated, now);
                    let names =
                        |keys: &[String]| if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
                    rotated.detail = Some(format!("new: {}; gone: {}", names(&new_keys), names(&gone_keys)));
                    events.push(rotated);
                }
            }
            Err(reason) => {
                event.outcome = Outcome::Failure;
                event.detail = Some(reason);
            }
        }
        events.insert(0, event);
        events.iter().for_each(observe::event);
        if let Err(error) = provider.storage.append_events(&events).await {
            tracing::warn!(%error, "the reload was not kept in the table of events");
        }
    }
}

/// The options that differ and are read only at a start.
fn needing_restart(old: &Settings, new: &Settings) -> Vec<&'static str> {
    let same = |one: &SecretString, other: &SecretString| same_secret(Some(one), Some(other));
    [
        ("server.address", old.server.address == new.server.address),
        ("server.tls", old.server.tls.is_some() == new.server.tls.is_some()),
        ("server.timeouts", old.server.timeouts == new.server.timeouts),
        ("server.buffers.read", old.server.header_bytes == new.server.header_bytes),
        ("log", old.log == new.log),
        ("telemetry.metrics", old.metrics == new.metrics),
        ("certificates_directory", same_trust(old, new)),
        ("storage", same_database(&old.storage.database, &new.storage.database)),
        ("storage.encryption_key", same(&old.storage.encryption_key, &new.storage.encryption_key)),
        ("identity_providers.oidc.hmac_secret", same(&old.oidc.hmac_secret, &new.oidc.hmac_secret)),
    ]
    .into_iter()
    .filter_map(|(option, same)| (!same).then_some(option))
    .collect()
}

/// Whether the database is reached with the same authorities, where any count.
fn same_trust(old: &Settings, new: &Settings) -> bool {
    let counts = match &old.storage.database {
        DatabaseSettings::Sqlite { .. } => false,
        DatabaseSettings::Postgres(postgres) => postgres.hosts.iter().any(|host| host.tls.is_some()),
    };
    !counts || old.certificates.pem() == new.certificates.pem()
}

fn same_secret(old: Option<&SecretString>, new: Option<&SecretString>) -> bool {
    old.map(ExposeSecret::expose_secret) == new.map(ExposeSecret::expose_secret)
}

fn same_hosts(old: &[PostgresHost], new: &[PostgresHost]) -> bool {
    let same_tls = |old: &PostgresTls, new: &PostgresTls| {
        old.skip_verify == new.skip_verify
            && old.certificate_chain == new.certificate_chain
            && same_secret(old.private_key.as_ref(), new.private_key.as_ref())
    };
    old.len() == new.len()
        && old.iter().zip(new).all(|(old, new)| {
            let tls = match (&old.tls, &new.tls) {
                (Some(old), Some(new)) => same_tls(old, new),
                (None, None) => true,
                _ => false,
            };
            (&old.host, old.port) == (&new.host, new.port) && tls
        })
}

fn same_database(old: &DatabaseSettings, new: &DatabaseSettings) -> bool {
    match (old, new) {
        (DatabaseSettings::Sqlite { path: old }, DatabaseSettings::Sqlite { path: new }) => old == new,
        (DatabaseSettings::Postgres(old), DatabaseSettings::Postgres(new)) => {
            same_hosts(&old.hosts, &new.hosts)
                && (&old.database, &old.schema, &old.username) == (&new.database, &new.schema, &new.username)
                && old.timeout == new.timeout
                && same_secret(old.password.as_ref(), new.password.as_ref())
        }
        _ => false,
    }
}
