//! `signet import authelia`.

use super::{On, Place, on_both};
use crate::support::{Ask, Browser, Client, secrets};

on_both!(
    what_was_exported_is_imported_once_and_signs_people_in,
    a_dry_run_writes_nothing,
    what_is_in_use_is_never_changed,
    a_wrong_line_is_told_with_its_place_and_nothing_is_imported,
    exports_that_contradict_themselves_are_refused,
);

const ALICE: &str = "11111111-aaaa-4aaa-8aaa-111111111111";
const BOB: &str = "33333333-bbbb-4bbb-8bbb-333333333333";
const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
/// The same in base64, as the export in YAML has it.
const SEED_IN_BASE64: &str = "R0VaREdOQlZHWTNUUU9KUUdFWkRHTkJWR1kzVFFPSlE=";

const IMPORT: &[&str] =
    &["import", "authelia", "--config", "configuration.yml", "--identifiers", "identifiers.yml"];
const IMPORT_BOTH: &[&str] = &[
    "import",
    "authelia",
    "--config",
    "configuration.yml",
    "--identifiers",
    "identifiers.yml",
    "--totp",
    "totp.txt",
];

impl Place {
    fn write(&self, name: &str, text: &str) {
        [SEED, SEED_IN_BASE64].into_iter().for_each(secrets::issued);
        std::fs::write(self.path(name), text).unwrap();
    }

    /// What Authelia exports of alice and bob: identifiers in the one file, alice's device in the other.
    fn write_exports(&self) {
        self.write("identifiers.yml", &identifiers(&[("alice", ALICE), ("bob", BOB), ("carol", CAROL)]));
        self.write(
            "totp.txt",
            &format!("{}\n\n\nSuccessfully exported 1 TOTP configurations as TOTP URI's\n", uri("alice")),
        );
    }

    fn make_tables(&self) {
        assert!(self.run(&["storage", "migrate", "--config", "configuration.yml"]).ok);
    }

    async fn rows(&self) -> [i64; 2] {
        [
            self.number("SELECT COUNT(*) FROM signet_subjects").await,
            self.number("SELECT COUNT(*) FROM signet_totp").await,
        ]
    }
}

const CAROL: &str = "44444444-cccc-4ccc-8ccc-444444444444";

fn identifiers(people: &[(&str, &str)]) -> String {
    let entry = |(name, identifier): &(&str, &str)| {
        format!(
            "  - service: openid\n    sector_id: \"\"\n    username: {name}\n    identifier: {identifier}\n"
        )
    };
    format!("identifiers:\n{}", people.iter().map(entry).collect::<String>())
}

fn uri(name: &str) -> String {
    format!("otpauth://totp/Authelia:{name}?algorithm=SHA1&digits=6&issuer=Authelia&period=30&secret={SEED}")
}

async fn what_was_exported_is_imported_once_and_signs_people_in(on: On) {
    let mut place = Place::new(on, "");
    place.write_exports();
    let said = place.run(IMPORT_BOTH).done();
    assert_eq!(
        said,
        "3 subject identifiers imported, 0 there already.\n1 one-time code device imported, 0 there already.\n\
         The users file has no 'carol': what is imported waits for that name.\n"
    );
    assert_eq!(place.events("authelia.taken_over").await, 1);
    let again = place.run(IMPORT_BOTH).done();
    assert!(
        again.starts_with(
            "0 subject identifiers imported, 3 there already.\n0 one-time code devices imported, 1 there"
        ),
        "{again}"
    );
    assert_eq!(place.rows().await, [3, 1]);
    assert_eq!(place.events("authelia.taken_over").await, 1, "nothing happened");

    // The same device from the other kind of export is the same device.
    place.write(
        "totp.yml",
        &format!(
            "totp_configurations:\n  - created_at: 2023-10-01T08:00:00.5Z\n    last_used_at: null\n    username: alice\n    \
             issuer: Authelia\n    algorithm: SHA1\n    digits: 6\n    period: 30\n    secret: {SEED_IN_BASE64}\n"
        ),
    );
    let of_yaml = ["import", "authelia", "--config", "configuration.yml", "--totp", "totp.yml"];
    assert!(place.run(&of_yaml).done().contains("0 one-time code devices imported, 1 there already"));

    // And it is asked for, once applications know people by their identifiers of before.
    place.serve();
    let tokens = Client::new(&place.site, "web").login("alice", "openid").await;
    let told = place
        .site
        .get("/api/oidc/userinfo")
        .header("authorization", &format!("Bearer {}", tokens.access))
        .send()
        .await
        .expect(200);
    assert_eq!(told.json()["sub"], ALICE);
    let mut browser = Browser::new(&place.site);
    let page = browser.ask(&Ask::of("web-2fa")).await;
    let page = browser.sign_in(&page, "alice").await;
    assert_eq!(page.step(), "second-factor", "{}", page.text());
    place.sql("UPDATE signet_totp SET last_step = 0").await;
    let code = crate::support::authenticator::one_time_code(SEED);
    assert_ne!(browser.type_code(&page, &code).await.step(), "second-factor");
}

async fn a_dry_run_writes_nothing(on: On) {
    let place = Place::new(on, "");
    place.write_exports();
    place.make_tables();
    let said = place.run(&[IMPORT_BOTH, &["--dry-run"]].concat()).done();
    assert!(said.starts_with("3 subject identifiers would be imported, 0 there already.\n"), "{said}");
    assert!(said.ends_with("Nothing was written.\n"), "{said}");
    assert_eq!(place.rows().await, [0, 0]);
    assert_eq!(place.events("authelia.taken_over").await, 0);
    place.write("identifiers.yml", &identifiers(&[("alice", "no")]));
    place.run(&[IMPORT, &["--dry-run"]].concat()).refused(&["identifiers.yml:5:17", "no UUID"]);
}

async fn what_is_in_use_is_never_changed(on: On) {
    let mut place = Place::served(on, "");
    let tokens = Client::new(&place.site, "web").login("alice", "openid").await;
    let sub = |answer: crate::support::Answer| answer.json()["sub"].clone();
    let present = sub(place
        .site
        .get("/api/oidc/userinfo")
        .header("authorization", &format!("Bearer {}", tokens.access))
        .send()
        .await
        .expect(200));
    place.write("identifiers.yml", &identifiers(&[("bob", BOB), ("alice", ALICE)]));
    place.run(IMPORT).refused(&[
        "identifiers.yml:6:5: 'alice' has another identifier already, which applications know",
        "1 error: nothing was imported",
    ]);
    // Nor may one person's become another's.
    place.write("identifiers.yml", &identifiers(&[("bob", present.as_str().unwrap())]));
    place.run(IMPORT).refused(&["the identifier of 'bob' is that of 'alice' already"]);
    assert_eq!(place.rows().await, [1, 0], "bob was not imported either");

    place.write_exports();
    place.write("identifiers.yml", &identifiers(&[("bob", BOB)]));
    place.run(IMPORT_BOTH).done();
    place.write("totp.txt", &uri("alice").replace("digits=6", "digits=8"));
    let said =
        place.run(IMPORT_BOTH).refused(&["totp.txt:1:1: 'alice' has another one-time code device already"]);
    assert!(!said.contains(SEED));
    assert_eq!(place.number("SELECT digits FROM signet_totp").await, 6);
    place.stop();
}

async fn a_wrong_line_is_told_with_its_place_and_nothing_is_imported(on: On) {
    let place = Place::new(on, "");
    place.make_tables();
    place.write_exports();
    let other_secret = "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U";
    secrets::issued(other_secret);
    let lines = [
        uri("alice"),
        format!("otpauth://hotp/Authelia:bob?secret={other_secret}"),
        format!("otpauth://totp/Authelia:bob?secret={other_secret}1"),
        format!("otpauth://totp/Authelia:bob?secret={other_secret}&secret={other_secret}"),
        format!("otpauth://totp/Authelia:bob?digits=0&secret={other_secret}"),
        format!("otpauth://totp/Authelia:bob?period=1e9&secret={other_secret}"),
        format!("otpauth://totp/Authelia:bob?algorithm=MD5&secret={other_secret}"),
        "otpauth://totp/Authelia:bob".to_owned(),
        format!("otpauth://totp/Authelia:bo%00b?secret={other_secret}"),
        format!("otpauth://totp/Authelia:%1b[2Jbob?secret={other_secret}&issuer=Authelia"),
        format!("secret={other_secret}"),
    ];
    place.write("totp.txt", &lines.join("\n"));
    let said = place.run(IMPORT_BOTH).refused(&["10 errors: nothing was imported"]);
    for line in 2..=11 {
        assert!(said.contains(&format!("totp.txt:{line}:1: ")), "line {line}: {said}");
    }
    assert!(!said.contains(other_secret) && !said.contains('\u{1b}') && !said.contains('\0'), "{said:?}");

    let entries = "identifiers:\n  - just text\n  - {service: saml, username: bob, identifier: 33333333-bbbb-4bbb-8bbb-333333333333}\n  \
                   - {service: openid, username: '', identifier: 33333333-bbbb-4bbb-8bbb-333333333333}\n  \
                   - {service: openid, username: [bob], identifier: 33333333-bbbb-4bbb-8bbb-333333333333}\n  \
                   - {service: openid, username: bob, identifier: 33333333bbbb4bbb8bbb333333333333}\n  \
                   - {service: openid, username: bob}\n";
    place.write("identifiers.yml", entries);
    let said = place.run(IMPORT).refused(&["6 errors: nothing was imported"]);
    for line in 2..=7 {
        assert!(said.contains(&format!("identifiers.yml:{line}:")), "line {line}: {said}");
    }
    for (text, told) in [
        ("", "holds no list 'identifiers'"),
        ("totp_configurations: []\n", "holds no list 'identifiers'"),
        ("identifiers: {a: b}\n", "holds no list 'identifiers'"),
        ("identifiers: [\n", "identifiers.yml:"),
        ("identifiers: &a [*a]\n", "identifiers.yml:"),
    ] {
        place.write("identifiers.yml", text);
        place.run(IMPORT).refused(&[told, "nothing was imported"]);
    }
    std::fs::write(place.path("identifiers.yml"), [0xff, 0xfe, b'\n']).unwrap();
    place.run(IMPORT).refused(&["identifiers.yml"]);
    std::fs::remove_file(place.path("identifiers.yml")).unwrap();
    place.run(IMPORT).refused(&["identifiers.yml: the export cannot be read"]);
    place.run(&["import", "authelia"]).refused(&["--identifiers"]);
    assert_eq!(place.rows().await, [0, 0]);
}

async fn exports_that_contradict_themselves_are_refused(on: On) {
    let place = Place::new(on, "");
    place.make_tables();
    place.write("identifiers.yml", &identifiers(&[("alice", ALICE), ("alice", BOB)]));
    place
        .run(IMPORT)
        .refused(&["identifiers.yml:6:5: 'alice' has another identifier at identifiers.yml:2:5"]);
    place.write("identifiers.yml", &identifiers(&[("alice", ALICE), ("bob", ALICE)]));
    place.run(IMPORT).refused(&["the identifier of 'bob' is that of 'alice' at identifiers.yml:2:5"]);
    place.write("identifiers.yml", &identifiers(&[("alice", ALICE)]));
    place.write("totp.txt", &format!("{}\n{}\n", uri("alice"), uri("alice").replace("digits=6", "digits=8")));
    place.run(IMPORT_BOTH).refused(&["totp.txt:2:1: 'alice' has a device already at totp.txt:1:1"]);
    assert_eq!(place.rows().await, [0, 0]);
    // An entry that stands twice says nothing new.
    place.write("totp.txt", &uri("alice"));
    place.write("identifiers.yml", &identifiers(&[("alice", ALICE), ("alice", ALICE)]));
    assert!(place.run(IMPORT_BOTH).done().starts_with("1 subject identifier imported, 0 there already.\n"));
}
