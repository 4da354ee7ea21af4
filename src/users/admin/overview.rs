//! Everyone at a glance.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Roster;
use crate::clock::NumericDate;
use crate::model::user::User;
use crate::storage::{Storage, StorageError};

/// A person with what is remembered of them.
#[derive(Clone, Debug)]
pub struct PersonView {
    /// The name, canonical form.
    pub username: String,
    /// What the users file says; `None` when it names the person no longer, and so lets nobody of that name in.
    pub user: Option<Arc<User>>,
    /// Whether there is a one-time code device.
    pub has_device: bool,
    /// Sessions that have not ended.
    pub sessions: i64,
    /// When the password was last right, as far back as events are kept.
    pub last_sign_in: Option<NumericDate>,
}

/// Everyone in the users file, in its order, then whoever is only remembered by a device or a session.
///
/// # Errors
/// When the database does not answer.
pub async fn list_people(
    storage: &Storage,
    roster: &Roster,
    now: NumericDate,
) -> Result<Vec<PersonView>, StorageError> {
    let devices: BTreeSet<String> =
        storage.list_totp().await?.into_iter().map(|device| device.username).collect();
    let sessions: BTreeMap<String, i64> = storage.count_sessions(now).await?.into_iter().collect();
    let sign_ins: BTreeMap<String, NumericDate> = storage.last_sign_ins().await?.into_iter().collect();
    let view = |username: &str, user: Option<&Arc<User>>| PersonView {
        username: username.to_owned(),
        user: user.cloned(),
        has_device: devices.contains(username),
        sessions: sessions.get(username).copied().unwrap_or_default(),
        last_sign_in: sign_ins.get(username).copied(),
    };
    let known = roster.users().map(|user| view(&user.username, Some(user)));
    let remembered: BTreeSet<&String> = devices.iter().chain(sessions.keys()).collect();
    let only_remembered =
        remembered.into_iter().filter(|name| roster.find(name).is_none()).map(|name| view(name, None));
    Ok(known.chain(only_remembered).collect())
}
