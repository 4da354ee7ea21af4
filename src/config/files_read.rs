//! The files that a configuration was read from, and whether they are still what they were.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fmt, fs, io};

use zeroize::Zeroizing;

use crate::yaml::{is_stream, read_file, read_once};

/// The files of one configuration, each as it was just before it was read. Cloning shares the list.
#[derive(Clone, Default)]
pub struct FilesRead(Arc<Mutex<Noted>>);

#[derive(Default)]
struct Noted {
    look: Look,
    /// What pipes and devices gave: they are read once.
    streams: BTreeMap<PathBuf, Zeroizing<Vec<u8>>>,
    /// How often the configuration was begun to be read.
    readings: u64,
}

impl fmt::Debug for FilesRead {
    /// Without what was read, which may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FilesRead").field(&self.held().look).finish()
    }
}

/// What files are like at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look(BTreeMap<PathBuf, Stamp>);

/// What changes when a file is written or replaced, or when configuration files come into a folder or leave it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stamp {
    Missing,
    File {
        device: u64,
        inode: u64,
        size: u64,
        modified: (i64, i64),
        changed: (i64, i64),
    },
    Folder(Vec<PathBuf>),
    /// A pipe or a device. Reading alters it, so it is not watched.
    Stream,
}

impl FilesRead {
    /// The same files now.
    #[must_use]
    pub fn look(&self) -> Look {
        // Stamps are taken without the lock: a file system may take its time.
        let paths: Vec<PathBuf> = self.held().look.0.keys().cloned().collect();
        Look(paths.into_iter().map(|path| (path.clone(), Stamp::of(&path))).collect())
    }

    /// Whether they were read as they are in this look.
    #[must_use]
    pub fn are_as_in(&self, look: &Look) -> bool {
        self.held().look == *look
    }

    /// A configuration is read anew: what was read for the former one counts no more, but for what cannot be read
    /// again.
    pub(super) fn begin(&self) {
        let mut held = self.held();
        held.look.0.clear();
        held.readings += 1;
    }

    /// A file or folder is about to be read.
    pub(super) fn add(&self, path: &Path) {
        let stamp = Stamp::of(path);
        // Read twice, it counts as it was at first.
        self.held().look.0.entry(path.to_owned()).or_insert(stamp);
    }

    /// What a file holds, of at most `limit` bytes, and notes it. A pipe or a device is waited for once, at the start:
    /// from then on it gives what it gave then.
    ///
    /// # Errors
    /// As [`read_once`]; and a pipe or a device that was not read at the start.
    pub(super) fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        self.add(path);
        if !is_stream(path) {
            return read_file(path, limit);
        }
        let (given, again) = {
            let held = self.held();
            (held.streams.get(path).cloned(), held.is_again())
        };
        match given {
            Some(given) => Ok(given.to_vec()),
            None if again => {
                Err(io::Error::other("it is a pipe or a device, which is read only when Signet starts"))
            }
            None => {
                let bytes = read_once(path, limit)?;
                self.held().streams.insert(path.to_owned(), Zeroizing::new(bytes.clone()));
                Ok(bytes)
            }
        }
    }

    /// The pipes and devices that were not read again, when the configuration was.
    pub(super) fn not_read_again(&self) -> Vec<PathBuf> {
        let held = self.held();
        let streams = held.look.0.iter().filter(|(_, stamp)| held.is_again() && **stamp == Stamp::Stream);
        streams.map(|(path, _)| path.clone()).filter(|path| held.streams.contains_key(path)).collect()
    }

    fn held(&self) -> MutexGuard<'_, Noted> {
        // What is kept is whole at every moment, so a panic of another thread spoils nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Noted {
    /// Whether this is not the first reading, at the start.
    fn is_again(&self) -> bool {
        self.readings > 1
    }
}

impl Stamp {
    fn of(path: &Path) -> Self {
        match fs::metadata(path) {
            Err(_) => Self::Missing,
            Ok(found) if found.is_dir() => Self::Folder(in_folder(path).unwrap_or_default()),
            Ok(found) if !found.is_file() => Self::Stream,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_read_at_the_start_and_never_again() {
        let (null, zero) = (Path::new("/dev/null"), Path::new("/dev/zero"));
        let files = FilesRead::default();
        files.begin();
        assert_eq!(files.read(zero, 4).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(files.read(null, 4).unwrap(), b"");
        assert!(files.not_read_again().is_empty());
        files.begin();
        assert_eq!(files.read(null, 4).unwrap(), b"");
        let late = files.read(zero, 4).unwrap_err().to_string();
        assert!(late.contains("only when Signet starts"), "{late}");
        assert_eq!(files.not_read_again(), [null]);
        assert!(files.are_as_in(&files.look()));
    }
}
