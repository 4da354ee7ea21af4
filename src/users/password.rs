//! Verification of passwords and other slowly hashed secrets, a bounded number at a time.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::available_parallelism;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::secrets::Digest;

/// How many may wait for their turn beside those that are being verified.
const WAITING: usize = 64;
/// The longest password in characters; a longer one is refused like a wrong one.
const LONGEST: usize = 128;
/// How far the threads that hash stand back for those that answer requests: a hash takes all of a processor for a
/// tenth of a second, and whoever asks for a token meanwhile must not wait for it.
const NICENESS: i32 = 10;

/// Too many are waiting already: ask to try again shortly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are waiting to be verified")]
pub struct Busy;

/// A queue for verifications: as many at once as there are processors, on threads of their own, so that a flood of
/// sign-ins takes neither all the memory nor the processors of everyone else. Cloning shares it.
#[derive(Clone, Debug)]
pub struct PasswordQueue {
    line: Sender<Work>,
    places: Arc<Semaphore>,
    counts: Arc<Counts>,
}

/// A place in the queue: whoever holds one will be served.
#[derive(Debug)]
pub struct Place {
    line: Sender<Work>,
    place: OwnedSemaphorePermit,
}

/// One verification on its way.
struct Work {
    digest: Arc<Digest>,
    password: SecretString,
    answer: oneshot::Sender<bool>,
    // Goes along: a caller that hangs up does not free it before the work is done.
    _place: OwnedSemaphorePermit,
}

#[derive(Debug, Default)]
struct Counts {
    verifying: AtomicUsize,
    most: AtomicUsize,
    verified: AtomicUsize,
    refused: AtomicUsize,
}

/// What a queue has done since it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// How many were verified.
    pub verified: usize,
    /// How many at once, at most.
    pub at_once: usize,
    /// How many found the line full.
    pub refused: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verified, at_once, refused } = self;
        write!(f, "{verified} verified, at most {at_once} at once, {refused} refused while the line was full")
    }
}

impl Default for PasswordQueue {
    fn default() -> Self {
        Self::new(available_parallelism().map_or(1, usize::from))
    }
}

impl PasswordQueue {
    /// A queue that verifies `turns` at once.
    #[must_use]
    pub fn new(turns: usize) -> Self {
        let turns = turns.max(1);
        let (line, work) = channel();
        let work = Arc::new(Mutex::new(work));
        let counts = Arc::new(Counts::default());
        for _ in 0..turns {
            let (work, counts) = (Arc::clone(&work), Arc::clone(&counts));
            let thread = std::thread::Builder::new().name("password".to_owned());
            if let Err(error) = thread.spawn(move || verify_all(&work, &counts)) {
                tracing::error!(%error, "a thread that verifies passwords could not be started");
            }
        }
        Self { line, places: Arc::new(Semaphore::new(turns.saturating_add(WAITING))), counts }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// [`Busy`] when the line is full.
    pub fn enter(&self) -> Result<Place, Busy> {
        match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => Ok(Place { line: self.line.clone(), place }),
            Err(_) => {
                self.counts.refused.fetch_add(1, Ordering::Relaxed);
                Err(Busy)
            }
        }
    }

    /// What it has done so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let of = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        let Counts { most, verified, refused, .. } = self.counts.as_ref();
        Tally { verified: of(verified), at_once: of(most), refused: of(refused) }
    }
}

/// The life of one thread: it ends with the last handle of its queue.
fn verify_all(work: &Mutex<Receiver<Work>>, counts: &Counts) {
    stand_back();
    loop {
        let next = match work.lock() {
            Ok(work) => work.recv(),
            Err(_) => return,
        };
        let Ok(work) = next else { return };
        // Whoever hung up while waiting is not served.
        if work.answer.is_closed() {
            continue;
        }
        let verifying = counts.verifying.fetch_add(1, Ordering::Relaxed) + 1;
        counts.most.fetch_max(verifying, Ordering::Relaxed);
        // A digest that makes its hash panic must not end the thread that everybody shares.
        let fits =
            catch_unwind(AssertUnwindSafe(|| work.digest.verify(work.password.expose_secret().as_bytes())));
        counts.verifying.fetch_sub(1, Ordering::Relaxed);
        counts.verified.fetch_add(1, Ordering::Relaxed);
        if let Ok(fits) = fits {
            let _ = work.answer.send(fits);
        }
    }
}

/// Lets the threads that answer requests go first. On Linux niceness belongs to the calling thread, elsewhere to
/// the whole process.
fn stand_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "the threads that verify passwords run with the priority of the others");
    }
}

impl Place {
    /// Verifies a person's password when it is this place's turn. One over 128 characters never fits and costs the
    /// same.
    ///
    /// # Errors
    /// [`Busy`] when the runtime is shutting down.
    pub async fn verify_password(self, digest: Arc<Digest>, password: SecretString) -> Result<bool, Busy> {
        if password.expose_secret().chars().nth(LONGEST).is_some() {
            self.verify(digest, SecretString::default()).await?;
            return Ok(false);
        }
        self.verify(digest, password).await
    }

    /// Verifies any slowly hashed secret when it is this place's turn.
    ///
    /// # Errors
    /// [`Busy`] when no thread is there to verify it.
    pub async fn verify(self, digest: Arc<Digest>, password: SecretString) -> Result<bool, Busy> {
        tracing::trace!("a slow hash is computed");
        let (answer, answered) = oneshot::channel();
        let work = Work { digest, password, answer, _place: self.place };
        self.line.send(work).map_err(|_| Busy)?;
        answered.await.map_err(|_| Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::testing;

    #[tokio::test]
    async fn the_right_password_fits_and_others_do_not() {
        let queue = PasswordQueue::default();
        let digest = Arc::new(Digest::parse(&testing::digest("right")).unwrap());
        for (password, fits) in [("right", true), ("wrong", false), ("", false)] {
            let place = queue.enter().unwrap();
            assert_eq!(
                place.verify_password(Arc::clone(&digest), password.into()).await,
                Ok(fits),
                "{password}"
            );
        }
    }

    #[tokio::test]
    async fn a_password_over_128_characters_never_fits() {
        let queue = PasswordQueue::default();
        for (length, fits) in [(128, true), (129, false)] {
            let password = "ä".repeat(length);
            let digest = Arc::new(Digest::parse(&testing::digest(&password)).unwrap());
            let place = queue.enter().unwrap();
            assert_eq!(place.verify_password(digest, password.into()).await, Ok(fits), "{length}");
        }
    }

    #[tokio::test]
    async fn who_comes_when_the_line_is_full_is_told_so() {
        let queue = PasswordQueue::new(1);
        let places: Vec<Place> = (0..65).map(|_| queue.enter().unwrap()).collect();
        assert_eq!(queue.enter().unwrap_err(), Busy);
        drop(places);
        assert!(queue.enter().is_ok());
    }

    #[tokio::test]
    async fn no_more_are_verified_at_once_than_there_are_turns() {
        let queue = PasswordQueue::new(2);
        let digest = Arc::new(Digest::parse(&testing::digest("right")).unwrap());
        let places: Vec<Place> = (0..40).map(|_| queue.enter().unwrap()).collect();
        let waiting: Vec<_> = places
            .into_iter()
            .map(|place| tokio::spawn(place.verify(Arc::clone(&digest), "right".into())))
            .collect();
        for waiting in waiting {
            assert_eq!(waiting.await.unwrap(), Ok(true));
        }
        let tally = queue.tally();
        assert_eq!(tally.verified, 40);
        assert!((1..=2).contains(&tally.at_once), "{tally}");
    }

    #[tokio::test]
    async fn who_hangs_up_is_not_served_and_gives_the_place_back() {
        let queue = PasswordQueue::new(1);
        let digest = Arc::new(Digest::parse(&testing::digest("right")).unwrap());
        for _ in 0..200 {
            let place = queue.enter().unwrap();
            drop(place.verify(Arc::clone(&digest), "right".into()));
        }
        assert_eq!(queue.enter().unwrap().verify(digest, "right".into()).await, Ok(true));
        assert_eq!(queue.tally().verified, 1);
    }
}
