//! The whole tree against the table of options: unknown keys, wrong types, and what this version leaves aside.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::duration::{self, DurationProblem};
use super::near::nearest;
use super::options::{KNOWN, Kind, Place, State};
use super::report::Report;
use super::section::{list, shown};
use super::stand_in::StandIn;
use crate::yaml::{Key, Location, Node, NodeValue, Problem};

/// More names than these help nobody in a message.
const MOST_NAMES: usize = 12;
/// More unknown keys than these are counted, not told one by one.
const MOST_UNKNOWN: usize = 200;

/// Checks every key and the type of every value; false when there are no keys to speak of.
pub(super) fn check(root: &Node, report: &Report) -> bool {
    let walk = Walk { report, unknown: RefCell::default() };
    if !matches!(root.value, NodeValue::Mapping(_) | NodeValue::Null) {
        walk.error(
            "",
            &root.at,
            "wrong_type",
            format!("the file must hold a mapping, but it is {}", root.kind()),
            "begin with keys, for example `server:`",
        );
        return false;
    }
    walk.keys(root, &KNOWN, "");
    walk.count_unknown();
    true
}

struct Walk<'a> {
    report: &'a Report,
    unknown: RefCell<Unknown>,
}

/// The unknown keys so far: how many are told, and the place of the first that is not, with how many are not.
#[derive(Default)]
struct Unknown {
    told: usize,
    more: Option<(Location, usize)>,
}

impl Unknown {
    /// Whether one more is to be told; or else it is counted.
    fn tells(&mut self, key: &Key) -> bool {
        if self.told < MOST_UNKNOWN {
            self.told += 1;
            return true;
        }
        self.more.get_or_insert_with(|| (key.at.clone(), 0)).1 += 1;
        false
    }
}

impl Walk<'_> {
    fn error(&self, path: &str, at: &Location, code: &'static str, says: String, mend: impl Into<String>) {
        self.report.push(Problem::error(code, path).at(at).says(says).mend(mend));
    }

    fn keys(&self, node: &Node, place: &Place, path: &str) {
        for (key, value) in node.entries() {
            let below = if path.is_empty() { key.name.clone() } else { format!("{path}.{}", key.name) };
            match (place.keys.get(key.name.as_str()), &place.named) {
                (Some(known), _) => self.value(key, value, known, &below),
                (None, Some(named)) => self.value(key, value, named, &below),
                (None, None) => self.unknown(key, place, path, &below),
            }
        }
    }

    fn value(&self, key: &Key, node: &Node, place: &Place, path: &str) {
        if node.is_absent() {
            return;
        }
        if let Some(state) = place.state
            && self.left_aside(state, key, node, path)
        {
            return;
        }
        if let Some(kind) = place.kind() {
            if !self.stands_in(node, path) {
                self.kind(node, kind, path);
            }
        } else if let Some(item) = &place.item {
            if !matches!(node.value, NodeValue::Sequence(_)) {
                self.wrong_type(node, path, "a list");
            }
            for (index, each) in node.items().iter().enumerate() {
                let path = format!("{path}[{index}]");
                if !matches!(each.value, NodeValue::Mapping(_)) {
                    self.wrong_type(each, &path, "a mapping");
                }
                self.keys(each, item, &path);
            }
        } else {
            if !matches!(node.value, NodeValue::Mapping(_)) {
                self.wrong_type(node, path, "a mapping");
            }
            self.keys(node, place, path);
        }
    }

    /// Tells of a value that only stands for one, alone or in a list; whether there is one.
    fn stands_in(&self, node: &Node, path: &str) -> bool {
        let inside = node.items().iter().enumerate();
        let inside = inside.filter(|(index, item)| self.stands_in(item, &format!("{path}[{index}]"))).count();
        let (code, says, mend) = match self.report.stand_in(node) {
            None => return inside > 0,
            Some(StandIn::Template) => (
                "template",
                "the value is a template that nothing fills in: its text would be the value",
                "name the filter: --config.experimental.filters template, or X_AUTHELIA_CONFIG_FILTERS=template; it \
                 fills in the files of the configuration, not variables",
            ),
            Some(StandIn::Placeholder) => {
                ("placeholder", "the value is that of the example, which everyone can read", own_value(path))
            }
        };
        self.error(path, &node.at, code, says.to_owned(), mend);
        true
    }

    /// Tells what this version does not do with the option; whether nothing more is to be checked.
    fn left_aside(&self, state: &State, key: &Key, node: &Node, path: &str) -> bool {
        let nothing_asked = |values: &[&str]| match &node.value {
            NodeValue::Sequence(items) => {
                items.iter().all(|item| item.as_text().is_some_and(|text| values.contains(&text)))
            }
            _ => node.as_text().is_some_and(|text| values.contains(&text)),
        };
        let problem = match state {
            State::Harmless(_, values) | State::Refused(_, values) | State::Never(_, values)
                if nothing_asked(values) =>
            {
                return false;
            }
            State::Harmless(missed, _) => Problem::warning("not_in_this_version", path)
                .says(format!("this version leaves it out: {missed}"))
                .mend("nothing needs to be done; take it out to silence this warning"),
            State::Refused(why, _) => {
                Problem::error("not_in_this_version", path).says((*why).to_owned()).mend(refused_mend(path))
            }
            State::Never(instead, _) => Problem::notice("never_used", path)
                .says(format!("Signet does not use it: {instead}"))
                .mend("it may stay; take it out to silence this notice"),
            State::Moved(new) => Problem::error("renamed", path)
                .says(format!("the option '{}' has another name now", key.name))
                .mend(format!("write it as {new}")),
        };
        self.report.push(problem.at(&key.at));
        matches!(state, State::Moved(_))
    }

    /// Tells how many unknown keys were not told.
    fn count_unknown(&self) {
        if let Some((at, more)) = &self.unknown.borrow().more {
            let says = format!("there are {more} more keys from here on that name no option");
            self.error("", at, "unknown_option", says, "check that it is the right file");
        }
    }

    fn unknown(&self, key: &Key, place: &Place, path: &str, below: &str) {
        if !self.unknown.borrow_mut().tells(key) {
            return;
        }
        let present = |place: &Place| !matches!(place.state, Some(State::Moved(_)));
        let names: Vec<&str> =
            place.keys.iter().filter(|(_, below)| present(below)).map(|(name, _)| *name).collect();
        let mend = match nearest(&key.name, names.iter().copied()) {
            Some(near) => format!("did you mean '{near}'?"),
            None => match ELSEWHERE.get(key.name.as_str()) {
                Some(right) => format!("did you mean {right}? Check the indentation"),
                None if path.is_empty() => "take it out".to_owned(),
                None if names.len() > MOST_NAMES => {
                    format!("take it out; configuration.yml.example shows what '{path}' takes")
                }
                None => format!("take it out; '{path}' takes {}", list(&names)),
            },
        };
        let name = shown(&key.name);
        let path = if name == key.name { below } else { path };
        self.error(path, &key.at, "unknown_option", format!("there is no option '{name}' here"), mend);
    }

    fn wrong_type(&self, node: &Node, path: &str, wanted: &str) {
        let mend = match wanted {
            "a list" => "write a list: each item begins with `- `".to_owned(),
            "a mapping" => "write a mapping: below it lines of `key: value`".to_owned(),
            "text" => "write text after the colon".to_owned(),
            wanted => format!("write {wanted}"),
        };
        self.error(
            path,
            &node.at,
            "wrong_type",
            format!("the value must be {wanted}, but it is {}", node.kind()),
            mend,
        );
    }

    fn kind(&self, node: &Node, kind: Kind, path: &str) {
        match kind {
            Kind::Anything => {}
            Kind::Text => {
                if node.as_text().is_none() {
                    self.wrong_type(node, path, "text");
                }
            }
            Kind::OneOf(words) => self.one_of(node, words, path),
            Kind::Flag => match node.as_text() {
                Some("true" | "false" | "True" | "False" | "TRUE" | "FALSE") => {}
                _ => self.wrong_type(node, path, "true or false"),
            },
            Kind::Whole(low, high) => match whole(node) {
                None => self.wrong_type(node, path, "a whole number"),
                Some(number) if number < low || number > high => {
                    let (range, mend) = if high == i64::MAX {
                        (format!("at least {low}"), format!("write {low} or more"))
                    } else {
                        (format!("from {low} to {high}"), format!("write a number from {low} to {high}"))
                    };
                    self.error(path, &node.at, "out_of_range", format!("the number must be {range}"), mend);
                }
                Some(_) => {}
            },
            Kind::Number(allowed) => match whole(node) {
                None => self.wrong_type(node, path, "a whole number"),
                Some(number) if !allowed.contains(&number) => {
                    let all = allowed.iter().map(i64::to_string).collect::<Vec<_>>().join(" or ");
                    self.error(
                        path,
                        &node.at,
                        "bad_value",
                        format!("the number must be {all}"),
                        format!("write {all}"),
                    );
                }
                Some(_) => {}
            },
            Kind::Numbers => self.each(node, path, |node, path| {
                if whole(node).is_none() {
                    self.wrong_type(node, path, "a whole number");
                }
            }),
            Kind::Time => self.time(node, &[], path),
            Kind::TimeOr(words) => self.time(node, words, path),
            Kind::Texts => self.each(node, path, |node, path| {
                if node.as_text().is_none() && !node.is_absent() {
                    self.wrong_type(node, path, "text");
                }
            }),
            Kind::TextsOf(words) => self.each(node, path, |node, path| self.one_of(node, words, path)),
            Kind::Subjects => self.each(node, path, |node, path| {
                self.each(node, path, |node, path| {
                    if node.as_text().is_none() {
                        self.wrong_type(node, path, "text");
                    }
                });
            }),
        }
    }

    fn each(&self, node: &Node, path: &str, check: impl Fn(&Node, &str)) {
        match &node.value {
            NodeValue::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    check(item, &format!("{path}[{index}]"));
                }
            }
            NodeValue::Mapping(_) => self.wrong_type(node, path, "a list"),
            _ => check(node, path),
        }
    }

    fn one_of(&self, node: &Node, words: &[&str], path: &str) {
        let Some(text) = node.as_text() else {
            return self.wrong_type(node, path, "text");
        };
        if text.is_empty() || words.contains(&text) {
            return;
        }
        let mend = match nearest(text, words.iter().copied()) {
            Some(near) => format!("did you mean '{near}'?"),
            None if path.ends_with(']') => "write one of them, or take the value out".to_owned(),
            None => "write one of them".to_owned(),
        };
        self.error(path, &node.at, "bad_value", format!("the value must be one of {}", list(words)), mend);
    }

    fn time(&self, node: &Node, words: &[&str], path: &str) {
        let Some(text) = node.as_text() else {
            return self.wrong_type(node, path, "a duration");
        };
        if words.contains(&text) {
            return;
        }
        if let Err(problem) = duration::parse(text) {
            let mend = match problem {
                DurationProblem::Unit => "use the units y, M (months), w, d, h, m (minutes), s, ms",
                DurationProblem::TooLong => "write a shorter duration",
                DurationProblem::Shape => "write seconds, or quantities with units: 90, 5m, 1h30m, 2 days",
            };
            self.error(path, &node.at, "bad_duration", problem.to_string(), mend);
        }
    }
}

fn whole(node: &Node) -> Option<i64> {
    match &node.value {
        NodeValue::Integer(number) => Some(*number),
        NodeValue::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn refused_mend(path: &str) -> &'static str {
    match path {
        "server.tls.client_certificates" => "take it out, and let a proxy in front ask for them",
        "storage.mysql" => "use storage.local or storage.postgres",
        "authentication_backend.ldap" => {
            "write authentication_backend.file in its place, `file: {path: './users_database.yml'}`, and the people into that file: docs/users-file.md shows one"
        }
        _ if path.ends_with("_alg") => "write 'none', or take the option out",
        _ => "take the option out",
    }
}

/// How to come by a value in the place of the example's.
fn own_value(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "hmac_secret" | "encryption_key" => {
            "write a random text of your own, for example from `signet crypto rand`"
        }
        "key" if path.contains(".clients[") => "paste the app's public key: docs/client-keys.md",
        "key" => "write a key of your own: `signet crypto pair rsa generate` makes one",
        "client_secret" => {
            "write the digest of a secret of your own: `signet crypto hash generate pbkdf2 --random` makes both"
        }
        _ => "write a value of your own",
    }
}

/// The keys that stand at one place of the table alone, each with its path.
static ELSEWHERE: LazyLock<HashMap<&str, String>> = LazyLock::new(|| {
    let mut found = HashMap::new();
    search(&KNOWN, "", &mut found);
    found.into_iter().filter_map(|(key, path)| Some((key, path?))).collect()
});

/// Notes the path of each key; none for one that stands at several places.
fn search(place: &Place, path: &str, found: &mut HashMap<&'static str, Option<String>>) {
    for (key, below) in &place.keys {
        let path = if path.is_empty() { (*key).to_owned() } else { format!("{path}.{key}") };
        if !matches!(below.state, Some(State::Moved(_))) {
            found.entry(key).and_modify(|path| *path = None).or_insert_with(|| Some(path.clone()));
        }
        search(below, &path, found);
    }
    if let Some(item) = &place.item {
        search(item, &format!("{path}[]"), found);
    }
    if let Some(named) = &place.named {
        search(named, &format!("{path}.NAME"), found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_unknown_keys_than_anyone_reads_are_counted() {
        let text: String = (0..MOST_UNKNOWN + 50).map(|number| format!("k{number}: {{}}\n")).collect();
        let report = Report::default();
        assert!(check(&crate::yaml::read("x.yml", &text).unwrap(), &report));
        let problems = report.into_problems();
        assert_eq!(problems.errors().count(), MOST_UNKNOWN + 1);
        let last = problems.errors().last().unwrap().line();
        assert!(last.starts_with("x.yml:201:1: there are 50 more keys from here on"), "{last}");
    }
}
