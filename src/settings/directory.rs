//! Where people are known from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::clock::Seconds;
use crate::model::origin::Origin;
use crate::secrets::make_digest::{Argon2Parameters, Pbkdf2Parameters};

/// The users file (`authentication_backend.file`).
#[derive(Clone, Debug)]
pub struct Directory {
    /// The file; it exists.
    pub path: PathBuf,
    /// Whether it is read again when it changes.
    pub watch: bool,
    /// Whether people may sign in with their e-mail address.
    pub search_email: bool,
    /// Whether names are compared without case; then the file holds them in lower case.
    pub case_insensitive: bool,
    /// The attributes beyond the standard ones, by name.
    pub extra_attributes: BTreeMap<String, ExtraAttribute>,
    /// How a new password digest is made, and what a check for an unknown person costs.
    pub password: PasswordHashing,
    /// How long what is known of a person may be used before it is read again.
    pub refresh_interval: RefreshInterval,
    /// Where the file is named.
    pub origin: Origin,
}

/// How a new password digest is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordHashing {
    /// With argon2.
    Argon2(Argon2Parameters),
    /// With PBKDF2.
    Pbkdf2(Pbkdf2Parameters),
}

/// An attribute beyond the standard ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtraAttribute {
    /// What a value is.
    pub value_type: ExtraAttributeType,
    /// Whether a person has a list of them.
    pub multi_valued: bool,
}

/// What a value of an extra attribute is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtraAttributeType {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
}

/// How long what is known of a person may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshInterval {
    /// Read at every use.
    Always,
    /// As it was at sign-in.
    Never,
    /// At most this many seconds.
    Every(Seconds),
}
