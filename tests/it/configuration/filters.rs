//! Filters and layers: what files go through, what lies over them, and how both are shown.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Map, Value};
use signet::config::{Loaded, Sources, load};
use signet::jose::generate_rsa_pem;
use signet::yaml::Severity;

use super::command_line::{said, signet};
use super::{block, errors, folder, only, rsa, valid};
use crate::support::fleet::free_ports;
use crate::support::process::shell;
use crate::support::{Client, Person, Process, Site, configuration, token};

/// Writes a file that its owner alone may read.
fn write(folder: &Path, name: &str, text: &str) -> String {
    let file = folder.join(name);
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    file.display().to_string()
}

/// Loads a file with filters and variables.
fn loaded(file: &str, filters: &[&str], variables: &[(&str, &str)]) -> Loaded {
    load(&Sources {
        files: vec![file.into()],
        filters: filters.iter().map(|&filter| filter.to_owned()).collect(),
        environment: variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect(),
        ..Sources::default()
    })
}

/// The valid configuration with pieces replaced.
fn changed(folder: &Path, pieces: &[(&str, &str)]) -> String {
    pieces.iter().fold(valid(folder), |text, (from, to)| {
        assert!(text.contains(from), "the valid configuration does not hold {from}");
        text.replacen(from, to, 1)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_a_template_reads_from_a_file_signs_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let pair = generate_rsa_pem(2048).unwrap();
    let key = write(folder.path(), "rsa.pem", &pair.private);
    let hmac = write(folder.path(), "hmac", "an hmac secret from a file, long enough for all\n");
    write(folder.path(), "users.yml", &Person::file(&Person::all()));
    let port = free_ports(1)[0];
    let issuer = format!("http://127.0.0.1:{port}");
    let fragment = format!(
        "server: {{address: 'tcp://127.0.0.1:{port}/'}}\n\
         session: {{cookies: [{{domain: 127.0.0.1, authelia_url: '{issuer}'}}]}}\n\
         identity_providers: {{oidc: {{hmac_secret: HERE-THE-HMAC, jwks: [{{key: HERE-THE-KEY}}, {{key: 'key:p256'}}]}}}}\n"
    );
    let text = configuration::text(&fragment, folder.path(), None);
    assert!(text.contains("- key: HERE-THE-KEY\n") && text.contains("hmac_secret: HERE-THE-HMAC\n"));
    let text = text
        .replace("HERE-THE-KEY", &format!("{{{{ secret \"{key}\" | mindent 10 \"|\" | msquote }}}}"))
        .replace("HERE-THE-HMAC", &format!("'{{{{- /* a secret */ -}}}} {{{{- secret \"{hmac}\" -}}}} '"));
    write(folder.path(), "configuration.yml", &text);
    let mut command = shell(&folder, "true");
    command.args(["serve", "--config", "configuration.yml"]).env("X_AUTHELIA_CONFIG_FILTERS", "template");
    let mut process = Process::start(command, folder);
    process.wait_for("ready in ");
    let site = Site::over_http(&issuer, std::slice::from_ref(&issuer));
    let fields = [("grant_type", "client_credentials"), ("scope", "read")];
    let answer = Client::new(&site, "service").token(&fields).await.expect(200).json();
    let access = answer["access_token"].as_str().unwrap();
    token::verify(&site, access).await;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_aud = false;
    let of_the_file = DecodingKey::from_rsa_pem(pair.public.as_bytes()).unwrap();
    decode::<Map<String, Value>>(access, &of_the_file, &validation)
        .expect("a signature of the key of the file");
    assert!(!process.output().contains("an hmac secret from a file"));
}

#[test]
fn a_broken_template_is_told_with_its_place_by_the_program() {
    let folder = folder();
    let text = changed(
        folder.path(),
        &[
            ("'storage-key-of-the-tests-0123456789'", "{{ secret \"/nowhere/at/all\" | msquote }}"),
            ("'hmac-secret-of-the-tests-0123456789-0123456789'", "'{{ mustEnv \"NOBODY_SETS_THIS\" }}'"),
        ],
    );
    write(folder.path(), "configuration.yml", &text);
    let arguments = ["config", "validate", "--format", "json", "--config.experimental.filters", "template"];
    let output = signet(folder.path(), &arguments, &[]);
    assert!(!output.status.success());
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let told: Vec<(&str, u64, u64)> = json["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (it["code"].as_str().unwrap(), it["line"].as_u64().unwrap(), it["column"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(told, [("template_source", 9, 22), ("template_source", 15, 22)], "{json}");
    write(folder.path(), "configuration.yml", &text.replace("{{ mustEnv", "{{ nosuch"));
    let output = signet(folder.path(), &["serve"], &[("X_AUTHELIA_CONFIG_FILTERS", "template")]);
    assert!(!output.status.success());
    let expected = "error: configuration.yml:15:22: there is no function 'nosuch' in templates";
    assert!(said(&output).contains(expected), "{}", said(&output));
}

#[test]
fn an_unknown_filter_is_an_error_wherever_it_is_named() {
    let folder = folder();
    write(folder.path(), "configuration.yml", &valid(folder.path()));
    for (arguments, variables) in [
        (&["serve", "--config.experimental.filters", "expand-env,templat"][..], &[][..]),
        (&["--config.experimental.filters=templat"], &[]),
        (&["user", "totp", "list", "--config.experimental.filters", "templat"], &[]),
        (&["config", "validate"], &[("X_AUTHELIA_CONFIG_FILTERS", "templat")]),
        (&["config", "show"], &[("X_AUTHELIA_CONFIG_FILTERS", "templat")]),
        (&["config", "template"], &[("X_AUTHELIA_CONFIG_FILTERS", "templat")]),
    ] {
        let output = signet(folder.path(), arguments, variables);
        assert!(said(&output).contains("did you mean 'template'?"), "{}", said(&output));
        assert!(!output.status.success());
    }
}

#[test]
fn a_template_is_a_value_only_where_a_filter_fills_it_in() {
    let folder = folder();
    let key = "'storage-key-of-the-tests-0123456789'";
    let template = "'{{ \"{{ braces \" | print }}are-a-value-of-their-own'";
    let file = write(folder.path(), "c.yml", &changed(folder.path(), &[(key, template)]));
    let without = loaded(&file, &[], &[]);
    assert!(only(&without, "template").mend.contains("--config.experimental.filters template"));
    let with = loaded(&file, &["template"], &[]);
    assert!(with.problems.is_empty(), "{}", with.problems);
    // What a variable holds is filled in by nothing.
    let plain = write(folder.path(), "p.yml", &changed(folder.path(), &[(key, "''")]));
    let variable = [("SIGNET_STORAGE_ENCRYPTION_KEY", "{{ env \"KEY\" }} and more of it")];
    assert_eq!(errors(&loaded(&plain, &["template"], &variable)), [("template", "storage.encryption_key")]);
}

#[test]
fn what_comes_after_a_filter_is_told_at_the_line_that_its_author_wrote() {
    let folder = folder();
    let before = "{{- /* a comment\n  of three\n  lines */ -}}\n{{ range list \"a\" \"b\" \"c\" }}# {{ . }}\n{{ end -}}\n";
    let text = changed(
        folder.path(),
        &[
            ("server:\n", &format!("{before}server:\n  adress: 'x'\n")),
            ("    jwks:\n", "    nosuch: {{ `\n      - 1\n      - 2` }}\n    jwks:\n"),
            ("lifespan: 'long'", "lifespan: {{ `lang` }}"),
        ],
    );
    let file = write(folder.path(), "c.yml", &text);
    let loaded = loaded(&file, &["template"], &[]);
    let line =
        |word: &str| u32::try_from(text.lines().position(|line| line.contains(word)).unwrap() + 1).unwrap();
    let told: Vec<(&str, u32, u32)> = loaded
        .problems
        .errors()
        .map(|problem| {
            let at = problem.at.as_ref().unwrap();
            (problem.path.as_str(), at.line, at.column)
        })
        .collect();
    let client = "identity_providers.oidc.clients[0].lifespan";
    assert_eq!(
        told,
        [
            ("server.adress", line("adress:"), 3),
            (client, line("lifespan: {{"), 19),
            ("identity_providers.oidc.nosuch", line("nosuch:"), 5),
        ],
        "{}",
        loaded.problems
    );
    // A key that stands twice names both places as they were written.
    let twice = text.replace("  adress: 'x'\n", "  address: 'x'\n");
    let loaded = self::loaded(&write(folder.path(), "c.yml", &twice), &["template"], &[]);
    let problem = only(&loaded, "duplicate_key");
    let first =
        u32::try_from(twice.lines().position(|line| line.contains("address: 'x'")).unwrap() + 1).unwrap();
    assert!(problem.message.contains(&format!("c.yml:{first}:3")), "{problem}");
    assert_eq!(problem.at.as_ref().unwrap().line, first + 1);
}

#[test]
fn no_problem_shows_what_a_template_put_in() {
    let folder = folder();
    let secret = write(folder.path(), "secret", "hunter2-in-a-file\n");
    let read = format!("{{{{ secret \"{secret}\" }}}}");
    for (from, to) in [
        ("authorization_policy: 'staff'", format!("authorization_policy: '{read}'")),
        ("lifespan: 'long'", format!("lifespan: {read}")),
        ("lifespan: 'long'", format!("{read}: 'long'")),
        ("lifespan: 'long'", "grant_types: ['{{ env \"PASSWORD_OF_SOMETHING\" }}']".to_owned()),
        ("server:\n", format!("server:\n  {read}: 1\n")),
        ("https://app.example.com/callback", format!("{read}/callback")),
        ("tcp://127.0.0.1:9091/", format!("nonsense://{read}")),
        ("{path: '", format!("{{path: '/nowhere/{read}")),
    ] {
        let file = write(folder.path(), "c.yml", &changed(folder.path(), &[(from, &to)]));
        let variables = [("PASSWORD_OF_SOMETHING", "hunter2-in-a-variable")];
        let sources = Sources {
            files: vec![file.into()],
            filters: vec!["template".to_owned()],
            environment: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            ..Sources::default()
        };
        let problems = signet::cli::config::judge(&sources);
        assert!(problems.has_errors(), "{to}");
        let json = serde_json::to_string(&problems).unwrap();
        assert!(!json.contains("hunter2"), "{to}: {problems}");
    }
}

#[test]
fn everyone_may_read_a_file_whose_secrets_come_from_elsewhere() {
    let folder = folder();
    let key = write(folder.path(), "rsa.pem", rsa());
    let secret = write(folder.path(), "secret", "a-secret-from-a-file-0123456789-0123456789\n");
    let mut text = changed(
        folder.path(),
        &[
            ("storage-key-of-the-tests-0123456789", &format!("{{{{ secret \"{secret}\" }}}}")),
            ("hmac-secret-of-the-tests-0123456789-0123456789", &format!("{{{{ secret \"{secret}\" }}}}")),
        ],
    );
    let pem = block(rsa(), 10);
    assert!(text.contains(&pem));
    text = text.replace(&pem, &format!("{{{{ secret \"{key}\" | mindent 10 \"|\" | msquote }}}}\n"));
    let judged = |text: &str| {
        let file = write(folder.path(), "c.yml", text);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        loaded(&file, &["template"], &[])
    };
    let without = judged(&text);
    assert!(without.problems.is_empty() && without.settings.is_some(), "{}", without.problems);
    let with = judged(
        &text.replace("session:\n", "session:\n  {{ if true }}secret: 'in the file itself'{{ end }}\n"),
    );
    assert!(only(&with, "readable_by_all").message.contains("session.secret"), "{}", with.problems);
}

#[test]
fn variables_win_over_what_filters_made_and_expand_env_is_deprecated() {
    let folder = folder();
    let text = changed(
        folder.path(),
        &[
            ("tcp://127.0.0.1:9091/", "tcp://${HOST_OF_SIGNET}:9091/"),
            ("session:\n", "log: {level: '{{ env \"LEVEL\" | default \"warn\" | lower }}'}\nsession:\n"),
            (super::DIGEST, &super::DIGEST.replace('$', "$$")),
        ],
    );
    let file = write(folder.path(), "c.yml", &text);
    let variables = [("HOST_OF_SIGNET", "127.0.0.3"), ("LEVEL", "DEBUG")];
    let both = ["template", "expand-env"];
    let judged = loaded(&file, &both, &variables);
    assert_eq!(only(&judged, "deprecated_filter").severity, Severity::Warning);
    assert_eq!(judged.problems.iter().count(), 1, "{}", judged.problems);
    let settings = judged.settings.unwrap();
    assert_eq!(settings.server.address.to_string(), "127.0.0.3:9091");
    assert_eq!(settings.log.level.as_str(), "debug");
    let over = [
        variables[0],
        variables[1],
        ("AUTHELIA_LOG_LEVEL", "trace"),
        ("AUTHELIA_SERVER_ADDRESS", "tcp://127.0.0.4:1/"),
    ];
    let settings = loaded(&file, &both, &over).settings.unwrap();
    assert_eq!(settings.log.level.as_str(), "trace");
    assert_eq!(settings.server.address.to_string(), "127.0.0.4:1");
    // A dollar sign that is not doubled would vanish: each is told.
    let undoubled = write(folder.path(), "c.yml", &text.replace("$$", "$"));
    let judged = loaded(&undoubled, &both, &variables);
    let unset = judged.problems.warnings().find(|problem| problem.code == "template_source").unwrap();
    assert!(unset.mend.contains("$$") && !unset.to_string().contains("argon2id"), "{unset}");
}

#[test]
fn folders_are_read_by_name_and_not_what_lies_below() {
    let folder = folder();
    let files = folder.path().join("conf.d");
    fs::create_dir_all(files.join("below.yml")).unwrap();
    write(&files, "1-base.yml", &valid(folder.path()));
    write(&files, "2-over.yaml", "log: {level: 'debug'}\ntheme: ''\n");
    write(&files, "3-not.txt", "nonsense: [");
    write(&files.join("below.yml"), "x.yml", "log: {level: 'error'}\n");
    let last = write(folder.path(), "last.yml", "log: {format: 'json'}\n");
    let sources = Sources { files: vec![files, last.into()], ..Sources::default() };
    let loaded = load(&sources);
    assert!(loaded.problems.is_empty(), "{}", loaded.problems);
    let settings = loaded.settings.unwrap();
    assert_eq!(settings.log.level.as_str(), "debug");
    assert_eq!(format!("{:?}", settings.log.format), "Json");
}

#[test]
fn a_secret_comes_from_one_place_and_an_empty_one_is_none() {
    let folder = folder();
    let secret = write(folder.path(), "secret", "a-secret-from-a-file-0123456789-0123456789\r\n\n");
    let file = write(
        folder.path(),
        "c.yml",
        &changed(folder.path(), &[("'storage-key-of-the-tests-0123456789'", "''")]),
    );
    let variable = "AUTHELIA_STORAGE_ENCRYPTION_KEY_FILE";
    let judged = loaded(&file, &[], &[(variable, &secret)]);
    assert!(judged.problems.is_empty() && judged.settings.is_some(), "{}", judged.problems);
    let twice = loaded(
        &file,
        &[],
        &[(variable, &secret), ("SIGNET_STORAGE_ENCRYPTION_KEY", "another-one-0123456789")],
    );
    assert_eq!(errors(&twice), [("secret_twice", "storage.encryption_key")], "{}", twice.problems);
    assert_eq!(errors(&loaded(&file, &[], &[(variable, "")])), [("missing", "storage.encryption_key")]);
    let large = write(folder.path(), "large", &"a".repeat(1024 * 1024 + 1));
    let large = loaded(&file, &[], &[(variable, &large)]);
    assert!(only(&large, "secret_file").message.contains("larger than"), "{}", large.problems);
    let braces = "a-secret-q7{{Vx2}}m-of-any-signs-0123456789";
    let in_file = write(folder.path(), "braces", braces);
    for (name, value) in [(variable, in_file.as_str()), ("SIGNET_STORAGE_ENCRYPTION_KEY", braces)] {
        for filters in [&[][..], &["template"]] {
            let judged = loaded(&file, filters, &[(name, value)]);
            assert!(judged.settings.is_some(), "{name}, {filters:?}: {}", judged.problems);
        }
    }
    let slip = loaded(&file, &[], &[("AUTHELIA_STORAGE_ENCRYPTION_KEYS_FILE", &secret)]);
    let unknown = only(&slip, "unknown_variable");
    assert!(unknown.mend.contains("did you mean AUTHELIA_STORAGE_ENCRYPTION_KEY_FILE?"), "{unknown}");
}

#[test]
fn the_program_writes_the_files_as_the_filters_make_them() {
    let folder = folder();
    write(folder.path(), "a.yml", "a: {{ env \"PLACE\" }}\nb: '$PLACE'");
    write(folder.path(), "b.yml", "c: {{- print ` 1` }}\n");
    let variables = [("PLACE", "here")];
    let template = ["config", "template", "--config", "a.yml", "--config.experimental.filters"];
    let out = |arguments: &[&str]| {
        let output = signet(folder.path(), arguments, &variables);
        assert!(output.status.success(), "{}", said(&output));
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (text, told) = out(&[&template[..], &["template,expand-env"]].concat());
    assert_eq!(text, "a: here\nb: 'here'");
    assert!(told.contains("warning: this shows the secrets"), "{told}");
    let (text, _) =
        out(&["config", "template", "-c", "a.yml,b.yml", "--config.experimental.filters", "template"]);
    assert_eq!(text, "# a.yml\na: here\nb: '$PLACE'\n# b.yml\nc: 1\n");
    let (text, told) = out(&["config", "template", "-c", "a.yml"]);
    assert!(text.contains("{{ env") && told.contains("no filter is named"), "{told}");
    let broken = signet(folder.path(), &[&template[..], &["template"]].concat(), &[]);
    assert!(broken.status.success(), "{}", said(&broken));
    write(folder.path(), "a.yml", "a:\n  {{ mustEnv \"PLACE\" }}\n");
    let broken = signet(folder.path(), &[&template[..], &["template"]].concat(), &[]);
    assert!(!broken.status.success() && broken.stdout.is_empty());
    assert!(said(&broken).contains("a.yml:2:6: the variable named 'PLACE' is not set"), "{}", said(&broken));
}

#[test]
fn the_program_shows_what_is_set_and_where_without_secrets() {
    let folder = folder();
    let secret = write(folder.path(), "secret", "a-secret-from-a-file-0123456789\n");
    let text = changed(
        folder.path(),
        &[
            ("storage-key-of-the-tests-0123456789", "{{ env \"KEY_OF_STORAGE\" }}"),
            ("domain: 'example.com'", "domain: '{{ env \"DOMAIN\" }}'"),
        ],
    );
    write(folder.path(), "c.yml", &text);
    let variables = [
        ("X_AUTHELIA_CONFIG", "c.yml"),
        ("X_AUTHELIA_CONFIG_FILTERS", "template"),
        ("KEY_OF_STORAGE", "a-secret-from-a-variable-0123456789"),
        ("DOMAIN", "example.com"),
        ("AUTHELIA_SESSION_SECRET_FILE", &secret),
        ("SIGNET_LOG_LEVEL", "debug"),
    ];
    let output = signet(folder.path(), &["config", "show"], &variables);
    assert!(output.status.success(), "{}", said(&output));
    let shown = String::from_utf8(output.stdout).unwrap();
    for line in [
        "  level: 'debug'  # variable SIGNET_LOG_LEVEL",
        "  secret: '***'  # secret file of variable AUTHELIA_SESSION_SECRET_FILE",
        "  encryption_key: '***'  # c.yml:9:19",
        "    - domain: 'example.com'  # c.yml:6:15",
        "  format: 'text'  # default",
        "  expiration: '1h'  # default",
        "  digits: 6  # default",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    let node = signet::yaml::read("shown.yml", &shown).unwrap();
    let domain = node.get("session").and_then(|it| it.get("cookies")).unwrap().items()[0].get("domain");
    assert_eq!(domain.and_then(signet::yaml::Node::as_text), Some("example.com"));
    let output = signet(folder.path(), &["config", "show", "--format", "json"], &variables);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let setting = |path: &str| {
        let settings = json["settings"].as_array().unwrap();
        settings.iter().find(|it| it["path"] == path).unwrap_or_else(|| panic!("{path}: {json}")).clone()
    };
    let client = setting("identity_providers.oidc.clients[0].client_id");
    assert_eq!((&client["value"], &client["file"]), (&"app".into(), &"c.yml".into()));
    assert!(client["line"].as_u64().unwrap() > 10);
    assert_eq!(setting("log.level")["from"], "variable SIGNET_LOG_LEVEL");
    let default = setting("identity_providers.oidc.lifespans.access_token");
    assert_eq!((&default["value"], &default["from"]), (&"1h".into(), &"default".into()));
    assert!(default["file"].is_null() && default["line"].is_null());
    let output = signet(folder.path(), &["config", "show", "--set"], &variables);
    let set = String::from_utf8(output.stdout).unwrap();
    assert!(set.contains("SIGNET_LOG_LEVEL") && !set.contains("# default"), "{set}");
    for secret in ["a-secret-from", "PRIVATE KEY", "hmac-secret-of", super::DIGEST] {
        assert!(!shown.contains(secret) && !json.to_string().contains(secret), "{secret}");
    }
}
