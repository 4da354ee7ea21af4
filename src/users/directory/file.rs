//! `users_database.yml`: the file as a whole. Everything wrong with it is told at once, each with its place.

use std::collections::HashMap;
use std::fs;

use super::entry;
use super::people::{People, Person};
use crate::clock::NumericDate;
use crate::settings;
use crate::users::name;
use crate::yaml::{self, Key, Location, MAX_BYTES, Node, NodeValue, Problem, Problems};

use super::reread::modified_at;

/// Reads the file of the settings.
pub(super) fn read(settings: &settings::Directory) -> Result<(People, Problems), Problems> {
    let file = settings.path.display().to_string();
    let unreadable = |why: &std::io::Error| {
        Problem::error("unreadable_file", "")
            .at(&Location::whole(&file))
            .says(format!("the users file cannot be read: {why}"))
            .mend("check that authentication_backend.file.path names the users file and that it can be read")
    };
    let metadata = fs::metadata(&settings.path).map_err(|why| unreadable(&why))?;
    let bytes = yaml::read_file(&settings.path, MAX_BYTES).map_err(|why| unreadable(&why))?;
    parse(settings, &file, &bytes, modified_at(&metadata))
}

/// People and warnings, or everything that keeps the text from being used.
pub(super) fn parse(
    settings: &settings::Directory,
    file: &str,
    bytes: &[u8],
    updated_at: NumericDate,
) -> Result<(People, Problems), Problems> {
    let (top, mut problems) = yaml::examine(file, bytes);
    let Some(top) = top else { return Err(problems) };
    for (key, _) in top.entries() {
        if key.name != "users" {
            problems.push(
                Problem::error("unknown_key", "")
                    .at(&key.at)
                    .says(format!("'{}' is no key of a users file", key.name.escape_debug()))
                    .mend("put everyone under the one key 'users'"),
            );
        }
    }
    let entries = top.get("users").map(Node::entries).unwrap_or_default();
    if entries.is_empty() {
        problems.push(no_users(file, &top));
        return Err(problems);
    }
    let mut persons: Vec<Person> = Vec::new();
    for (key, node) in entries {
        refuse_name(settings, key, &mut problems);
        persons.extend(entry::read(&key.name, node, &settings.extra_attributes, updated_at, &mut problems));
    }
    refuse_twins(entries, &mut problems);
    refuse_shared_emails(settings.search_email, entries, &mut problems);
    problems.sort();
    if problems.has_errors() {
        return Err(problems);
    }
    match People::new(persons, settings.search_email, settings.case_insensitive) {
        Some(people) => Ok((people, problems)),
        None => Err(no_users(file, &top).into()),
    }
}

fn no_users(file: &str, top: &Node) -> Problem {
    let at = match top.get("users") {
        Some(users) => users.at.clone(),
        None if matches!(top.value, NodeValue::Null) => Location::whole(file),
        None => top.at.clone(),
    };
    Problem::error("no_users", "users")
        .at(&at)
        .says("the users file names nobody")
        .mend("write 'users:' and under it one entry per person, each with displayname and password")
}

fn refuse_name(settings: &settings::Directory, key: &Key, problems: &mut Problems) {
    let path = format!("users.{}", key.name.escape_debug());
    if let Some(fault) = name::fault(&key.name) {
        problems.push(
            Problem::error("bad_username", path)
                .at(&key.at)
                .says(fault)
                .mend("give this person a name of letters, digits and ordinary signs"),
        );
    } else if settings.case_insensitive && key.name.to_lowercase() != key.name {
        problems.push(
            Problem::error("bad_username", path)
                .at(&key.at)
                .says("the username is not in lower case, and authentication_backend.file.search.case_insensitive is on")
                .mend(format!("write it as '{}'", key.name.to_lowercase().escape_debug())),
        );
    }
}

/// Two entries whose names are the same to a reader, or to a program that folds case, would be one person to some
/// and two to others.
fn refuse_twins(entries: &[(Key, Node)], problems: &mut Problems) {
    let mut seen: HashMap<String, &Key> = HashMap::new();
    for (key, _) in entries {
        let Some(first) = seen.insert(name::look(&key.name), key) else { continue };
        problems.push(
            Problem::error("same_username", format!("users.{}", key.name.escape_debug()))
                .at(&key.at)
                .says(format!(
                    "this username cannot be told from '{}' at {}",
                    first.name.escape_debug(),
                    first.at
                ))
                .mend("give one of the two another name"),
        );
    }
}

fn refuse_shared_emails(search_email: bool, entries: &[(Key, Node)], problems: &mut Problems) {
    let names: HashMap<String, &Key> = entries.iter().map(|(key, _)| (name::fold(&key.name), key)).collect();
    let mut seen: HashMap<String, &Key> = HashMap::new();
    for (key, node) in entries {
        let Some(email) = node.get("email") else { continue };
        let Some(folded) = email.as_text().map(name::fold).filter(|email| !email.is_empty()) else {
            continue;
        };
        let path = format!("users.{}.email", key.name.escape_debug());
        if let Some(named) = names.get(&folded).filter(|named| named.name != key.name) {
            let problem = if search_email {
                Problem::error("email_is_username", path.clone())
            } else {
                Problem::warning("email_is_username", path.clone())
            };
            problems.push(
                problem
                    .at(&email.at)
                    .says(format!("this address is the username of somebody else, at {}", named.at))
                    .mend("change the address, or that username"),
            );
        }
        if let Some(first) = seen.insert(folded, key).filter(|_| search_email) {
            problems.push(
                Problem::error("same_email", path)
                    .at(&email.at)
                    .says(format!(
                        "'{}' has this address too, and authentication_backend.file.search.email is on",
                        first.name.escape_debug()
                    ))
                    .mend("give each person an address of their own, or turn search.email off"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use secrecy::SecretString;
    use serde_json::json;

    use super::*;
    use crate::secrets::Sealer;
    use crate::settings::{ExtraAttribute, ExtraAttributeType};
    use crate::users::testing;

    const DIGEST: &str =
        "$argon2id$v=19$m=65536,t=3,p=4$BpLnfgDsc2WD8F2q$o/vzA4myCqZZ36bUGsDY//8mKUYNZZaR0t4MFFSs+iM";

    fn settings() -> settings::Directory {
        testing::directory(Path::new("users_database.yml"))
    }

    fn read(settings: &settings::Directory, text: &str) -> Result<(People, Problems), Problems> {
        parse(settings, "users_database.yml", text.replace("DIGEST", DIGEST).as_bytes(), 1_700_000_000)
    }

    fn people(settings: &settings::Directory, text: &str) -> People {
        read(settings, text).unwrap().0
    }

    /// Each problem as `line:column code path`.
    fn problems(settings: &settings::Directory, text: &str) -> Vec<String> {
        let problems = read(settings, text).unwrap_err();
        for problem in problems.iter() {
            assert!(!problem.message.is_empty() && !problem.mend.is_empty(), "{problem}");
            assert!(!problem.to_string().contains("hunter2"), "{problem}");
        }
        let place = |at: &Location| format!("{}:{}", at.line, at.column);
        problems
            .iter()
            .map(|p| format!("{} {} {}", p.at.as_ref().map(place).unwrap_or_default(), p.code, p.path))
            .collect()
    }

    /// One person per name, with an e-mail address where there is one after a space.
    fn named(names: &[&str]) -> String {
        let mut text = "users:\n".to_owned();
        for name in names {
            let (name, email) = name.split_once('|').unwrap_or((name, ""));
            text += &format!("  {}:\n    displayname: X\n    password: '{DIGEST}'\n", json!(name));
            text += &format!("    email: '{email}'\n");
        }
        text
    }

    #[test]
    fn every_field_of_a_person_is_read() {
        let mut settings = settings();
        for (name, value_type, multi_valued) in [
            ("employee", ExtraAttributeType::Integer, false),
            ("on_call", ExtraAttributeType::Boolean, false),
            ("teams", ExtraAttributeType::String, true),
            ("absent", ExtraAttributeType::String, false),
        ] {
            settings.extra_attributes.insert(name.to_owned(), ExtraAttribute { value_type, multi_valued });
        }
        let people = people(
            &settings,
            "
users:
  alice:
    displayname: 'Alice Example'
    password: 'DIGEST'
    email: 'alice@example.com'
    groups: ['admins', 'dev']
    disabled: true
    given_name: Alice
    family_name: Example
    middle_name: M
    nickname: al
    gender: female
    birthdate: 1990-02-03
    website: https://alice.example.com
    profile: https://example.com/alice
    picture: https://example.com/alice.png
    zoneinfo: Europe/Vienna
    locale: de-AT
    phone_number: '+43 1 234'
    phone_extension: 12
    address:
      street_address: 'Ring 1'
      locality: Wien
      region: W
      postal_code: 01010
      country: AT
    extra:
      employee: 17
      on_call: true
      teams: [a, b]
      absent:
  bob:
    displayname: Bob
    password: 'DIGEST'
    email: null
    groups:
",
        );
        let alice = &people.named("alice").unwrap().user;
        assert_eq!(alice.display_name, "Alice Example");
        assert_eq!(alice.emails, ["alice@example.com"]);
        assert_eq!(alice.groups, ["admins", "dev"]);
        assert!(alice.disabled);
        assert_eq!(alice.updated_at, 1_700_000_000);
        let profile = &alice.profile;
        let text = |value: &Option<String>| value.clone().unwrap();
        assert_eq!(text(&profile.birthdate), "1990-02-03");
        assert_eq!(text(&profile.phone_extension), "12");
        assert_eq!(text(&profile.locale), "de-AT");
        assert_eq!(text(&profile.address.as_ref().unwrap().postal_code), "01010");
        assert_eq!(json!(alice.extra), json!({"employee": 17, "on_call": true, "teams": ["a", "b"]}));
        let bob = &people.named("bob").unwrap().user;
        assert!(bob.emails.is_empty() && bob.groups.is_empty() && !bob.disabled && bob.extra.is_empty());
    }

    #[test]
    fn everything_wrong_is_told_at_once_with_its_place() {
        let text = "
users:
  alice:
    password: 'hunter2'
    emial: alice@example.com
    email: hunter2
    groups: admins
    disabled: 'yes'
    website: example.com
    locale: 'not a locale'
    address:
      town: Wien
    extra:
      employee: 17
  bob: hunter2
  carol:
    displayname: Carol
    password: '$argon2id$v=19$hunter2'
groups: {}
";
        assert_eq!(
            problems(&settings(), text),
            [
                "4:5 missing_key users.alice.displayname",
                "4:15 bad_digest users.alice.password",
                "5:5 unknown_key users.alice.emial",
                "6:12 bad_value users.alice.email",
                "7:13 wrong_type users.alice.groups",
                "8:15 wrong_type users.alice.disabled",
                "9:14 bad_value users.alice.website",
                "10:13 bad_value users.alice.locale",
                "12:7 unknown_key users.alice.address.town",
                "14:7 unknown_attribute users.alice.extra.employee",
                "15:8 wrong_type users.bob",
                "18:15 bad_digest users.carol.password",
                "19:1 unknown_key ",
            ]
        );
    }

    #[test]
    fn extra_attributes_keep_to_their_type() {
        let mut settings = settings();
        for (name, value_type, multi_valued) in
            [("number", ExtraAttributeType::Integer, false), ("flags", ExtraAttributeType::Boolean, true)]
        {
            settings.extra_attributes.insert(name.to_owned(), ExtraAttribute { value_type, multi_valued });
        }
        let with = |extra: &str| named(&["bob"]) + "    extra:\n" + extra;
        let found = problems(&settings, &with("      number: '1'\n      flags: [true, 'x']\n"));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].ends_with("wrong_type users.bob.extra.number"), "{found:?}");
        assert!(found[1].ends_with("wrong_type users.bob.extra.flags[1]"), "{found:?}");
        assert!(problems(&settings, &with("      number: [1]\n"))[0].contains("wrong_type"));
        assert!(problems(&settings, &with("      flags: true\n"))[0].contains("wrong_type"));
    }

    #[test]
    fn a_file_without_people_is_refused() {
        for text in ["", "# nobody yet\n", "users:\n", "users: {}\n", "users: []\n", "alice: {}\n"] {
            let problems = read(&settings(), text).unwrap_err();
            assert!(problems.errors().any(|problem| problem.code == "no_users"), "{text:?}: {problems}");
        }
    }

    #[test]
    fn a_missing_file_says_which_option_names_it() {
        let settings = testing::directory(Path::new("/nowhere/users.yml"));
        let problems = super::read(&settings).unwrap_err().to_string();
        assert!(problems.contains("/nowhere/users.yml"), "{problems}");
        assert!(problems.contains("authentication_backend.file.path"), "{problems}");
        let device = super::read(&testing::directory(Path::new("/dev/null"))).unwrap_err().to_string();
        assert!(device.contains("it is a pipe or a device"), "{device}");
    }

    #[test]
    fn names_that_deceive_or_pass_for_another_are_refused() {
        for name in ["bo\u{200b}b", "bob ", "\u{202e}bob", "bo\0b", "ｂob", "bob."] {
            assert_eq!(problems(&settings(), &named(&["alice", name])).len(), 1, "{name:?}");
        }
        for twin in ["BOB", "Bob", "bоb", "воb"] {
            assert!(problems(&settings(), &named(&["bob", twin]))[0].contains("same_username"), "{twin:?}");
        }
        assert!(read(&settings(), &named(&["bob", "боб"])).is_ok());
    }

    #[test]
    fn case_insensitive_names_are_written_in_lower_case_and_typed_in_any() {
        let mut settings = settings();
        assert!(people(&settings, &named(&["Bob"])).typed("bob").is_none());
        settings.case_insensitive = true;
        assert!(problems(&settings, &named(&["Bob"]))[0].contains("bad_username users.Bob"));
        let people = people(&settings, &named(&["bob"]));
        for typed in ["bob", "BOB", " Bob "] {
            assert_eq!(people.typed(typed).unwrap().user.username, "bob", "{typed:?}");
        }
    }

    #[test]
    fn an_email_address_finds_its_person_only_where_that_is_on() {
        let mut settings = settings();
        let text = named(&["bob|Bob@example.com", "alice"]);
        assert!(people(&settings, &text).typed("bob@example.com").is_none());
        settings.search_email = true;
        let people = people(&settings, &text);
        for typed in ["bob@example.com", "BOB@Example.com"] {
            assert_eq!(people.typed(typed).unwrap().user.username, "bob", "{typed:?}");
        }
        assert!(people.typed("").is_none(), "an empty address finds nobody");
    }

    #[test]
    fn an_email_address_that_could_mean_two_people_is_refused_where_it_finds_people() {
        let mut settings = settings();
        let shared = named(&["bob|a@example.com", "alice|A@example.com"]);
        let taken = named(&["bob|alice@example.com", "alice@example.com"]);
        let own = named(&["alice@example.com|alice@example.com"]);
        assert!(read(&settings, &shared).unwrap().1.is_empty());
        assert!(
            read(&settings, &taken).unwrap().1.warnings().any(|problem| problem.code == "email_is_username")
        );
        settings.search_email = true;
        assert!(problems(&settings, &shared)[0].contains("same_email users.alice.email"));
        assert!(problems(&settings, &taken)[0].contains("email_is_username users.bob.email"));
        assert!(read(&settings, &own).is_ok());
    }

    #[test]
    fn a_birthdate_that_apps_may_refuse_is_told_and_kept() {
        let text = |date: &str| {
            format!("users:\n  bob:\n    displayname: Bob\n    password: 'DIGEST'\n    birthdate: '{date}'\n")
        };
        for date in ["1990-02-03", "0000-02-03", "1990"] {
            assert!(read(&settings(), &text(date)).unwrap().1.is_empty(), "{date}");
        }
        for date in ["3.2.1990", "1990-2-3", "1990-13-01", "1990-01-32", "1990-01", "0000", "1990-01-01-"] {
            let (people, warnings) = read(&settings(), &text(date)).unwrap();
            assert!(warnings.warnings().any(|problem| problem.code == "no_birthdate"), "{date}");
            assert_eq!(people.named("bob").unwrap().user.profile.birthdate.as_deref(), Some(date));
        }
    }

    #[test]
    fn every_spelling_of_a_person_is_counted_as_one() {
        let mut settings = settings();
        settings.search_email = true;
        let people = people(&settings, &named(&["Bob|b.smith@example.com"]));
        let sealer = Sealer::new(&SecretString::from("the encryption key of a test"));
        let counted_as = |typed: &str| people.counted_as(typed, &sealer);
        for typed in ["Bob", "bob ", "BOB", "ｂｏｂ", "b.smith@example.com", "B.Smith@EXAMPLE.com"] {
            assert_eq!(counted_as(typed), "Bob", "{typed:?}");
        }
        let unknown = counted_as("hunter2");
        assert!(!unknown.contains("hunter2"));
        assert_eq!(unknown, counted_as(" HUNTER2"));
        assert_ne!(unknown, counted_as("hunter3"));
        let other = Sealer::new(&SecretString::from("another encryption key of a test"));
        assert_ne!(unknown, people.counted_as("hunter2", &other), "a guess needs the key");
    }
}
