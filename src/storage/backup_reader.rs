//! Reading and judging the file of a backup.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek as _};
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::backup_error::BackupError;
use super::backup_file::{
    BackupHeader, BackupKeys, EndLine, Entry, FILE_SEAL, FORMAT, HMAC_CHECK, KEY_CHECK, TableLine, hex,
};
use crate::secrets::equal;

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
