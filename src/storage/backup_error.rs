//! Why a backup was not made or not restored.

use std::io;
use std::path::PathBuf;

use super::StorageError;
use super::backup_file::FORMAT;
use crate::secrets::SealProblem;

/// Why a backup was not made or not restored. Messages name files, lines and people, never what is stored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The file is there already.
    #[error("{} exists, and a backup never overwrites one: name another file, or move that one away", .0.display())]
    Exists(PathBuf),
    /// The file cannot be written.
    #[error("cannot write {}: {error}; nothing of it is kept, and the database is as it was: name a file in a folder with room that this user may write", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The file cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Something else than a backup.
    #[error("{} is no backup of Signet: its first line is not that of a file that `signet storage backup` wrote", .0.display())]
    NotABackup(PathBuf),
    /// Not what was written.
    #[error("{} is damaged: {why} (line {line}); nothing was restored: use another copy or an older backup", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// Made by somebody without the key.
    #[error("{} was changed by somebody who does not have the encryption_key: its hash is right and its seal is not; nothing was restored: use a copy that nobody else could write", .0.display())]
    Forged(PathBuf),
    /// The format of a newer version.
    #[error("{} was made by a newer Signet (format {format}; this version reads {FORMAT}): restore it with that version or a later one", path.display())]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u64,
    },
    /// The tables of a newer version.
    #[error("{} was made by Signet {version}, whose tables are newer (migration {migration}; this version knows {known}): restore it with that version or a later one", path.display())]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// The version that made it.
        version: String,
        /// Its last migration.
        migration: i64,
        /// The last one here.
        known: i64,
    },
    /// Another `storage.encryption_key`.
    #[error("{} was made with another storage.encryption_key: nobody's one-time code device could be used; nothing was restored: configure the key of that time, it belongs to the backup", .0.display())]
    OtherEncryptionKey(PathBuf),
    /// Another `hmac_secret`.
    #[error("{} was made with another identity_providers.oidc.hmac_secret: no code or token that is out would be known; nothing was restored: configure the secret of that time, or say --accept-other-hmac-secret when it was changed on purpose", .0.display())]
    OtherHmacSecret(PathBuf),
    /// The database holds something.
    #[error(
        "the database is not empty ({rows} rows); nothing was restored: name an empty one, or say --replace to put the backup in the place of what is there, which is kept in a backup of its own first"
    )]
    NotEmpty {
        /// How many rows.
        rows: u64,
    },
    /// Somebody serves from the database.
    #[error(
        "{connections} connections of a running Signet are open to this database; nothing was restored: stop every `signet serve` first"
    )]
    Serving {
        /// How many.
        connections: i64,
    },
    /// A sealed value of the backup does not open.
    #[error("{}: {what} does not open: {problem}; nothing was restored: use another backup", path.display())]
    Sealed {
        /// The file.
        path: PathBuf,
        /// Whose what.
        what: String,
        /// Why not.
        problem: SealProblem,
    },
}
