//! What the unit tests of this room share.

use std::collections::BTreeMap;

use crate::secrets::make_digest::{Argon2Parameters, make_argon2};
use crate::settings;

/// A digest that costs next to nothing.
pub(crate) fn digest(password: &str) -> String {
    let cheap =
        Argon2Parameters { iterations: 1, memory_kib: 32, parallelism: 1, ..Argon2Parameters::default() };
    make_argon2(password.as_bytes(), &cheap).unwrap()
}

/// Settings of a users file with nothing special about them.
pub(crate) fn directory(path: &std::path::Path) -> settings::Directory {
    settings::Directory {
        path: path.to_owned(),
        search_email: false,
        case_insensitive: false,
        extra_attributes: BTreeMap::new(),
        origin: crate::model::origin::Origin::Default,
    }
}
