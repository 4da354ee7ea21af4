//! The variables that filters may read.

use std::collections::BTreeMap;

/// Variables with these names are Signet's own and Authelia's.
const PREFIXES: [&str; 4] = ["AUTHELIA_", "X_AUTHELIA_", "SIGNET_", "X_SIGNET_"];
/// The ends of names that hold secrets.
const SECRET: [&str; 5] = ["KEY", "SECRET", "PASSWORD", "TOKEN", "CERTIFICATE_CHAIN"];

/// The environment by name.
pub(in crate::config) struct Variables<'e> {
    by_name: BTreeMap<&'e str, &'e str>,
}

impl<'e> Variables<'e> {
    /// The variables of an environment; of two with one name the later counts.
    pub(in crate::config) fn of(environment: &'e [(String, String)]) -> Self {
        Self { by_name: environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect() }
    }

    /// The value of a variable, when it is set.
    pub(super) fn get(&self, name: &str) -> Option<&'e str> {
        self.by_name.get(name).copied()
    }
}

/// Whether a variable sets a secret of the configuration by itself, and must not be written elsewhere.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_uppercase();
    PREFIXES.iter().any(|prefix| name.starts_with(prefix)) && SECRET.iter().any(|end| name.ends_with(end))
}
