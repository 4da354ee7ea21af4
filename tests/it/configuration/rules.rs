//! Every rule of `identity_providers.oidc`: a piece of configuration that breaks it, and what is said of it, word by word.
//!
//! The pieces stand in `rules/*.yml`, one after the other with `---` between them: a title, the piece, and behind `#>`
//! what the validator says: severity, code, path (below `identity_providers.oidc`), line and column in the piece, message →
//! mend. The pieces of `client.yml` are lines of a client. `SIGNET_WRITE_RULES=1 cargo test --test it rules::` writes
//! what is said; read every line of it as the person who gets it.

mod keys;

use std::fs;
use std::path::{Path, PathBuf};

use signet::clock::Clock;
use signet::config::{Sources, load};
use signet::yaml::Problem;

/// Set, it has the test write what is said instead of comparing it.
const WRITE: &str = "SIGNET_WRITE_RULES";
const SAYS: &str = "#> ";

/// One rule: its title, what breaks it, and what is said.
struct Case {
    title: String,
    piece: String,
    says: String,
}

/// Where a piece stands in its file.
struct Frame {
    before: &'static str,
    indent: usize,
}

impl Frame {
    fn of(file: &Path) -> Self {
        match file.file_stem().and_then(|stem| stem.to_str()) {
            Some("client") => {
                Self { before: "identity_providers:\n  oidc:\n    clients:\n      -\n", indent: 8 }
            }
            Some("whole" | "aside") => Self { before: "", indent: 0 },
            _ => Self { before: "identity_providers:\n  oidc:\n", indent: 4 },
        }
    }

    fn is_client(&self) -> bool {
        self.indent == 8
    }

    /// The whole file around a piece.
    fn around(&self, piece: &str) -> String {
        let pad = " ".repeat(self.indent);
        let mut text = self.before.to_owned();
        for line in piece.lines() {
            text += &format!("{pad}{line}\n");
        }
        if self.is_client() {
            // What a piece does not speak of is right.
            for (key, line) in [
                ("client_id", "client_id: app"),
                ("client_secret", "client_secret: DIGEST"),
                ("redirect_uris", "redirect_uris: [https://app.example.com/callback]"),
            ] {
                let public = piece.contains("public: true") && key == "client_secret";
                let speaks =
                    piece.lines().any(|own| own.trim_start_matches('#').starts_with(&format!("{key}:")));
                if !speaks && !public {
                    text += &format!("{pad}{line}\n");
                }
            }
        }
        keys::filled_in(&text)
    }

    fn place(&self, problem: &Problem) -> String {
        let Some(at) = &problem.at else { return "-".to_owned() };
        if !at.file.ends_with("piece.yml") {
            return at.file.rsplit('/').next().unwrap_or_default().to_owned();
        }
        match (at.line as usize).checked_sub(self.before.lines().count()) {
            Some(line) if line > 0 => format!("{line}:{}", (at.column as usize).saturating_sub(self.indent)),
            _ => "above".to_owned(),
        }
    }
}

fn cases(text: &str) -> Vec<Case> {
    text.split("\n---\n")
        .map(|case| {
            let (title, rest) = case.trim().split_once('\n').expect("a title and a piece");
            let (says, piece): (Vec<&str>, Vec<&str>) =
                rest.lines().partition(|line| line.starts_with(SAYS.trim_end()));
            Case {
                title: title.strip_prefix("# ").expect("a title").to_owned(),
                piece: piece.join("\n"),
                says: says.join("\n"),
            }
        })
        .collect()
}

fn said(case: &Case, frame: &Frame, folder: &Path) -> String {
    let piece = folder.join("piece.yml");
    fs::write(&piece, frame.around(&case.piece)).unwrap();
    let files: Vec<PathBuf> = vec![folder.join("base.yml"), piece];
    let loaded = load(&Sources { files, now: Clock::system().now(), ..Sources::default() });
    let lines: Vec<String> = loaded
        .problems
        .iter()
        .filter(|problem| problem.code != "readable_by_all")
        .map(|problem| {
            let path = problem.path.strip_prefix("identity_providers.oidc.").unwrap_or(&problem.path);
            format!(
                "{SAYS}{} {} {path} {}: {} → {}",
                problem.severity.as_str(),
                problem.code,
                frame.place(problem),
                problem.message,
                problem.mend
            )
        })
        .collect();
    let lines = if lines.is_empty() { vec![format!("{SAYS}nothing")] } else { lines };
    let text = lines.join("\n").replace(&folder.display().to_string(), "");
    for secret in keys::secrets() {
        assert!(!text.contains(&secret), "{}: a secret is told: {text}", case.title);
    }
    text
}

fn judge(name: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/configuration/rules").join(name);
    let frame = Frame::of(&file);
    let folder = super::folder();
    let base = include_str!("rules/base.txt").replace("FOLDER", &folder.path().display().to_string());
    fs::write(folder.path().join("base.yml"), keys::filled_in(&base)).unwrap();
    let cases = cases(&fs::read_to_string(&file).unwrap());
    let mut wrong = Vec::new();
    let mut anew = Vec::new();
    for case in &cases {
        let says = said(case, &frame, folder.path());
        if says != case.says {
            wrong.push(format!("{}\nexpected\n{}\nsaid\n{says}\n", case.title, case.says));
        }
        anew.push(format!("# {}\n{}\n{says}\n", case.title, case.piece));
    }
    if asked_to_write() {
        fs::write(&file, anew.join("---\n")).unwrap();
        return;
    }
    assert!(wrong.is_empty(), "{name}: write what is said with {WRITE}=1, and read it\n{}", wrong.join("\n"));
}

#[allow(clippy::disallowed_methods, reason = "whoever changes the messages asks for them by the environment")]
fn asked_to_write() -> bool {
    std::env::var(WRITE).is_ok()
}

#[test]
fn every_rule_of_a_client_says_what_is_wrong_and_how_to_mend_it() {
    judge("client.yml");
}

#[test]
fn every_rule_of_the_provider_says_what_is_wrong_and_how_to_mend_it() {
    judge("provider.yml");
}

#[test]
fn every_rule_of_the_keys_says_what_is_wrong_and_how_to_mend_it() {
    judge("keys.yml");
}

#[test]
fn the_rules_of_the_surroundings_that_the_contract_names_say_how_to_mend_them() {
    judge("whole.yml");
}

#[test]
fn what_is_left_aside_is_told_with_what_people_miss_or_what_to_write() {
    judge("aside.yml");
}

/// The paths that are told in a file of rules, without the places in lists.
fn told(name: &str) -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/configuration/rules").join(name);
    let below = if name == "aside.yml" || name == "whole.yml" { "" } else { "identity_providers.oidc." };
    let text = fs::read_to_string(file).unwrap();
    let says = text.lines().filter_map(|line| line.strip_prefix(SAYS));
    says.filter_map(|says| says.split(' ').nth(2))
        .map(|path| {
            let path: String = path.chars().filter(|c| !c.is_ascii_digit() || !path.contains('[')).collect();
            if path.starts_with("lifespans.") {
                format!("identity_providers.oidc.{path}")
            } else {
                format!("{below}{path}")
            }
        })
        .collect()
}

#[test]
fn every_option_that_is_left_aside_has_its_message_here() {
    let told: Vec<String> = ["client.yml", "provider.yml", "keys.yml", "whole.yml", "aside.yml"]
        .into_iter()
        .flat_map(told)
        .collect();
    let has = |option: &str| {
        let parts: Vec<&str> = option.split('.').collect();
        told.iter().any(|path| {
            let path: Vec<&str> = path.split('.').collect();
            path.len() == parts.len()
                && path.iter().zip(&parts).all(|(own, part)| own == part || *part == "<name>")
        })
    };
    let missing: Vec<&str> = signet::config::set_aside_options().filter(|option| !has(option)).collect();
    assert!(missing.is_empty(), "nothing is told of {missing:#?}");
}

#[test]
fn registrations_in_the_style_of_the_guides_are_judged_as_the_contract_judges_them() {
    judge("guides.yml");
}
