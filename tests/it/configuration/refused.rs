//! Values that look right and would do harm, and mends that mend.

use std::collections::BTreeMap;

use signet::config::{Sources, load};
use signet::yaml::Severity;

use super::{errors, folder, only, rsa, valid, with, with_client};

#[test]
fn filters_are_refused_instead_of_making_templates_the_secrets() {
    let folder = folder();
    let file = folder.path().join("c.yml");
    std::fs::write(&file, valid(folder.path())).unwrap();
    let sources = |filters: &[&str]| Sources {
        files: vec![file.clone()],
        filters: filters.iter().map(|&filter| filter.to_owned()).collect(),
        ..Sources::default()
    };
    let loaded = load(&sources(&["template"]));
    let problem = only(&loaded, "not_in_this_version");
    assert!(problem.message.contains("later version"), "{problem}");
    assert!(problem.mend.contains("_FILE"), "{problem}");
    assert!(loaded.settings.is_none());
    assert!(load(&sources(&[""])).settings.is_some());
}

#[test]
fn a_template_or_the_text_of_the_example_is_no_value() {
    let pem = rsa().lines().next().unwrap();
    for (value, code) in
        [("{{ secret \"/x\" }}", "template"), ("replace-this-very-soon-please", "placeholder")]
    {
        for (from, path) in [
            ("hmac-secret-of-the-tests-0123456789-0123456789", "identity_providers.oidc.hmac_secret"),
            ("storage-key-of-the-tests-0123456789", "storage.encryption_key"),
            (super::DIGEST, "identity_providers.oidc.clients[0].client_secret"),
            (pem, "identity_providers.oidc.jwks[0].key"),
            ("https://app.example.com/callback", "identity_providers.oidc.clients[0].redirect_uris[0]"),
        ] {
            let loaded = with(from, value);
            assert_eq!(errors(&loaded), [(code, path)], "{}", loaded.problems);
            assert!(!loaded.problems.to_string().contains("soon"), "{}", loaded.problems);
        }
    }
    // Without quotes it is not even text.
    let loaded = with("'storage-key-of-the-tests-0123456789'", "{{ secret \"/x\" | msquote }}");
    assert!(only(&loaded, "yaml_syntax").mend.contains("template"), "{}", loaded.problems);
}

#[test]
fn a_secret_variable_holds_no_template_either() {
    let folder = folder();
    let file = folder.path().join("c.yml");
    std::fs::write(&file, valid(folder.path())).unwrap();
    let environment =
        vec![("SIGNET_STORAGE_ENCRYPTION_KEY".to_owned(), "{{ env \"KEY\" }} and more".to_owned())];
    let loaded = load(&Sources { files: vec![file], environment, ..Sources::default() });
    assert_eq!(errors(&loaded), [("template", "storage.encryption_key")]);
}

#[test]
fn secrets_are_not_blank_and_short_ones_are_counted() {
    let hmac = "hmac-secret-of-the-tests-0123456789-0123456789";
    assert_eq!(errors(&with(hmac, &" ".repeat(40))), [("missing", "identity_providers.oidc.hmac_secret")]);
    let loaded = with(hmac, "abcdefghij");
    let problem = only(&loaded, "too_short");
    assert_eq!(problem.severity, Severity::Warning);
    assert!(problem.message.contains("10 characters"), "{problem}");
    let loaded = with("storage-key-of-the-tests-0123456789", &" ".repeat(40));
    assert_eq!(errors(&loaded), [("too_short", "storage.encryption_key")]);
}

#[test]
fn a_client_that_nobody_may_use_is_refused_with_words_that_help() {
    let loaded = with("authorization_policy: 'staff'", "authorization_policy: 'deny'");
    let problem = only(&loaded, "unknown_policy");
    assert!(!problem.mend.contains("define"), "{problem}");
}

#[test]
fn trusting_every_address_as_a_proxy_is_a_warning() {
    for network in ["0.0.0.0/0", "::/0"] {
        let loaded = with("'10.0.0.1'", &format!("'{network}'"));
        let problem = only(&loaded, "unsafe");
        assert_eq!((problem.severity, problem.path.as_str()), (Severity::Warning, "server.trusted_proxies"));
    }
}

#[test]
fn a_log_file_in_a_folder_that_is_missing_is_refused() {
    let loaded = with("session:\n", "log: {file_path: '/nowhere/signet.log'}\nsession:\n");
    assert_eq!(errors(&loaded), [("bad_log_file", "log.file_path")]);
}

#[test]
fn a_refresh_token_without_offline_access_in_the_default_scopes_is_a_warning() {
    let loaded = with_client("        grant_types: ['authorization_code', 'refresh_token']\n");
    assert_eq!(only(&loaded, "useless_grant").severity, Severity::Warning);
}

#[test]
fn a_scope_is_told_once_and_with_words_that_fit() {
    let loaded = with_client("        scopes: ['open\"id']\n");
    assert_eq!(loaded.problems.iter().count(), 1, "{}", loaded.problems);
    let loaded = with_client("        scopes: ['openid', 'authelia.x']\n");
    let problem = only(&loaded, "unknown_scope");
    assert!(problem.message.contains("cannot be defined"), "{problem}");
    let loaded = with("    lifespans:\n", "    scopes: {authelia.x: {claims: []}}\n    lifespans:\n");
    assert!(only(&loaded, "reserved_name").message.contains("kept for"), "{}", loaded.problems);
}

#[test]
fn the_mend_of_an_unknown_option_is_short_and_names_no_old_option() {
    let loaded = with_client("        colour: 'blue'\n");
    let mend = &only(&loaded, "unknown_option").mend;
    assert!(mend.len() < 200 && mend.contains("configuration.yml.example"), "{mend}");
    let loaded = with("session:\n", "totp: {colour: 'blue'}\nsession:\n");
    assert!(only(&loaded, "unknown_option").mend.contains("'digits'"));
    let loaded = with("session:\n", "totp: {secret_size: 1}\nsession:\n");
    assert_eq!(only(&loaded, "out_of_range").mend, "write 20 or more");
}

#[test]
fn a_bad_digest_has_one_mend() {
    let loaded = with(super::DIGEST, "$nonsense$1$abc");
    let problem = only(&loaded, "bad_digest");
    assert_eq!(problem.to_string().matches("signet crypto hash generate").count(), 1, "{problem}");
}

#[test]
fn where_people_are_known_from_is_there_although_other_sections_are_wrong() {
    let loaded = with("tcp://127.0.0.1:9091/", "nonsense://");
    assert!(loaded.settings.is_none());
    assert!(loaded.directory.is_some());
}

#[test]
fn the_users_file_is_judged_together_with_the_configuration() {
    let folder = folder();
    let (file, users) = (folder.path().join("c.yml"), folder.path().join("users_database.yml"));
    std::fs::write(&file, valid(folder.path()).replace("tcp://", "nonsense://")).unwrap();
    std::fs::write(&users, "users:\n  alice: {displayname: 'Alice', password: '$nonsense$'}\n").unwrap();
    let problems = signet::cli::config::judge(&Sources { files: vec![file], ..Sources::default() });
    let mut by_file: BTreeMap<String, usize> = BTreeMap::new();
    for problem in problems.errors() {
        *by_file.entry(problem.at.as_ref().unwrap().file.to_string()).or_default() += 1;
    }
    assert_eq!(by_file.into_values().collect::<Vec<_>>(), [1, 1], "{problems}");
}
