//! The example of the repository.

use signet::config::load_text;

use super::{block, folder, rsa};

#[test]
fn the_example_loads_without_a_problem() {
    let folder = folder();
    let example = include_str!("../../../configuration.yml.example");
    let key = block(rsa(), 10);
    let placeholder = "|\n          REPLACE-THIS-WITH-A-PRIVATE-KEY\n";
    assert!(example.contains(placeholder));
    let text = example.replace(placeholder, &key).replace("'./", &format!("'{}/", folder.path().display()));
    let loaded = load_text("configuration.yml.example", &text);
    assert!(loaded.problems.is_empty(), "{}", loaded.problems);
    assert!(loaded.settings.is_some());
}

#[test]
fn the_example_says_that_its_key_must_be_replaced() {
    let loaded = load_text("configuration.yml.example", include_str!("../../../configuration.yml.example"));
    let key = loaded.problems.errors().find(|problem| problem.path.ends_with("jwks[0].key"));
    assert!(key.is_some(), "{}", loaded.problems);
}
