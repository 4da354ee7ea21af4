//! The lock that keeps a SQLite file to one serving process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::error::StorageError;

/// Held by a serving process for life. The operating system lets go of it when the process ends, however it ends;
/// the file stays.
#[derive(Debug)]
#[must_use = "the lock is gone when it is dropped"]
pub struct StorageLock {
    _file: Option<File>,
}

impl StorageLock {
    /// Holds `DATABASE.lock` and writes the process id into it.
    pub(super) async fn hold(database: &Path) -> Result<Self, StorageError> {
        let mut name = database.as_os_str().to_owned();
        name.push(".lock");
        let path = PathBuf::from(name);
        tokio::task::spawn_blocking(move || lock(&path))
            .await
            .unwrap_or_else(|_| Err(StorageError::Internal("the lock was not taken".to_owned())))
    }

    /// Holds nothing.
    pub(super) fn nothing() -> Self {
        Self { _file: None }
    }
}

fn lock(path: &Path) -> Result<StorageLock, StorageError> {
    let cannot =
        |error: std::io::Error| StorageError::Unavailable(format!("lock file {}: {error}", path.display()));
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(cannot)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StorageError::Locked(holder(&mut file, path))),
        Err(TryLockError::Error(error)) => return Err(cannot(error)),
    }
    file.set_len(0).map_err(cannot)?;
    file.rewind().map_err(cannot)?;
    writeln!(file, "{}", std::process::id()).map_err(cannot)?;
    Ok(StorageLock { _file: Some(file) })
}

fn holder(file: &mut File, path: &Path) -> String {
    let mut text = String::new();
    let process = match file.read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => format!("process {}", text.trim()),
        _ => "another process".to_owned(),
    };
    format!(
        "{process} already serves from this SQLite file (it holds {}); stop it, or use PostgreSQL to run several",
        path.display()
    )
}
