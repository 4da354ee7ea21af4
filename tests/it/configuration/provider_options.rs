//! `docs/provider-options.md`: the options of the provider, each with what it does and the tests that show it.

use std::collections::BTreeSet;

use serde::Deserialize;
use signet::config::options::all;

use super::effects::{Row, table};
use super::reference::{default, state};
use crate::support::named::file_of;
use crate::support::page;

/// The options in the order of Authelia's reference page, then those that came later.
const PARTS: &str = include_str!("provider_options.yml");
const OIDC: &str = "identity_providers.oidc.";
/// The test that sets every option that is not carried out, and sees its message.
const MESSAGES: &str = "configuration::messages::every_option_that_is_not_carried_out_has_its_message";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    title: String,
    options: Vec<String>,
}

fn parts() -> Vec<Part> {
    serde_yaml::from_str(PARTS).expect("the parts are YAML")
}

/// The words of a test's name, with the file that holds it.
fn link(test: &str) -> String {
    let (modules, name) = test.rsplit_once("::").unwrap();
    let file = file_of(modules).unwrap();
    let file = file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string();
    format!("[{}](../{file})", name.replace('_', " "))
}

#[test]
fn every_option_of_the_provider_stands_once() {
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for option in parts().into_iter().flat_map(|part| part.options) {
        if !seen.insert(option.clone()) {
            wrong.push(format!("{option} stands twice"));
        }
    }
    let known: BTreeSet<String> =
        all().filter_map(|option| option.path.strip_prefix(OIDC).map(str::to_owned)).collect();
    wrong.extend(known.difference(&seen).map(|option| format!("{option} is missing")));
    wrong.extend(seen.difference(&known).map(|option| format!("{option} is no option")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_walks_from_option_to_test() {
    let mut text = String::new();
    let table = table();
    for part in parts() {
        text += &format!(
            "\n## {}\n\n| option | default | effect | state | tests |\n|---|---|---|---|---|\n",
            part.title
        );
        for name in &part.options {
            let path = format!("{OIDC}{name}");
            let option = all().find(|option| option.path == path).expect("the option is known");
            let tests: Vec<String> = match option.state {
                Some(_) => vec![link(MESSAGES)],
                None => table
                    .get(&path)
                    .map(Row::tests)
                    .unwrap_or_default()
                    .iter()
                    .map(|test| link(test))
                    .collect(),
            };
            assert!(!tests.is_empty(), "{path} has no test");
            text += &format!(
                "| `{name}` | {} | {} | {} | {} |\n",
                default(option.fallback),
                option.effect,
                state(option.state),
                tests.join(", ")
            );
        }
    }
    text.push('\n');
    page::holds("docs/provider-options.md", "the walk", &text, "configuration::provider_options");
}
