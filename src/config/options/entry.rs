//! One row of the table: an option, what it takes, what holds without it, and what it does.

use super::kind::Kind;

/// Options under one path.
pub(super) struct Group {
    pub(super) under: &'static str,
    pub(super) options: &'static [Entry],
}

/// One option.
#[derive(Clone, Copy, Debug)]
pub(in crate::config) struct Entry {
    /// Its path below that of the group.
    pub(super) path: &'static str,
    pub(super) kind: Kind,
    pub(super) fallback: Fallback,
    /// What it is for, in a line; empty where the section says all.
    pub(super) effect: &'static str,
}

/// What holds while an option is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// Nothing: what the option is for does not happen.
    Nothing,
    /// This value, as one would write it.
    Value(&'static str),
    /// What these words say.
    Words(&'static str),
    /// The configuration is refused, where the section is used.
    Required,
}

/// An option with a default, as one would write it.
pub(super) const fn option(
    path: &'static str,
    kind: Kind,
    default: &'static str,
    effect: &'static str,
) -> Entry {
    Entry { path, kind, fallback: Fallback::Value(default), effect }
}

/// An option that changes nothing while it is not set.
pub(super) const fn bare(path: &'static str, kind: Kind, effect: &'static str) -> Entry {
    Entry { path, kind, fallback: Fallback::Nothing, effect }
}

/// An option whose default depends on others; the words say how.
pub(super) const fn derived(
    path: &'static str,
    kind: Kind,
    words: &'static str,
    effect: &'static str,
) -> Entry {
    Entry { path, kind, fallback: Fallback::Words(words), effect }
}

/// An option that must be set where its section is used.
pub(super) const fn required(path: &'static str, kind: Kind, effect: &'static str) -> Entry {
    Entry { path, kind, fallback: Fallback::Required, effect }
}

/// An option of a section that is left aside whole: the section says all there is to say.
pub(super) const fn aside(path: &'static str, kind: Kind) -> Entry {
    Entry { path, kind, fallback: Fallback::Nothing, effect: "" }
}
