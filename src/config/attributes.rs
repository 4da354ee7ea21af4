//! `definitions.user_attributes`: attributes that expressions make of others.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::directory::ExtraAttributes;
use super::near::nearest;
use super::section::{Found, Section};
use crate::expression::{Expression, Problem};
use crate::model::attributes::{self, ClaimSource, MadeAttribute, OF_REQUEST, STANDARD};
use crate::model::user::{PostalAddress, Profile, User};
use crate::settings::{ExtraAttribute, ExtraAttributeType};

/// In how many groups the person is whose values an expression is tried with.
const GROUPS: usize = 100;

/// Every attribute that a claim can be made from.
pub(super) struct Attributes {
    extra: Vec<String>,
    /// Those made by expressions; `None` when the expression is refused.
    made: BTreeMap<String, Option<Arc<MadeAttribute>>>,
}

impl Attributes {
    pub(super) fn read(root: &Section<'_>, extra: &ExtraAttributes) -> Self {
        let sample = sample(extra);
        let mut made = BTreeMap::new();
        for (name, section) in root.section("definitions").named("user_attributes") {
            let taken = if STANDARD.contains(&name) {
                Some("every person has an attribute of this name already")
            } else if OF_REQUEST.contains(&name) {
                Some("the name is kept for what a request asks for")
            } else {
                extra
                    .contains_key(name)
                    .then_some("authentication_backend.file.extra_attributes has an attribute of this name")
            };
            if let Some(says) = taken {
                section.error("", "reserved_name", says, "use another name");
            }
            let mend = "write how the attribute is made of others, for example '\"admins\" in groups'";
            let expression = section.required("expression", mend).and_then(|found| compiled(&found, &sample));
            let attribute = expression
                .map(|expression| Arc::new(MadeAttribute { name: name.to_owned(), expression }))
                .filter(|_| taken.is_none());
            made.insert(name.to_owned(), attribute);
        }
        Self { extra: extra.keys().cloned().collect(), made }
    }

    /// Their names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let own = self.extra.iter().chain(self.made.keys());
        STANDARD.iter().copied().chain(own.map(String::as_str))
    }

    /// What gives a claim its value: nothing for an expression that is refused, `None` for a name that nobody knows.
    pub(super) fn source(&self, name: &str) -> Option<Option<ClaimSource>> {
        match self.made.get(name) {
            Some(made) => Some(made.clone().map(ClaimSource::Made)),
            None => {
                self.names().any(|known| known == name).then(|| Some(ClaimSource::Attribute(name.to_owned())))
            }
        }
    }
}

fn compiled(found: &Found<'_>, sample: &BTreeMap<String, Value>) -> Option<Expression> {
    let problem = match Expression::compile(found.text, sample, &OF_REQUEST) {
        Ok(expression) => return Some(expression),
        Err(problem) => problem,
    };
    let (code, mend) = match &problem {
        Problem::TooLong => ("bad_expression", "write a shorter one".to_owned()),
        Problem::TooDeep => ("bad_expression", "write it flatter, for example with `in` and a list".to_owned()),
        Problem::Syntax { .. } | Problem::Unreadable => {
            ("bad_expression", "write it as CEL has it, for example '\"admins\" in groups ? 10 : 5'".to_owned())
        }
        Problem::UnknownAttribute(name) => ("unknown_attribute", match nearest(name, sample.keys().map(String::as_str)) {
            Some(near) => format!("did you mean '{near}'?"),
            None => "put text into double quotes; or name one of username, groups, email and so on, or define it under \
                     authentication_backend.file.extra_attributes"
                .to_owned(),
        }),
        Problem::UnknownFunction(name) => (
            "unknown_function",
            match nearest(name, Problem::functions()) {
                Some(near) => format!("did you mean '{near}'?"),
                None => "write it with functions of CEL or its extensions for strings, lists, sets, math and encoders"
                    .to_owned(),
            },
        ),
        Problem::WrongType(_) => (
            "bad_expression",
            "convert one of them, for example with string(…), or take another element".to_owned(),
        ),
        Problem::TooCostly => ("bad_expression", "write fewer macros within macros".to_owned()),
        Problem::NoJson => ("bad_expression", "let it end in text, a number, true or false, or a list of them".to_owned()),
    };
    found.error(code, problem.to_string(), mend);
    None
}

/// Somebody who has every attribute, so that expressions can be tried.
fn sample(extra: &ExtraAttributes) -> BTreeMap<String, Value> {
    let text = || Some("text".to_owned());
    let address = PostalAddress {
        street_address: text(),
        locality: text(),
        region: text(),
        postal_code: text(),
        country: text(),
    };
    let web = || Some("https://www.example.com/".to_owned());
    let user = User {
        username: "someone".to_owned(),
        display_name: "Some One".to_owned(),
        emails: vec!["someone@example.com".to_owned(), "some.one@example.org".to_owned()],
        groups: (0..GROUPS).map(|number| format!("a-group-with-a-long-name-{number:03}")).collect(),
        disabled: false,
        profile: Profile {
            given_name: text(),
            family_name: text(),
            middle_name: text(),
            nickname: text(),
            gender: text(),
            birthdate: Some("2000-01-31".to_owned()),
            website: web(),
            profile: web(),
            picture: web(),
            zoneinfo: Some("Europe/Berlin".to_owned()),
            locale: Some("en-GB".to_owned()),
            phone_number: Some("+44 20 7946 0000".to_owned()),
            phone_extension: Some("12".to_owned()),
            address: Some(address),
        },
        extra: extra.iter().map(|(name, attribute)| (name.clone(), of_type(*attribute))).collect(),
        credential: String::new(),
        updated_at: 1_700_000_000,
    };
    let names = STANDARD.iter().copied().chain(extra.keys().map(String::as_str));
    names.filter_map(|name| Some((name.to_owned(), attributes::value(name, &user)?))).collect()
}

fn of_type(attribute: ExtraAttribute) -> Value {
    let one = match attribute.value_type {
        ExtraAttributeType::String => json!("text"),
        ExtraAttributeType::Integer => json!(1),
        ExtraAttributeType::Boolean => json!(true),
    };
    if attribute.multi_valued { json!([one]) } else { one }
}
