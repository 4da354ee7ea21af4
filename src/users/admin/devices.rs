//! People's one-time code devices.

use crate::clock::NumericDate;
use crate::model::event::{Event, EventKind};
use crate::model::second_factor::Totp;
use crate::observe;
use crate::storage::{Storage, StorageError};

/// Every one-time code device, by username. Seeds stay sealed.
///
/// # Errors
/// When the database does not answer.
pub async fn list_totp(storage: &Storage) -> Result<Vec<Totp>, StorageError> {
    storage.list_totp().await
}

/// Takes a person's one-time code device away, so that the next sign-in enrols a new one. The person's sessions end,
/// and what was granted with two factors. `by` says who did it, for
/// the events. `false` when there was none.
///
/// # Errors
/// When the database does not store it.
pub async fn delete_totp(
    storage: &Storage,
    username: &str,
    by: &str,
    now: NumericDate,
) -> Result<bool, StorageError> {
    let mut event = Event::new(EventKind::FactorRemoved, now);
    event.username = Some(username.to_owned());
    event.detail = Some(by.to_owned());
    let deleted = storage.delete_totp(username, std::slice::from_ref(&event), now).await?;
    if deleted {
        observe::event(&event);
    }
    Ok(deleted)
}
