//! `signet bans`.

use super::{On, Place, on_both};
use crate::support::Browser;

on_both!(
    whoever_is_locked_out_is_listed_and_let_in_again_beside_a_running_signet,
    a_person_who_is_let_in_again_has_all_attempts_again,
    failures_elsewhere_are_forgotten_with_the_ban,
    a_ban_is_lifted_by_an_address_in_its_network_by_e_mail_and_as_the_list_shows_it,
    addresses_and_names_that_nobody_has_are_listed_and_let_in_again,
    the_names_of_authelia_do_the_same,
);

const THREE: &str = "regulation: {max_retries: 3, find_time: 2m, ban_time: 1h}";

async fn fail(place: &Place, name: &str, times: usize) {
    fail_in(&mut Browser::new(&place.site), name, times).await;
}

async fn fail_in(browser: &mut Browser, name: &str, times: usize) {
    for _ in 0..times {
        let page = browser.open("/").await;
        browser.press(&page, "login-submit", &[("username", name), ("password", "wrong")]).await;
    }
}

async fn is_let_in(place: &Place, name: &str) -> bool {
    Browser::new(&place.site).sign_in_at_home(name).await.heading() == "You are signed in"
}

async fn whoever_is_locked_out_is_listed_and_let_in_again_beside_a_running_signet(on: On) {
    let place = Place::served(on, THREE);
    assert_eq!(place.run(&["bans", "list"]).done(), "Nobody is locked out.\n");
    place.run(&["bans", "lift", "alice"]).refused(&["'alice' is not locked out", "signet bans list"]);
    fail(&place, "alice", 3).await;
    fail(&place, "bob", 3).await;
    assert!(!is_let_in(&place, "alice").await);
    let listed = place.run(&["bans", "list"]).done();
    let alice = listed.lines().find(|line| line.starts_with("alice")).unwrap();
    let cells: Vec<&str> = alice.split_whitespace().collect();
    assert_eq!(cells[..4], ["alice", "network", "127.0.0.0/24", "3"], "{listed}");
    assert!(cells[4] < cells[5] && cells[5].ends_with('Z'), "{listed}");

    let lifted = place.run(&["bans", "lift", "alice"]).done();
    assert!(lifted.contains("alice may sign in again (network 127.0.0.0/24)."), "{lifted}");
    assert!(is_let_in(&place, "alice").await);
    assert!(!is_let_in(&place, "bob").await, "others stay where they are");
    assert_eq!(place.events("login.unlocked").await, 1);
    assert!(place.run(&["bans", "lift", "--all"]).done().contains("1 ban lifted"));
    assert!(is_let_in(&place, "bob").await);
    assert_eq!(place.run(&["bans", "lift", "--all"]).done(), "Nobody is locked out.\n");
    assert_eq!(place.events("login.unlocked").await, 2);
    place.run(&["bans", "lift"]).refused(&["USERNAME|ADDRESS", "--all"]);
    place.run(&["bans", "lift", "bob", "--all"]).refused(&["cannot be used with"]);
}

async fn a_person_who_is_let_in_again_has_all_attempts_again(on: On) {
    let place = Place::served(on, "regulation: {max_retries: 1, find_time: 2m, ban_time: 1h}");
    // Ten times over all networks lock the person out everywhere: each ban at this network is lifted meanwhile, and
    // each failure is made one of a network of its own.
    for _ in 0..9 {
        fail(&place, "alice", 1).await;
        assert!(!is_let_in(&place, "alice").await);
        assert_eq!(place.sql("DELETE FROM signet_bans").await, 1);
        place.sql("UPDATE signet_attempts SET person_network = id").await;
    }
    fail(&place, "alice", 1).await;
    let listed = place.run(&["bans", "list"]).done();
    assert!(listed.contains("all networks") && listed.contains("  10  "), "{listed}");
    assert!(place.run(&["bans", "lift", " alice "]).done().contains("2 bans lifted"));
    assert!(is_let_in(&place, "alice").await);
    fail(&place, "alice", 1).await;
    let listed = place.run(&["bans", "list"]).done();
    assert!(!listed.contains("all networks"), "what led to the ban is forgotten: {listed}");
}

async fn failures_elsewhere_are_forgotten_with_the_ban(on: On) {
    let place = Place::served(on, THREE);
    let mut known = Browser::new(&place.site);
    known.sign_in_at_home("alice").await;
    let page = known.open("/logout").await;
    known.press(&page, "logout-confirm", &[]).await;
    fail_in(&mut known, "alice", 2).await;
    fail(&place, "alice", 3).await;
    place.run(&["bans", "lift", "alice"]).done();
    fail_in(&mut known, "alice", 2).await;
    assert_eq!(place.run(&["bans", "list"]).done(), "Nobody is locked out.\n", "a clean sheet");
    fail_in(&mut known, "alice", 1).await;
    let listed = place.run(&["bans", "list"]).done();
    assert!(listed.contains("alice  a known browser  3"), "{listed}");
}

async fn addresses_and_names_that_nobody_has_are_listed_and_let_in_again(on: On) {
    let place =
        Place::served(on, "regulation: {modes: [ip, user], max_retries: 3, find_time: 2m, ban_time: 1h}");
    fail(&place, "nobody at all", 3).await;
    let listed = place.run(&["bans", "list"]).done();
    assert!(listed.contains("(a name nobody has)  network 127.0.0.0/24  3"), "{listed}");
    assert!(listed.contains("address 127.0.0.1"), "{listed}");
    assert!(!listed.contains("nobody at all"), "people type passwords there: {listed}");
    assert!(!is_let_in(&place, "alice").await);
    let lifted = place.run(&["bans", "lift", "address 127.0.0.1"]).done();
    assert!(lifted.contains("Everyone at address 127.0.0.1 may sign in again.\n1 ban lifted"), "{lifted}");
    assert!(is_let_in(&place, "alice").await);
    assert!(place.run(&["bans", "lift", "Nobody at all"]).done().contains("1 ban lifted"));
    fail(&place, "nobody at all", 3).await;
    assert!(place.run(&["bans", "lift", "127.0.0.0/24"]).done().contains("network 127.0.0.0/24"));
    assert!(place.run(&["bans", "lift", "::ffff:127.0.0.1"]).done().contains("1 ban lifted"));
    assert_eq!(place.run(&["bans", "list"]).done(), "Nobody is locked out.\n");
}

async fn a_ban_is_lifted_by_an_address_in_its_network_by_e_mail_and_as_the_list_shows_it(on: On) {
    let place = Place::served(on, THREE);
    place.run(&["bans", "lift", "127.0.0.77"]).refused(&["'127.0.0.77' is not locked out"]);
    for named in ["127.0.0.77", "network 127.0.0.0/24", " 127.0.0.0/24", "Alice@example.com"] {
        fail(&place, "alice", 3).await;
        assert!(!is_let_in(&place, "alice").await);
        place.run(&["bans", "lift", "127.0.1.1"]).refused(&["'127.0.1.1' is not locked out"]);
        place.run(&["bans", "lift", "bob"]).refused(&["'bob' is not locked out"]);
        let lifted = place.run(&["bans", "lift", named]).done();
        assert!(lifted.contains("alice may sign in again (network 127.0.0.0/24).\n1 ban lifted"), "{lifted}");
        assert!(is_let_in(&place, "alice").await, "{named}");
    }
}

async fn the_names_of_authelia_do_the_same(on: On) {
    let place =
        Place::served(on, "regulation: {modes: [ip, user], max_retries: 3, find_time: 2m, ban_time: 1h}");
    fail(&place, "alice", 3).await;
    let users = place.run(&["storage", "bans", "user", "list"]).done();
    assert!(users.contains("alice") && !users.contains("address"), "{users}");
    let addresses = place.run(&["storage", "bans", "ip", "list"]).done();
    assert!(addresses.contains("address 127.0.0.1") && !addresses.contains("alice"), "{addresses}");
    place.run(&["storage", "bans", "ip", "revoke", "alice"]).refused(&["'alice' is not locked out"]);
    place.run(&["storage", "bans", "user", "revoke", "127.0.0.1"]).refused(&["is not locked out"]);
    place.run(&["storage", "bans", "user", "revoke", "alice"]).done();
    place.run(&["storage", "bans", "ip", "revoke", "127.0.0.1"]).done();
    assert!(is_let_in(&place, "alice").await);
}
