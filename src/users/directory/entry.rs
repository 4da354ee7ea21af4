//! One person of the users file: its fields, each checked, every finding with its place.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use url::Url;

use super::people::{Person, credential};
use crate::clock::NumericDate;
use crate::model::user::{PostalAddress, Profile, User};
use crate::secrets::{Digest, DigestProblem};
use crate::settings::{ExtraAttribute, ExtraAttributeType};
use crate::yaml::{Location, Node, NodeValue, Problem, Problems};

const FIELDS: [&str; 20] = [
    "password",
    "displayname",
    "email",
    "groups",
    "disabled",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "gender",
    "birthdate",
    "website",
    "profile",
    "picture",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_extension",
    "address",
    "extra",
];
const ADDRESS_FIELDS: [&str; 5] = ["street_address", "locality", "region", "postal_code", "country"];

/// Reads the entry of one person. `None` when a problem was added that leaves nothing to use.
pub(super) fn read(
    username: &str,
    node: &Node,
    extra: &BTreeMap<String, ExtraAttribute>,
    updated_at: NumericDate,
    problems: &mut Problems,
) -> Option<Person> {
    let path = format!("users.{}", username.escape_debug());
    let mut entry = Entry { path, node, problems };
    if !matches!(node.value, NodeValue::Mapping(_)) {
        entry.wrong_type("", &node.at, "a mapping", node.kind());
        return None;
    }
    entry.refuse_unknown(&FIELDS);
    let (credential, digest) =
        entry.digest().map(|(text, digest)| (credential(username, &text), digest)).unzip();
    let display_name = entry.required_text("displayname");
    let email = entry.email();
    let groups = entry.groups();
    let disabled = entry.flag("disabled");
    let profile = entry.profile();
    let extra = entry.extra(extra);
    Some(Person {
        user: Arc::new(User {
            username: username.to_owned(),
            display_name: display_name?,
            emails: email.into_iter().collect(),
            groups,
            disabled,
            profile,
            extra,
            credential: credential?,
            updated_at,
        }),
        digest: Arc::new(digest?),
    })
}

struct Entry<'a> {
    path: String,
    node: &'a Node,
    problems: &'a mut Problems,
}

impl Entry<'_> {
    fn path_of(&self, key: &str) -> String {
        if key.is_empty() { self.path.clone() } else { format!("{}.{key}", self.path) }
    }

    fn wrong_type(&mut self, key: &str, at: &Location, wanted: &str, found: &str) {
        self.problems.push(
            Problem::error("wrong_type", self.path_of(key))
                .at(at)
                .says(format!("{wanted} is expected here, not {found}"))
                .mend(format!("write {wanted}")),
        );
    }

    fn refuse_unknown(&mut self, fields: &[&str]) {
        for (key, _) in self.node.entries() {
            if !fields.contains(&key.name.as_str()) {
                self.problems.push(
                    Problem::error("unknown_key", self.path_of(&key.name.escape_debug().to_string()))
                        .at(&key.at)
                        .says(format!("'{}' is no field of a person", key.name.escape_debug()))
                        .mend(format!("use one of: {}", fields.join(", "))),
                );
            }
        }
    }

    fn missing(&mut self, key: &str, mend: &str) {
        self.problems.push(
            Problem::error("missing_key", self.path_of(key))
                .at(&self.node.at)
                .says(format!("'{key}' is missing"))
                .mend(mend),
        );
    }

    /// The field when it is there and holds something.
    fn field(&self, key: &str) -> Option<Node> {
        self.node.get(key).filter(|node| !node.is_absent()).cloned()
    }

    fn text(&mut self, key: &str) -> Option<String> {
        let node = self.field(key)?;
        let text = node.as_text().map(str::to_owned);
        if text.is_none() {
            self.wrong_type(key, &node.at, "text", node.kind());
        }
        text
    }

    fn required_text(&mut self, key: &str) -> Option<String> {
        if self.field(key).is_none() {
            self.missing(key, "write the name that is shown for this person");
        }
        self.text(key)
    }

    /// A text with a rule; the value itself is not repeated in the problem.
    fn checked_text(&mut self, key: &str, rule: fn(&str) -> bool, says: &str, mend: &str) -> Option<String> {
        let text = self.text(key)?;
        if rule(&text) {
            return Some(text);
        }
        let at = self.field(key).map_or_else(|| self.node.at.clone(), |node| node.at);
        self.problems.push(Problem::error("bad_value", self.path_of(key)).at(&at).says(says).mend(mend));
        None
    }

    fn flag(&mut self, key: &str) -> bool {
        match self.field(key) {
            None => false,
            Some(Node { value: NodeValue::Bool(flag), .. }) => flag,
            Some(node) => {
                self.wrong_type(key, &node.at, "true or false", node.kind());
                false
            }
        }
    }

    /// The text of the digest and what it says.
    fn digest(&mut self) -> Option<(String, Digest)> {
        if self.field("password").is_none() {
            self.missing("password", "make one with `signet crypto hash generate argon2`");
            return None;
        }
        let text = self.text("password")?;
        let at = self.field("password").map_or_else(|| self.node.at.clone(), |node| node.at);
        let why = match Digest::parse(&text) {
            Ok(digest) if digest.is_expensive() => return Some((text, digest)),
            Ok(_) => "a person's password must be a digest, not the password itself".to_owned(),
            Err(DigestProblem::Unknown) => {
                "the text is a digest of no known format (argon2, pbkdf2, scrypt, \
                yescrypt, bcrypt, bcrypt-sha256, SHA-crypt)"
                    .to_owned()
            }
            Err(problem) => problem.to_string(),
        };
        self.problems.push(Problem::error("bad_digest", self.path_of("password")).at(&at).says(why).mend(
            "make a digest with `signet crypto hash generate argon2` and put it here in single quotes",
        ));
        None
    }

    fn email(&mut self) -> Option<String> {
        self.checked_text(
            "email",
            is_email,
            "the value is no e-mail address",
            "write an address such as alice@example.com",
        )
    }

    fn groups(&mut self) -> Vec<String> {
        self.field("groups").map(|node| self.texts("groups", &node)).unwrap_or_default()
    }

    fn texts(&mut self, key: &str, node: &Node) -> Vec<String> {
        if !matches!(node.value, NodeValue::Sequence(_)) {
            self.wrong_type(key, &node.at, "a list of texts", node.kind());
            return Vec::new();
        }
        let mut texts = Vec::new();
        for (index, item) in node.items().iter().enumerate() {
            match item.as_text() {
                Some(text) if !text.is_empty() => texts.push(text.to_owned()),
                _ => self.wrong_type(&format!("{key}[{index}]"), &item.at, "text", item.kind()),
            }
        }
        texts
    }

    fn url(&mut self, key: &str) -> Option<String> {
        self.checked_text(
            key,
            is_web_address,
            "the value is no web address",
            "begin it with https:// or http://",
        )
    }

    fn profile(&mut self) -> Profile {
        Profile {
            given_name: self.text("given_name"),
            family_name: self.text("family_name"),
            middle_name: self.text("middle_name"),
            nickname: self.text("nickname"),
            gender: self.text("gender"),
            birthdate: self.birthdate(),
            website: self.url("website"),
            profile: self.url("profile"),
            picture: self.url("picture"),
            zoneinfo: self.text("zoneinfo"),
            locale: self.checked_text(
                "locale",
                is_language_tag,
                "the value is no language tag (BCP 47)",
                "write a tag such as en or de-AT",
            ),
            phone_number: self.text("phone_number"),
            phone_extension: self.text("phone_extension"),
            address: self.address(),
        }
    }

    /// As it is written: nothing here depends on it, but apps may refuse what they cannot read.
    fn birthdate(&mut self) -> Option<String> {
        let text = self.text("birthdate")?;
        if !is_birthdate(&text) {
            let at = self.field("birthdate").map_or_else(|| self.node.at.clone(), |node| node.at);
            self.problems.push(
                Problem::warning("no_birthdate", self.path_of("birthdate"))
                    .at(&at)
                    .says("the value is no date as OpenID Connect writes it, so that apps may refuse it")
                    .mend("write YYYY-MM-DD, 0000-MM-DD without the year, or YYYY alone"),
            );
        }
        Some(text)
    }

    fn address(&mut self) -> Option<PostalAddress> {
        let node = self.field("address")?;
        if !matches!(node.value, NodeValue::Mapping(_)) {
            self.wrong_type("address", &node.at, "a mapping", node.kind());
            return None;
        }
        let mut entry = Entry { path: self.path_of("address"), node: &node, problems: self.problems };
        entry.refuse_unknown(&ADDRESS_FIELDS);
        let address = PostalAddress {
            street_address: entry.text("street_address"),
            locality: entry.text("locality"),
            region: entry.text("region"),
            postal_code: entry.text("postal_code"),
            country: entry.text("country"),
        };
        (address != PostalAddress::default()).then_some(address)
    }

    fn extra(&mut self, attributes: &BTreeMap<String, ExtraAttribute>) -> BTreeMap<String, Value> {
        let Some(node) = self.field("extra") else { return BTreeMap::new() };
        if !matches!(node.value, NodeValue::Mapping(_)) {
            self.wrong_type("extra", &node.at, "a mapping", node.kind());
            return BTreeMap::new();
        }
        let mut values = BTreeMap::new();
        for (key, value) in node.entries() {
            let path = format!("extra.{}", key.name.escape_debug());
            let Some(attribute) = attributes.get(&key.name) else {
                self.problems.push(
                    Problem::error("unknown_attribute", self.path_of(&path))
                        .at(&key.at)
                        .says("this attribute is not defined")
                        .mend("define it under authentication_backend.file.extra_attributes, or take it out"),
                );
                continue;
            };
            if matches!(value.value, NodeValue::Null) {
                continue;
            }
            if let Some(json) = self.extra_value(&path, value, *attribute) {
                values.insert(key.name.clone(), json);
            }
        }
        values
    }

    fn extra_value(&mut self, path: &str, node: &Node, attribute: ExtraAttribute) -> Option<Value> {
        if !attribute.multi_valued {
            return self.scalar(path, node, attribute.value_type);
        }
        if !matches!(node.value, NodeValue::Sequence(_)) {
            self.wrong_type(path, &node.at, "a list", node.kind());
            return None;
        }
        let items = node.items().iter().enumerate();
        Some(Value::Array(
            items
                .filter_map(|(index, item)| {
                    self.scalar(&format!("{path}[{index}]"), item, attribute.value_type)
                })
                .collect(),
        ))
    }

    fn scalar(&mut self, path: &str, node: &Node, wanted: ExtraAttributeType) -> Option<Value> {
        let words = match (wanted, &node.value) {
            (ExtraAttributeType::String, NodeValue::String(text)) => return Some(Value::from(text.as_str())),
            (ExtraAttributeType::Integer, NodeValue::Integer(number)) => return Some(Value::from(*number)),
            (ExtraAttributeType::Boolean, NodeValue::Bool(flag)) => return Some(Value::from(*flag)),
            (ExtraAttributeType::String, _) => "text (in quotes)",
            (ExtraAttributeType::Integer, _) => "a whole number",
            (ExtraAttributeType::Boolean, _) => "true or false",
        };
        self.wrong_type(path, &node.at, words, node.kind());
        None
    }
}

/// Loose on purpose: whether mail arrives is not decided here, only that the text cannot be mistaken for a name.
fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !domain.is_empty()
            && !domain.contains('@')
            && !text
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';'))
    })
}

/// OpenID Connect Core 1.0 §5.1.
fn is_birthdate(text: &str) -> bool {
    let number = |part: &str, length: usize| {
        (part.len() == length && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u16>().ok())
            .flatten()
    };
    let mut parts = text.split('-');
    let year = parts.next().and_then(|year| number(year, 4));
    match (year, parts.next(), parts.next(), parts.next()) {
        (Some(year), None, None, None) => year > 0,
        (Some(_), Some(month), Some(day), None) => {
            number(month, 2).is_some_and(|month| (1..=12).contains(&month))
                && number(day, 2).is_some_and(|day| (1..=31).contains(&day))
        }
        _ => false,
    }
}

fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
}

/// The shape of a language tag (RFC 5646 §2.1), not its registration.
fn is_language_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    parts
        .next()
        .is_some_and(|first| (1..=8).contains(&first.len()) && first.chars().all(|c| c.is_ascii_alphabetic()))
        && parts.all(|part| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
}
