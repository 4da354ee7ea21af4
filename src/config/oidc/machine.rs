//! `subject` and `claims` of a client: what its own tokens say of a program (Signet's options).

use serde_json::{Map, Value};

use super::super::section::{Section, shown};
use super::claims::{RESERVED_CLAIMS, STANDARD_CLAIMS};
use crate::model::client::MachineIdentity;
use crate::yaml::{Node, NodeValue};

/// The longest `sub` (OpenID Connect Core 1.0 §2), in characters.
const LONGEST_SUBJECT: usize = 255;

pub(super) fn machine(section: &Section<'_>, client_id: &str, client_credentials: bool) -> MachineIdentity {
    for option in ["subject", "claims"] {
        if section.has(option) && !client_credentials {
            section.error(
                option,
                "useless_option",
                "it is for the tokens a client gets for itself, and this client has no grant for them",
                "add client_credentials to grant_types, or take the option out",
            );
        }
    }
    MachineIdentity { subject: subject(section, client_id), claims: claims(section) }
}

fn subject(section: &Section<'_>, client_id: &str) -> String {
    let Some(found) = section.text("subject") else { return client_id.to_owned() };
    if found.text.len() > LONGEST_SUBJECT || !found.text.bytes().all(|byte| byte.is_ascii_graphic()) {
        found.error(
            "bad_subject",
            "a subject is at most 255 characters of printable ASCII without spaces",
            "write for example repo:acme/app:ref:main",
        );
    } else if uuid::Uuid::try_parse(found.text).is_ok() {
        // People's subjects are UUIDs: nobody must take a program for a person (RFC 9068 §5).
        found.error(
            "bad_subject",
            "the subject is a UUID, as the subjects of people are: a service could take the program for one of them",
            "write a name that no person has, for example client:deploy",
        );
    }
    found.text.to_owned()
}

/// The subject of one client must not be the client_id of another: a service could take it for that one.
pub(super) fn refuse_borrowed<'c>(sections: impl Iterator<Item = (&'c Section<'c>, &'c str)> + Clone) {
    for (section, client_id) in sections.clone() {
        let Some(found) = section.text("subject") else { continue };
        if sections.clone().any(|(_, other)| other == found.text && other != client_id) {
            found.error(
                "bad_subject",
                "another client has this client_id, and would be taken for this one",
                "write a subject of the client's own",
            );
        }
    }
}

fn claims(section: &Section<'_>) -> Map<String, Value> {
    let mut claims = Map::new();
    for (name, claim) in section.named("claims") {
        let path = claim.path_of("");
        if RESERVED_CLAIMS.contains(&name) || OF_INTROSPECTION.contains(&name) {
            claim.error(
                "",
                "reserved_name",
                format!("the claim '{name}' belongs to the provider"),
                "give the claim another name",
            );
        } else if STANDARD_CLAIMS.contains(&name) && !ALLOWED_OF_PEOPLE.contains(&name) {
            claim.error(
                "",
                "reserved_name",
                format!("the claim '{name}' speaks of a person, and a program is none"),
                "give the claim another name",
            );
        } else if let Some(value) = section.raw("claims").and_then(|node| node.get(name)) {
            if let Some(value) = constant(value) {
                claims.insert(name.to_owned(), value);
            } else {
                claim.error(
                    "",
                    "wrong_type",
                    format!(
                        "the value of '{}' must be text, a number, true or false, or a list of these",
                        shown(&path)
                    ),
                    "write a plain value, for example acme/app",
                );
            }
        }
    }
    claims
}

/// Members of an introspection answer that the provider sets (RFC 7662 §2.2).
const OF_INTROSPECTION: [&str; 4] = ["active", "username", "token_type", "token_use"];

/// Claims of people that policies of registries read of programs as well.
const ALLOWED_OF_PEOPLE: [&str; 4] = ["email", "email_verified", "groups", "name"];

fn constant(node: &Node) -> Option<Value> {
    match &node.value {
        NodeValue::Bool(flag) => Some((*flag).into()),
        NodeValue::Integer(number) => Some((*number).into()),
        NodeValue::Float(number) => serde_json::Number::from_f64(*number).map(Value::Number),
        NodeValue::String(text) => Some(text.as_str().into()),
        NodeValue::Sequence(items) => items
            .iter()
            .map(|item| constant(item).filter(|value| !value.is_array()))
            .collect::<Option<Vec<_>>>()
            .map(Value::Array),
        NodeValue::Null | NodeValue::Mapping(_) => None,
    }
}
