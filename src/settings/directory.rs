//! Where people are known from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::model::origin::Origin;

/// The users file (`authentication_backend.file`).
#[derive(Clone, Debug)]
pub struct Directory {
    /// The file; it exists, and is read again whenever it changes.
    pub path: PathBuf,
    /// Whether people may sign in with their e-mail address.
    pub search_email: bool,
    /// Whether names are compared without case; then the file holds them in lower case.
    pub case_insensitive: bool,
    /// The attributes beyond the standard ones, by name.
    pub extra_attributes: BTreeMap<String, ExtraAttribute>,
    /// Where the file is named.
    pub origin: Origin,
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
