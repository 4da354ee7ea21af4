//! Writing the file of a backup.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::StorageError;
use super::backup_error::BackupError;
use super::backup_file::{
    BackupHeader, BackupKeys, End, EndLine, FILE_SEAL, FORMAT, HMAC_CHECK, KEY_CHECK, TableLine, hex,
};
use crate::clock::NumericDate;
use crate::secrets::random_token;

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
