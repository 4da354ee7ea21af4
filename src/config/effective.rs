//! The merged configuration for people to look at: each value with where it came from, and no secret.

use super::environment::names_a_secret;
use super::options::{self, Fallback, KNOWN, Kind, Place};
use super::report::{Report, VARIABLE};
use super::section::{origin, shown};
use super::source::{self, Sources};
use crate::model::origin::Origin;
use crate::yaml::{self, Location, Node, NodeValue, Problems};

/// What stands for a secret, and for what nobody knows to be none.
const MASK: &str = "***";

/// Sections that ask for something by being there: without them their defaults hold nowhere.
const ASKING: &[&str] = &["server.tls", "storage.postgres", "storage.postgres.tls"];

/// A part of the configuration as it is in effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effective {
    /// A value.
    Setting(Setting),
    /// Items in their order.
    List(Vec<Effective>),
    /// Keys in their order.
    Mapping(Vec<(String, Effective)>),
}

/// A value with where it came from. It never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The value, or asterisks in its place; none when the key is set to nothing.
    pub value: Option<String>,
    /// Whether the value is text, rather than a number, true or false.
    pub is_text: bool,
    /// Where it was set.
    pub origin: Origin,
    /// The file and line, the variable, the variable that names a secret file, or that it is the default, in words.
    pub from: String,
}

impl Effective {
    /// The same with what holds where nothing is set: the defaults of all options that this version carries out, that
    /// have one place, and of which one value is the default.
    #[must_use]
    pub fn with_defaults(mut self) -> Self {
        for option in options::all() {
            let Fallback::Value(text) = option.fallback else { continue };
            let has_one_place = !option.path.contains(['[', '<']);
            let asks =
                |section: &&&str| option.path.strip_prefix(**section).is_some_and(|it| it.starts_with('.'));
            let holds = ASKING.iter().filter(asks).all(|section| self.is_set(section));
            if option.state.is_none()
                && has_one_place
                && holds
                && let Ok(default) = yaml::read("default", text)
                && let Some(free) = self.free_place(&option.path)
            {
                *free = fallback(&default);
            }
        }
        self
    }

    /// Whether there is nothing, or what counts as nothing.
    fn is_absent(&self) -> bool {
        match self {
            Self::Setting(setting) => setting.value.as_deref().is_none_or(str::is_empty),
            Self::Mapping(entries) => entries.is_empty(),
            Self::List(_) => false,
        }
    }

    fn is_set(&self, path: &str) -> bool {
        let found = path.split('.').try_fold(self, |node, key| match node {
            Self::Mapping(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, below)| below),
            _ => None,
        });
        found.is_some_and(|node| !node.is_absent())
    }

    /// The place of a path where nothing is set, made if it has to be; `None` when something is.
    fn free_place(&mut self, path: &str) -> Option<&mut Self> {
        let mut place = self;
        for key in path.split('.') {
            if place.is_absent() {
                *place = Self::Mapping(Vec::new());
            }
            let Self::Mapping(entries) = place else { return None };
            let index = entries.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
                entries.push((key.to_owned(), Self::Mapping(Vec::new())));
                entries.len() - 1
            });
            place = entries.get_mut(index).map(|(_, below)| below)?;
        }
        place.is_absent().then_some(place)
    }
}

/// A default of the table, as a value that nobody set.
fn fallback(node: &Node) -> Effective {
    if let NodeValue::Sequence(items) = &node.value {
        return Effective::List(items.iter().map(fallback).collect());
    }
    let origin = Origin::Default;
    Effective::Setting(Setting {
        value: node.as_text().map(str::to_owned),
        is_text: matches!(node.value, NodeValue::String(_)),
        from: origin.to_string(),
        origin,
    })
}

/// What is set, by files, variables and secret files. None when a file cannot be read; the problems say why.
pub fn effective(sources: &Sources) -> (Option<Effective>, Problems) {
    let report = Report::default();
    let root = source::merged(sources, &report);
    let shown = root.map(|root| Walk.node(&root, Some(&KNOWN), ""));
    let (mut problems, _) = report.into_parts();
    problems.sort();
    (shown, problems)
}

struct Walk;

impl Walk {
    fn node(&self, node: &Node, place: Option<&Place>, path: &str) -> Effective {
        match &node.value {
            NodeValue::Mapping(entries) => Effective::Mapping(
                entries
                    .iter()
                    .map(|(key, value)| {
                        let below = place
                            .and_then(|place| place.keys.get(key.name.as_str()).or(place.named.as_deref()));
                        let dot = if path.is_empty() { "" } else { "." };
                        let below_path = format!("{path}{dot}{}", key.name);
                        (shown(&key.name).to_owned(), self.node(value, below, &below_path))
                    })
                    .collect(),
            ),
            NodeValue::Sequence(items) => {
                let item = place.and_then(|place| match &place.item {
                    Some(item) => Some(&**item),
                    // A list of scalars.
                    None => place.kind().map(|_| place),
                });
                Effective::List(items.iter().map(|each| self.node(each, item, path)).collect())
            }
            _ => Effective::Setting(setting(node, place, path)),
        }
    }
}

fn setting(node: &Node, place: Option<&Place>, path: &str) -> Setting {
    // The value of a key that is no option may be a secret under a mistyped name.
    let known = place.and_then(Place::kind).is_some_and(|kind| !matches!(kind, Kind::Anything));
    let value = node.as_text();
    let masked =
        value.is_some_and(|text| !text.is_empty() && (!known || names_a_secret(path) || looks_secret(text)));
    Setting {
        value: value.map(|text| if masked { MASK } else { text }.to_owned()),
        is_text: masked || matches!(node.value, NodeValue::String(_)),
        origin: origin(&node.at),
        from: from(&node.at),
    }
}

/// Whether a text holds a secret wherever it stands: a private key, or an address with a password.
fn looks_secret(text: &str) -> bool {
    let authority = text.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or_default());
    text.contains("PRIVATE KEY") || authority.is_some_and(|authority| authority.contains('@'))
}

fn from(at: &Location) -> String {
    match at.file.strip_prefix(VARIABLE) {
        Some(name) if at.line == 0 && name.ends_with("_FILE") => format!("secret file of variable {name}"),
        _ => origin(at).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one<'a>(node: &'a Effective, path: &str) -> &'a Setting {
        let found = path.split('.').fold(node, |node, key| match node {
            Effective::Mapping(entries) => &entries.iter().find(|(name, _)| name == key).unwrap().1,
            Effective::List(items) => &items[key.parse::<usize>().unwrap()],
            Effective::Setting(_) => panic!("{key}"),
        });
        match found {
            Effective::Setting(setting) => setting,
            other => panic!("{other:?}"),
        }
    }

    fn of_text(text: &str) -> Effective {
        let node = yaml::read("c.yml", text).unwrap();
        Walk.node(&node, Some(&KNOWN), "")
    }

    #[test]
    fn what_is_not_set_has_its_default_and_what_is_set_keeps_its_value() {
        let shown =
            of_text("log: {level: debug}\ntotp:\ntheme: ''\nregulation: {modes: [ip]}\n").with_defaults();
        let told = |path: &str| {
            let setting = one(&shown, path);
            (setting.value.clone().unwrap(), setting.is_text, setting.origin == Origin::Default)
        };
        assert_eq!(told("log.level"), ("debug".to_owned(), true, false));
        assert_eq!(told("log.format"), ("text".to_owned(), true, true));
        assert_eq!(told("theme"), ("light".to_owned(), true, true));
        assert_eq!(told("totp.digits"), ("6".to_owned(), false, true));
        assert_eq!(told("totp.allowed_algorithms.0"), ("SHA1".to_owned(), true, true));
        assert_eq!(told("regulation.modes.0"), ("ip".to_owned(), true, false));
        assert_eq!(told("server.address"), ("tcp://:9091/".to_owned(), true, true));
        assert_eq!(one(&shown, "server.address").from, "default");
        // Neither what this version leaves aside, nor what only counts in a section that is not there.
        for other in ["webauthn", "password_policy", "storage", "server.tls", "session.cookies"] {
            assert!(!shown.is_set(other), "{other}");
        }
    }

    #[test]
    fn a_section_that_asks_by_being_there_has_defaults_when_it_is_there() {
        let defaults = |text: &str| {
            let shown = of_text(text).with_defaults();
            [shown.is_set("storage.postgres.schema"), shown.is_set("storage.postgres.tls.skip_verify")]
        };
        assert_eq!(defaults("storage: {local: {path: a}}"), [false, false]);
        assert_eq!(defaults("storage: {postgres: {database: a}}"), [true, false]);
        assert_eq!(defaults("storage: {postgres: {tls: {certificate_chain: a}}}"), [true, true]);
    }

    #[test]
    fn every_default_can_be_shown_as_a_value() {
        for option in options::all() {
            let Fallback::Value(text) = option.fallback else { continue };
            let value = fallback(&yaml::read("default", text).unwrap());
            let is_list = matches!(value, Effective::List(_));
            assert!(!value.is_absent() && is_list == text.starts_with('['), "{}", option.path);
        }
    }

    #[test]
    fn values_tell_where_they_came_from_and_secrets_are_masked() {
        let folder = tempfile::tempdir().unwrap();
        let (file, secret) = (folder.path().join("c.yml"), folder.path().join("secret"));
        std::fs::write(&secret, "from-a-secret-file\n").unwrap();
        std::fs::write(
            &file,
            "log: {level: debug}\nserver: {address: 'tcp://:1/'}\nstorage: {encryption_keyy: mistyped}\n\
             identity_providers:\n  oidc:\n    enable_client_debug_messages: true\n    clients:\n    \
             - {client_id: app, client_secret: hunter2, redirect_uris: ['https://a:b@x/', 'https://x/']}\n",
        )
        .unwrap();
        let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let environment = vec![
            variable("SIGNET_SERVER_ADDRESS", "tcp://:2/"),
            variable("AUTHELIA_SESSION_SECRET_FILE", &secret.display().to_string()),
        ];
        let sources = Sources { files: vec![file.clone()], environment, ..Sources::default() };
        let (effective, problems) = effective(&sources);
        assert!(!problems.has_errors(), "{problems}");
        let effective = effective.unwrap();
        let told = |path: &str| {
            let setting = one(&effective, path);
            (setting.value.clone().unwrap(), setting.from.replace(&file.display().to_string(), "c.yml"))
        };
        let expected = |value: &str, from: &str| (value.to_owned(), from.to_owned());
        assert_eq!(told("log.level"), expected("debug", "c.yml:1:14"));
        assert_eq!(told("server.address"), expected("tcp://:2/", "variable SIGNET_SERVER_ADDRESS"));
        let by_file = "secret file of variable AUTHELIA_SESSION_SECRET_FILE";
        assert_eq!(told("session.secret"), expected("***", by_file));
        assert_eq!(told("storage.encryption_keyy").0, "***");
        let client = "identity_providers.oidc.clients.0";
        assert_eq!(told(&format!("{client}.client_id")).0, "app");
        assert_eq!(told(&format!("{client}.client_secret")).0, "***");
        assert_eq!(told(&format!("{client}.redirect_uris.0")).0, "***");
        assert_eq!(told(&format!("{client}.redirect_uris.1")).0, "https://x/");
        let shown = format!("{effective:?}");
        assert!(["hunter2", "from-a-secret-file", "mistyped"].iter().all(|secret| !shown.contains(secret)));
    }
}
