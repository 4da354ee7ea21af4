//! Names that deceive: refused when the users file is read, or the same person everywhere.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Entry, lets_in};
use crate::support::people::cheap_digest;
use crate::support::{App, Ask, Browser, Client, configuration};

/// Reads a users file of these people, each `name` or `name|address`. Gives the codes of what is wrong.
fn read(people: &[&str], by_address: bool) -> Result<(), BTreeSet<String>> {
    let folder = tempfile::tempdir().unwrap();
    let digest = cheap_digest("password");
    let mut text = "users:\n".to_owned();
    for person in people {
        let (name, address) = person.split_once('|').unwrap_or((person, ""));
        text += &format!("  {}: {{displayname: X, password: '{digest}'", json!(name));
        text +=
            &if address.is_empty() { "}\n".to_owned() } else { format!(", email: {}}}\n", json!(address)) };
    }
    std::fs::write(folder.path().join("users.yml"), text).unwrap();
    let fragment = format!("authentication_backend: {{file: {{search: {{email: {by_address}}}}}}}");
    let settings = configuration::settings(&configuration::text(&fragment, folder.path(), None));
    let codes = |problems: signet::yaml::Problems| problems.iter().map(|it| it.code.to_string()).collect();
    signet::users::check(&settings.directory).map(drop).map_err(codes)
}

#[test]
fn g33_a_name_that_cannot_be_seen_for_what_it_is_is_refused_when_it_is_read() {
    for name in [
        "",
        " ",
        " bob",
        "bob ",
        "bob\u{a0}",
        "bob.",
        "bob\u{3002}",
        "bo\0b",
        "bo\nb",
        "bo\tb",
        "bo\u{7f}b",
        "bo\u{85}b",
        "bo\u{200b}b",
        "bo\u{200c}b",
        "bo\u{200d}b",
        "bo\u{2060}b",
        "bo\u{feff}b",
        "\u{202e}bob",
        "bo\u{202d}b",
        "bo\u{2066}b\u{2069}",
        "bo\u{200f}b",
        "bo\u{61c}b",
        "bo\u{ad}b",
        "bo\u{3164}b",
        "bo\u{115f}b",
        "bo\u{180e}b",
        "bo\u{fe0f}b",
        "bo\u{e0061}b",
        "bo\u{a0}b",
        "bo\u{2003}b",
        "bo\u{2028}b",
        "bo\u{fffe}b",
        "bo\u{e000}b",
        "ｂob",
        "𝐛ob",
        "bo\u{212a}",
        "ﬁn",
        "\u{301}bob",
        "rene\u{301}",
        &"b".repeat(129),
    ] {
        assert!(read(&[name, "carol"], true).is_err(), "{name:?}");
    }
    for name in ["bob", "Bob", "bob.smith", "bob@example.com", "rené", "Борис", "山田", "o'neil", "DOM\\bob"]
    {
        assert_eq!(read(&[name, "carol"], true), Ok(()), "{name:?}");
    }
}

#[test]
fn g33_two_names_that_cannot_be_told_apart_are_refused_when_they_are_read() {
    for twins in [
        ["bob", "Bob"],
        ["bob", "BOB"],
        ["straße", "STRASSE"],
        ["straße", "strasse"],
        ["σισυφος", "ΣΙΣΥΦΟΣ"],
        ["istanbul", "Istanbul"],
        ["alice", "alıce"],
        ["alice", "аlice"],
        ["alice", "alісe"],
        ["alice", "аӏісе"],
        ["ALICE", "АLICE"],
        ["bob", "ЬоЬ"],
        ["paypal", "раураl"],
        ["scope", "ѕсоре"],
        ["kate", "κate"],
        ["tom", "тοм"],
        ["hans", "հаոѕ"],
        ["alice", "ɑlice"],
        ["google", "ɡooɡle"],
        ["alice", "ᴀʟɪᴄᴇ"],
        ["occo", "ⲟⲥⲥⲟ"],
        ["tom", "ꓔꓳꓟ"],
        ["rené", "RENÉ"],
    ] {
        assert!(read(&twins, true).is_err(), "{twins:?}");
        assert!(read(&[twins[1], twins[0]], false).is_err(), "{twins:?}");
    }
    for different in [["bob", "bobby"], ["анна", "anna-b"], ["rené", "rene"], ["user1", "user2"]] {
        assert_eq!(read(&different, true), Ok(()), "{different:?}");
    }
}

#[test]
fn g33_an_address_that_is_anothers_name_or_address_is_refused_where_addresses_sign_in() {
    for people in [
        ["bob@example.com", "carol|bob@example.com"],
        ["bob@example.com", "carol|BOB@Example.com"],
        ["bob@example.com", "carol|ｂob@example.com"],
        ["carol|bob@example.com", "bob@example.com"],
        ["bob|x@example.com", "carol|x@example.com"],
        ["bob|x@example.com", "carol|X@EXAMPLE.com"],
        ["bob", "carol|bob"],
    ] {
        assert!(read(&people, true).is_err(), "{people:?}");
    }
    assert_eq!(read(&["bob@example.com|bob@example.com", "carol|c@example.com"], true), Ok(()));
}

#[tokio::test]
async fn g33_every_spelling_that_signs_in_is_the_same_person() {
    let fragment = "authentication_backend: {file: {search: {email: true, case_insensitive: true}}}";
    let app = App::with(fragment).await;
    let web = Client::new(&app, "web");
    let mut subjects = BTreeSet::new();
    for typed in ["alice", "ALICE", " alice ", "ａｌｉｃｅ", "alice@example.com", "ALICE@example.com"] {
        let mut browser = Browser::new(&app);
        let page = browser.ask(&Ask::of("web").scope("openid profile")).await;
        assert!(lets_in(&mut browser, &page, typed, "alice-password").await, "{typed:?}");
        let code = browser.authorize(&Ask::of("web").scope("openid profile"), "alice").await.code();
        let body = web.redeem(&code).await.expect(200).json();
        let access = body["access_token"].as_str().unwrap();
        let claims = app.userinfo(access).await.expect(200).json();
        assert_eq!(claims["preferred_username"], "alice", "{typed:?}");
        assert_eq!(web.introspect(access).await["username"], "alice");
        subjects.insert(claims["sub"].as_str().unwrap().to_owned());
    }
    assert_eq!(subjects.len(), 1);
    assert_eq!(app.sql.number("SELECT COUNT(*) FROM signet_subjects").await, 1);
    for typed in ["аlice", "alice.", "ali\u{200b}ce", "alice\u{301}", "\u{202e}alice", "alic", "alice x"] {
        let (mut browser, page) = Entry::Home.open(&app).await;
        assert!(!lets_in(&mut browser, &page, typed, "alice-password").await, "{typed:?}");
    }
}
