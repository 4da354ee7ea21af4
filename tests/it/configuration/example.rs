//! The example of the repository.

use std::collections::BTreeMap;
use std::path::Path;

use signet::config::load_text;
use signet::config::options::{Fallback, all};
use signet::yaml::{self, Node};

use super::{DIGEST, block, folder, p256_public, rsa};

const EXAMPLE: &str = include_str!("../../../configuration.yml.example");

/// The example with the tester's own secrets and files.
fn own(text: &str, folder: &Path) -> String {
    let digest = format!("'{DIGEST}'");
    let mut text = text.replace("'./", &format!("'{}/", folder.display()));
    text = text.replace("'/var/log/signet/", &format!("'{}/", folder.display()));
    for (placeholder, own) in [
        ("|\n          REPLACE-THIS-WITH-A-PRIVATE-KEY\n", block(rsa(), 10).as_str()),
        ("'replace-this-with-a-digest'", digest.as_str()),
        ("'replace-this-with-a-long-random-text'", "'storage-key-of-the-tests-0123456789'"),
        (
            "'replace-this-with-another-long-random-text-of-64-characters'",
            "'hmac-secret-of-the-tests-0123456789-0123456789'",
        ),
        ("'replace-this-with-the-public-key-of-the-app'\n", block(p256_public(), 14).as_str()),
        ("'replace-this-with-a-private-key'", &format!("{:?}", rsa())),
        ("'replace-this'", "'own'"),
    ] {
        assert!(text.contains(placeholder), "{placeholder}");
        text = text.replace(placeholder, own);
    }
    text
}

/// The text with every option switched on: a `#` without exactly one space behind it hides an option, not words.
pub(super) fn switched_on(text: &str) -> String {
    let on = |line: &str| match line.split_once('#') {
        Some((before, after)) if before.trim().is_empty() && is_option(after) => format!("{before}{after}\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(on).collect()
}

fn is_option(after: &str) -> bool {
    after.starts_with("  ") || !after.starts_with([' ', '!'])
}

/// The text without a key and what stands below it.
fn without(text: &str, path: &str) -> String {
    let root = yaml::read("example", text).unwrap();
    let mut above: Vec<&str> = path.split('.').collect();
    let name = above.pop().unwrap();
    let above = above.into_iter().try_fold(&root, |node, key| node.get(key)).unwrap();
    let lines: Vec<usize> = above.entries().iter().map(|(key, _)| line(&key.at)).collect();
    let at = line(&above.key(name).unwrap().at);
    let indent = text.lines().nth(at - 1).unwrap().find(|c| c != ' ').unwrap();
    let ends = |text: &str| !text.trim().is_empty() && text.find(|c| c != ' ').unwrap() <= indent;
    let after = text.lines().skip(at).position(ends).map_or(usize::MAX, |more| at + more + 1);
    assert!(lines.contains(&at));
    let kept = text.lines().enumerate().filter(|(index, _)| index + 1 < at || index + 1 >= after);
    kept.map(|(_, line)| format!("{line}\n")).collect()
}

fn line(at: &yaml::Location) -> usize {
    usize::try_from(at.line).unwrap()
}

/// Options that cannot stand together, or have nothing to do together.
const EITHER: [(&str, &[&str]); 2] = [
    ("storage.local", &["storage.postgres", "certificates_directory"]),
    (
        "identity_providers.oidc.jwks",
        &["identity_providers.oidc.issuer_private_key", "identity_providers.oidc.issuer_certificate_chain"],
    ),
];

#[test]
fn the_example_loads_and_asks_for_nothing_but_the_proxy() {
    let folder = folder();
    let loaded = load_text("configuration.yml.example", &own(EXAMPLE, folder.path()));
    // Nobody but the reader knows where the proxy is.
    let codes: Vec<&str> = loaded.problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["no_trusted_proxy"], "{}", loaded.problems);
    assert!(loaded.settings.is_some());
}

#[test]
fn the_example_loads_with_everything_that_is_switched_off_switched_on() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("certificates")).unwrap();
    let all = own(&switched_on(EXAMPLE), folder.path());
    let first = EITHER
        .iter()
        .fold(all.clone(), |text, (_, others)| others.iter().fold(text, |text, path| without(&text, path)));
    let loaded = load_text("configuration.yml.example", &first);
    assert!(loaded.problems.is_empty(), "{}", loaded.problems);
    assert!(loaded.settings.is_some());
    // The key of jwks has a name, which that of the older option has not.
    let second = EITHER.iter().fold(all, |text, (path, _)| without(&text, path));
    let second: String = second
        .lines()
        .filter(|line| !line.trim_start().contains("_signed_response_key_id: 'main'"))
        .map(|line| format!("{line}\n"))
        .collect();
    let loaded = load_text("configuration.yml.example", &second);
    let codes: Vec<&str> = loaded.problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["deprecated"], "{}", loaded.problems);
    assert!(loaded.settings.is_some());
}

/// Every scalar or list of a tree by its path in the table, with the line of its key.
fn leaves(node: &Node, path: &str, found: &mut BTreeMap<String, (String, usize)>) {
    for (key, value) in node.entries() {
        let known = |path: &str| all().any(|option| option.path == path || within(&option.path, path));
        let dot = if path.is_empty() { "" } else { "." };
        let mut below = format!("{path}{dot}{}", key.name);
        if !known(&below) {
            below = format!("{path}{dot}<name>");
        }
        if all().any(|option| option.path == below) {
            found.entry(below).or_insert((shown(value), line(&key.at)));
        } else if value.items().is_empty() {
            leaves(value, &below, found);
        } else {
            for item in value.items() {
                leaves(item, &format!("{below}[]"), found);
            }
        }
    }
}

fn within(option: &str, path: &str) -> bool {
    option.strip_prefix(path).is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// A value as the table writes defaults.
fn shown(value: &Node) -> String {
    let items = || value.items().iter().filter_map(Node::as_text).map(|text| format!("'{text}'"));
    value.as_text().map_or_else(|| format!("[{}]", items().collect::<Vec<_>>().join(", ")), str::to_owned)
}

#[test]
fn every_option_that_works_stands_in_the_example_with_its_default_and_a_word_on_it() {
    let text = switched_on(EXAMPLE);
    let mut found = BTreeMap::new();
    leaves(&yaml::read("example", &text).unwrap(), "", &mut found);
    let lines: Vec<&str> = EXAMPLE.lines().collect();
    let mut wrong = Vec::new();
    for option in all().filter(|option| option.state.is_none()) {
        let Some((value, line)) = found.get(&option.path) else {
            wrong.push(format!("{} is missing", option.path));
            continue;
        };
        // The words above it, beyond options that share them.
        let is_word = |line: &str| {
            line.trim_start().strip_prefix("- ").unwrap_or(line).trim_start().split_once('#').is_some_and(
                |(before, after)| {
                    before.is_empty() && (!is_option(after) || after.trim_start().starts_with('#'))
                },
            )
        };
        let above = lines[..line - 1].iter().rev();
        let words: Vec<&str> =
            above.skip_while(|line| !is_word(line)).take_while(|line| is_word(line)).copied().collect();
        let says = words.join(" ").to_lowercase();
        let plain = says.contains("default") || says.contains("must be") || says.contains("must be set");
        if let Fallback::Value(default) = option.fallback
            && value != default
            && !plain
        {
            wrong.push(format!("{} is {value}, but its default {default} is told nowhere", option.path));
        }
    }
    for (path, (_, line)) in &found {
        if all().any(|option| option.path == *path && option.state.is_some()) {
            wrong.push(format!("{path}, line {line}, does not work in this version"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every scalar with the name of its key.
fn scalars<'a>(node: &'a Node, path: &str, found: &mut Vec<(String, &'a str)>) {
    for (key, value) in node.entries() {
        let below = format!("{path}.{}", key.name);
        if let Some(text) = value.as_text() {
            found.push((below.clone(), text));
        }
        scalars(value, &below, found);
    }
    for item in node.items() {
        scalars(item, path, found);
    }
}

#[test]
fn every_key_secret_and_digest_of_the_example_stands_in_for_ones_own() {
    let on = switched_on(EXAMPLE);
    let root = yaml::read("example", &on).unwrap();
    let mut found = Vec::new();
    scalars(&root, "", &mut found);
    let names = ["key", "encryption_key", "hmac_secret", "client_secret", "password", "issuer_private_key"];
    let secret = |path: &str| names.iter().any(|name| path.ends_with(&format!(".{name}")));
    // That of TLS is the path of a file.
    found.retain(|(path, _)| secret(path) && path != ".server.tls.key");
    assert_eq!(found.len(), 8, "{found:?}");
    for (path, text) in found {
        assert!(text.trim().to_lowercase().starts_with("replace-this"), "{path} is {text}");
    }
    for real in ["-----BEGIN", "'$"] {
        assert!(!EXAMPLE.contains(real), "the example holds {real}");
    }
}

#[test]
fn what_the_example_invents_takes_no_effect() {
    let example = yaml::read("example", EXAMPLE).unwrap();
    let set =
        |path: &str| path.split('.').try_fold(&example, Node::get).is_some_and(|node| !node.is_absent());
    for path in [
        "server.trusted_proxies",
        "authentication_backend.password_reset.custom_url",
        "identity_providers.oidc.cors.endpoints",
        "identity_providers.oidc.cors.allowed_origins",
    ] {
        assert!(!set(path), "{path}");
    }
    let cookies = example.get("session").and_then(|session| session.get("cookies")).unwrap();
    assert!(cookies.items().iter().all(|cookie| cookie.get("default_redirection_url").is_none()));
}

#[test]
fn what_everyone_can_read_in_the_example_is_refused_as_a_secret() {
    let folder = folder();
    let example = EXAMPLE.replace("'./", &format!("'{}/", folder.path().display()));
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
            ("placeholder", "identity_providers.oidc.clients[2].jwks[0].key"),
        ],
        "{}",
        loaded.problems
    );
    let mend = |path: &str| loaded.problems.iter().find(|problem| problem.path == path).unwrap().mend.clone();
    assert!(mend("identity_providers.oidc.jwks[0].key").contains("crypto pair rsa generate"));
    assert!(mend("identity_providers.oidc.clients[2].jwks[0].key").contains("docs/client-keys.md"));
}
