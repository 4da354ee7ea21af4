//! Passwords, regulation and the directory in use.

use signet::settings::Regulation;
use signet::users::SignInProblem;

use super::{HOME, House, RETRIES, regulation, users_file};

/// What the event of a ban at the home network says.
const LOCKED: &str = "network 192.0.2.0/24, until 2023-11-14T22:18:20Z";

#[tokio::test]
async fn the_right_password_lets_a_person_in_by_name_or_address() {
    let house = House::new().await;
    let user = house.try_from("alice", "alice-password", HOME, None).await.unwrap();
    assert_eq!(user.username, "alice");
    assert_eq!(user.emails, ["alice@example.com"]);
    assert!(house.lets_in(" Alice@Example.com", "alice-password").await);
    assert!(!house.lets_in("alice", "bob-password").await);
    assert!(!house.lets_in("alice", "").await);
    assert_eq!(house.count("login.success", "").await, 2);
}

#[tokio::test]
async fn wrong_unknown_disabled_and_banned_are_one_answer_with_the_reason_in_the_events() {
    let house = House::new().await;
    house.get_banned("bob", HOME, None).await;
    for (username, password) in
        [("alice", "wrong"), ("nobody", "x"), ("mallory", "mallory-password"), ("bob", "bob-password")]
    {
        let answer = house.try_from(username, password, HOME, None).await;
        assert_eq!(answer.unwrap_err(), SignInProblem::Refused, "{username}");
    }
    let events = house.events().await;
    let last: Vec<_> = events
        .iter()
        .filter(|event| event.0 == "login.failure")
        .skip(RETRIES as usize)
        .map(|event| (event.1.as_deref(), event.2.as_str()))
        .collect();
    assert_eq!(
        last,
        [
            (Some("alice"), "wrong password"),
            (None, "unknown person"),
            (Some("mallory"), "disabled person"),
            (Some("bob"), "banned")
        ]
    );
    assert_eq!(house.count("login.locked", LOCKED).await, 1);
}

#[tokio::test]
async fn what_was_typed_as_the_name_of_nobody_is_stored_nowhere() {
    let house = House::new().await;
    house.get_banned("my-secret-password", HOME, None).await;
    for entry in std::fs::read_dir(house.folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(18).any(|window| window == b"my-secret-password"));
    }
}

#[tokio::test]
async fn a_ban_holds_for_the_network_and_not_elsewhere() {
    let house = House::new().await;
    house.get_banned("alice", "203.0.113.5", None).await;
    assert!(!house.lets_in_from("alice", "alice-password", "203.0.113.250", None).await);
    assert!(!house.lets_in_from("alice", "alice-password", "::ffff:203.0.113.9", None).await);
    assert!(house.lets_in_from("alice", "alice-password", "203.0.112.5", None).await);
    house.get_banned("alice", "2001:db8:1:2::5", None).await;
    assert!(!house.lets_in_from("alice", "alice-password", "2001:db8:1:2:ffff::1", None).await);
    assert!(house.lets_in_from("alice", "alice-password", "2001:db8:1:3::5", None).await);
}

#[tokio::test]
async fn many_networks_together_are_slowed_down_and_a_known_browser_is_not() {
    let house = House::new().await;
    assert!(house.lets_in_from("alice", "alice-password", HOME, Some("browser")).await);
    // No network fails often enough for a ban of its own.
    for network in 0..25 {
        for _ in 0..2 {
            assert!(!house.lets_in_from("alice", "wrong", &format!("10.0.{network}.1"), None).await);
        }
        house.clock.advance(60);
    }
    assert!(!house.lets_in_from("alice", "alice-password", "10.1.1.1", None).await);
    assert!(house.lets_in_from("alice", "alice-password", HOME, Some("browser")).await);
    assert!(house.lets_in("bob", "bob-password").await);
    house.clock.advance(301);
    assert!(
        !house.lets_in_from("alice", "alice-password", "10.1.1.1", None).await,
        "an hour, not a ban, has to pass"
    );
    house.clock.advance(3600);
    assert!(house.lets_in_from("alice", "alice-password", "10.1.1.1", None).await);
}

#[tokio::test]
async fn addresses_are_counted_where_the_configuration_says_so() {
    let house = House::with(Regulation { by_user: false, by_ip: true, ..regulation() }).await;
    for name in ["alice", "bob", "carol", "dave", "erin"] {
        assert!(!house.lets_in(name, "wrong").await);
    }
    assert!(!house.lets_in("alice", "alice-password").await);
    assert!(house.lets_in_from("alice", "alice-password", "192.0.2.8", None).await);
}

#[tokio::test]
async fn addresses_of_ipv6_are_counted_by_what_one_subscriber_has() {
    let house = House::with(Regulation { by_user: false, by_ip: true, ..regulation() }).await;
    for (number, name) in ["alice", "bob", "carol", "dave", "erin"].into_iter().enumerate() {
        assert!(!house.lets_in_from(name, "wrong", &format!("2001:db8:1:2::{number:x}"), None).await);
    }
    assert!(!house.lets_in_from("alice", "alice-password", "2001:db8:1:2:3:4:5:6", None).await);
    assert!(house.lets_in_from("alice", "alice-password", "2001:db8:1:3::1", None).await);
}

#[tokio::test]
async fn without_retries_nobody_is_banned() {
    let house = House::with(Regulation { max_retries: 0, ..regulation() }).await;
    for _ in 0..20 {
        assert!(!house.lets_in("alice", "wrong").await);
    }
    assert!(house.lets_in("alice", "alice-password").await);
}

#[tokio::test]
async fn a_changed_file_is_read_again_and_a_broken_one_changes_nothing() {
    let house = House::new().await;
    assert!(!house.lets_in("carol", "carol-password").await);
    house.write_users(&users_file(&["!alice", "carol"]));
    assert!(house.lets_in("carol", "carol-password").await);
    assert!(house.users.find("alice").unwrap().disabled);
    assert!(house.users.find("bob").is_none());
    house.write_users("users: [");
    assert!(house.lets_in("carol", "carol-password").await);
}
