//! The example of the repository.

use signet::config::load_text;

use super::{DIGEST, block, folder, rsa};

#[test]
fn the_example_loads_without_a_problem() {
    let folder = folder();
    let example = include_str!("../../../configuration.yml.example");
    let digest = format!("'{DIGEST}'");
    let mut text = example.replace("'./", &format!("'{}/", folder.path().display()));
    for (placeholder, own) in [
        ("|\n          REPLACE-THIS-WITH-A-PRIVATE-KEY\n", block(rsa(), 10).as_str()),
        ("'replace-this-with-a-digest'", digest.as_str()),
        ("'replace-this-with-a-long-random-text'", "'storage-key-of-the-tests-0123456789'"),
        (
            "'replace-this-with-another-long-random-text-of-64-characters'",
            "'hmac-secret-of-the-tests-0123456789-0123456789'",
        ),
    ] {
        assert!(text.contains(placeholder), "{placeholder}");
        text = text.replace(placeholder, own);
    }
    let loaded = load_text("configuration.yml.example", &text);
    assert!(loaded.problems.is_empty(), "{}", loaded.problems);
    assert!(loaded.settings.is_some());
}

#[test]
fn what_everyone_can_read_in_the_example_is_refused_as_a_secret() {
    let folder = folder();
    let example = include_str!("../../../configuration.yml.example")
        .replace("'./", &format!("'{}/", folder.path().display()));
    let loaded = load_text("configuration.yml.example", &example);
    let refused: Vec<(&str, &str)> =
        loaded.problems.errors().map(|problem| (problem.code, problem.path.as_str())).collect();
    assert_eq!(
        refused,
        [
            ("placeholder", "storage.encryption_key"),
            ("placeholder", "identity_providers.oidc.hmac_secret"),
            ("placeholder", "identity_providers.oidc.jwks[0].key"),
            ("placeholder", "identity_providers.oidc.clients[0].client_secret"),
            ("placeholder", "identity_providers.oidc.clients[1].client_secret"),
        ],
        "{}",
        loaded.problems
    );
}
