//! `authorization_policies`: who may use a client.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::definitions::{Networks, resolve};
use super::super::section::{Found, Section};
use crate::model::authentication::Level;
use crate::model::origin::Origin;
use crate::model::policy::{AuthorizationPolicy, PolicyRule, Requirement, Subject};
use crate::yaml::NodeValue;

const BUILT_IN: [&str; 3] = ["one_factor", "two_factor", "deny"];

/// The policies by name.
pub(super) type Policies = BTreeMap<String, Arc<AuthorizationPolicy>>;

pub(super) fn policies(section: &Section<'_>, networks: &Networks) -> Policies {
    let mut policies = Policies::new();
    for (name, policy) in section.named("authorization_policies") {
        if name.is_empty() || BUILT_IN.contains(&name) {
            let says = if name.is_empty() {
                "the policy has no name".to_owned()
            } else {
                format!("the name '{name}' belongs to a policy that is built in")
            };
            policy.error("", "reserved_name", says, "give it another name, here and where clients name it");
        }
        let rules = policy.list("rules");
        if rules.is_empty() {
            policy.error(
                "rules",
                "missing",
                "a policy needs at least one rule",
                "add a rule with `policy` and `subject` or `networks`",
            );
        }
        let built = AuthorizationPolicy {
            name: name.to_owned(),
            default: requirement(policy.text("default_policy").as_ref()),
            rules: rules.iter().map(|section| rule(section, networks)).collect(),
            origin: policy.own_origin(),
        };
        policies.insert(name.to_owned(), Arc::new(built));
    }
    policies
}

/// A policy that needs no definition.
pub(super) fn of_level(level: Level, origin: Origin) -> Arc<AuthorizationPolicy> {
    Arc::new(AuthorizationPolicy::of_level(level, origin))
}

fn requirement(found: Option<&Found<'_>>) -> Requirement {
    match found.map(|found| found.text) {
        Some("one_factor") => Requirement::Level(Level::OneFactor),
        Some("deny") => Requirement::Deny,
        _ => Requirement::Level(Level::TwoFactor),
    }
}

fn rule(section: &Section<'_>, networks: &Networks) -> PolicyRule {
    let subjects = subjects(section);
    let found = section.texts("networks");
    if !section.has("subject") && found.is_empty() {
        section.error(
            "",
            "missing",
            "a rule needs `subject` or `networks`",
            "write for example subject: 'group:admins'; what holds for everyone belongs in default_policy",
        );
    }
    PolicyRule {
        requirement: requirement(section.text("policy").as_ref()),
        subjects,
        networks: resolve(&found, networks),
        origin: section.own_origin(),
    }
}

/// A text is one condition; items of a list are alternatives; the items of an inner list must all hold.
fn subjects(section: &Section<'_>) -> Vec<Vec<Subject>> {
    let Some(node) = section.raw("subject") else { return Vec::new() };
    let NodeValue::Sequence(items) = &node.value else {
        return section.texts("subject").iter().filter_map(subject).map(|one| vec![one]).collect();
    };
    let path = section.path_of("subject");
    let mut alternatives = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let path = format!("{path}[{index}]");
        let all: Vec<Subject> = match &item.value {
            NodeValue::Sequence(inner) => inner
                .iter()
                .enumerate()
                .filter_map(|(inner, node)| section.found_at(node, format!("{path}[{inner}]")))
                .filter_map(|found| subject(&found))
                .collect(),
            _ => section.found_at(item, path).and_then(|found| subject(&found)).into_iter().collect(),
        };
        let empty = matches!(&item.value, NodeValue::Null)
            || matches!(&item.value, NodeValue::Sequence(inner) if inner.is_empty());
        if empty {
            section.error(
                "subject",
                "bad_subject",
                "an alternative without a subject would hold for everyone",
                "take it out",
            );
        }
        alternatives.push(all);
    }
    if items.is_empty() {
        section.error(
            "subject",
            "bad_subject",
            "the list is empty",
            "name a subject, or take the option out",
        );
    }
    alternatives
}

fn subject(found: &Found<'_>) -> Option<Subject> {
    let (kind, name) = found.text.split_once(':').unwrap_or(("", ""));
    match (kind.trim(), name.trim()) {
        ("user", name) if !name.is_empty() => Some(Subject::User(name.to_owned())),
        ("group", name) if !name.is_empty() => Some(Subject::Group(name.to_owned())),
        _ => {
            found.error(
                "bad_subject",
                "a subject must begin with user: or group: and go on with a name",
                "write for example 'group:admins'",
            );
            None
        }
    }
}
