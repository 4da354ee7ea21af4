//! One-time codes: enrolment, use, and that each step is accepted once.

use secrecy::ExposeSecret;
use signet::users::{EnrolmentView, SignInProblem};

use super::{HOME, House, from};

/// The code an app shows at a time.
fn code(view: &EnrolmentView, now: i64) -> String {
    let app = totp_rs::Totp::from_url_unchecked(&view.uri).unwrap();
    app.generate(u64::try_from(now).unwrap()).to_string()
}

impl House {
    async fn confirm(&self, session: &str, username: &str, code: &str) -> Result<(), SignInProblem> {
        self.users.confirm_enrolment(session, username, code, &from(HOME), None).await
    }

    async fn accept(&self, username: &str, code: &str) -> Result<(), SignInProblem> {
        self.users.accept_code(username, code, &from(HOME), None).await
    }

    /// A device of alice, and the present code, whose step is used by the enrolment.
    async fn enrol(&self) -> (EnrolmentView, String) {
        let view = self.users.enrolment("session", "alice").await.unwrap().unwrap();
        let code = code(&view, self.clock.now());
        self.confirm("session", "alice", &code).await.unwrap();
        (view, code)
    }
}

#[tokio::test]
async fn a_session_sees_one_seed_until_it_is_confirmed() {
    let house = House::new().await;
    let first = house.users.enrolment("session", "alice").await.unwrap().unwrap();
    let again = house.users.enrolment("session", "alice").await.unwrap().unwrap();
    let other = house.users.enrolment("other", "alice").await.unwrap().unwrap();
    assert_eq!(first.secret.expose_secret(), again.secret.expose_secret());
    assert_ne!(first.secret.expose_secret(), other.secret.expose_secret());
    assert_eq!(first.secret.expose_secret().len(), 52, "32 bytes in base32");
    assert!(!house.users.has_totp("alice").await.unwrap());
    house.confirm("session", "alice", &code(&first, house.clock.now())).await.unwrap();
    assert!(house.users.has_totp("alice").await.unwrap());
    assert!(house.users.enrolment("session", "alice").await.unwrap().is_none());
    let late = code(&other, house.clock.now());
    assert_eq!(house.confirm("other", "alice", &late).await, Err(SignInProblem::Refused));
}

#[tokio::test]
async fn an_enrolment_belongs_to_its_session_and_person_and_ends() {
    let house = House::new().await;
    let view = house.users.enrolment("session", "alice").await.unwrap().unwrap();
    let right = code(&view, house.clock.now());
    assert!(house.confirm("other", "alice", &right).await.is_err());
    assert!(house.confirm("session", "bob", &right).await.is_err());
    house.clock.advance(601);
    assert!(house.confirm("session", "alice", &code(&view, house.clock.now())).await.is_err());
    assert!(!house.users.has_totp("alice").await.unwrap());
}

#[tokio::test]
async fn a_code_is_read_with_its_spaces_and_only_for_its_person() {
    let house = House::new().await;
    let (view, _) = house.enrol().await;
    house.clock.advance(30);
    let right = code(&view, house.clock.now());
    assert_eq!(house.accept("bob", &right).await, Err(SignInProblem::Refused));
    let (left, tail) = right.split_at(3);
    assert_eq!(house.accept("alice", &format!("{left} {tail}")).await, Ok(()));
}

#[tokio::test]
async fn a_right_code_sent_again_is_refused_and_counts_as_no_guess() {
    let house = House::new().await;
    let (view, enrolled) = house.enrol().await;
    for _ in 0..64 {
        assert_eq!(house.confirm("session", "alice", &enrolled).await, Err(SignInProblem::Refused));
        assert_eq!(house.accept("alice", &enrolled).await, Err(SignInProblem::Refused));
    }
    house.clock.advance(30);
    let right = code(&view, house.clock.now());
    assert_eq!(house.accept("alice", &right).await, Ok(()));
    for _ in 0..64 {
        assert_eq!(house.accept("alice", &right).await, Err(SignInProblem::Refused));
    }
    assert!(house.lets_in("alice", "alice-password").await);
    house.clock.advance(30);
    assert_eq!(house.accept("alice", &code(&view, house.clock.now())).await, Ok(()));
    assert_eq!(house.count("factor.failure", "used code").await, 3 * 64);
    assert!(house.events().await.iter().all(|event| event.0 != "login.locked"));
}

#[tokio::test]
async fn the_password_alone_does_not_make_the_browser_of_a_person_with_a_device_known() {
    let house = House::new().await;
    let (view, _) = house.enrol().await;
    house.clock.advance(30);
    assert!(house.lets_in_from("alice", "alice-password", HOME, Some("thief")).await);
    house.get_banned("alice", HOME, None).await;
    assert!(!house.lets_in_from("alice", "alice-password", HOME, Some("thief")).await);
    house.clock.advance(330);
    assert!(house.lets_in_from("alice", "alice-password", HOME, Some("own")).await);
    let right = code(&view, house.clock.now());
    house.users.accept_code("alice", &right, &from(HOME), Some("own")).await.unwrap();
    house.get_banned("alice", HOME, None).await;
    assert!(house.lets_in_from("alice", "alice-password", HOME, Some("own")).await);
}

#[tokio::test]
async fn a_person_who_left_the_directory_proves_nothing_any_more() {
    let house = House::new().await;
    let (view, _) = house.enrol().await;
    house.write_users(&super::users_file(&["!alice", "bob"]));
    assert!(house.lets_in("bob", "bob-password").await);
    house.clock.advance(30);
    assert_eq!(house.accept("alice", &code(&view, house.clock.now())).await, Err(SignInProblem::Refused));
}

#[tokio::test]
async fn seeds_are_sealed_in_the_database() {
    let house = House::new().await;
    let (view, _) = house.enrol().await;
    let seed = view.secret.expose_secret().as_bytes();
    for entry in std::fs::read_dir(house.folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(seed.len()).any(|window| window == seed));
    }
}
