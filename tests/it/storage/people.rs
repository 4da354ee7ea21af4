//! What is remembered of people: consents, subjects, devices, browsers.

use signet::model::authentication::{Level, Method};
use signet::model::consent::{AskedClaim, Consent};
use signet::model::event::EventKind;
use signet::model::grant::Grant;
use signet::model::issuer::Issuer;
use signet::model::second_factor::{Totp, TotpAlgorithm};
use signet::storage::{AskedConsent, Enrolment, SessionRow};

use super::samples::{self, consent, event, grant, issuer, new_grant, scope};
use super::{NOW, Place, on_both};

on_both!(
    a_remembered_consent_answers_the_same_request_only,
    claims_are_part_of_what_is_remembered,
    a_subject_stays_once_given,
    an_enrolment_becomes_the_device_once,
    an_enrolment_replaces_an_older_one_and_ends,
    an_enrolment_ends_with_the_next_proof_of_its_sign_in,
    a_step_is_accepted_once_and_no_earlier_one_after_it,
    a_device_is_listed_and_deleted,
    a_deleted_device_ends_sessions_and_what_was_granted_with_it,
    a_browser_is_known_for_a_year,
    events_are_kept,
);

async fn a_remembered_consent_answers_the_same_request_only(place: Place) {
    let storage = place.storage;
    let remembered = consent(Some(NOW + 100));
    let once = consent(None);
    for each in [&remembered, &once] {
        let granted = grant("openid");
        let code = samples::code(&granted);
        storage.answer_with_grant(new_grant(&granted, &code, Some(each))).await.unwrap();
    }
    let ask = async |issuer: &Issuer, client: &str, user: &str, wanted: &str, audience: &[&str], now| {
        let audience: Vec<String> = audience.iter().map(|&each| each.to_owned()).collect();
        let (scope, audience) = (&scope(wanted), audience.as_slice());
        let asked = AskedConsent { issuer, client_id: client, username: user, scope, audience, claims: &[] };
        storage.remembered_consent(asked, now).await.unwrap()
    };
    let (a, b) = ("https://a.example.com", "https://b.example.com");
    let here = issuer();
    let found = Some(remembered.id.clone());
    assert_eq!(ask(&here, "app", "alice", "openid profile", &[b, a], NOW).await, found);
    assert_eq!(
        ask(&here, "app", "alice", "profile openid", &[a, b, a], NOW).await,
        found,
        "sets have no order"
    );
    let there = Issuer::parse("https://other.example.com").unwrap();
    assert_eq!(ask(&there, "app", "alice", "openid profile", &[a, b], NOW).await, None);
    assert_eq!(ask(&here, "other", "alice", "openid profile", &[a, b], NOW).await, None);
    assert_eq!(ask(&here, "app", "bob", "openid profile", &[a, b], NOW).await, None);
    assert_eq!(ask(&here, "app", "alice", "openid", &[a, b], NOW).await, None, "less is another request");
    assert_eq!(ask(&here, "app", "alice", "openid profile email", &[a, b], NOW).await, None);
    assert_eq!(ask(&here, "app", "alice", "openid profile", &[a], NOW).await, None);
    assert_eq!(ask(&here, "app", "alice", "openid profile", &[a, b], NOW + 100).await, None);
    assert!(storage.withdraw_consents("alice", "app", &here, &[], NOW).await.unwrap());
    assert!(!storage.withdraw_consents("alice", "app", &here, &[], NOW).await.unwrap());
    assert_eq!(ask(&here, "app", "alice", "openid profile", &[a, b], NOW).await, None);
}

async fn claims_are_part_of_what_is_remembered(place: Place) {
    let storage = place.storage;
    let with = |name: &str, essential, wanted: &[&str]| AskedClaim {
        name: name.to_owned(),
        essential,
        wanted: wanted.iter().map(|&each| each.to_owned()).collect(),
    };
    let claim = |name: &str, essential| with(name, essential, &[]);
    let asked = vec![claim("phone_number", false), claim("email", true)];
    let remembered =
        Consent { asked_claims: asked.clone(), claims: vec!["email".to_owned()], ..consent(Some(NOW + 100)) };
    let granted = grant("openid");
    let code = samples::code(&granted);
    storage.answer_with_grant(new_grant(&granted, &code, Some(&remembered))).await.unwrap();
    let ask = async |claims: &[AskedClaim]| {
        let asked = AskedConsent {
            issuer: &remembered.issuer,
            client_id: "app",
            username: "alice",
            scope: &remembered.scope,
            audience: &remembered.audience,
            claims,
        };
        storage.remembered_consent(asked, NOW).await.unwrap()
    };
    let found = Some(remembered.id.clone());
    assert_eq!(ask(&asked).await, found);
    assert_eq!(ask(&[claim("email", true), claim("phone_number", false)]).await, found, "sets have no order");
    for others in
        [vec![], vec![claim("email", true)], vec![claim("phone_number", true), claim("email", true)]]
    {
        assert_eq!(ask(&others).await, None, "{others:?}");
    }
    for others in [
        [with("email", true, &["\"a\""]), claim("phone_number", false)],
        [claim("email", true), with("phone_number", false, &["{}"])],
    ] {
        assert_eq!(ask(&others).await, None, "{others:?}");
    }
    assert_eq!(storage.claims_of_consent(&remembered.id).await.unwrap(), ["email"]);
    assert!(storage.claims_of_consent("another").await.unwrap().is_empty());
}

async fn a_subject_stays_once_given(place: Place) {
    let storage = place.storage;
    assert_eq!(storage.subject("", "alice", "uuid-1", NOW).await.unwrap(), "uuid-1");
    assert_eq!(storage.subject("", "alice", "uuid-2", NOW).await.unwrap(), "uuid-1");
    assert_eq!(storage.subject("example.com", "alice", "uuid-3", NOW).await.unwrap(), "uuid-3");
    assert!(storage.subject("", "bob", "uuid-1", NOW).await.is_err(), "nobody gets another's subject");
    assert_eq!(storage.subject("", "bob", "uuid-4", NOW).await.unwrap(), "uuid-4");
}

fn enrolment(session: &str) -> Enrolment {
    Enrolment {
        session: session.to_owned(),
        username: "alice".to_owned(),
        sealed_seed: "sealed".to_owned(),
        algorithm: TotpAlgorithm::Sha256,
        digits: 8,
        period: 60,
        created_at: NOW,
        expires_at: NOW + 300,
    }
}

async fn an_enrolment_becomes_the_device_once(place: Place) {
    let storage = place.storage;
    let events = [event(EventKind::FactorEnrolled)];
    for session in ["one", "two"] {
        storage.begin_enrolment(&enrolment(session)).await.unwrap();
    }
    assert!(!storage.confirm_enrolment("one", "bob", 7, &events, NOW).await.unwrap());
    assert!(!storage.confirm_enrolment("one", "alice", 7, &events, NOW + 300).await.unwrap());
    assert_eq!(storage.totp("alice").await.unwrap(), None);
    assert!(storage.confirm_enrolment("one", "alice", 7, &events, NOW + 5).await.unwrap());
    let device = Totp {
        username: "alice".to_owned(),
        sealed_seed: "sealed".to_owned(),
        algorithm: TotpAlgorithm::Sha256,
        digits: 8,
        period: 60,
        created_at: NOW + 5,
        last_step: 7,
    };
    assert_eq!(storage.totp("alice").await.unwrap(), Some(device.clone()));
    assert!(!storage.confirm_enrolment("one", "alice", 8, &events, NOW + 6).await.unwrap());
    assert!(!storage.confirm_enrolment("two", "alice", 8, &events, NOW + 6).await.unwrap());
    assert_eq!(storage.totp("alice").await.unwrap(), Some(device));
    assert!(!storage.accept_step("alice", 7, &[], NOW).await.unwrap(), "the step that confirmed is used");
}

async fn an_enrolment_replaces_an_older_one_and_ends(place: Place) {
    let storage = place.storage;
    storage.begin_enrolment(&enrolment("one")).await.unwrap();
    let newer = Enrolment { sealed_seed: "newer".to_owned(), digits: 6, ..enrolment("one") };
    storage.begin_enrolment(&newer).await.unwrap();
    assert_eq!(storage.enrolment("one", "alice", NOW).await.unwrap(), Some(newer));
    assert_eq!(storage.enrolment("one", "bob", NOW).await.unwrap(), None);
    assert_eq!(storage.enrolment("two", "alice", NOW).await.unwrap(), None);
    assert_eq!(storage.enrolment("one", "alice", NOW + 300).await.unwrap(), None);
}

async fn an_enrolment_ends_with_the_next_proof_of_its_sign_in(place: Place) {
    let storage = place.storage;
    let of = async |session| storage.enrolment(session, "alice", NOW).await.unwrap();
    for session in ["one", "two"] {
        storage.begin_enrolment(&enrolment(session)).await.unwrap();
    }
    let first = samples::signed_in("one");
    assert!(storage.create_session(&first, &[]).await.unwrap());
    assert_eq!(of("one").await, None);
    storage.begin_enrolment(&enrolment("one")).await.unwrap();
    assert!(!storage.create_session(&first, &[]).await.unwrap(), "the id is taken");
    let next = SessionRow { id_hash: "hash-of-next".to_owned(), ..first.clone() };
    assert!(!storage.replace_session("hash-of-another", &next, &[]).await.unwrap());
    assert!(of("one").await.is_some(), "nothing was proven");
    assert!(storage.replace_session(&first.id_hash, &next, &[]).await.unwrap());
    assert_eq!(of("one").await, None);
    assert!(of("two").await.is_some(), "another sign-in's stays");
}

async fn a_step_is_accepted_once_and_no_earlier_one_after_it(place: Place) {
    let storage = place.storage;
    storage.begin_enrolment(&enrolment("one")).await.unwrap();
    assert!(storage.confirm_enrolment("one", "alice", 100, &[], NOW).await.unwrap());
    let events = [event(EventKind::SecondFactorUsed)];
    let accept = async |step| storage.accept_step("alice", step, &events, NOW).await.unwrap();
    assert!(accept(102).await);
    assert!(!accept(102).await);
    assert!(!accept(101).await);
    assert!(accept(103).await);
    assert!(!storage.accept_step("bob", 104, &events, NOW).await.unwrap());
}

async fn a_device_is_listed_and_deleted(place: Place) {
    let storage = place.storage;
    for (session, username) in [("one", "bob"), ("two", "alice")] {
        let each = Enrolment { username: username.to_owned(), ..enrolment(session) };
        storage.begin_enrolment(&each).await.unwrap();
        assert!(storage.confirm_enrolment(session, username, 1, &[], NOW).await.unwrap());
    }
    let names = async || {
        let devices = storage.list_totp().await.unwrap();
        devices.into_iter().map(|device| device.username).collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["alice", "bob"]);
    let events = [event(EventKind::FactorRemoved)];
    assert!(storage.delete_totp("alice", &events, NOW).await.unwrap());
    assert!(!storage.delete_totp("alice", &events, NOW).await.unwrap());
    assert_eq!(names().await, ["bob"]);
}

async fn a_deleted_device_ends_sessions_and_what_was_granted_with_it(place: Place) {
    let storage = place.storage;
    let with_device = grant("openid offline_access");
    let without = Grant { methods: vec![Method::Password], level: Level::OneFactor, ..grant("openid") };
    let codes =
        [samples::store_grant(&storage, &with_device).await, samples::store_grant(&storage, &without).await];
    let revoked = async || {
        let mut revoked = Vec::new();
        for code in &codes {
            let (_, found, _) = storage.authorization_code(&code.id, &code.hash).await.unwrap().unwrap();
            revoked.push(found.revoked_at);
        }
        revoked
    };
    assert!(!storage.delete_totp("alice", &[], NOW + 1).await.unwrap());
    assert_eq!(revoked().await, [None, None], "there was none");
    storage.begin_enrolment(&enrolment("one")).await.unwrap();
    assert!(storage.confirm_enrolment("one", "alice", 1, &[], NOW).await.unwrap());
    let bobs = SessionRow { username: Some("bob".to_owned()), ..samples::signed_in("bobs") };
    assert!(storage.create_session(&bobs, &[]).await.unwrap());
    assert!(storage.load_session("hash-of-session-1", NOW).await.unwrap().is_some());
    assert!(storage.delete_totp("alice", &[], NOW + 2).await.unwrap());
    assert_eq!(revoked().await, [Some(NOW + 2), None]);
    for session in ["hash-of-session-1", "hash-of-session-2"] {
        assert_eq!(storage.load_session(session, NOW).await.unwrap(), None);
    }
    assert!(storage.load_session("hash-of-bobs", NOW).await.unwrap().is_some(), "another person's stays");
}

async fn a_browser_is_known_for_a_year(place: Place) {
    let storage = place.storage;
    let known = async |user, browser, now| storage.is_known_browser(user, browser, now).await.unwrap();
    assert!(!known("alice", "one", NOW).await);
    storage.remember_browser("alice", "one", NOW).await.unwrap();
    assert!(known("alice", "one", NOW).await);
    assert!(!known("alice", "two", NOW).await);
    assert!(!known("bob", "one", NOW).await);
    let year = 365 * 24 * 3600;
    assert!(!known("alice", "one", NOW + year).await);
    storage.remember_browser("alice", "one", NOW + 10).await.unwrap();
    assert!(known("alice", "one", NOW + year).await);
}

async fn events_are_kept(place: Place) {
    let storage = place.storage;
    let full = [event(EventKind::LoginFailure), event(EventKind::LoginFailure)];
    storage.append_events(&full).await.unwrap();
    storage.append_events(&[]).await.unwrap();
    storage.append_events(&[signet::model::event::Event::new(EventKind::LoginSuccess, NOW)]).await.unwrap();
}
