//! The file of a backup: lines of JSON, the same for both databases.
//!
//! ```text
//! {"signet_backup":1,"version":…,"migration":…,"made_at":…,"made_from":…,"encryption_key":…,"hmac_secret":…}
//! {"table":"signet_consents","columns":["id","issuer",…]}
//! ["CONSENT-ID","https://…",…]
//! {"end":{"rows":…,"sha256":…,"seal":…}}
//! ```
//!
//! The last line holds the SHA-256 of every byte before it, and the same sealed with `storage.encryption_key`: a
//! damaged file is told from a sound one by anybody, a forged one by whoever has the key.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek as _, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::StorageError;
use crate::clock::NumericDate;
use crate::secrets::{HandleKey, SealProblem, Sealer, equal, random_token};

/// The version of this format.
const FORMAT: u32 = 1;
/// What the check value of `storage.encryption_key` is sealed for.
const KEY_CHECK: &str = "signet backup|encryption_key";
/// What the hash of the file is sealed for.
const FILE_SEAL: &str = "signet backup|sha256";
/// The purpose of the check value of `hmac_secret`.
const HMAC_CHECK: &str = "signet backup hmac_secret";

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

/// The keys that a backup is checked against.
#[derive(Clone, Debug)]
pub struct BackupKeys {
    /// Of `storage.encryption_key`.
    pub sealer: Sealer,
    /// Of `identity_providers.oidc.hmac_secret`.
    pub handles: HandleKey,
}

/// The first line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BackupHeader {
    signet_backup: u32,
    /// The version of Signet that made it.
    pub version: String,
    /// The last migration of its tables.
    pub migration: i64,
    /// When it was made: it holds what was committed until then.
    pub made_at: NumericDate,
    /// The kind of database it was made from.
    pub made_from: String,
    encryption_key: String,
    hmac_secret: String,
}

/// One line of the body.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A table begins.
    Table {
        /// Its name.
        name: String,
        /// The columns of its rows.
        columns: Vec<String>,
    },
    /// A row of that table.
    Row(Vec<Value>),
}

#[derive(Serialize, Deserialize)]
struct TableLine {
    table: String,
    columns: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct EndLine {
    end: End,
}

#[derive(Serialize, Deserialize)]
struct End {
    rows: u64,
    sha256: String,
    seal: String,
}

/// Writes a backup line by line.
pub(super) struct BackupWriter<W: Write> {
    out: W,
    path: PathBuf,
    hash: Sha256,
    rows: u64,
}

impl<W: Write> BackupWriter<W> {
    /// Writes the first line.
    pub(super) fn begin(
        out: W,
        path: &Path,
        keys: &BackupKeys,
        (migration, made_from): (i64, &str),
        now: NumericDate,
    ) -> Result<Self, BackupError> {
        let salt = random_token(16);
        let header = BackupHeader {
            signet_backup: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            migration,
            made_at: now,
            made_from: made_from.to_owned(),
            encryption_key: sealed(keys, KEY_CHECK, b"signet")?,
            hmac_secret: format!("{salt}.{}", keys.handles.mac(HMAC_CHECK, &[salt.as_bytes()])),
        };
        let mut writer = Self { out, path: path.to_owned(), hash: Sha256::new(), rows: 0 };
        writer.line(&header)?;
        Ok(writer)
    }

    pub(super) fn table(&mut self, name: &str, columns: Vec<String>) -> Result<(), BackupError> {
        self.line(&TableLine { table: name.to_owned(), columns })
    }

    pub(super) fn row(&mut self, row: &[Value]) -> Result<(), BackupError> {
        self.rows += 1;
        self.line(&row)
    }

    /// Writes the last line; says how many rows there are.
    pub(super) fn end(mut self, keys: &BackupKeys) -> Result<(W, u64), BackupError> {
        let hash = std::mem::take(&mut self.hash).finalize();
        let sha256 = hex(&hash);
        let seal = sealed(keys, FILE_SEAL, &hash)?;
        let rows = self.rows;
        self.line(&EndLine { end: End { rows, sha256, seal } })?;
        self.out.flush().map_err(|error| BackupError::Write { path: self.path.clone(), error })?;
        Ok((self.out, rows))
    }

    fn line(&mut self, value: &impl Serialize) -> Result<(), BackupError> {
        let cannot = |error: io::Error| BackupError::Write { path: self.path.clone(), error };
        let mut line = serde_json::to_vec(value).map_err(|error| cannot(error.into()))?;
        line.push(b'\n');
        self.hash.update(&line);
        self.out.write_all(&line).map_err(cannot)
    }
}

fn sealed(keys: &BackupKeys, context: &str, plain: &[u8]) -> Result<String, BackupError> {
    let sealed = keys.sealer.seal(context, plain);
    sealed.map_err(|problem| StorageError::Internal(problem.to_string()).into())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file whose first line fits this version and these keys. Its rows are believed once they were read to the end.
#[derive(Debug)]
pub struct Backup {
    path: PathBuf,
    file: File,
    header: BackupHeader,
    keys: BackupKeys,
}

impl Backup {
    /// Opens a backup, blocking, and judges its first line. `any_hmac_secret` lets one pass that was made with another
    /// `hmac_secret`.
    ///
    /// # Errors
    /// Every [`BackupError`] about a file.
    pub fn open(path: &Path, keys: &BackupKeys, any_hmac_secret: bool) -> Result<Self, BackupError> {
        let cannot = |error| BackupError::Read { path: path.to_owned(), error };
        let file = File::open(path).map_err(cannot)?;
        let mut line = Vec::new();
        let not_a_backup = || BackupError::NotABackup(path.to_owned());
        BufReader::new(io::Read::take(&file, 64 * 1024)).read_until(b'\n', &mut line).map_err(cannot)?;
        let first: Value = serde_json::from_slice(&line).map_err(|_| not_a_backup())?;
        let format = first.get("signet_backup").and_then(Value::as_u64).ok_or_else(not_a_backup)?;
        if format != u64::from(FORMAT) {
            return Err(BackupError::NewerFormat { path: path.to_owned(), format });
        }
        let header: BackupHeader = serde_json::from_value(first).map_err(|_| not_a_backup())?;
        let known = super::migrations::latest();
        if header.migration > known {
            return Err(BackupError::NewerSchema {
                path: path.to_owned(),
                version: header.version,
                migration: header.migration,
                known,
            });
        }
        if keys.sealer.open(KEY_CHECK, &header.encryption_key).is_err() {
            return Err(BackupError::OtherEncryptionKey(path.to_owned()));
        }
        let same_secret = header.hmac_secret.split_once('.').is_some_and(|(salt, mac)| {
            equal(mac.as_bytes(), keys.handles.mac(HMAC_CHECK, &[salt.as_bytes()]).as_bytes())
        });
        if !same_secret && !any_hmac_secret {
            return Err(BackupError::OtherHmacSecret(path.to_owned()));
        }
        Ok(Self { path: path.to_owned(), file, header, keys: keys.clone() })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the first line says.
    #[must_use]
    pub fn header(&self) -> &BackupHeader {
        &self.header
    }

    /// The lines from the first table on, blocking. After the last row comes the judgement of the whole file: an error,
    /// or the end.
    ///
    /// # Errors
    /// When the file cannot be read from its beginning.
    pub fn entries(&self) -> Result<Entries<'_>, BackupError> {
        let mut file = &self.file;
        file.rewind().map_err(|error| BackupError::Read { path: self.path.clone(), error })?;
        let lines = BufReader::with_capacity(1 << 16, &self.file);
        let mut entries = Entries { backup: self, lines, hash: Sha256::new(), line: 0, rows: 0, over: false };
        entries.read_line()?;
        Ok(entries)
    }
}

/// The lines of a backup.
#[derive(Debug)]
pub struct Entries<'b> {
    backup: &'b Backup,
    lines: BufReader<&'b File>,
    hash: Sha256,
    line: u64,
    rows: u64,
    over: bool,
}

impl Entries<'_> {
    /// How many rows there were so far.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// What is wrong at the present line.
    pub(super) fn damaged(&self, why: impl Into<String>) -> BackupError {
        BackupError::Damaged { path: self.backup.path.clone(), line: self.line, why: why.into() }
    }

    /// The next line, counted into the hash unless it is the last one.
    fn read_line(&mut self) -> Result<Value, BackupError> {
        let mut line = Vec::new();
        self.lines
            .read_until(b'\n', &mut line)
            .map_err(|error| BackupError::Read { path: self.backup.path.clone(), error })?;
        self.line += 1;
        if line.last() != Some(&b'\n') {
            return Err(self.damaged("it ends here, without its last line: it was cut off"));
        }
        let value: Value = serde_json::from_slice(&line).map_err(|_| self.damaged("this is not JSON"))?;
        if value.get("end").is_none() {
            self.hash.update(&line);
        }
        Ok(value)
    }

    fn entry(&mut self) -> Result<Option<Entry>, BackupError> {
        match self.read_line()? {
            Value::Array(row) => {
                self.rows += 1;
                Ok(Some(Entry::Row(row)))
            }
            value if value.get("end").is_some() => self.judge(value).map(|()| None),
            value => match serde_json::from_value(value) {
                Ok(TableLine { table, columns }) => Ok(Some(Entry::Table { name: table, columns })),
                Err(_) => Err(self.damaged("this is neither a table nor a row")),
            },
        }
    }

    fn judge(&mut self, last: Value) -> Result<(), BackupError> {
        let EndLine { end } =
            serde_json::from_value(last).map_err(|_| self.damaged("the last line cannot be read"))?;
        let hash = std::mem::take(&mut self.hash).finalize();
        if end.sha256 != hex(&hash) {
            return Err(self.damaged("its SHA-256 is not the one in its last line"));
        }
        if end.rows != self.rows {
            return Err(self.damaged("the number of rows is not the one in its last line"));
        }
        let forged = || BackupError::Forged(self.backup.path.clone());
        let sealed = self.backup.keys.sealer.open(FILE_SEAL, &end.seal).map_err(|_| forged())?;
        if !equal(&sealed, &hash) {
            return Err(forged());
        }
        if !self.lines.fill_buf().unwrap_or_default().is_empty() {
            return Err(self.damaged("something follows the last line"));
        }
        Ok(())
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, BackupError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let next = self.entry().transpose();
        self.over = !matches!(next, Some(Ok(_)));
        next
    }
}
