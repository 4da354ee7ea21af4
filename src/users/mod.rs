//! The people: directory, passwords, one-time codes, regulation, sign-in.

pub mod admin;
mod counted;
mod directory;
mod name;
pub mod password;
mod regulation;
mod second_factor;
mod sign_in;
#[cfg(test)]
mod testing;
mod totp;

use std::fmt;
use std::sync::Arc;

pub use counted::Counted;
pub use directory::check;
pub use sign_in::SignInAttempt;
pub use totp::EnrolmentView;

use tracing::Instrument as _;

use crate::clock::Clock;
use crate::model::user::User;
use crate::secrets::{SealProblem, Sealer, equal};
use crate::settings;
use crate::storage::{Storage, StorageError};
use crate::yaml::Problems;
use directory::Directory;
use password::PasswordQueue;

/// What the people are known, proven and slowed down by.
#[derive(Clone, Debug)]
pub struct UsersOptions {
    /// The users file.
    pub directory: settings::Directory,
    /// One-time codes.
    pub totp: settings::TotpSettings,
    /// How failed sign-ins are slowed down.
    pub regulation: settings::Regulation,
    /// Where devices, attempts and known browsers are remembered.
    pub storage: Storage,
    /// Seals seeds, with the key of `storage.encryption_key`.
    pub sealer: Sealer,
    /// Where passwords wait for their turn, and everything else that is hashed slowly.
    pub passwords: PasswordQueue,
    /// Tells the time.
    pub clock: Clock,
}

/// The people. Cheap to clone; every clone shares the same directory and queue.
#[derive(Clone)]
pub struct Users(Arc<Inner>);

struct Inner {
    directory: Directory,
    totp: settings::TotpSettings,
    regulation: settings::Regulation,
    storage: Storage,
    sealer: Sealer,
    passwords: PasswordQueue,
    clock: Clock,
}

/// Why someone is not let in. Wrong, unknown, disabled, banned and reused are one: the reason is in the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInProblem {
    /// Not let in.
    #[error("the sign-in was refused")]
    Refused,
    /// Too many are being verified: try again in a few seconds (503 with `Retry-After`).
    #[error("too many sign-ins are under way")]
    Busy,
    /// Nothing could be decided (503).
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// What is remembered could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// The database did not do its work.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A seed could not be sealed or opened.
    #[error("a one-time code seed: {0}")]
    Seal(#[from] SealProblem),
}

impl From<StorageError> for SignInProblem {
    fn from(error: StorageError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<SealProblem> for SignInProblem {
    fn from(problem: SealProblem) -> Self {
        Self::Unavailable(problem.into())
    }
}

impl Users {
    /// Reads the users file, blocking; from then on the file is looked at while people are judged, at most once a
    /// second, and read again when it changed. What cannot be read then leaves everyone as they were.
    ///
    /// # Errors
    /// Everything that is wrong with the users file.
    pub fn open(options: UsersOptions) -> Result<Self, Problems> {
        let UsersOptions { directory, totp, regulation, storage, sealer, passwords, clock } = options;
        let directory = Directory::open(directory, clock.clone())?;
        Ok(Self(Arc::new(Inner { directory, totp, regulation, storage, sealer, passwords, clock })))
    }

    /// A person by canonical name, as last read. A disabled person is found too, with `disabled` set. To judge
    /// whether something stands, ask [`Users::standing`].
    #[must_use]
    pub fn find(&self, username: &str) -> Option<Arc<User>> {
        self.0.directory.people().named(username).map(|person| Arc::clone(&person.user))
    }

    /// The person as of at most a second ago, if still there, enabled, and with the password that was proven
    /// (`User::credential`).
    pub async fn standing(&self, username: &str, credential: &str) -> Option<Arc<User>> {
        let people = self.0.directory.fresh_people().await;
        let user = &people.named(username)?.user;
        let stands = !user.disabled && equal(user.credential.as_bytes(), credential.as_bytes());
        stands.then(|| Arc::clone(user))
    }

    /// The queue of everything that hashes slowly.
    #[must_use]
    pub fn passwords(&self) -> &PasswordQueue {
        &self.0.passwords
    }

    /// How many people the directory holds.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.directory.people().len()
    }
}

/// Does a piece of work to its end, even when the one who waits for it hangs up in the middle.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, SignInProblem>> + Send + 'static,
) -> Result<T, SignInProblem> {
    // A task is cut short by a panic or the end of the process alone.
    tokio::spawn(work.in_current_span()).await.unwrap_or(Err(SignInProblem::Busy))
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Users")
    }
}
