//! The certificate in use, and how a new one takes its place: at a reload, and when its files change.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio_rustls::rustls::ServerConfig;

use super::pair::{self, Pair, end_in_words};
use crate::clock::{Clock, NumericDate, Seconds};
use crate::settings::Tls;
use crate::yaml::{Problem, Problems};

/// How often the files are looked at. What is replaced must look the same twice before it is read: certificate and
/// key are not written at the same moment.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How often the log says that the certificate ends, in seconds.
const SAY_EVERY: Seconds = 86_400;

/// The certificate in use. Cloning shares it.
#[derive(Clone)]
pub(in crate::runtime) struct Certificates(Arc<Inner>);

struct Inner {
    clock: Clock,
    config: ArcSwap<ServerConfig>,
    present: Mutex<Present>,
}

/// What is in use, and what was seen of the files.
struct Present {
    tls: Tls,
    pair: Pair,
    /// What the files were like when they were last read.
    read: Stamps,
    /// What they were like at the last look.
    seen: Stamps,
    /// When it was last said that the certificate ends.
    said: NumericDate,
}

/// What changes when one of the two files is written or replaced.
type Stamps = [Option<Stamp>; 2];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// A pair that was read and can be used.
pub(in crate::runtime) struct Ready {
    tls: Tls,
    pair: Pair,
    config: Arc<ServerConfig>,
    read: Stamps,
    weaknesses: Problems,
}

impl Ready {
    /// Reads the files.
    fn read(tls: &Tls, now: NumericDate) -> Result<Self, Problems> {
        let read = stamps(tls);
        let (pair, weaknesses) = pair::read(tls, now)?;
        let config = pair.config().map_err(|error| {
            let problem = Problem::error("bad_certificate", "server.tls");
            Problems::from(problem.says(error.to_string()).mend("use another certificate"))
        })?;
        Ok(Self { tls: tls.clone(), pair, config: Arc::new(config), read, weaknesses })
    }
}

impl Certificates {
    /// Reads the files for the first time; their weaknesses are told by [`super::check`].
    ///
    /// # Errors
    /// Everything that keeps them from being used.
    pub(in crate::runtime) fn open(tls: &Tls, clock: Clock) -> Result<Self, Problems> {
        let Ready { tls, pair, config, read, .. } = Ready::read(tls, clock.now())?;
        let said = clock.now();
        let present = Mutex::new(Present { tls, pair, read, seen: read, said });
        Ok(Self(Arc::new(Inner { clock, config: ArcSwap::new(config), present })))
    }

    /// What a new connection is served with.
    pub(super) fn config(&self) -> Arc<ServerConfig> {
        self.0.config.load_full()
    }

    /// Reads the files of a new configuration; nothing changes yet.
    ///
    /// # Errors
    /// Everything that keeps them from being used.
    pub(in crate::runtime) fn prepare(&self, tls: &Tls) -> Result<Ready, Problems> {
        Ready::read(tls, self.0.clock.now())
    }

    /// Serves new connections with this pair. Those that are open keep what they began with.
    pub(in crate::runtime) fn take(&self, ready: Ready) {
        self.put(&mut self.present(), ready);
    }

    fn put(&self, present: &mut Present, ready: Ready) {
        let Ready { tls, pair, config, read, .. } = ready;
        let same = pair.has_certificate_of(&present.pair);
        let ends = in_words(pair.ends);
        let path = tls.certificate.path.display().to_string();
        let said = if same { present.said } else { self.0.clock.now() };
        *present = Present { tls, pair, read, seen: read, said };
        self.0.config.store(config);
        if same {
            tracing::debug!(certificate = path, "the certificate was read again and is the same");
        } else {
            tracing::info!(
                certificate = path,
                ends,
                "the certificate changed: new connections are served with it"
            );
        }
    }

    fn present(&self) -> std::sync::MutexGuard<'_, Present> {
        // What is kept is whole at every moment, so a panic of another thread spoils nothing.
        self.0.present.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the files for as long as it is let run.
    pub(in crate::runtime) async fn renew(self) {
        let mut turns = tokio::time::interval(LOOK_EVERY);
        turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            turns.tick().await;
            let look = self.clone();
            let _ = tokio::task::spawn_blocking(move || look.look()).await;
        }
    }

    /// One look.
    fn look(&self) {
        let mut present = self.present();
        let now = self.0.clock.now();
        let stamps = stamps(&present.tls);
        let still = stamps == present.seen;
        present.seen = stamps;
        if still && stamps != present.read {
            match Ready::read(&present.tls, now) {
                // Written while it was read: the next look sees that it holds still.
                Ok(ready) if ready.read != stamps => {}
                Ok(ready) => {
                    for weakness in ready.weaknesses.iter() {
                        tracing::warn!("{}", weakness.line());
                    }
                    self.put(&mut present, ready);
                }
                Err(problems) => {
                    present.read = stamps;
                    for problem in problems.errors() {
                        tracing::error!("the former certificate stays in use: {}", problem.line());
                    }
                }
            }
        }
        if now - present.said >= SAY_EVERY
            && let Some(says) = end_in_words(present.pair.ends, now)
        {
            present.said = now;
            tracing::warn!(certificate = %present.tls.certificate.path.display(), "{says}");
        }
    }
}

/// What both files are like; a link is followed.
fn stamps(tls: &Tls) -> Stamps {
    [&tls.certificate, &tls.key].map(|file| stamp(&file.path))
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some(Stamp {
        device: metadata.dev(),
        inode: metadata.ino(),
        size: metadata.size(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    })
}

fn in_words(time: NumericDate) -> String {
    let written = OffsetDateTime::from_unix_timestamp(time).ok().and_then(|time| time.format(&Rfc3339).ok());
    written.unwrap_or_else(|| time.to_string())
}
