//! Waiting that ends: something comes to be so, or the test says what never did.

use std::panic::Location;
use std::time::{Duration, Instant};

/// What anything may take on a machine that does something else as well.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// From one look to the next.
const STEP: Duration = Duration::from_millis(10);

/// Waits until something is so.
#[track_caller]
pub fn until(what: &str, limit: Duration, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < limit, "not within {limit:?}: {what}");
        std::thread::sleep(STEP);
    }
}

/// Waits until something is so that must be asked for. A look that hangs ends with the limit too.
#[track_caller]
pub fn until_asked(
    what: &str,
    limit: Duration,
    mut so: impl AsyncFnMut() -> bool,
) -> impl Future<Output = ()> {
    let place = Location::caller();
    async move {
        let looks = async {
            while !so().await {
                tokio::time::sleep(STEP).await;
            }
        };
        let came = tokio::time::timeout(limit, looks).await;
        assert!(came.is_ok(), "not within {limit:?}: {what} ({place})");
    }
}
