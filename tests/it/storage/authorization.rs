//! Pending authorizations, pushed requests, answers.

use signet::model::event::EventKind;
use signet::model::grant::Grant;
use signet::model::issuer::Issuer;
use signet::storage::{Answer, Claim, NewGrant};

use super::samples::{
    access_token, code, consent, event, grant, interaction, issuer, new_grant, pushed_request, store_grant,
};
use super::{NOW, Place, on_both};

on_both!(
    an_interaction_comes_back_as_it_was_stored_until_it_ends,
    an_interaction_belongs_to_the_first_browser_that_opens_it,
    a_claim_opens_the_pushed_request_or_fails_with_it,
    an_interaction_remembers_what_its_pages_did,
    a_pushed_request_is_opened_by_one_browser_and_spent_once,
    a_pushed_request_is_known_to_its_client_its_issuer_and_its_hash_alone,
    an_answer_stores_everything_or_nothing,
    an_answer_carries_a_token_with_or_without_a_code,
    a_refusal_answers_too,
    a_revoked_grant_is_revoked_once,
    sign_out_ends_all_grants_but_the_offline_ones,
    a_grant_is_made_only_in_a_sign_in_that_stands,
);

async fn an_interaction_comes_back_as_it_was_stored_until_it_ends(place: Place) {
    let storage = place.storage;
    let stored = interaction(Some("browser-1"), Some("pushed-x"));
    storage.insert_interaction(&stored).await.unwrap();
    assert_eq!(storage.interaction(&stored.id, &issuer(), NOW).await.unwrap(), Some(stored.clone()));
    assert_eq!(storage.interaction(&stored.id, &issuer(), stored.expires_at).await.unwrap(), None);
    let other = Issuer::parse("https://other.example.com").unwrap();
    assert_eq!(storage.interaction(&stored.id, &other, NOW).await.unwrap(), None);
}

async fn an_interaction_belongs_to_the_first_browser_that_opens_it(place: Place) {
    let storage = place.storage;
    let stored = interaction(None, None);
    storage.insert_interaction(&stored).await.unwrap();
    assert_eq!(storage.claim_interaction(&stored.id, "one", NOW).await.unwrap(), Claim::Yours);
    assert_eq!(storage.claim_interaction(&stored.id, "two", NOW).await.unwrap(), Claim::Another);
    assert_eq!(storage.claim_interaction(&stored.id, "one", NOW).await.unwrap(), Claim::Yours);
    assert_eq!(storage.claim_interaction(&stored.id, "one", stored.expires_at).await.unwrap(), Claim::Gone);
    assert_eq!(storage.claim_interaction("unknown", "one", NOW).await.unwrap(), Claim::Gone);
}

async fn a_claim_opens_the_pushed_request_or_fails_with_it(place: Place) {
    let storage = place.storage;
    let pushed = pushed_request();
    storage.insert_pushed_request(&pushed).await.unwrap();
    let first = interaction(None, Some(&pushed.id));
    let second = interaction(None, Some(&pushed.id));
    storage.insert_interaction(&first).await.unwrap();
    storage.insert_interaction(&second).await.unwrap();
    assert_eq!(storage.claim_interaction(&first.id, "one", NOW).await.unwrap(), Claim::Yours);
    // The second was begun from the same pushed request, which is the first browser's now.
    for _ in 0..2 {
        assert_eq!(storage.claim_interaction(&second.id, "two", NOW).await.unwrap(), Claim::Another);
    }
    assert_eq!(storage.claim_interaction(&second.id, "one", NOW).await.unwrap(), Claim::Yours);

    let late = pushed_request();
    storage.insert_pushed_request(&late).await.unwrap();
    let third = interaction(None, Some(&late.id));
    storage.insert_interaction(&third).await.unwrap();
    assert_eq!(storage.claim_interaction(&third.id, "one", late.expires_at).await.unwrap(), Claim::Gone);
}

async fn an_interaction_remembers_what_its_pages_did(place: Place) {
    let storage = place.storage;
    let stored = interaction(Some("browser-1"), None);
    storage.insert_interaction(&stored).await.unwrap();
    storage.mark_signed_in(&stored.id, "session-9", NOW).await.unwrap();
    let kept = async || {
        let found = storage.interaction(&stored.id, &issuer(), NOW).await.unwrap().unwrap();
        (found.signed_in, found.account_selected, found.answered_at)
    };
    let session = || Some("session-9".to_owned());
    assert_eq!(kept().await, (session(), None, None));
    storage.mark_account_selected(&stored.id, "session-9", NOW).await.unwrap();
    assert_eq!(kept().await, (session(), session(), None));

    storage.answer_with_refusal(Some(&stored.id), None, "browser-1", &[], NOW).await.unwrap();
    storage.mark_signed_in(&stored.id, "session-10", NOW).await.unwrap();
    storage.mark_account_selected(&stored.id, "session-10", NOW).await.unwrap();
    assert_eq!(kept().await, (session(), session(), Some(NOW)), "an answered one does not change");
}

async fn a_pushed_request_is_opened_by_one_browser_and_spent_once(place: Place) {
    let storage = place.storage;
    let pushed = pushed_request();
    storage.insert_pushed_request(&pushed).await.unwrap();
    let open = async |browser: Option<&str>, now| {
        storage.open_pushed_request(&pushed.id, &pushed.hash, &issuer(), "app", browser, now).await.unwrap()
    };
    assert_eq!(open(None, NOW).await, Some(pushed.request.clone()), "unopened, it may be looked at");
    assert_eq!(open(Some("one"), NOW).await, Some(pushed.request.clone()));
    assert_eq!(open(Some("one"), NOW).await, Some(pushed.request.clone()), "the same browser may again");
    assert_eq!(open(Some("two"), NOW).await, None);
    assert_eq!(open(None, NOW).await, None);
    assert_eq!(open(Some("one"), pushed.expires_at).await, None);

    // The person took longer than the pushed request lives: it still answers, once.
    let late = pushed.expires_at + 100;
    let other = storage.answer_with_refusal(None, Some(&pushed.id), "two", &[], late).await.unwrap();
    assert_eq!(other, Answer::AlreadyAnswered);
    let first = storage.answer_with_refusal(None, Some(&pushed.id), "one", &[], late).await.unwrap();
    assert_eq!(first, Answer::Committed);
    let second = storage.answer_with_refusal(None, Some(&pushed.id), "one", &[], late).await.unwrap();
    assert_eq!(second, Answer::AlreadyAnswered);
    assert_eq!(open(Some("one"), NOW).await, None);
}

async fn a_pushed_request_is_known_to_its_client_its_issuer_and_its_hash_alone(place: Place) {
    let storage = place.storage;
    let pushed = pushed_request();
    storage.insert_pushed_request(&pushed).await.unwrap();
    let other = Issuer::parse("https://other.example.com").unwrap();
    for (hash, issuer, client) in [
        ("another-hash", &issuer(), "app"),
        (pushed.hash.as_str(), &other, "app"),
        (pushed.hash.as_str(), &issuer(), "another-app"),
    ] {
        for browser in [None, Some("one")] {
            let opened = storage.open_pushed_request(&pushed.id, hash, issuer, client, browser, NOW).await;
            assert_eq!(opened.unwrap(), None);
        }
    }
}

async fn an_answer_stores_everything_or_nothing(place: Place) {
    let storage = place.storage;
    let stored = interaction(Some("browser-1"), None);
    storage.insert_interaction(&stored).await.unwrap();
    let consent = consent(None);
    let mut granted = grant("openid profile");
    granted.consent = Some(consent.id.clone());
    let issued = code(&granted);
    let events = [event(EventKind::ConsentGranted), event(EventKind::CodeIssued)];
    let answer = NewGrant {
        interaction: Some(&stored.id),
        consent: Some(&consent),
        events: &events,
        ..new_grant(&granted, &issued, None)
    };
    let stranger = NewGrant { browser: "browser-2", ..answer };
    assert_eq!(storage.answer_with_grant(stranger).await.unwrap(), Answer::AlreadyAnswered);
    let late = NewGrant { now: stored.expires_at, ..answer };
    assert_eq!(storage.answer_with_grant(late).await.unwrap(), Answer::AlreadyAnswered);
    assert_eq!(storage.authorization_code(&issued.id, &issued.hash).await.unwrap(), None);

    assert_eq!(storage.answer_with_grant(answer).await.unwrap(), Answer::Committed);
    let found = storage.authorization_code(&issued.id, &issued.hash).await.unwrap();
    assert_eq!(found, Some((issued.clone(), granted.clone(), true)));
    assert_eq!(storage.authorization_code(&issued.id, "another-hash").await.unwrap(), None);
    assert_eq!(storage.answer_with_grant(answer).await.unwrap(), Answer::AlreadyAnswered);

    assert!(storage.withdraw_consents("alice", "app", &issuer(), &[], NOW).await.unwrap());
    let found = storage.authorization_code(&issued.id, &issued.hash).await.unwrap();
    let ended = Grant { revoked_at: Some(NOW), ..granted };
    assert_eq!(found, Some((issued, ended, true)), "what was allowed once ends with its grant");
}

async fn an_answer_carries_a_token_with_or_without_a_code(place: Place) {
    let storage = place.storage;
    for with_code in [true, false] {
        let stored = interaction(Some("browser-1"), None);
        storage.insert_interaction(&stored).await.unwrap();
        let granted = grant("openid");
        let (issued, access) = (code(&granted), access_token(Some(&granted)));
        let answer = NewGrant {
            interaction: Some(&stored.id),
            code: with_code.then_some(&issued),
            access_token: Some(&access),
            expires_at: access.expires_at,
            ..new_grant(&granted, &issued, None)
        };
        let stranger = NewGrant { browser: "browser-2", ..answer };
        assert_eq!(storage.answer_with_grant(stranger).await.unwrap(), Answer::AlreadyAnswered);
        assert_eq!(storage.access_token(&access.id, access.hash.as_deref()).await.unwrap(), None);

        assert_eq!(storage.answer_with_grant(answer).await.unwrap(), Answer::Committed);
        let found = storage.access_token(&access.id, access.hash.as_deref()).await.unwrap().unwrap();
        assert_eq!((found.token, found.grant), (access.clone(), Some(granted.clone())));
        let found = storage.authorization_code(&issued.id, &issued.hash).await.unwrap();
        assert_eq!(found.is_some(), with_code);
        assert_eq!(storage.answer_with_grant(answer).await.unwrap(), Answer::AlreadyAnswered);
        // The grant is kept for the token, though the code ended long ago.
        storage.delete_expired(issued.expires_at).await.unwrap();
        assert!(storage.access_token(&access.id, access.hash.as_deref()).await.unwrap().is_some());
        assert!(storage.revoke_grant(&granted.id, &[], NOW).await.unwrap());
        let found = storage.access_token(&access.id, access.hash.as_deref()).await.unwrap().unwrap();
        assert_eq!(found.grant.unwrap().revoked_at, Some(NOW), "both end together");
    }
}

async fn a_refusal_answers_too(place: Place) {
    let storage = place.storage;
    let pushed = pushed_request();
    storage.insert_pushed_request(&pushed).await.unwrap();
    let (first, second) = (interaction(None, Some(&pushed.id)), interaction(None, Some(&pushed.id)));
    for each in [&first, &second] {
        storage.insert_interaction(each).await.unwrap();
        assert_eq!(storage.claim_interaction(&each.id, "browser-1", NOW).await.unwrap(), Claim::Yours);
    }
    let events = [event(EventKind::ConsentDenied)];
    let refuse = async |id: &str| {
        storage.answer_with_refusal(Some(id), Some(&pushed.id), "browser-1", &events, NOW).await.unwrap()
    };
    assert_eq!(refuse(&first.id).await, Answer::Committed);
    assert_eq!(refuse(&first.id).await, Answer::AlreadyAnswered);
    assert_eq!(refuse(&second.id).await, Answer::AlreadyAnswered, "their pushed request is spent");
    let found = storage.interaction(&second.id, &issuer(), NOW).await.unwrap().unwrap();
    assert!(!found.is_pending(NOW), "its pages say so");
}

async fn a_revoked_grant_is_revoked_once(place: Place) {
    let storage = place.storage;
    let granted = grant("openid");
    let code = store_grant(&storage, &granted).await;
    let events = [event(EventKind::TokenRevoked)];
    assert!(storage.revoke_grant(&granted.id, &events, NOW + 5).await.unwrap());
    assert!(!storage.revoke_grant(&granted.id, &events, NOW + 6).await.unwrap());
    assert!(!storage.revoke_grant("unknown", &events, NOW).await.unwrap());
    let (_, found, _) = storage.authorization_code(&code.id, &code.hash).await.unwrap().unwrap();
    assert_eq!(found.revoked_at, Some(NOW + 5));
}

async fn sign_out_ends_all_grants_but_the_offline_ones(place: Place) {
    let storage = place.storage;
    let mut elsewhere = grant("openid");
    elsewhere.session = "session-2".to_owned();
    let ended = [grant("openid"), grant("openid email")];
    let kept = [grant("openid offline_access"), elsewhere];
    let mut codes = Vec::new();
    for each in ended.iter().chain(&kept) {
        codes.push(store_grant(&storage, each).await);
    }
    let events = [event(EventKind::SessionEnded)];
    assert_eq!(storage.end_session("session-1", &events, NOW).await.unwrap(), 2);
    assert_eq!(storage.end_session("session-1", &events, NOW).await.unwrap(), 0);
    let mut revoked = Vec::new();
    for code in &codes {
        let (_, found, _) = storage.authorization_code(&code.id, &code.hash).await.unwrap().unwrap();
        revoked.push(found.revoked_at.is_some());
    }
    assert_eq!(revoked, [true, true, false, false]);
    assert_eq!(storage.load_session("hash-of-session-1", NOW).await.unwrap(), None, "the session itself");
    assert!(storage.load_session("hash-of-session-2", NOW).await.unwrap().is_some());
    // A token that is its own grant belongs to no session.
    let own = access_token(None);
    storage.insert_access_token(&own, &[]).await.unwrap();
    assert_eq!(storage.end_session("session-1", &events, NOW).await.unwrap(), 0);
}

async fn a_grant_is_made_only_in_a_sign_in_that_stands(place: Place) {
    let storage = place.storage;
    let pushed = pushed_request();
    storage.insert_pushed_request(&pushed).await.unwrap();
    let stored = interaction(None, Some(&pushed.id));
    storage.insert_interaction(&stored).await.unwrap();
    assert_eq!(storage.claim_interaction(&stored.id, "browser-1", NOW).await.unwrap(), Claim::Yours);
    let consent = consent(None);
    let granted = grant("openid");
    let issued = code(&granted);
    let answer = NewGrant {
        interaction: Some(&stored.id),
        pushed_request: Some(&pushed.id),
        ..new_grant(&granted, &issued, Some(&consent))
    };
    let mut bobs = granted.clone();
    bobs.username = "bob".to_owned();
    let another = NewGrant { grant: &bobs, ..answer };
    assert_eq!(storage.answer_with_grant(another).await.unwrap(), Answer::SignedOut, "it is alice's");
    storage.end_session("session-1", &[], NOW).await.unwrap();
    assert_eq!(storage.answer_with_grant(answer).await.unwrap(), Answer::SignedOut);
    assert_eq!(storage.authorization_code(&issued.id, &issued.hash).await.unwrap(), None);
    let found = storage.interaction(&stored.id, &issuer(), NOW).await.unwrap().unwrap();
    assert!(found.is_pending(NOW), "it still waits for whoever signs in");
    let mut anew = granted.clone();
    anew.session = "session-2".to_owned();
    let anew = NewGrant { grant: &anew, ..answer };
    assert_eq!(storage.answer_with_grant(anew).await.unwrap(), Answer::Committed);
}
