//! What the demo keeps in its folder. What is there stays as it is.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::content::{self, CONFIGURATION, USERS};
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
    #[error(transparent)]
    Keys(#[from] GenerateProblem),
}

/// Makes what is missing: the folder for its owner only, and every file in it.
pub(super) fn make_missing(folder: &Path) -> Result<Files, FilesError> {
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |source| FilesError::Make { path, source }
    };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed(folder))?;
    let folder = fs::canonicalize(folder).map_err(failed(folder))?;
    let files = Files {
        configuration: folder.join("configuration.yml"),
        keys: folder.join("keys.yml"),
        users: folder.join("users_database.yml"),
        database: folder.join("signet.sqlite3"),
        folder,
    };
    if !files.configuration.exists() {
        write(&files.configuration, CONFIGURATION).map_err(failed(&files.configuration))?;
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

/// Writes a file for its owner only; it appears whole or not at all.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let part = path.with_extension("part");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&part, path)
}
