//! Every option by its path: what it takes, what holds without it, what it does, and what this version does with it.
//!
//! The table is the one source of what is known of options: configurations are checked by it, the JSON Schema is made
//! of it, and docs/configuration.md is written from it.

mod answers;
mod aside;
mod clients;
mod directory;
mod entry;
mod general;
mod kind;
mod ldap;
mod lifespans;
mod oidc;
mod protection;
mod schema;
mod sections;
mod server;
mod session;
mod state;
mod states;
mod storage;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use entry::Fallback;
pub use kind::Kind;
pub use schema::schema;
pub use sections::{SECTIONS, Section};
pub use state::{Standing, State};

pub(super) use sections::present;

use entry::{Entry, Group};

/// A place in the tree of known paths.
#[derive(Default)]
pub(in crate::config) struct Place {
    /// The keys that may stand here.
    pub keys: BTreeMap<&'static str, Place>,
    /// What stands under a name of the user's own.
    pub named: Option<Box<Place>>,
    /// What stands in each item of a list.
    pub item: Option<Box<Place>>,
    /// The row of the table, when this is an option.
    pub entry: Option<&'static Entry>,
    /// What this version does with the option or the whole section.
    pub state: Option<&'static State>,
}

impl Place {
    /// The kind of value, when this is an option.
    pub(in crate::config) fn kind(&self) -> Option<Kind> {
        self.entry.map(|entry| entry.kind)
    }

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
    [
        general::GROUPS,
        server::GROUPS,
        session::GROUPS,
        storage::GROUPS,
        directory::GROUPS,
        ldap::GROUPS,
        protection::GROUPS,
        oidc::GROUPS,
        lifespans::GROUPS,
        clients::GROUPS,
        answers::GROUPS,
        aside::GROUPS,
    ]
    .into_iter()
    .flatten()
}

/// The tree of everything the table names.
pub(super) static KNOWN: LazyLock<Place> = LazyLock::new(|| {
    let mut root = Place::default();
    for group in groups() {
        for entry in group.options {
            root.make(group.under).make(entry.path).entry = Some(entry);
        }
    }
    for (path, state) in states::STATES {
        root.make(path).state = Some(state);
    }
    root
});

/// The paths that can be set from outside the files: those that lead through no list and no name of the user's own.
pub(super) fn settable() -> impl Iterator<Item = (String, Kind)> {
    all().map(|option| (option.path, option.kind)).filter(|(path, _)| !path.contains(['[', '<']))
}

/// An option as documentation, schema and tests see it.
#[derive(Clone, Debug)]
pub struct Described {
    /// Its whole path; `[]` stands for the items of a list, `<name>` for a name of the user's own.
    pub path: String,
    /// What it takes.
    pub kind: Kind,
    /// What holds while it is not set.
    pub fallback: Fallback,
    /// What it is for, in a line; empty where its section says all there is to say.
    pub effect: &'static str,
    /// What this version does with it or with a section around it; `None`: it works.
    pub state: Option<&'static State>,
}

/// Every option, in the order of the table.
pub fn all() -> impl Iterator<Item = Described> {
    groups().flat_map(|group| group.options.iter().map(move |entry| (group, entry))).map(|(group, entry)| {
        let dot = if group.under.is_empty() { "" } else { "." };
        let path = format!("{}{dot}{}", group.under, entry.path);
        let state = state_at(&path);
        Described { path, kind: entry.kind, fallback: entry.fallback, effect: entry.effect, state }
    })
}

/// Everything that this version does not carry out, with its path: options, whole sections, and older names.
pub fn set_aside() -> &'static [(&'static str, State)] {
    states::STATES
}

/// The state of a path, or of the nearest section around it that has one.
fn state_at(path: &str) -> Option<&'static State> {
    let within = |place: &str| {
        path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let around = states::STATES.iter().filter(|(place, _)| within(place));
    around.max_by_key(|(place, _)| place.len()).map(|(_, state)| state)
}

/// The paths of the options that this version carries out; `[]` stands for the items of a list, `<name>` for a name of
/// the user's own.
pub(super) fn working() -> impl Iterator<Item = String> {
    all().filter(|option| option.state.is_none()).map(|option| option.path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(place: &Place, path: &str, bare: &mut Vec<String>) {
        if place.keys.is_empty() && place.named.is_none() && place.item.is_none() && place.entry.is_none() {
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

    #[test]
    fn every_option_says_what_it_does_unless_its_section_is_left_aside_whole() {
        let own = |option: &Described| states::STATES.iter().any(|(path, _)| *path == option.path);
        let silent: Vec<String> = all()
            .filter(|option| option.effect.is_empty() && (option.state.is_none() || own(option)))
            .filter(|option| !matches!(option.state, Some(State::Moved(_))))
            .map(|option| option.path)
            .collect();
        assert!(silent.is_empty(), "{silent:#?}");
    }

    #[test]
    fn every_default_is_a_value_of_its_kind() {
        for option in all() {
            let Fallback::Value(text) = option.fallback else { continue };
            let words = |text: &str| {
                text.trim_matches(['[', ']'])
                    .split(", ")
                    .map(|it| it.trim_matches('\'').to_owned())
                    .collect::<Vec<_>>()
            };
            let right = match option.kind {
                Kind::Text | Kind::Texts => true,
                Kind::OneOf(known) => known.contains(&text),
                Kind::Flag => matches!(text, "true" | "false"),
                Kind::Whole(low, high) => text.parse().is_ok_and(|number| (low..=high).contains(&number)),
                Kind::Number(known) => text.parse().is_ok_and(|number| known.contains(&number)),
                Kind::Numbers => words(text).iter().all(|word| word.parse::<i64>().is_ok()),
                Kind::Time | Kind::TimeOr(_) => super::super::duration::parse(text).is_ok(),
                Kind::TextsOf(known) => words(text).iter().all(|word| known.contains(&word.as_str())),
                Kind::Subjects | Kind::Anything => false,
            };
            assert!(right, "{}: {text} is no {}", option.path, option.kind);
        }
    }

    #[test]
    fn the_table_holds_the_whole_contract_and_signets_own() {
        let count: usize = groups().map(|group| group.options.len()).sum();
        assert_eq!(count, 455 + 9);
    }
}
