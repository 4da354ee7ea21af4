//! Verification of passwords and other slowly hashed secrets, a bounded number at a time.

use std::sync::Arc;
use std::thread::available_parallelism;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::secrets::Digest;

/// How many may wait for their turn beside those that are being verified.
const WAITING: usize = 64;
/// The longest password in characters; a longer one is refused like a wrong one.
const LONGEST: usize = 128;

/// Too many are waiting already: ask to try again shortly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are waiting to be verified")]
pub struct Busy;

/// A queue for verifications: as many at once as there are processors, so that a flood of sign-ins takes neither
/// all the memory nor the threads of everyone else. Cloning shares it.
#[derive(Clone, Debug)]
pub struct PasswordQueue {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

/// A place in the queue: whoever holds one will be served.
#[derive(Debug)]
pub struct Place {
    turns: Arc<Semaphore>,
    place: OwnedSemaphorePermit,
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
        Self {
            turns: Arc::new(Semaphore::new(turns)),
            places: Arc::new(Semaphore::new(turns.saturating_add(WAITING))),
        }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// [`Busy`] when the line is full.
    pub fn enter(&self) -> Result<Place, Busy> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Busy)?;
        Ok(Place { turns: Arc::clone(&self.turns), place })
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
    /// [`Busy`] when the runtime is shutting down.
    pub async fn verify(self, digest: Arc<Digest>, password: SecretString) -> Result<bool, Busy> {
        let turn = self.turns.acquire_owned().await.map_err(|_| Busy)?;
        let place = self.place;
        tracing::trace!("a slow hash is computed");
        // The permits go along: a caller that hangs up frees neither before the work is done.
        let work = tokio::task::spawn_blocking(move || {
            let _held = (turn, place);
            digest.verify(password.expose_secret().as_bytes())
        });
        work.await.map_err(|_| Busy)
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
}
