//! Every option by its path: what kind of value it takes, and what this version does with it.

mod aside;
mod clients;
mod directory;
mod oidc;
mod states;
mod surroundings;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub(super) use states::State;

/// What kind of value an option takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// A scalar as text.
    Text,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number between two, both included.
    Whole(i64, i64),
    /// One of these numbers.
    Number(&'static [i64]),
    /// A list of whole numbers.
    Numbers,
    /// A duration.
    Time,
    /// A duration, or one of these words.
    TimeOr(&'static [&'static str]),
    /// A text or a list of texts.
    Texts,
    /// A text or a list, of these words.
    TextsOf(&'static [&'static str]),
    /// A text, a list of texts, or a list of lists of texts.
    Subjects,
    /// Whatever; the option is left aside.
    Anything,
}

/// Options under one path.
struct Group {
    under: &'static str,
    options: &'static [(&'static str, Kind)],
}

const JWS: &[&str] = &[
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384",
    "PS512",
];
const JWS_OR_NONE: &[&str] = &[
    "none", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256",
    "PS384", "PS512",
];
const ASYMMETRIC_JWS_OR_NONE: &[&str] =
    &["none", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"];
const JWE_OR_NONE: &[&str] = &[
    "none",
    "RSA1_5",
    "RSA-OAEP",
    "RSA-OAEP-256",
    "A128KW",
    "A192KW",
    "A256KW",
    "dir",
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A192KW",
    "ECDH-ES+A256KW",
    "A128GCMKW",
    "A192GCMKW",
    "A256GCMKW",
    "PBES2-HS256+A128KW",
    "PBES2-HS384+A192KW",
    "PBES2-HS512+A256KW",
];
const JWE_ENC: &[&str] =
    &["A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"];
const AUTH_METHODS: &[&str] =
    &["none", "client_secret_post", "client_secret_basic", "private_key_jwt", "client_secret_jwt"];
const TLS_VERSIONS: &[&str] =
    &["TLS 1.0", "TLS1.0", "TLS 1.1", "TLS1.1", "TLS 1.2", "TLS1.2", "TLS 1.3", "TLS1.3"];

/// A place in the tree of known paths.
#[derive(Default)]
pub(super) struct Place {
    /// The keys that may stand here.
    pub keys: BTreeMap<&'static str, Place>,
    /// What stands under a name of the user's own.
    pub named: Option<Box<Place>>,
    /// What stands in each item of a list.
    pub item: Option<Box<Place>>,
    /// The kind of value, when this is an option.
    pub kind: Option<Kind>,
    /// What this version does with the option or the whole section.
    pub state: Option<&'static State>,
}

impl Place {
    /// Goes down a path as the table writes it, making places on the way.
    fn make(&mut self, path: &'static str) -> &mut Place {
        let mut place = self;
        for word in path.split('.') {
            let (name, list) = match word.strip_suffix("[]") {
                Some(name) => (name, true),
                None => (word, false),
            };
            place = match name {
                "" => place,
                "<name>" => place.named.get_or_insert_default(),
                name => place.keys.entry(name).or_default(),
            };
            if list {
                place = place.item.get_or_insert_default();
            }
        }
        place
    }
}

fn groups() -> impl Iterator<Item = &'static Group> {
    [clients::GROUPS, oidc::GROUPS, directory::GROUPS, surroundings::GROUPS, aside::GROUPS]
        .into_iter()
        .flatten()
}

/// The tree of everything the table names.
pub(super) static KNOWN: LazyLock<Place> = LazyLock::new(|| {
    let mut root = Place::default();
    for group in groups() {
        let at = root.make(group.under);
        for (path, kind) in group.options {
            at.make(path).kind = Some(*kind);
        }
    }
    for (path, state) in states::STATES {
        root.make(path).state = Some(state);
    }
    root
});

/// The paths that can be set from outside the files: those that lead through no list and no name of the user's own.
pub(super) fn settable() -> impl Iterator<Item = (String, Kind)> {
    groups().flat_map(|group| group.options.iter().map(move |(path, kind)| (group, path, *kind))).filter_map(
        |(group, path, kind)| {
            let path =
                if group.under.is_empty() { (*path).to_owned() } else { format!("{}.{path}", group.under) };
            (!path.contains(['[', '<'])).then_some((path, kind))
        },
    )
}

/// The paths of what this version does not carry out, and of older names.
pub(super) fn set_aside() -> impl Iterator<Item = &'static str> {
    states::STATES.iter().map(|(path, _)| *path)
}

/// The paths of the options that this version carries out; `[]` stands for the items of a list, `<name>` for a name of
/// the user's own.
pub(super) fn working() -> impl Iterator<Item = String> {
    groups().flat_map(|group| group.options.iter().map(move |(path, _)| (group, *path))).filter_map(
        |(group, path)| {
            let path =
                if group.under.is_empty() { path.to_owned() } else { format!("{}.{path}", group.under) };
            let within = |place: &str| {
                path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            };
            (!states::STATES.iter().any(|(place, _)| within(place))).then_some(path)
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(place: &Place, path: &str, bare: &mut Vec<String>) {
        if place.keys.is_empty() && place.named.is_none() && place.item.is_none() && place.kind.is_none() {
            bare.push(path.to_owned());
        }
        for (key, below) in &place.keys {
            walk(below, &format!("{path}.{key}"), bare);
        }
        for below in place.named.iter().chain(&place.item) {
            walk(below, &format!("{path}.*"), bare);
        }
    }

    #[test]
    fn every_state_stands_at_an_option_or_a_section_of_options() {
        let mut bare = Vec::new();
        walk(&KNOWN, "", &mut bare);
        // Renamed keys are known by their state alone.
        bare.retain(|path| {
            !states::STATES.iter().any(|(moved, state)| {
                matches!(state, State::Moved(_))
                    && format!(".{}", moved.replace("[]", ".*").replace("<name>", "*")) == *path
            })
        });
        assert!(bare.is_empty(), "{bare:?}");
    }

    fn works(place: &Place, path: &str, found: &mut Vec<String>) {
        if place.state.is_some() {
            return;
        }
        if place.kind.is_some() {
            found.push(path.to_owned());
        }
        for (key, below) in &place.keys {
            works(below, &format!("{path}.{key}"), found);
        }
        for below in place.named.iter().chain(&place.item) {
            works(below, path, found);
        }
    }

    #[test]
    fn every_option_that_works_stands_in_the_example() {
        let example = include_str!("../../../configuration.yml.example");
        let mut missing = Vec::new();
        works(&KNOWN, "", &mut missing);
        missing.retain(|path| {
            let key = path.rsplit('.').next().unwrap_or_default();
            !example.contains(&format!("{key}:"))
        });
        // Words of formats that new digests are not made in, and two keys that jwks replaces.
        missing.retain(|path| {
            !["sha2crypt", "bcrypt", "scrypt", "issuer_"].iter().any(|word| path.contains(word))
        });
        assert!(missing.iter().all(|path| path.starts_with(".definitions.network")), "{missing:#?}");
    }

    #[test]
    fn the_table_holds_the_whole_contract_and_signets_own() {
        let count: usize = groups().map(|group| group.options.len()).sum();
        assert_eq!(count, 455 + 6);
    }
}
