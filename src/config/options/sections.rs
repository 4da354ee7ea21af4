//! The sections of a configuration: what each is for, what it comes to, and which of them are set.

use std::sync::LazyLock;

use super::state::{Standing, State};
use super::{Described, all, state_at};
use crate::yaml::Node;

/// A part of the configuration that is used or left aside as a whole.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Its path; empty for the options that belong to no section.
    pub path: &'static str,
    /// What it is for.
    pub about: &'static str,
}

const fn section(path: &'static str, about: &'static str) -> Section {
    Section { path, about }
}

/// Every section in the order of the documentation. An option belongs to the one whose path is the longest above it.
pub const SECTIONS: &[Section] = &[
    section("", "what belongs to no section"),
    section("server", "where Signet listens, and who stands before it"),
    section("server.tls.client_certificates", "certificates that clients show"),
    section("server.headers", "headers of the pages"),
    section("server.endpoints", "endpoints of a program in Go"),
    section("server.endpoints.rate_limits", "how often one address may fail at an endpoint"),
    section("server.endpoints.authz", "endpoints that proxies ask"),
    section("log", "what is told, and where"),
    section("telemetry.metrics", "figures for Prometheus"),
    section("definitions", "names for what other sections use"),
    section("definitions.user_attributes", "attributes computed from others"),
    section("session", "sign-ins; each cookie is one issuer"),
    section("session.redis", "where sessions lie"),
    section("storage", "where everything remembered is kept: `local` or `postgres`"),
    section("storage.postgres", "a PostgreSQL server"),
    section("storage.mysql", "a MySQL server"),
    section("authentication_backend", "where people are known from"),
    section("authentication_backend.file", "a file of people"),
    section("authentication_backend.file.password", "how new passwords are hashed"),
    section("authentication_backend.ldap", "an LDAP server"),
    section("totp", "one-time codes (RFC 6238)"),
    section("regulation", "how failed sign-ins are slowed down"),
    section("identity_providers.oidc", "the provider"),
    section("identity_providers.oidc.authorization_policies", "who may use a client, by name"),
    section("identity_providers.oidc.claims_policies", "which claims go where, by name"),
    section("identity_providers.oidc.scopes", "scopes of one's own, by name"),
    section("identity_providers.oidc.lifespans", "how long codes and tokens are valid"),
    section("identity_providers.oidc.lifespans.custom", "lifespans that clients name"),
    section("identity_providers.oidc.clients", "the apps that people sign in to"),
    section("webauthn", "passkeys and security keys"),
    section("duo_api", "pushes to a telephone"),
    section("notifier", "mail"),
    section("identity_validation", "steps that are confirmed by mail"),
    section("password_policy", "what a new password must be like"),
    section("privacy_policy", "a policy that people are shown"),
    section("access_control", "rules for a proxy that asks before each request"),
    section("ntp", "a check of the clock"),
];

impl Section {
    /// The options of this section, without those of a section within it.
    pub fn options(&self) -> impl Iterator<Item = &'static Described> {
        let path = self.path;
        OPTIONS.iter().filter(move |(section, _)| *section == path).map(|(_, option)| option)
    }

    /// What this version does with the whole section; `None`: it works, or its options differ.
    pub fn state(&self) -> Option<&'static State> {
        state_at(self.path)
    }

    /// The section in a word: it works when one of its options does.
    pub fn standing(&self) -> Standing {
        let standing = |state: Option<&State>| state.map_or(Standing::Works, State::standing);
        match self.state() {
            Some(state) => state.standing(),
            None => self.options().map(|option| standing(option.state)).min().unwrap_or(Standing::Works),
        }
    }
}

/// Every option with the path of its section.
static OPTIONS: LazyLock<Vec<(&'static str, Described)>> =
    LazyLock::new(|| all().map(|option| (home(&option.path), option)).collect());

/// The path of the section to which a path belongs.
fn home(path: &str) -> &'static str {
    let within = |section: &str| {
        section.is_empty()
            || path.strip_prefix(section).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let around = SECTIONS.iter().map(|section| section.path).filter(|section| within(section));
    around.max_by_key(|section| section.len()).unwrap_or_default()
}

/// The sections that a configuration sets, and the options beside them by their own names, each with its standing.
pub(in crate::config) fn present(root: &Node) -> Vec<(&'static str, Standing)> {
    let mut found = Vec::new();
    for section in SECTIONS {
        if section.path.is_empty() {
            for (key, value) in root.entries() {
                let option = section.options().find(|option| option.path == key.name);
                if let Some(option) = option.filter(|_| !value.is_absent()) {
                    let standing = option.state.map_or(Standing::Works, State::standing);
                    found.push((option.path.as_str(), standing));
                }
            }
            continue;
        }
        let node = section.path.split('.').try_fold(root, |node, key| node.get(key));
        if node.is_some_and(|node| holds(node, section.path)) {
            found.push((section.path, section.standing()));
        }
    }
    found
}

/// Whether something of a section itself stands in a node, not only of sections within it.
fn holds(node: &Node, path: &'static str) -> bool {
    if node.is_absent() {
        return false;
    }
    node.entries().is_empty()
        || node.entries().iter().any(|(key, value)| {
            let below = format!("{path}.{}", key.name);
            match home(&below) == path {
                // A key may only lead to a section further below, as `server.tls` does.
                true => {
                    SECTIONS.iter().all(|section| !section.path.starts_with(&format!("{below}.")))
                        || value
                            .entries()
                            .iter()
                            .any(|(key, _)| home(&format!("{below}.{}", key.name)) == path)
                }
                false => false,
            }
        })
}
