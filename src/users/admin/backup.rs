//! Opening a backup and putting it back: what must hold before anything is written.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::clock::NumericDate;
use crate::model::event::{Event, EventKind};
use crate::observe;
use crate::storage::{Backup, BackupError, BackupKeys, Entry, Present, Restored, Storage};
use crate::users::totp;

/// Opens a backup and reads it to its end, blocking: it is whole, nobody changed it, and every sealed seed in it opens
/// under the configured key.
///
/// # Errors
/// Every [`BackupError`] about a file.
pub fn open_backup(path: &Path, keys: &BackupKeys, any_hmac_secret: bool) -> Result<Backup, BackupError> {
    let backup = Backup::open(path, keys, any_hmac_secret)?;
    let mut places = None;
    for entry in backup.entries()? {
        match entry? {
            Entry::Table { columns, .. } => {
                let place = |name: &str| columns.iter().position(|column| column == name);
                places = place("username").zip(place("sealed_seed"));
            }
            Entry::Row(row) => {
                let Some((username, seed)) = places else { continue };
                let text = |place: usize| row.get(place).and_then(Value::as_str).unwrap_or_default();
                totp::opens(&keys.sealer, text(username), text(seed)).map_err(|problem| {
                    let what = format!("the one-time code seed of '{}'", text(username));
                    BackupError::Sealed { path: PathBuf::from(path), what, problem }
                })?;
            }
        }
    }
    Ok(backup)
}

/// Puts a backup into the database, all of it or nothing.
///
/// # Errors
/// Every [`BackupError`]; then the database is as it was.
pub async fn restore(
    storage: &Storage,
    backup: &Backup,
    present: Present<'_>,
    keys: &BackupKeys,
    by: &str,
    now: NumericDate,
) -> Result<Restored, BackupError> {
    let mut event = Event::new(EventKind::AdminStorageRestored, now);
    event.detail = Some(format!("{by}: as of {}", backup.header().made_at));
    let restored = storage.restore(backup, present, keys, std::slice::from_ref(&event), now).await?;
    observe::event(&event);
    Ok(restored)
}
