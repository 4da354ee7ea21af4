//! The directory: who there is, read again when its file changes.

mod entry;
mod file;
mod people;
mod reread;

pub(crate) use people::People;
pub(crate) use reread::Directory;

use crate::settings;
use crate::yaml::Problems;

/// Reads the users file and tells everything that is wrong with it, for `signet config validate`.
///
/// # Errors
/// What keeps the file from being used, all of it. Warnings are in the `Ok`.
pub fn check(settings: &settings::Directory) -> Result<Problems, Problems> {
    file::read(settings).map(|(_, warnings)| warnings)
}

/// Reads the users file once.
///
/// # Errors
/// What keeps the file from being used, all of it.
pub(crate) fn read(settings: &settings::Directory) -> Result<People, Problems> {
    file::read(settings).map(|(people, _)| people)
}
