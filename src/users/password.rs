//! Verification of passwords and other slowly hashed secrets, a bounded number at a time.

use std::fmt;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::thread::available_parallelism;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;

use crate::model::line::{Line, Share};
use crate::model::network::neighbourhood;
use crate::secrets::Digest;

/// How many may wait in each line for their turn beside those that are being verified.
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

/// Who asks for a place.
#[derive(Clone, Copy, Debug)]
pub enum Comer<'a> {
    /// Somebody with a password.
    Person,
    /// A client, by its id.
    Client(&'a str),
    /// A client that is refused whatever the hash says, because there is none of its id or its secret is not one that
    /// is hashed slowly.
    Stranger,
}

/// The queue of everything that is hashed slowly: as much at once as there are processors, on threads of their own, so
/// that a flood takes neither all the memory nor the processors of everyone else. People and clients wait in a line
/// each, and in each line nobody can take all the places. Cloning shares it.
#[derive(Clone, Debug)]
pub struct PasswordQueue(Arc<Handle>);

/// The last one ends the threads.
#[derive(Debug)]
struct Handle(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    lines: Mutex<Lines>,
    came: Condvar,
    counts: Counts,
}

#[derive(Debug)]
struct Lines {
    people: Line<Work>,
    clients: Line<Work>,
    /// Whether a client was served last.
    after_client: bool,
    /// No thread will serve anyone any more.
    over: bool,
}

/// A place in the queue: whoever holds one will be served.
#[derive(Debug)]
pub struct Place {
    queue: PasswordQueue,
    of_client: bool,
    shares: Vec<Share>,
}

/// One verification on its way.
#[derive(Debug)]
struct Work {
    digest: Arc<Digest>,
    password: SecretString,
    answer: oneshot::Sender<bool>,
    // Goes along: a caller that hangs up does not free it before the work is done.
    place: Place,
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
        let places = turns.saturating_add(WAITING);
        let (people, clients) = (Line::new(places), Line::new(places));
        let lines = Mutex::new(Lines { people, clients, after_client: false, over: false });
        let shared = Arc::new(Shared { lines, came: Condvar::new(), counts: Counts::default() });
        let mut threads = 0_usize;
        for _ in 0..turns {
            let shared = Arc::clone(&shared);
            let thread = std::thread::Builder::new().name("password".to_owned());
            match thread.spawn(move || verify_all(&shared)) {
                Ok(_) => threads += 1,
                Err(error) => {
                    tracing::error!(%error, "a thread that verifies passwords could not be started");
                }
            }
        }
        shared.lines().over = threads == 0;
        Self(Arc::new(Handle(shared)))
    }

    /// Takes a place.
    ///
    /// # Errors
    /// [`Busy`] when the line is full, or half full of those from the network of `address`, or a quarter full of this
    /// client or of strangers.
    pub fn enter(&self, comer: Comer<'_>, address: IpAddr) -> Result<Place, Busy> {
        let shared = &self.0.0;
        let mut shares = vec![Share::Network(neighbourhood(address))];
        let of_client = match comer {
            Comer::Person => false,
            Comer::Client(id) => {
                shares.push(Share::Client(id.to_owned()));
                true
            }
            Comer::Stranger => {
                shares.push(Share::Strangers);
                true
            }
        };
        if shared.lines().of(of_client).enter(&shares) {
            return Ok(Place { queue: self.clone(), of_client, shares });
        }
        shared.counts.refused.fetch_add(1, Ordering::Relaxed);
        Err(Busy)
    }

    /// What it has done so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let of = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        let Counts { most, verified, refused, .. } = &self.0.0.counts;
        Tally { verified: of(verified), at_once: of(most), refused: of(refused) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.lines().over = true;
        self.0.came.notify_all();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.queue.0.0.lines().of(self.of_client).leave(&self.shares);
    }
}

impl Lines {
    fn of(&mut self, clients: bool) -> &mut Line<Work> {
        if clients { &mut self.clients } else { &mut self.people }
    }

    /// Whose turn it is. Programs go first, since people wait behind them; but never twice in a row while a person
    /// waits, or a flood of secrets would keep everyone from signing in.
    fn next(&mut self) -> Option<Work> {
        let first = !self.after_client;
        let next = match self.of(first).pop() {
            Some(work) => Some(work),
            None => self.of(!first).pop(),
        };
        self.after_client = next.as_ref().is_some_and(|work| work.place.of_client);
        next
    }
}

impl Shared {
    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets work wait for its turn.
    fn wait(&self, work: Work) -> Result<(), Busy> {
        let mut lines = self.lines();
        if lines.over {
            // Its place wants the lines.
            drop(lines);
            return Err(Busy);
        }
        lines.of(work.place.of_client).push(work);
        self.came.notify_one();
        Ok(())
    }

    /// Waits for the next work; `None` when there will be none any more.
    fn next(&self) -> Option<Work> {
        let mut lines = self.lines();
        loop {
            if let Some(work) = lines.next() {
                return Some(work);
            }
            if lines.over {
                return None;
            }
            lines = self.came.wait(lines).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The life of one thread: it ends with the last handle of its queue.
fn verify_all(shared: &Shared) {
    stand_back();
    let counts = &shared.counts;
    while let Some(work) = shared.next() {
        // Whoever hung up while waiting is not served.
        if work.answer.is_closed() {
            continue;
        }
        let verifying = counts.verifying.fetch_add(1, Ordering::Relaxed) + 1;
        counts.most.fetch_max(verifying, Ordering::Relaxed);
        let Work { digest, password, answer, place } = work;
        // A digest that makes its hash panic must not end the thread that everybody shares.
        let fits = catch_unwind(AssertUnwindSafe(|| digest.verify(password.expose_secret().as_bytes())));
        counts.verifying.fetch_sub(1, Ordering::Relaxed);
        counts.verified.fetch_add(1, Ordering::Relaxed);
        // Whoever has an answer may come again.
        drop(place);
        if let Ok(fits) = fits {
            let _ = answer.send(fits);
        }
    }
}

/// Lets the threads that answer requests go first. On Linux niceness belongs to the calling thread, elsewhere to
/// the whole process.
fn stand_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        static TOLD: Once = Once::new();
        TOLD.call_once(|| {
            tracing::warn!(
                %error,
                "the threads that verify passwords run with the priority of the others: while many sign in, everything \
                 waits longer; a filter of system calls may forbid setpriority(2)"
            );
        });
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
        let queue = self.queue.clone();
        queue.0.0.wait(Work { digest, password, answer, place: self })?;
        answered.await.map_err(|_| Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::testing;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    impl PasswordQueue {
        fn of_person(&self) -> Result<Place, Busy> {
            self.enter(Comer::Person, HERE)
        }
    }

    /// An address of a network of its own.
    fn elsewhere(number: u8) -> IpAddr {
        IpAddr::from([198, 51, number, 1])
    }

    #[tokio::test]
    async fn the_right_password_fits_and_others_do_not() {
        let queue = PasswordQueue::default();
        let digest = Arc::new(Digest::parse(&testing::digest("right")).unwrap());
        for (password, fits) in [("right", true), ("wrong", false), ("", false)] {
            let place = queue.of_person().unwrap();
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
            let place = queue.of_person().unwrap();
            assert_eq!(place.verify_password(digest, password.into()).await, Ok(fits), "{length}");
        }
    }

    #[tokio::test]
    async fn who_comes_when_the_line_is_full_is_told_so() {
        let queue = PasswordQueue::new(2);
        let places: Vec<Place> =
            (0..66).map(|number| queue.enter(Comer::Person, elsewhere(number)).unwrap()).collect();
        assert_eq!(queue.of_person().unwrap_err(), Busy);
        assert!(queue.enter(Comer::Client("web"), HERE).is_ok(), "clients have a line of their own");
        drop(places);
        let places: Vec<Place> = (0..33).map(|_| queue.of_person().unwrap()).collect();
        assert_eq!(queue.of_person().unwrap_err(), Busy, "a network has half of a line");
        assert!(queue.enter(Comer::Person, elsewhere(0)).is_ok());
        drop(places);
        assert!(queue.of_person().is_ok());
    }

    #[tokio::test]
    async fn no_more_are_verified_at_once_than_there_are_turns() {
        let queue = PasswordQueue::new(2);
        let digest = Arc::new(Digest::parse(&testing::digest("right")).unwrap());
        let places: Vec<Place> =
            (0..40).map(|number| queue.enter(Comer::Person, elsewhere(number)).unwrap()).collect();
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
            let place = queue.of_person().unwrap();
            drop(place.verify(Arc::clone(&digest), "right".into()));
        }
        assert_eq!(queue.of_person().unwrap().verify(digest, "right".into()).await, Ok(true));
        assert_eq!(queue.tally().verified, 1);
    }

    #[test]
    fn clients_go_first_and_neither_line_waits_for_the_end_of_the_other() {
        // Without threads that take them out.
        let queue = PasswordQueue::new(1);
        let mut lines =
            Lines { people: Line::new(9), clients: Line::new(9), after_client: false, over: false };
        for of_client in [false, false, false, true, true] {
            let place = Place { queue: queue.clone(), of_client, shares: Vec::new() };
            let digest = Arc::new(Digest::parse("x").unwrap());
            let work = Work { digest, password: "x".into(), answer: oneshot::channel().0, place };
            lines.of(of_client).push(work);
        }
        let mut order = Vec::new();
        while let Some(work) = lines.next() {
            order.push(work.place.of_client);
        }
        assert_eq!(order, [true, false, true, false, false]);
    }
}
