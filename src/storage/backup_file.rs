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

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::NumericDate;
use crate::secrets::{HandleKey, Sealer};

/// The version of this format.
pub(super) const FORMAT: u32 = 1;
/// What the check value of `storage.encryption_key` is sealed for.
pub(super) const KEY_CHECK: &str = "signet backup|encryption_key";
/// What the hash of the file is sealed for.
pub(super) const FILE_SEAL: &str = "signet backup|sha256";
/// The purpose of the check value of `hmac_secret`.
pub(super) const HMAC_CHECK: &str = "signet backup hmac_secret";

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
    pub(super) signet_backup: u32,
    /// The version of Signet that made it.
    pub version: String,
    /// The last migration of its tables.
    pub migration: i64,
    /// When it was made: it holds what was committed until then.
    pub made_at: NumericDate,
    /// The kind of database it was made from.
    pub made_from: String,
    pub(super) encryption_key: String,
    pub(super) hmac_secret: String,
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
pub(super) struct TableLine {
    pub(super) table: String,
    pub(super) columns: Vec<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct EndLine {
    pub(super) end: End,
}

#[derive(Serialize, Deserialize)]
pub(super) struct End {
    pub(super) rows: u64,
    pub(super) sha256: String,
    pub(super) seal: String,
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
