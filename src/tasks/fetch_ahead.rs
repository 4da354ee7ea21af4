//! Fetches in the background what clients name, so that nobody waits for it.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::provider::Provider;

/// How often it is looked whether something is due.
const EVERY: Duration = Duration::from_secs(60);

/// Proves that clients belong to their sectors, and fetches the keys that lie at a `jwks_uri` when they are due, for as long
/// as it is let run: neither a start nor a reload waits for a network, and a request seldom.
pub async fn fetch_ahead(provider: Arc<ArcSwap<Provider>>) {
    let mut turns = tokio::time::interval(EVERY);
    turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        let provider = provider.load_full();
        provider.prove_sectors().await;
        provider.fetch_client_keys().await;
    }
}
