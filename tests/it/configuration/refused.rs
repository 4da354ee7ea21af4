//! Values that look right and would do harm, and mends that mend.

use std::collections::BTreeMap;

use signet::config::{Sources, load};
use signet::yaml::Severity;

use super::{errors, folder, only, rsa, valid, with, with_client};

#[test]
fn a_file_with_secrets_that_everyone_can_read_deserves_a_warning() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    let file = folder.path().join("c.yml");
    let judged = |text: &str, mode: u32| {
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let loaded = load(&Sources { files: vec![file.clone()], ..Sources::default() });
        loaded.problems.iter().find(|problem| problem.code == "readable_by_all").cloned()
    };
    let text = valid(folder.path());
    for mode in [0o600, 0o640, 0o440] {
        assert_eq!(judged(&text, mode), None, "{mode:o}");
    }
    for mode in [0o644, 0o444] {
        let problem = judged(&text, mode).unwrap();
        assert_eq!(problem.severity, Severity::Warning);
        assert!(
            problem.to_string().contains("c.yml: everyone on this machine can read this file"),
            "{problem}"
        );
        assert!(problem.message.contains("storage.encryption_key"), "{problem}");
        assert!(problem.mend.contains("chmod 0640"), "{problem}");
    }
    let key = format!("identity_providers:\n  oidc:\n    jwks:\n      - key: {}", super::block(rsa(), 10));
    assert!(judged(&key, 0o644).unwrap().message.contains("identity_providers.oidc.jwks[0].key"));
    let digest =
        format!("identity_providers: {{oidc: {{clients: [{{client_secret: '{}'}}]}}}}\n", super::DIGEST);
    for harmless in [
        "server: {tls: {key: '/etc/signet/tls.key'}}\n",
        "storage: {encryption_key: 'replace-this-with-a-secret'}\n",
        "identity_providers: {oidc: {lifespans: {access_token: 1h}}}\n",
        &digest,
    ] {
        assert_eq!(judged(harmless, 0o644), None, "{harmless}");
    }
}

#[test]
fn a_secret_file_that_cannot_be_read_is_one_problem() {
    let folder = folder();
    let file = folder.path().join("c.yml");
    let text = valid(folder.path());
    let lines = |unwanted: &str| -> String {
        text.lines().filter(|line| !line.contains(unwanted)).map(|line| format!("{line}\n")).collect()
    };
    for (variable, path) in [
        ("AUTHELIA_STORAGE_ENCRYPTION_KEY_FILE", "storage.encryption_key"),
        ("SIGNET_IDENTITY_PROVIDERS_OIDC_HMAC_SECRET_FILE", "identity_providers.oidc.hmac_secret"),
    ] {
        std::fs::write(&file, lines(path.rsplit('.').next().unwrap())).unwrap();
        let environment = vec![(variable.to_owned(), "/nonexistent/secret".to_owned())];
        let loaded = load(&Sources { files: vec![file.clone()], environment, ..Sources::default() });
        assert_eq!(errors(&loaded), [("secret_file", path)], "{}", loaded.problems);
    }
}

#[test]
fn a_users_file_that_is_not_there_is_told_with_the_whole_path() {
    let folder = folder();
    let named = folder.path().join("users_database.yml").display().to_string();
    for (path, shown, mend) in [
        ("./nobody.yml".to_owned(), std::env::current_dir().unwrap().join("nobody.yml"), "WorkingDirectory"),
        ("/nonexistent/nobody.yml".to_owned(), "/nonexistent/nobody.yml".into(), "correct the path"),
    ] {
        let loaded = signet::config::load_text("c.yml", &valid(folder.path()).replace(&named, &path));
        let problem = only(&loaded, "no_users_file");
        assert!(
            problem.message.contains(&format!("the users file {} does not exist", shown.display())),
            "{problem}"
        );
        assert!(problem.mend.contains(mend), "{problem}");
    }
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
