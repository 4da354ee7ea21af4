//! A part of the merged configuration, read by key; what is wrong with it goes into one report.

use std::sync::Arc;

use super::duration::{self, Span};
use super::near::nearest;
use super::report::{Report, SECRET_FILE, VARIABLE};
use crate::model::origin::Origin;
use crate::yaml::{Location, Node, NodeValue, Problem};

/// A scalar with its path and place.
#[derive(Clone)]
pub(super) struct Found<'a> {
    pub(super) text: &'a str,
    pub(super) path: String,
    pub(super) at: &'a Location,
    report: &'a Report,
}

impl Found<'_> {
    pub(super) fn error(&self, code: &'static str, says: impl Into<String>, mend: impl Into<String>) {
        self.report.push(Problem::error(code, self.path.clone()).at(self.at).says(says).mend(mend));
    }

    pub(super) fn warn(&self, code: &'static str, says: impl Into<String>, mend: impl Into<String>) {
        self.report.push(Problem::warning(code, self.path.clone()).at(self.at).says(says).mend(mend));
    }

    pub(super) fn notice(&self, code: &'static str, says: impl Into<String>, mend: impl Into<String>) {
        self.report.push(Problem::notice(code, self.path.clone()).at(self.at).says(says).mend(mend));
    }

    /// An error of a room below, whose text is "what" or "what; how to mend it".
    pub(super) fn refuse(&self, code: &'static str, error: impl std::fmt::Display, mend: &str) {
        let (says, own) = what_and_mend(error);
        self.error(code, says, own.as_deref().unwrap_or(mend));
    }

    /// Whether there is nothing but white space.
    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    pub(super) fn origin(&self) -> Origin {
        origin(self.at)
    }

    /// The value with this name, or an error that proposes the nearest; `place` is where names are defined.
    pub(super) fn named<'t, T>(
        &self,
        code: &'static str,
        what: &str,
        place: &str,
        known: impl Iterator<Item = (&'t str, T)> + Clone,
    ) -> Option<T> {
        if let Some((_, value)) = known.clone().find(|(name, _)| *name == self.text) {
            return Some(value);
        }
        let names: Vec<&str> = known.map(|(name, _)| name).collect();
        let mend = match nearest(self.text, names.iter().copied()) {
            Some(near) => format!("did you mean '{near}'? Known: {}", list(&names)),
            None if names.is_empty() => format!("define it under {place}, or take the option out"),
            None => format!("use one of {}, or define it under {place}", list(&names)),
        };
        self.error(code, format!("there is no {what} named '{}'", shown(self.text)), mend);
        None
    }
}

/// A mapping of the configuration, or its absence.
pub(super) struct Section<'a> {
    node: Option<&'a Node>,
    path: String,
    /// The place of the nearest mapping that is there, for what is missing.
    near: Option<&'a Location>,
    report: &'a Report,
}

impl<'a> Section<'a> {
    pub(super) fn root(node: &'a Node, report: &'a Report) -> Self {
        Self { node: Some(node), path: String::new(), near: Some(&node.at), report }
    }

    /// The section under a key, or its absence.
    pub(super) fn section(&self, key: &str) -> Self {
        let node = self.raw(key).filter(|node| !node.is_absent());
        let key_at = self.node.and_then(|node| node.key(key)).map(|key| &key.at);
        Self { node, path: self.path_of(key), near: key_at.or(self.near), report: self.report }
    }

    /// The sections that are items of the list under a key.
    pub(super) fn list(&self, key: &str) -> Vec<Self> {
        let path = self.path_of(key);
        self.raw(key)
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .enumerate()
            .map(|(index, node)| Self {
                node: Some(node),
                path: format!("{path}[{index}]"),
                near: Some(&node.at),
                report: self.report,
            })
            .collect()
    }

    /// The sections under the user's own names.
    pub(super) fn named(&self, key: &str) -> Vec<(&'a str, Self)> {
        let path = self.path_of(key);
        self.raw(key)
            .map(Node::entries)
            .unwrap_or_default()
            .iter()
            .map(|(name, node)| {
                let section = Self {
                    node: Some(node),
                    path: format!("{path}.{}", name.name),
                    near: Some(&name.at),
                    report: self.report,
                };
                (name.name.as_str(), section)
            })
            .collect()
    }

    /// The node under a key.
    pub(super) fn raw(&self, key: &str) -> Option<&'a Node> {
        self.node.and_then(|node| node.get(key))
    }

    /// Whether the section is there and holds something.
    pub(super) fn is_present(&self) -> bool {
        self.node.is_some_and(|node| !node.is_absent())
    }

    /// Whether the key is set to something.
    pub(super) fn has(&self, key: &str) -> bool {
        self.raw(key).is_some_and(|node| !node.is_absent())
    }

    /// The scalar under a key; empty text counts as absent. What only stands for a value is told elsewhere.
    pub(super) fn text(&self, key: &str) -> Option<Found<'a>> {
        let node = self.raw(key).filter(|node| !node.is_absent())?;
        let text = node.as_text().filter(|_| self.report.stand_in(node).is_none())?;
        Some(Found { text, path: self.path_of(key), at: &node.at, report: self.report })
    }

    /// The text under a key, or a default.
    pub(super) fn text_or(&self, key: &str, default: &str) -> String {
        self.text(key).map_or(default, |found| found.text).to_owned()
    }

    /// The texts under a key: one alone, or a list of them, empty ones included.
    pub(super) fn texts(&self, key: &str) -> Vec<Found<'a>> {
        let Some(node) = self.raw(key) else { return Vec::new() };
        let path = self.path_of(key);
        let found = |node: &'a Node, path: String| {
            let text = node.as_text().or(matches!(node.value, NodeValue::Null).then_some(""))?;
            let text = Some(text).filter(|_| self.report.stand_in(node).is_none())?;
            Some(Found { text, path, at: &node.at, report: self.report })
        };
        match &node.value {
            NodeValue::Sequence(items) => items
                .iter()
                .enumerate()
                .filter_map(|(index, item)| found(item, format!("{path}[{index}]")))
                .collect(),
            NodeValue::Null => Vec::new(),
            _ => found(node, path).into_iter().collect(),
        }
    }

    /// The scalar of a node further below, with its path.
    pub(super) fn found_at(&self, node: &'a Node, path: String) -> Option<Found<'a>> {
        Some(Found { text: node.as_text()?, path, at: &node.at, report: self.report })
    }

    /// Whether a flag is set to true.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.flag_or(key, false)
    }

    /// The flag, or a default.
    pub(super) fn flag_or(&self, key: &str, default: bool) -> bool {
        self.text(key).map_or(default, |found| found.text.eq_ignore_ascii_case("true"))
    }

    /// The whole number, or a default.
    pub(super) fn whole<N: TryFrom<i64>>(&self, key: &str, default: N) -> N {
        self.text(key)
            .and_then(|found| found.text.parse::<i64>().ok())
            .and_then(|number| N::try_from(number).ok())
            .unwrap_or(default)
    }

    /// The duration, or a default when it is absent, zero or negative.
    pub(super) fn time(&self, key: &str, default: Span) -> Span {
        self.time_if(key).unwrap_or(default)
    }

    /// The duration when it is longer than nothing.
    pub(super) fn time_if(&self, key: &str) -> Option<Span> {
        self.text(key)
            .and_then(|found| duration::parse(found.text).ok())
            .filter(|span| *span > Span::of_seconds(0))
    }

    /// Whether the list under a key has no items; what is no list is told elsewhere.
    pub(super) fn lacks_items(&self, key: &str) -> bool {
        self.raw(key).is_none_or(|node| match &node.value {
            NodeValue::Sequence(items) => items.is_empty(),
            _ => node.is_absent(),
        })
    }

    /// The path of a key of this section.
    pub(super) fn path_of(&self, key: &str) -> String {
        match (self.path.is_empty(), key.is_empty()) {
            (true, _) => key.to_owned(),
            (false, true) => self.path.clone(),
            (false, false) => format!("{}.{key}", self.path),
        }
    }

    /// An error at a key: at its value, or where it should stand.
    pub(super) fn error(
        &self,
        key: &str,
        code: &'static str,
        says: impl Into<String>,
        mend: impl Into<String>,
    ) {
        let no_mapping =
            self.node.is_some_and(|node| !matches!(node.value, NodeValue::Mapping(_) | NodeValue::Null));
        // The wrong type, or the file that cannot be read, is told already; what would have to stand there comes after
        // that.
        if code == "missing" && (no_mapping || self.report.tells(SECRET_FILE, &self.path_of(key))) {
            return;
        }
        self.report.push(self.placed(Problem::error(code, self.path_of(key)), key).says(says).mend(mend));
    }

    /// A warning at a key: at its value, or where it should stand.
    pub(super) fn warn(
        &self,
        key: &str,
        code: &'static str,
        says: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.report.push(self.placed(Problem::warning(code, self.path_of(key)), key).says(says).mend(mend));
    }

    /// The text under a key that must be there.
    pub(super) fn required(&self, key: &str, mend: &str) -> Option<Found<'a>> {
        let found = self.text(key);
        if found.is_none() && !self.has(key) {
            self.error(key, "missing", "the option is required", mend);
        }
        found
    }

    /// Where the value under a key came from.
    pub(super) fn origin(&self, key: &str) -> Origin {
        self.raw(key).map_or(Origin::Default, |node| origin(&node.at))
    }

    /// Where this section itself stands.
    pub(super) fn own_origin(&self) -> Origin {
        self.near.map_or(Origin::Default, origin)
    }

    fn placed(&self, problem: Problem, key: &str) -> Problem {
        let at = if key.is_empty() { None } else { self.raw(key).map(|node| &node.at) };
        match at.or(self.near) {
            Some(at) => problem.at(at),
            None => problem,
        }
    }
}

/// A place as the origin of a value.
pub(super) fn origin(at: &Location) -> Origin {
    if at.line > 0 {
        return Origin::File { file: Arc::clone(&at.file), line: at.line, column: at.column };
    }
    match at.file.strip_prefix(VARIABLE) {
        Some(name) => Origin::Variable(Arc::from(name)),
        None => Origin::Overlay,
    }
}

/// "what; how to mend it" as two.
pub(super) fn what_and_mend(error: impl std::fmt::Display) -> (String, Option<String>) {
    let text = error.to_string();
    match text.split_once("; ") {
        Some((what, mend)) => (what.to_owned(), Some(mend.to_owned())),
        None => (text, None),
    }
}

/// Names in a sentence.
pub(super) fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}

/// A name in a message: what is too long or too strange for a name may be a secret that slipped.
pub(super) fn shown(name: &str) -> &str {
    let plain = name.len() <= 64 && name.chars().all(|c| c.is_alphanumeric() || "_-.:/~ ".contains(c));
    if plain { name } else { "…" }
}
