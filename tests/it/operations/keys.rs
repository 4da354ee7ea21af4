//! `signet keys`, and the change of one key for another as `docs/operations/keys.md` tells it.

use std::fs;
use std::process::Output;

use signet::jose::SignatureAlgorithm;
use tempfile::TempDir;

use crate::support::process::signet;
use crate::support::{Person, configuration};

const GUIDE: &str = include_str!("../../../docs/operations/keys.md");

/// Two clients that name no key.
const CLIENTS: &str = "
identity_providers:
  oidc:
    clients:
      - client_id: one
        client_secret: digest:one-secret
        redirect_uris: [https://one.example.com/callback]
        authorization_policy: one_factor
      - client_id: two
        client_secret: digest:two-secret
        redirect_uris: [https://two.example.com/callback]
        authorization_policy: one_factor
";

/// A configuration, and the keys of it in a file of their own.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("users.yml"), Person::file(&Person::all())).unwrap();
        let text = configuration::text(CLIENTS, folder.path(), None);
        fs::write(folder.path().join("configuration.yml"), text).unwrap();
        Self { folder }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        signet(&self.folder).args(arguments).output().unwrap()
    }

    /// What a command writes; it must succeed.
    #[track_caller]
    fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Lays entries below `jwks`, as they were written.
    fn lay(&self, entries: &[&str]) {
        let text = format!("identity_providers:\n  oidc:\n    jwks:\n{}", entries.concat());
        fs::write(self.folder.path().join("keys.yml"), text).unwrap();
    }

    /// The rows of the list, each in its columns, when the configuration is valid.
    #[track_caller]
    fn list(&self) -> (String, Vec<Vec<String>>) {
        let files = ["--config", "configuration.yml,keys.yml"];
        self.says(&[&["config", "validate"][..], &files].concat());
        let text = self.says(&[&["keys", "list"][..], &files].concat());
        assert!(!text.contains("PRIVATE KEY"), "{text}");
        let columns = |line: &str| {
            let columns = line.split("  ").map(str::trim).filter(|it| !it.is_empty());
            columns.map(str::to_owned).collect()
        };
        let rows = text.lines().skip(1).map(columns).collect();
        (text, rows)
    }
}

/// The blocks of the guide, each without its indentation and the space at the ends of its lines.
fn blocks() -> Vec<String> {
    let inside = GUIDE.split("```").skip(1).step_by(2);
    inside.map(|block| block.trim().lines().map(str::trim).collect::<Vec<_>>().join("\n")).collect()
}

/// The arguments of a command of the guide.
fn arguments(block: &str) -> Vec<&str> {
    let mut words = block.split(' ');
    assert_eq!(words.next(), Some("signet"), "{block}");
    words.collect()
}

fn in_state(entry: &str, state: &str) -> String {
    assert!(entry.contains("state: 'publish'"), "{entry}");
    entry.replace("state: 'publish'", &format!("state: '{state}'"))
}

#[test]
fn the_guide_changes_one_key_for_another_and_the_list_says_each_next_step() {
    let blocks = blocks();
    let [make, list, listed] = &blocks[..] else { panic!("{blocks:#?}") };
    assert_eq!(arguments(list), ["keys", "list"]);
    let place = Place::new();
    let present = place.says(&["keys", "make", "--key-id", "2026-main"]);
    let next = place.says(&arguments(make));

    place.lay(&[&in_state(&present, "sign")]);
    assert_eq!(place.list().1, [["2026-main", "RS256", "sign", "2"]], "nothing comes next");

    place.lay(&[&in_state(&present, "sign"), &next]);
    let to_sign = "when it was published for an hour: set it to sign, and '2026-main' to retire";
    assert_eq!(
        place.list().1,
        [
            ["2026-main", "RS256", "sign", "2", "retire it when '2027-main' signs"],
            ["2027-main", "RS256", "publish", "0", to_sign],
        ]
    );

    place.lay(&[&in_state(&present, "retire"), &in_state(&next, "sign")]);
    let text = place.list().0;
    let trimmed: Vec<&str> = text.lines().map(str::trim).collect();
    assert_eq!(&trimmed.join("\n"), listed);

    place.lay(&[&in_state(&next, "sign")]);
    assert_eq!(place.list().1, [["2027-main", "RS256", "sign", "2"]]);
}

#[test]
fn a_retired_key_stays_as_long_as_anything_that_it_signed() {
    for (options, told) in [
        ("lifespans: {custom: {long: {grants: {device_code: {id_token: 30d}}}}}", "30 days"),
        ("lifespans: {custom: {long: {grants: {implicit: {access_token: 2d}}}}}", "2 days"),
        ("lifespans: {jwt_secured_authorization: 3h}", "3 hours"),
        ("lifespans: {access_token: 1m, id_token: 1m}\n    discovery_signed_response_alg: RS256", "1 hour"),
        ("lifespans: {access_token: 10m, id_token: 20m}", "20 minutes"),
    ] {
        let place = Place::new();
        let [old, new] = ["old", "new"].map(|name| place.says(&["keys", "make", "--key-id", name]));
        place.lay(&[&in_state(&old, "retire"), &in_state(&new, "sign")]);
        let lifespan = if options.contains("custom") { "long" } else { "" };
        let text = format!(
            "identity_providers:\n  oidc:\n    {options}\n    clients:\n      - client_id: one\n        \
             client_secret: digest:one-secret\n        redirect_uris: [https://one.example.com/callback]\n        \
             authorization_policy: one_factor\n        lifespan: '{lifespan}'\n"
        );
        fs::write(
            place.folder.path().join("configuration.yml"),
            configuration::text(&text, place.folder.path(), None),
        )
        .unwrap();
        let (list, rows) = place.list();
        assert_eq!(rows[0].last().unwrap(), &format!("take it out {told} after it signed last"), "{list}");
    }
}

#[test]
fn a_key_of_every_algorithm_is_made_and_is_valid_as_it_is_written() {
    let place = Place::new();
    let longest = "k".repeat(100);
    let names = [Some("a"), Some("2027.main_of~us-1"), Some(longest.as_str())];
    let present = in_state(&place.says(&["keys", "make", "--key-id", "present"]), "sign");
    let mut entries = vec![present];
    for (number, algorithm) in SignatureAlgorithm::ALL.iter().enumerate() {
        // In small letters too.
        let word = algorithm.as_str().to_lowercase();
        let mut arguments = vec!["keys", "make", "--algorithm", &word];
        if let Some(name) = names.get(number).copied().flatten() {
            arguments.extend(["--key-id", name]);
        }
        entries.push(place.says(&arguments));
    }
    place.lay(&entries.iter().map(String::as_str).collect::<Vec<_>>());
    let (text, rows) = place.list();
    assert_eq!(rows.len(), 1 + SignatureAlgorithm::ALL.len(), "{text}");
    for (number, (row, algorithm)) in rows.iter().skip(1).zip(SignatureAlgorithm::ALL).enumerate() {
        assert_eq!(row[1..4], [algorithm.as_str(), "publish", "0"], "{text}");
        match names.get(number).copied().flatten() {
            Some(name) => assert_eq!(row[0], name),
            None => assert!(!row[0].is_empty()),
        }
        let alone = "when it was published for an hour: set it to sign";
        let next = if row[1] == "RS256" { format!("{alone}, and 'present' to retire") } else { alone.into() };
        assert_eq!(row[4], next);
    }
    let mut kids: Vec<&String> = rows.iter().map(|row| &row[0]).collect();
    kids.sort();
    kids.dedup();
    assert_eq!(kids.len(), rows.len(), "each has a name of its own: {text}");
}

#[test]
fn a_wrong_algorithm_or_name_is_told_and_no_key_is_made() {
    let place = Place::new();
    let algorithms: Vec<&str> = SignatureAlgorithm::ALL.iter().map(|it| it.as_str()).collect();
    let known = format!("the algorithms are {}", algorithms.join(", "));
    let too_long = format!("--key-id={}", "k".repeat(101));
    let name = "a name has letters, digits and . _ ~ -, begins and ends with a letter or digit";
    for (option, told) in [
        ("--algorithm=HS256", known.as_str()),
        ("--algorithm=none", &known),
        ("--key-id=", name),
        ("--key-id=-main", name),
        ("--key-id=main.", name),
        ("--key-id=two words", name),
        ("--key-id=it's", name),
        ("--key-id=schlüssel", name),
        ("--key-id=a\nb", name),
        (&too_long, name),
    ] {
        let output = place.run(&["keys", "make", option]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && output.stdout.is_empty(), "{option}");
        assert!(said.contains(told), "{option}: {said}");
    }
}
