//! What the demo keeps in its folder. What is there stays as it is.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::content::{self, USERS};
use crate::jose::generate::{Curve, GenerateProblem, generate_ecdsa_pem, generate_rsa_pem};
use crate::secrets::random::random_token;

/// The files of the demo, by absolute path.
pub(super) struct Files {
    /// The folder.
    pub folder: PathBuf,
    /// The configuration, a good example to begin with.
    pub configuration: PathBuf,
    /// The keys and secrets made for this demo.
    pub keys: PathBuf,
    /// The people.
    pub users: PathBuf,
    /// The database.
    pub database: PathBuf,
}

/// Why the folder could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum FilesError {
    #[error("cannot make {path}: {source}; choose another folder with --data")]
    Make { path: String, source: io::Error },
    #[error("{0} holds files of others; name a folder for the demo alone with --data")]
    Foreign(String),
    #[error(transparent)]
    Keys(#[from] GenerateProblem),
}

/// The names of the files.
const CONFIGURATION: &str = "configuration.yml";
const KEYS: &str = "keys.yml";
const USERS_DATABASE: &str = "users_database.yml";
const DATABASE: &str = "signet.sqlite3";

/// Makes what is missing: the folder for its owner only, and every file in it.
pub(super) fn make_missing(folder: &Path) -> Result<Files, FilesError> {
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |source| FilesError::Make { path, source }
    };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed(folder))?;
    let folder = fs::canonicalize(folder).map_err(failed(folder))?;
    if is_foreign(&folder).map_err(failed(&folder))? {
        return Err(FilesError::Foreign(folder.display().to_string()));
    }
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).map_err(failed(&folder))?;
    let files = Files {
        configuration: folder.join(CONFIGURATION),
        keys: folder.join(KEYS),
        users: folder.join(USERS_DATABASE),
        database: folder.join(DATABASE),
        folder,
    };
    if !files.configuration.exists() {
        let text = content::configuration(&files.database, &files.users);
        write(&files.configuration, &text).map_err(failed(&files.configuration))?;
    }
    if !files.users.exists() {
        write(&files.users, USERS).map_err(failed(&files.users))?;
    }
    if !files.keys.exists() {
        let rsa = generate_rsa_pem(2048)?;
        let ecdsa = generate_ecdsa_pem(Curve::P256)?;
        let keys = content::keys(&random_token(48), &random_token(48), &rsa.private, &ecdsa.private);
        write(&files.keys, &keys).map_err(failed(&files.keys))?;
    }
    Ok(files)
}

/// Whether a folder holds something, but nothing of a demo: to close it for everyone else would do harm.
fn is_foreign(folder: &Path) -> io::Result<bool> {
    let ours = [CONFIGURATION, KEYS, USERS_DATABASE, DATABASE];
    Ok(fs::read_dir(folder)?.next().is_some() && !ours.iter().any(|name| folder.join(name).exists()))
}

/// Writes a file for its owner only; it appears whole or not at all.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let part = path.with_extension("part");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&part, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Sources, load};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_for_its_owner_only_and_can_be_served_from_anywhere() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("it's a \"demo\": #1");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        let files = make_missing(&folder).unwrap();
        assert_eq!((mode(&folder), mode(&files.keys), mode(&files.configuration)), (0o700, 0o600, 0o600));
        let loaded = load(&Sources { files: vec![files.configuration, files.keys], ..Sources::default() });
        assert!(loaded.problems.is_empty(), "{}", loaded.problems);
        assert_eq!(
            loaded.settings.unwrap().directory.path,
            fs::canonicalize(&folder).unwrap().join(USERS_DATABASE)
        );
    }

    #[test]
    fn a_folder_of_others_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("letter.txt"), "dear").unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(make_missing(folder.path()), Err(FilesError::Foreign(_))));
        assert_eq!(mode(folder.path()), 0o755);
    }
}
