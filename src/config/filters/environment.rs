//! The variables that filters may read.

use std::collections::BTreeMap;

use super::super::environment::{PREFIXES, names_a_secret};

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
    PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)).is_some_and(names_a_secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_set_a_secret_are_those_of_the_options_that_hold_one() {
        for (name, secret) in [
            ("AUTHELIA_SESSION_SECRET", true),
            ("signet_storage_encryption_key", true),
            ("SIGNET_STORAGE_POSTGRES_TLS_PRIVATE_KEY", true),
            ("AUTHELIA_SERVER_TLS_KEY", false),
            ("SIGNET_IDENTITY_PROVIDERS_OIDC_LIFESPANS_ACCESS_TOKEN", false),
            ("AUTHELIA_STORAGE_ENCRYPTION_KEY_FILE", false),
            ("AUTHELIA_THEME", false),
            ("APP_SECRET", false),
        ] {
            assert_eq!(is_secret(name), secret, "{name}");
        }
    }
}
