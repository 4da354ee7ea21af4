//! The users file of a test.

use std::sync::OnceLock;

use signet::secrets::make_digest::{Argon2Parameters, make_argon2};

/// A digest that costs next to nothing.
pub fn cheap_digest(secret: &str) -> String {
    let cheap =
        Argon2Parameters { iterations: 1, memory_kib: 8, parallelism: 1, ..Argon2Parameters::default() };
    make_argon2(secret.as_bytes(), &cheap).unwrap()
}

/// Somebody in the users file. The password is the name and `-password`.
#[derive(Clone, Debug)]
pub struct Person {
    pub name: &'static str,
    pub groups: Vec<&'static str>,
    pub disabled: bool,
    pub full: bool,
    /// Another password than the usual one.
    pub new_password: Option<&'static str>,
}

/// Every attribute that a claim of a standard scope is made of.
const PROFILE: &str = "
    email: alice@example.com
    given_name: Alice
    middle_name: Zoë
    family_name: Ample
    nickname: Al
    profile: https://example.com/alice
    picture: https://example.com/alice.png
    website: https://alice.example.com
    gender: female
    birthdate: '1985-01-31'
    zoneinfo: Europe/Berlin
    locale: de-DE
    phone_number: '+49 30 901820'
    phone_extension: '12'
    address:
      street_address: Unter den Linden 1
      locality: Berlin
      region: Berlin
      postal_code: '10117'
      country: Germany
";

impl Person {
    /// alice: groups `admins` and `dev`, everything filled; bob: group `dev`, next to nothing.
    pub fn all() -> Vec<Self> {
        vec![
            Self {
                name: "alice",
                groups: vec!["admins", "dev"],
                disabled: false,
                full: true,
                new_password: None,
            },
            Self { name: "bob", groups: vec!["dev"], disabled: false, full: false, new_password: None },
        ]
    }

    /// The file that holds them.
    pub fn file(people: &[Self]) -> String {
        static DIGESTS: OnceLock<[String; 2]> = OnceLock::new();
        let [alice, bob] = DIGESTS.get_or_init(|| ["alice", "bob"].map(|name| cheap_digest(&password(name))));
        let mut text = "users:\n".to_owned();
        for person in people {
            let digest = match person.new_password {
                Some(password) => &cheap_digest(password),
                None if person.name == "alice" => alice,
                None => bob,
            };
            let name = person.name;
            let shown = if person.full { "Alice Ample" } else { name };
            text += &format!("  {name}:\n    displayname: {shown}\n    password: '{digest}'\n");
            text += &format!("    disabled: {}\n    groups: {:?}\n", person.disabled, person.groups);
            if person.full {
                text += PROFILE.trim_start_matches('\n');
            }
        }
        text
    }
}

/// Entries of the users file for people who differ by a number only: `racer-0` and on.
pub fn crowd(count: usize) -> String {
    let one = |number: usize| {
        let name = format!("racer-{number}");
        let digest = cheap_digest(&password(&name));
        format!("  {name}:\n    displayname: {name}\n    password: '{digest}'\n")
    };
    (0..count).map(one).collect()
}

/// The password of a person.
pub fn password(name: &str) -> String {
    let password = format!("{name}-password");
    super::secrets::issued(&password);
    password
}
