//! The time, as a value that is handed in.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Seconds since 1970-01-01T00:00:00Z, as every token carries them (RFC 7519 §2).
pub type NumericDate = i64;

/// A length of time in whole seconds.
pub type Seconds = i64;

/// Tells the time. Cloned freely; every clone of a movable clock shows the same time.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Movable(Arc<AtomicI64>),
}

impl Clock {
    /// The clock of the machine.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is moved: for tests.
    #[must_use]
    pub fn movable(start: NumericDate) -> Self {
        Self(Source::Movable(Arc::new(AtomicI64::new(start))))
    }

    /// The present time.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> NumericDate {
        match &self.0 {
            Source::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .ok()
                .and_then(|since| NumericDate::try_from(since.as_secs()).ok())
                .unwrap_or(0),
            Source::Movable(time) => time.load(Ordering::SeqCst),
        }
    }

    /// Moves a movable clock on by `seconds` (back when negative); the machine's clock stays as it is.
    pub fn advance(&self, seconds: Seconds) {
        if let Source::Movable(time) = &self.0 {
            time.fetch_add(seconds, Ordering::SeqCst);
        }
    }
}

/// A time in UTC (RFC 3339); its number when no calendar has it.
#[must_use]
pub fn in_utc(seconds: NumericDate) -> String {
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|date| date.format(&Rfc3339).ok())
        .unwrap_or_else(|| seconds.to_string())
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

/// The machine's time as a log line carries it: seconds since the epoch, and the milliseconds that have passed of the
/// present one.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
pub fn wall_time() -> (NumericDate, u32) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (NumericDate::try_from(since.as_secs()).unwrap_or(0), since.subsec_millis())
}

/// Measures how long something takes.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Begins now.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// How long it has run.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// How long it has run, in milliseconds.
    #[must_use]
    pub fn milliseconds(&self) -> u128 {
        self.0.elapsed().as_millis()
    }
}
