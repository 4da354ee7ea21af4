//! What comes along, in this process: with a clock that the tests move.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use signet::runtime::assembly::take_over;
use signet::users::admin::authelia::{ConsentsLeft, TakeOverError, TakenOver};

use super::{ALICE, BOB, CLIENTS, code_of_alice, code_of_bob, dump, fill};
use crate::support::{App, Ask, Browser, Client, Documents};

/// Signet beside Authelia's tables, on SQLite and on PostgreSQL; nothing is taken over yet.
async fn beside_authelia() -> [App; 2] {
    let apps = App::on_both(CLIENTS).await;
    for app in &apps {
        fill(&app.sql).await;
    }
    apps
}

async fn taken_over(app: &App) -> Result<Option<TakenOver>, TakeOverError> {
    take_over(&app.provider.load()).await
}

/// How many rows of Signet hold something of a person.
async fn remembered(app: &App) -> [i64; 4] {
    [
        app.sql.number("SELECT COUNT(*) FROM signet_subjects").await,
        app.sql.number("SELECT COUNT(*) FROM signet_totp").await,
        app.sql.number("SELECT COUNT(*) FROM signet_consents").await,
        app.sql.number("SELECT COUNT(*) FROM signet_authelia").await,
    ]
}

/// The `sub` that a client is told of a person who signs in with a password.
async fn sub_of(app: &App, name: &str) -> Value {
    sub_for(app, "web", name).await
}

async fn sub_for(app: &App, id: &str, name: &str) -> Value {
    let tokens = Client::new(app, id).login(name, "openid").await;
    let answer = app
        .get("/api/oidc/userinfo")
        .header("authorization", &format!("Bearer {}", tokens.access))
        .send()
        .await
        .expect(200);
    answer.json()["sub"].clone()
}

#[tokio::test]
async fn what_comes_along_is_counted_and_what_does_not_is_told_by_person_and_reason() {
    for app in beside_authelia().await {
        let before = dump(&app.sql).await;
        let told = taken_over(&app).await.unwrap().expect("there is something to take over");
        assert_eq!((told.subjects, told.devices, told.consents), (4, 2, 2));
        let people: Vec<(&str, &str)> =
            told.people.iter().map(|left| (left.username.as_str(), left.what.as_str())).collect();
        let expected = [
            ("alice", "an identifier stays behind, since it is for another service"),
            ("carol", "the only second factor was a security key (WebAuthn); "),
            ("carol", "the users file names nobody so"),
            ("dave", "the only second factor was Duo; "),
            ("erin", "the one-time code device stays behind, since its secret does not open"),
            ("frank", "the one-time code device stays behind, since the number of digits"),
            ("grace", "the one-time code device stays behind, since its secret is no base32 text"),
            ("henry", "an identifier stays behind, since it is no UUID"),
            ("ivan", "the only second factor was a security key and Duo; "),
            ("twin.", "an identifier stays behind, since nobody can have this name"),
        ];
        assert_eq!(people.len(), expected.len(), "{people:#?}");
        for ((name, what), (expected_name, expected_what)) in people.iter().zip(expected) {
            assert_eq!(*name, expected_name);
            assert!(what.starts_with(expected_what), "{name}: {what}");
        }
        let left = [
            ("as their client asks each time", 2, &["alice"][..]),
            ("as their client is not registered", 2, &["alice", "bob"]),
            ("as their client may not ask for all of it any more", 2, &["alice"]),
            ("as they have no end", 1, &["alice"]),
            ("as they name nobody who comes along", 1, &["henry"]),
            ("as they were given for a request with the claims parameter", 1, &["alice"]),
        ]
        .map(|(why, consents, people)| {
            (why, ConsentsLeft { consents, people: people.iter().map(|name| (*name).to_owned()).collect() })
        });
        assert_eq!(told.consents_left, BTreeMap::from(left));
        // A consent of Authelia holds at each of the three issuers.
        assert_eq!(remembered(&app).await, [4, 2, 6, 1]);
        let detail = "4 subject identifiers, 2 one-time code devices and 2 remembered consents";
        assert_eq!(app.sql.events("authelia.taken_over", detail).await, 1);
        assert_eq!(dump(&app.sql).await, before, "Authelia's tables are as they were");
    }
}

#[tokio::test]
async fn applications_are_told_the_same_sub_as_before() {
    for app in beside_authelia().await {
        taken_over(&app).await.unwrap();
        assert_eq!(sub_of(&app, "alice").await, ALICE);
        assert_eq!(sub_of(&app, "bob").await, BOB);
        let sectors = "SELECT subject FROM signet_subjects WHERE username = 'alice' ORDER BY sector";
        assert_eq!(app.sql.texts(sectors).await, [ALICE, "22222222-aaaa-4aaa-8aaa-222222222222"]);
    }
}

/// Authelia keeps a sector by its whole URI, and did by its host until 4.37.
#[tokio::test]
async fn applications_of_a_sector_are_told_the_same_sub_as_before() {
    let documents = Documents::plain().await;
    let client = |id: &str, path: &str| {
        documents.put(path, &json!(["https://rp.example.com/callback"]));
        format!(
            "{{client_id: {id}, client_secret: 'digest:{id}-secret', redirect_uris: \
             ['https://rp.example.com/callback'], authorization_policy: one_factor, sector_identifier_uri: '{}'}}",
            documents.url(path)
        )
    };
    let fragment = format!(
        "identity_providers: {{oidc: {{outbound: {{allowed_networks: ['127.0.0.0/8', '::1']}}, clients: [{}, {}, {}]}}}}",
        client("whole", "/sector.json"),
        client("again", "/sector.json"),
        client("host", "/other.json")
    );
    let [of_uri, of_host] = ["aaaaaaaa-1111-4aaa-8aaa-aaaaaaaaaaaa", "aaaaaaaa-2222-4aaa-8aaa-aaaaaaaaaaaa"];
    for app in App::on_both(&fragment).await {
        fill(&app.sql).await;
        let rows = format!(
            "INSERT INTO user_opaque_identifier (service, sector_id, username, identifier) VALUES \
             ('openid', '{}', 'alice', '{of_uri}'), ('openid', 'localhost', 'alice', '{of_host}')",
            documents.url("/sector.json")
        );
        app.sql.execute(&rows).await;
        taken_over(&app).await.unwrap();
        for (id, sub) in [("whole", of_uri), ("again", of_uri), ("host", of_host)] {
            assert_eq!(sub_for(&app, id, "alice").await, sub, "{id}");
        }
        let bob = sub_for(&app, "whole", "bob").await;
        assert_eq!(sub_for(&app, "host", "bob").await, bob, "whom nobody knew yet");
        assert_ne!(bob, BOB);
    }
}

#[tokio::test]
async fn a_device_of_before_signs_in_with_its_own_hash_digits_and_period() {
    for app in beside_authelia().await {
        taken_over(&app).await.unwrap();
        let mut browser = Browser::new(&app);
        let page = browser.ask(&Ask::of("web-2fa")).await;
        let page = browser.sign_in(&page, "bob").await;
        assert_eq!(page.step(), "second-factor", "the device is asked for, none is set up: {}", page.text());
        let code = code_of_bob(app.clock.now());
        assert_eq!(code.len(), 8);
        browser.type_code(&page, &code).await.returned().code();
        // And it is used now.
        let mut again = Browser::new(&app);
        let page = again.ask(&Ask::of("web-2fa")).await;
        let page = again.sign_in(&page, "bob").await;
        assert_eq!(again.type_code(&page, &code).await.step(), "second-factor");
    }
}

#[tokio::test]
async fn a_code_that_authelia_may_have_accepted_is_accepted_no_more() {
    for app in beside_authelia().await {
        taken_over(&app).await.unwrap();
        let mut browser = Browser::new(&app);
        let page = browser.ask(&Ask::of("web-2fa")).await;
        let mut page = browser.sign_in(&page, "alice").await;
        // Authelia saw her ten seconds ago, in this step, and takes the codes before and after it too.
        for early in [-30, 0, 30] {
            page = browser.type_code(&page, &code_of_alice(app.clock.now() + early)).await;
            assert_eq!(page.step(), "second-factor", "{early}");
        }
        app.clock.advance(60);
        browser.type_code(&page, &code_of_alice(app.clock.now())).await.returned().code();
    }
}

#[tokio::test]
async fn a_consent_of_before_lets_its_client_pass_without_a_page_until_its_end_and_no_other_request() {
    for app in beside_authelia().await {
        taken_over(&app).await.unwrap();
        let mut browser = Browser::new(&app);
        browser.sign_in_at_home("alice").await;
        let ask = |scope: &str| Ask::of("remembering").scope(scope);
        browser.ask(&ask("openid profile")).await.returned().code();
        browser.ask(&ask("openid profile").prompt("none")).await.returned().code();
        let resource = ask("openid").set("resource", "https://api.example.com");
        browser.ask(&resource).await.returned().code();
        // Revoked, ended, for claims, and never given: each is asked for.
        for scope in ["openid", "openid email", "openid profile email", "openid offline_access"] {
            assert_eq!(browser.ask(&ask(scope)).await.step(), "consent", "{scope}");
        }
        assert_eq!(browser.ask(&ask("openid profile").prompt("consent")).await.step(), "consent");
        let mut bob = Browser::new(&app);
        bob.sign_in_at_home("bob").await;
        assert_eq!(bob.ask(&ask("openid profile")).await.step(), "consent", "another person");
        // 2023-11-21 08:00:00, a second before and at it.
        app.clock.advance(1_700_553_600 - 1 - app.clock.now());
        let mut later = Browser::new(&app);
        later.sign_in_at_home("alice").await;
        later.ask(&ask("openid profile")).await.returned().code();
        app.clock.advance(1);
        assert_eq!(later.ask(&ask("openid profile")).await.step(), "consent");
    }
}

#[tokio::test]
async fn it_happens_once() {
    for app in beside_authelia().await {
        assert!(taken_over(&app).await.unwrap().is_some());
        let before = remembered(&app).await;
        assert_eq!(taken_over(&app).await.unwrap(), None);
        // What somebody took away since then does not come back, not even when nobody is known to anybody.
        app.sql.execute("DELETE FROM signet_totp WHERE username = 'alice'").await;
        app.sql.execute("DELETE FROM signet_subjects").await;
        assert_eq!(taken_over(&app).await.unwrap(), None);
        assert_eq!(remembered(&app).await, [0, before[1] - 1, before[2], 1]);
        assert_eq!(app.sql.events("authelia.taken_over", "").await, 1);
    }
}

#[tokio::test]
async fn two_at_once_take_over_once() {
    for app in beside_authelia().await {
        let other = app.another().await;
        let (one, two) = tokio::join!(taken_over(&app), taken_over(&other));
        let [one, two] = [one.unwrap(), two.unwrap()];
        assert_ne!(one.is_some(), two.is_some(), "one of them did it");
        assert_eq!(remembered(&app).await, [4, 2, 6, 1]);
        assert_eq!(app.sql.events("authelia.taken_over", "").await, 1);
    }
}

#[tokio::test]
async fn two_at_once_take_devices_over_once_where_nobody_has_an_identifier() {
    for app in beside_authelia().await {
        app.sql.execute("DELETE FROM oauth2_consent_preconfiguration").await;
        app.sql.execute("DELETE FROM user_opaque_identifier").await;
        let other = app.another().await;
        let (one, two) = tokio::join!(taken_over(&app), taken_over(&other));
        assert_ne!(one.unwrap().is_some(), two.unwrap().is_some(), "one of them did it");
        assert_eq!(remembered(&app).await, [0, 2, 0, 1]);
    }
}

#[tokio::test]
async fn who_has_subjects_already_takes_nothing() {
    for app in beside_authelia().await {
        let sub = sub_of(&app, "bob").await;
        let before = remembered(&app).await;
        assert_eq!(taken_over(&app).await.unwrap(), None);
        assert_eq!(remembered(&app).await, before);
        assert_eq!(sub_of(&app, "bob").await, sub);
        assert_ne!(sub, BOB);
    }
}

#[tokio::test]
async fn a_device_of_ones_own_stays() {
    for app in beside_authelia().await {
        let seed = "INSERT INTO signet_totp (username, sealed_seed, algorithm, digits, period, created_at, last_step, \
                    last_used_at) VALUES ('bob', 'sealed by Signet', 'SHA1', 6, 30, 1, 1, 1)";
        app.sql.execute(seed).await;
        let told = taken_over(&app).await.unwrap().unwrap();
        assert_eq!((told.subjects, told.devices), (4, 1));
        assert!(told.people.iter().any(|left| left.username == "bob" && left.what.contains("one already")));
        let kept = "SELECT sealed_seed FROM signet_totp WHERE username = 'bob'";
        assert_eq!(app.sql.texts(kept).await, ["sealed by Signet"]);
    }
}

#[tokio::test]
async fn another_encryption_key_takes_nothing_and_says_how_to_mend_it() {
    for app in beside_authelia().await {
        let before = dump(&app.sql).await;
        let [sealed_otherwise] = &app
            .sql
            .texts(if app.database().is_some() {
                "SELECT CAST(secret AS TEXT) FROM totp_configurations WHERE username = 'erin'"
            } else {
                "SELECT quote(secret) FROM totp_configurations WHERE username = 'erin'"
            })
            .await[..]
        else {
            panic!("erin has a device")
        };
        let bytes =
            if app.database().is_some() { format!("'{sealed_otherwise}'") } else { sealed_otherwise.clone() };
        let kept = before.iter().filter(|line| !line.starts_with("encryption")).count();
        app.sql.execute(&format!("UPDATE encryption SET value = {bytes} WHERE name = 'check'")).await;
        let error = taken_over(&app).await.unwrap_err();
        assert!(matches!(error, TakeOverError::OtherKey), "{error}");
        assert!(error.to_string().contains("configure the key that Authelia had"), "{error}");
        assert_eq!(remembered(&app).await, [0, 0, 0, 0], "nothing is half done");
        let after = dump(&app.sql).await;
        assert_eq!(after.iter().filter(|line| before.contains(line)).count(), kept + 1);

        // Without the value to check by, devices of which none opens tell the same.
        app.sql.execute("DELETE FROM encryption WHERE name = 'check'").await;
        app.sql.execute("DELETE FROM totp_configurations WHERE username <> 'erin'").await;
        assert!(matches!(taken_over(&app).await.unwrap_err(), TakeOverError::OtherKey));
        assert_eq!(remembered(&app).await, [0, 0, 0, 0]);

        // And once it is mended it goes on.
        app.sql.execute("DELETE FROM totp_configurations").await;
        assert_eq!(taken_over(&app).await.unwrap().unwrap().subjects, 4);
    }
}

#[tokio::test]
async fn tables_of_a_later_authelia_are_refused_by_their_number() {
    for app in beside_authelia().await {
        app.sql
            .execute("INSERT INTO migrations (version_before, version_after, application_version) VALUES (22, 26, 'v4.40.0')")
            .await;
        let error = taken_over(&app).await.unwrap_err();
        assert!(matches!(error, TakeOverError::LaterSchema(26)), "{error}");
        assert!(error.to_string().contains("signet import authelia"), "{error}");
        assert_eq!(remembered(&app).await, [0, 0, 0, 0]);
    }
}

#[tokio::test]
async fn what_an_older_authelia_does_not_have_is_not_missed() {
    for app in beside_authelia().await {
        for statement in [
            "ALTER TABLE oauth2_consent_preconfiguration DROP COLUMN signature_claims",
            "ALTER TABLE webauthn_credentials RENAME TO webauthn_devices",
            "DROP TABLE duo_devices",
            "DROP TABLE migrations",
        ] {
            app.sql.execute(statement).await;
        }
        let told = taken_over(&app).await.unwrap().unwrap();
        assert_eq!((told.subjects, told.devices, told.consents), (4, 2, 3));
        assert!(told.people.iter().any(|left| left.username == "carol" && left.what.contains("WebAuthn")));
    }
}

#[tokio::test]
async fn where_authelia_never_was_nothing_happens() {
    for app in App::on_both(CLIENTS).await {
        assert_eq!(taken_over(&app).await.unwrap(), None);
        assert_eq!(remembered(&app).await, [0, 0, 0, 0]);
        assert_eq!(app.sql.events("authelia.taken_over", "").await, 0);
    }
}

#[tokio::test]
async fn many_people_come_along_at_once() {
    for app in beside_authelia().await {
        let people: Vec<String> = (0..1000)
            .map(|number| {
                format!("('openid', '', 'person-{number}', '00000000-0000-4000-8000-{number:012}')")
            })
            .collect();
        let insertion =
            "INSERT INTO user_opaque_identifier (service, sector_id, username, identifier) VALUES";
        app.sql.execute(&format!("{insertion} {}", people.join(", "))).await;
        let consents = "INSERT INTO oauth2_consent_preconfiguration (client_id, subject, expires_at, scopes) \
                        SELECT 'remembering', identifier, '2023-11-21 08:00:00+00:00', 'openid' \
                        FROM user_opaque_identifier WHERE username LIKE 'person-%'";
        app.sql.execute(consents).await;
        let told = taken_over(&app).await.unwrap().unwrap();
        assert_eq!((told.subjects, told.consents), (1004, 1002));
        assert_eq!(remembered(&app).await, [1004, 2, 3006, 1]);
    }
}
