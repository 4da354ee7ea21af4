//! `signet user`.

use super::{On, Place, on_both};
use crate::support::totp::Device;
use crate::support::{Ask, Browser, Client};

on_both!(
    everyone_is_listed,
    a_broken_users_file_makes_nobody_look_deleted,
    sessions_are_shown_and_ended_one_by_one,
    a_person_is_signed_out_everywhere_and_offline_access_stays_until_everything_ends,
    a_device_is_removed_whatever_case_and_space_the_name_is_typed_in,
);

const BASE: &str = "";

/// The rows of a table, cells apart.
fn rows(table: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| {
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect()
    };
    table.lines().skip(1).map(cells).collect()
}

async fn enrolled(place: &Place, name: &str) -> Device {
    let mut browser = Browser::new(&place.site);
    let page = browser.ask(&Ask::of("web-2fa")).await;
    let page = browser.sign_in(&page, name).await;
    browser.enrol(&page).await.0
}

async fn everyone_is_listed(on: On) {
    let place = Place::served(on, BASE);
    enrolled(&place, "bob").await;
    place.sql("UPDATE signet_sessions SET expires_at = 5").await;
    Browser::new(&place.site).sign_in_at_home("racer-0").await;
    place.sql("UPDATE signet_sessions SET username = 'gone' WHERE username = 'racer-0'").await;
    let text = std::fs::read_to_string(place.path("users.yml")).unwrap();
    let text = text.replace("displayname: racer-1", "displayname: \"\\e[2JRacer\"\n    disabled: true");
    std::fs::write(place.path("users.yml"), text).unwrap();
    let listed = place.run(&["user", "list"]).done();
    let rows = rows(&listed);
    let of = |name: &str| rows.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("{listed}"));
    let never = "-";
    assert_eq!(
        of("alice")[1..],
        ["Alice Ample", "alice@example.com", "admins,dev", "enabled", "no", "0", never]
    );
    assert_eq!(of("bob")[1..7], ["bob", "-", "dev", "enabled", "yes", "0"]);
    assert!(of("bob")[7].ends_with('Z'), "{listed}");
    assert_eq!(of("gone")[4..7], ["not in the users file", "no", "1"]);
    assert_eq!(of("racer-1")[1..5], ["\u{fffd}[2JRacer", "-", "-", "disabled"]);
    for secret in ["$argon2", "signet_"] {
        assert!(!listed.contains(secret), "{listed}");
    }
}

async fn a_broken_users_file_makes_nobody_look_deleted(on: On) {
    let place = Place::served(on, BASE);
    Client::new(&place.site, "web").login("alice", "openid").await;
    std::fs::write(place.path("users.yml"), "users: [\n").unwrap();
    for arguments in [&["user", "list"][..], &["user", "sessions", "alice"]] {
        let said = place.run(arguments);
        assert!(said.ok && said.err.contains("The users file cannot be read"), "{}{}", said.out, said.err);
        assert!(said.out.contains("unknown") && !said.out.contains("not in the users file"), "{}", said.out);
        assert!(!said.out.contains("stands"), "{}", said.out);
    }
}

async fn sessions_are_shown_and_ended_one_by_one(on: On) {
    let place = Place::served(on, BASE);
    let web = Client::new(&place.site, "web");
    let (mut one, mut other) = (Browser::new(&place.site), Browser::new(&place.site));
    let first = web.login_with(&mut one, "alice", "openid").await;
    let second = web.login_with(&mut other, "alice", "openid").await;
    let offline = web.login("alice", "openid offline_access").await;
    let shown = place.run(&["user", "sessions", "alice"]).done();
    let (sessions, grants) = shown.split_once("\n\n").unwrap();
    let (sessions, grants) = (rows(sessions), rows(grants));
    assert_eq!((sessions.len(), grants.len()), (3, 3), "{shown}");
    assert_eq!(sessions[0][4..], ["127.0.0.1", "one", "stands"], "{shown}");
    assert!(grants.iter().any(|grant| grant[4..] == ["yes", "stands", "openid offline_access"]), "{shown}");
    assert_eq!(grants[0][0], "web");

    let session = grants.iter().find(|grant| grant[4] == "no").unwrap()[1].as_str();
    let ended = place.run(&["user", "logout", "alice", "--session", session]).done();
    assert_eq!(
        ended, "'alice' is signed out: 1 session ended, 1 grant revoked.\n",
        "the offline grant hangs from a session that stands"
    );
    let mut standing = Vec::new();
    for (browser, tokens) in [(&mut one, &first), (&mut other, &second)] {
        let signed_in = browser.open("/").await.heading() == "You are signed in";
        assert_eq!(web.is_active(&tokens.access).await, signed_in, "tokens end with their session");
        standing.push(signed_in);
    }
    standing.sort();
    assert_eq!(standing, [false, true]);
    assert!(web.is_active(&offline.access).await);
    let words = ["has no session 'nothing'", "signet user sessions alice"];
    place.run(&["user", "logout", "alice", "--session", "nothing"]).refused(&words);
    place.run(&["user", "logout", "bob", "--session", &grants[2][1]]).refused(&["'bob' has no session"]);
    assert_eq!(place.events("admin.sessions_ended").await, 1);

    let text = std::fs::read_to_string(place.path("users.yml")).unwrap();
    std::fs::write(place.path("users.yml"), text.replacen("disabled: false", "disabled: true", 1)).unwrap();
    let shown = place.run(&["user", "sessions", "alice"]).done();
    assert_eq!(
        shown.matches("worthless: the person is disabled").count(),
        4,
        "two sessions, two grants: {shown}"
    );
    assert!(!shown.contains("stands"), "{shown}");
    let of_bob =
        text.split_once("  bob:").unwrap().1.split_once("password:").unwrap().1.lines().next().unwrap();
    let of_alice = text.split_once("password:").unwrap().1.lines().next().unwrap();
    std::fs::write(place.path("users.yml"), text.replace(of_alice, of_bob)).unwrap();
    let shown = place.run(&["user", "sessions", "alice"]).done();
    assert_eq!(shown.matches("worthless: made with a former password").count(), 4, "{shown}");
    assert_eq!(place.run(&["user", "sessions", "bob"]).done(), "'bob' is signed in nowhere.\n");
    place.run(&["user", "sessions", "zoe"]).refused(&["nobody is called 'zoe'", "signet user list"]);
}

async fn a_person_is_signed_out_everywhere_and_offline_access_stays_until_everything_ends(on: On) {
    let place = Place::served(on, BASE);
    let web = Client::new(&place.site, "web");
    let mut browser = Browser::new(&place.site);
    let online = web.login_with(&mut browser, "alice", "openid").await;
    let offline = web.login("alice", "openid offline_access").await;
    let of_bob = web.login("bob", "openid").await;
    let known = "SELECT COUNT(*) FROM signet_known_browsers WHERE username = 'alice'";
    assert_eq!(place.number(known).await, 2);

    let said = place.run(&["user", "logout", "alice"]).done();
    assert_eq!(
        said,
        "'alice' is signed out: 2 sessions ended, 1 grant revoked.\n\
         Offline access is left: 1 grant; --everything ends it too.\n"
    );
    assert_ne!(browser.open("/").await.heading(), "You are signed in");
    assert!(!web.is_active(&online.access).await);
    let body = web.refresh(&offline.refresh).await.expect(200).json();
    assert_eq!(place.number(known).await, 2);

    let said = place.run(&["user", "logout", "alice", "--everything"]).done();
    assert_eq!(said, "'alice' is signed out: 0 sessions ended, 1 grant revoked.\n");
    web.refresh(body["refresh_token"].as_str().unwrap()).await.expect_error(400, "invalid_grant");
    assert_eq!(place.number(known).await, 0, "a stolen machine's browser is a stranger's");
    assert!(web.is_active(&of_bob.access).await);
    assert_eq!(place.events("admin.sessions_ended").await, 2);
    // Nothing to do is no failure, and no event.
    place.run(&["user", "logout", "alice", "--everything"]).done();
    assert_eq!(place.events("admin.sessions_ended").await, 2);
    place.run(&["user", "logout", "zoe"]).refused(&["nobody is called 'zoe'"]);

    let said = place.run(&["user", "logout", "--everyone", "--everything"]).done();
    assert_eq!(said, "Everyone is signed out: 1 session ended, 1 grant revoked.\n");
    assert!(!web.is_active(&of_bob.access).await);
    assert_eq!(place.events("admin.sessions_ended").await, 3);
    place.run(&["user", "logout"]).refused(&["<USERNAME>"]);
    place.run(&["user", "logout", "bob", "--everyone"]).refused(&["--everyone"]);
}

async fn a_device_is_removed_whatever_case_and_space_the_name_is_typed_in(on: On) {
    let place = Place::served(on, BASE);
    enrolled(&place, "bob").await;
    place.run(&["user", "totp", "delete", "alice"]).refused(&["'alice' has no one-time code device"]);
    let said = place.run(&["storage", "user", "totp", "delete", " bob"]).done();
    assert_eq!(
        said,
        "The one-time code device of 'bob' is removed. All sessions of 'bob' are ended, and the access that was granted \
         with two factors is revoked.\n"
    );
    assert_eq!(place.events("factor.removed").await, 1);
    assert_eq!(place.run(&["user", "totp", "list"]).done(), "Nobody has a one-time code device.\n");
}
