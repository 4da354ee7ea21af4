//! Proves in the background that clients belong to their sectors.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::provider::Provider;

/// How often what is not proven yet is tried again.
const EVERY: Duration = Duration::from_secs(60);

/// Asks the documents of all `sector_identifier_uri` that prove nothing yet, for as long as it is let run: neither a start
/// nor a reload waits for a network, and a first sign-in seldom.
pub async fn prove_sectors(provider: Arc<ArcSwap<Provider>>) {
    let mut turns = tokio::time::interval(EVERY);
    turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        provider.load_full().prove_sectors().await;
    }
}
