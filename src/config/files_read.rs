//! The files that a configuration was read from, and whether they are still what they were.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The files of one configuration, each as it was just before it was read. Cloning shares the list.
#[derive(Clone, Debug, Default)]
pub struct FilesRead(Arc<Mutex<Look>>);

/// What files are like at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look(BTreeMap<PathBuf, Stamp>);

/// What changes when a file is written or replaced, or when configuration files come into a folder or leave it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stamp {
    Missing,
    File { device: u64, inode: u64, size: u64, modified: (i64, i64), changed: (i64, i64) },
    Folder(Vec<PathBuf>),
}

impl FilesRead {
    /// The same files now.
    #[must_use]
    pub fn look(&self) -> Look {
        // Stamps are taken without the lock: a file system may take its time.
        let paths: Vec<PathBuf> = self.held().0.keys().cloned().collect();
        Look(paths.into_iter().map(|path| (path.clone(), Stamp::of(&path))).collect())
    }

    /// Whether they were read as they are in this look.
    #[must_use]
    pub fn are_as_in(&self, look: &Look) -> bool {
        *self.held() == *look
    }

    /// A configuration is read anew: what was read for the former one counts no more.
    pub(super) fn begin(&self) {
        self.held().0.clear();
    }

    /// A file or folder is about to be read.
    pub(super) fn add(&self, path: &Path) {
        let stamp = Stamp::of(path);
        // Read twice, it counts as it was at first.
        self.held().0.entry(path.to_owned()).or_insert(stamp);
    }

    fn held(&self) -> MutexGuard<'_, Look> {
        // What is kept is whole at every moment, so a panic of another thread spoils nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stamp {
    fn of(path: &Path) -> Self {
        match fs::metadata(path) {
            Err(_) => Self::Missing,
            Ok(found) if found.is_dir() => Self::Folder(in_folder(path).unwrap_or_default()),
            Ok(found) => Self::File {
                device: found.dev(),
                inode: found.ino(),
                size: found.size(),
                modified: (found.mtime(), found.mtime_nsec()),
                changed: (found.ctime(), found.ctime_nsec()),
            },
        }
    }
}

/// What stands in a folder, in the order of the names.
///
/// # Errors
/// When the folder cannot be read.
pub(super) fn in_folder(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.retain(|path| has_ending(path, &["yml", "yaml", "crt", "cer", "pem"]));
    paths.sort();
    Ok(paths)
}

/// Whether a name ends in one of these.
pub(super) fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|extension| endings.iter().any(|ending| extension == *ending))
}
