//! Environment variables, and the files that `_FILE` variables name.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};
use std::path::Path;

use super::options::{self, Kind};
use super::report::{Report, SECRET_FILE, VARIABLE};
use super::section::shown;
use super::stand_in::stand_in;
use crate::yaml::{Location, Node, Problem};

/// The prefixes of our variables; of two names for one option the later wins.
pub(super) const PREFIXES: [&str; 2] = ["AUTHELIA_", "SIGNET_"];
/// The ends of the names of options that hold secrets.
const SECRET: [&str; 5] = ["KEY", "SECRET", "PASSWORD", "TOKEN", "CERTIFICATE_CHAIN"];
const MAX_SECRET_BYTES: usize = 1024 * 1024;

/// Whether a variable may set an option.
pub(super) fn concerns_us(name: &str) -> bool {
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

struct Settable {
    path: String,
    kind: Kind,
    secret_file: bool,
}

/// Lays variables over the tree.
pub(super) fn lay_over(root: &mut Node, environment: &[(String, String)], report: &Report) {
    let variables: BTreeMap<&str, &str> = environment
        .iter()
        .filter(|(name, _)| concerns_us(name))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    if variables.is_empty() {
        return;
    }
    let known = known();
    for prefix in PREFIXES {
        for (name, value) in &variables {
            let Some(rest) = name.strip_prefix(prefix) else { continue };
            let at = Location::whole(&format!("{VARIABLE}{name}"));
            if let Some(option) = known.get(rest) {
                set(root, &option.path, scalar(option.kind, value, at));
            } else if rest
                .strip_suffix("_FILE")
                .and_then(|rest| known.get(rest))
                .is_none_or(|o| !o.secret_file)
            {
                unknown(name, rest, &known, report);
            }
        }
    }
    for prefix in PREFIXES {
        for (name, path) in &variables {
            let option = name
                .strip_prefix(prefix)
                .and_then(|rest| rest.strip_suffix("_FILE"))
                .and_then(|rest| known.get(rest))
                .filter(|option| option.secret_file);
            if let Some(option) = option {
                let at = Location::whole(&format!("{VARIABLE}{name}"));
                secret(root, option, path, &at, report);
            }
        }
    }
}

fn known() -> BTreeMap<String, Settable> {
    options::settable()
        .map(|(path, kind)| {
            let secret_file = names_a_secret(&path);
            (variable_of(&path), Settable { path, kind, secret_file })
        })
        .collect()
}

/// What follows the prefix in the name of the variable of an option.
fn variable_of(path: &str) -> String {
    path.to_uppercase().replace(['.', '-'], "_")
}

/// Whether an option holds a secret, by its path or by what follows the prefix in the name of its variable.
pub(super) fn names_a_secret(option: &str) -> bool {
    let name = variable_of(option);
    let below = name.strip_prefix("IDENTITY_PROVIDERS_OIDC_").unwrap_or_default();
    // Lifespans of tokens, and claims that go into them.
    let of_tokens = ["LIFESPANS_", "CLAIMS_POLICIES_"].iter().any(|it| below.starts_with(it));
    SECRET.iter().any(|end| name.ends_with(end)) && name != "SERVER_TLS_KEY" && !of_tokens
}

/// The path of the first secret that a file holds as it is: neither a digest, nor half of a pair that may be known, nor
/// a text that only stands for a secret, nor one that comes from elsewhere, which `holds` says.
pub(super) fn first_secret(root: &Node, holds: &dyn Fn(&str) -> bool) -> Option<String> {
    find_secret(root, "", holds)
}

fn find_secret(node: &Node, path: &str, holds: &dyn Fn(&str) -> bool) -> Option<String> {
    let known = ["$", "-----BEGIN CERTIFICATE", "-----BEGIN PUBLIC KEY"];
    let is_secret = |text: &str| {
        let text = text.trim();
        !text.is_empty()
            && !known.iter().any(|begin| text.starts_with(begin))
            && stand_in(text, false).is_none()
            && holds(text)
    };
    if names_a_secret(path) && !path.ends_with("certificate_chain") && node.as_text().is_some_and(is_secret) {
        return Some(path.to_owned());
    }
    let dot = if path.is_empty() { "" } else { "." };
    let below = node
        .entries()
        .iter()
        .find_map(|(key, value)| find_secret(value, &format!("{path}{dot}{}", shown(&key.name)), holds));
    let items = node.items().iter().enumerate();
    below.or_else(|| {
        items.into_iter().find_map(|(index, item)| find_secret(item, &format!("{path}[{index}]"), holds))
    })
}

fn scalar(kind: Kind, value: &str, at: Location) -> Node {
    match kind {
        Kind::Texts | Kind::TextsOf(_) | Kind::Numbers => {
            Node::texts(value.split(',').map(str::trim).filter(|item| !item.is_empty()), at)
        }
        _ => Node::text(value, at),
    }
}

fn set(root: &mut Node, path: &str, node: Node) {
    root.set(&path.split('.').collect::<Vec<_>>(), node);
}

fn secret(root: &mut Node, option: &Settable, file: &str, at: &Location, report: &Report) {
    if file.is_empty() {
        return;
    }
    let present = option.path.split('.').try_fold(&*root, |node, key| node.get(key));
    if let Some(first) = present.filter(|node| !node.is_absent()) {
        report.push(
            Problem::error("secret_twice", option.path.clone())
                .at(at)
                .says(format!("the secret comes from a file, but it is also set at {}", first.at))
                .mend("keep one of the two"),
        );
        return;
    }
    let read = report.read(Path::new(file), MAX_SECRET_BYTES);
    let text = read.and_then(|bytes| {
        String::from_utf8(bytes).map_err(|_| Error::new(ErrorKind::InvalidData, "it is not UTF-8 text"))
    });
    match text {
        Ok(text) => set(root, &option.path, Node::text(text.trim_end_matches(['\n', '\r']), at.clone())),
        Err(error) => report.push(
            Problem::error(SECRET_FILE, option.path.clone())
                .at(at)
                .says(format!("the secret file that the variable names cannot be read: {error}"))
                .mend("check the path, and that the user Signet runs as may read the file"),
        ),
    }
}

fn unknown(name: &str, rest: &str, known: &BTreeMap<String, Settable>, report: &Report) {
    let secrets = || known.iter().filter(|(_, option)| option.secret_file).map(|(name, _)| name.as_str());
    let file = rest
        .strip_suffix("_FILE")
        .and_then(|stem| super::near::nearest(stem, secrets()))
        .map(|near| format!("{near}_FILE"));
    let near = file.as_deref().or_else(|| super::near::nearest(rest, known.keys().map(String::as_str)));
    let mend = match (near, name.strip_suffix(rest)) {
        _ if rest == "CONFIG" => "name the configuration with --config or X_AUTHELIA_CONFIG".to_owned(),
        (Some(near), Some(prefix)) => format!("did you mean {prefix}{near}?"),
        _ => "take it out; keys inside lists and named sections cannot be set by variables".to_owned(),
    };
    report.push(
        Problem::warning("unknown_variable", "")
            .at(&Location::whole(&format!("{VARIABLE}{name}")))
            .says("no option has this name, so the variable does nothing")
            .mend(mend),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid(variables: &[(&str, &str)]) -> (Node, String) {
        let mut root =
            crate::yaml::read("x.yml", "server: {address: 'tcp://:1/'}\nsession: {secret: a}\n").unwrap();
        let variables: Vec<_> = variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let report = Report::default();
        lay_over(&mut root, &variables, &report);
        (root, report.into_problems().to_string())
    }

    fn text<'a>(node: &'a Node, path: &str) -> Option<&'a str> {
        path.split('.').try_fold(node, |node, key| node.get(key)).and_then(Node::as_text)
    }

    #[test]
    fn variables_win_over_files_and_signets_over_authelias() {
        let (root, problems) = laid(&[
            ("AUTHELIA_SERVER_ADDRESS", "tcp://:2/"),
            ("SIGNET_SERVER_ADDRESS", "tcp://:3/"),
            ("AUTHELIA_IDENTITY_PROVIDERS_OIDC_HMAC_SECRET", "h"),
            ("HOME", "/root"),
        ]);
        assert_eq!(text(&root, "server.address"), Some("tcp://:3/"));
        assert_eq!(text(&root, "identity_providers.oidc.hmac_secret"), Some("h"));
        assert_eq!(problems, "");
    }

    #[test]
    fn a_secret_file_is_read_without_its_line_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "very-secret\n").unwrap();
        let path = file.path().display().to_string();
        let (root, problems) = laid(&[("AUTHELIA_STORAGE_ENCRYPTION_KEY_FILE", &path)]);
        assert_eq!(text(&root, "storage.encryption_key"), Some("very-secret"));
        assert_eq!(problems, "");
        let (_, problems) = laid(&[("AUTHELIA_SESSION_SECRET_FILE", &path)]);
        assert!(problems.contains("also set at x.yml:2:19"), "{problems}");
        assert!(!problems.contains("very-secret"));
        let (_, problems) = laid(&[("AUTHELIA_STORAGE_ENCRYPTION_KEY_FILE", "/nowhere")]);
        assert!(problems.contains("cannot be read"), "{problems}");
    }

    #[test]
    fn a_variable_that_names_no_option_is_a_warning() {
        let (_, problems) = laid(&[("AUTHELIA_SERVER_ADRESS", "x"), ("AUTHELIA_THEME_FILE", "y")]);
        assert!(problems.contains("AUTHELIA_SERVER_ADDRESS?"), "{problems}");
        assert_eq!(problems.matches("warning:").count(), 2, "{problems}");
    }
}
