//! How many connections may be open at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The most, however many files the system allows: each may hold a head and a body in memory.
const MOST: u64 = 8192;
/// The most files kept for everything else: database, log, users file.
const KEPT: u64 = 256;
/// How often a full house is told.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// Places for connections. When all are taken the next connections wait in the system's queue until one of the
/// open ones ends, which one without a request does within `server.timeouts.read` or, when it had one, `idle`.
pub(super) struct Connections {
    places: Arc<Semaphore>,
    most: u64,
    told: Option<Instant>,
}

impl Connections {
    /// As many places as the limit on open files (RLIMIT_NOFILE) leaves room for, once it is raised as far as this
    /// process may.
    pub fn within_limits() -> Self {
        let most = places(open_files());
        let places = usize::try_from(most).unwrap_or(Semaphore::MAX_PERMITS).min(Semaphore::MAX_PERMITS);
        tracing::debug!(most, "places for connections");
        Self { places: Arc::new(Semaphore::new(places)), most, told: None }
    }

    /// The next place, as soon as there is one. It is free again when the value drops.
    pub async fn place(&mut self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(place);
        }
        if self.told.is_none_or(|told| told.elapsed() > TOLD_EVERY) {
            self.told = Some(Instant::now());
            tracing::warn!(
                open = self.most,
                "as many connections are open as may be: new ones wait until one ends; if this is no attack, raise \
                 the limit on open files (LimitNOFILE, ulimit -n)"
            );
        }
        // The semaphore is never closed.
        Arc::clone(&self.places).acquire_owned().await.ok()
    }
}

/// How many files this process may have open, once the limit is raised as far as it may.
fn open_files() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let highest = limit.maximum.unwrap_or(MOST + KEPT).min(MOST + KEPT);
    let present = limit.current.unwrap_or(MOST + KEPT);
    if present >= highest {
        return present;
    }
    let mut raised = limit;
    raised.current = Some(highest);
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => highest,
        Err(error) => {
            tracing::debug!(%error, "the limit on open files stays as it is");
            present
        }
    }
}

/// The places that so many open files leave: a quarter is kept, and no more than enough.
fn places(files: u64) -> u64 {
    files.saturating_sub(KEPT.min(files / 4)).clamp(1, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_kept_for_everything_else() {
        assert_eq!(places(0), 1);
        assert_eq!(places(64), 48);
        assert_eq!(places(1024), 768);
        assert_eq!(places(4096), 3840);
        assert_eq!(places(1_000_000), MOST);
    }
}
