//! Device codes, and what people withdraw.

use std::sync::Arc;

use signet::model::device_code::{DeviceCode, DeviceCodeState, POLL_INTERVAL};
use signet::model::event::EventKind;
use signet::model::interaction::Interaction;
use signet::model::issuer::Issuer;
use signet::storage::{Answer, ApproveDevice, Pace, Redeemed, Redemption, Storage};

use super::samples::{
    access_token, consent, event, grant, id, interaction, issuer, refresh_token, request, store_grant,
};
use super::{NOW, Place, on_both};

on_both!(
    a_device_code_is_found_by_its_device_and_by_its_user_code,
    no_two_device_codes_have_one_user_code,
    a_device_that_asks_too_soon_waits_longer,
    an_answer_about_a_device_counts_once,
    an_answer_about_a_device_that_gave_up_counts_nothing,
    of_many_answers_about_a_device_one_counts,
    an_allowed_device_gets_tokens_once,
    of_many_uses_of_a_device_code_one_counts,
    device_codes_are_cleaned_up_at_their_end,
    what_a_person_withdraws_ends,
);

fn device_code() -> DeviceCode {
    DeviceCode {
        id: id("device"),
        hash: "hash-of-device".to_owned(),
        user_code: id("user-code"),
        issuer: issuer(),
        request: request(),
        address: "2001:db8::9".parse().unwrap(),
        state: DeviceCodeState::Pending,
        poll_interval: POLL_INTERVAL,
        polled_at: None,
        expires_at: NOW + 600,
    }
}

async fn stored(storage: &Storage) -> (DeviceCode, Interaction) {
    let code = device_code();
    assert!(storage.insert_device_code(&code, NOW).await.unwrap());
    let mut flow = interaction(Some("browser-1"), None);
    flow.device_code = Some(code.id.clone());
    storage.insert_interaction(&flow).await.unwrap();
    (code, flow)
}

async fn approve(
    storage: &Storage,
    code: &DeviceCode,
    flow: &Interaction,
    scope: &str,
    now: i64,
) -> (Answer, String) {
    let consent = consent(None);
    let mut granted = grant(scope);
    granted.consent = Some(consent.id.clone());
    let events = [event(EventKind::DeviceApproved)];
    let answer = storage
        .approve_device(ApproveDevice {
            interaction: &flow.id,
            browser: "browser-1",
            device_code: &code.id,
            grant: &granted,
            consent: &consent,
            events: &events,
            now,
        })
        .await
        .unwrap();
    (answer, granted.id)
}

async fn state(storage: &Storage, code: &DeviceCode) -> DeviceCodeState {
    storage.device_code(&code.id, &code.hash).await.unwrap().unwrap().0.state
}

async fn redeem(storage: &Storage, code: &DeviceCode, grant_id: &str, now: i64) -> Redeemed {
    let mut of = grant("openid");
    of.id = grant_id.to_owned();
    let (access, refresh) = (access_token(Some(&of)), refresh_token(&of));
    storage
        .redeem_device_code(Redemption {
            id: &code.id,
            access_token: &access,
            refresh_token: Some(&refresh),
            events: &[event(EventKind::TokenIssued)],
            replay_event: &event(EventKind::CodeReplayed),
            now,
        })
        .await
        .unwrap()
}

async fn a_device_code_is_found_by_its_device_and_by_its_user_code(place: Place) {
    let storage = place.storage;
    let (code, flow) = stored(&storage).await;
    let found = storage.device_code(&code.id, &code.hash).await.unwrap();
    assert_eq!(found, Some((code.clone(), None)));
    assert_eq!(storage.device_code(&code.id, "another-hash").await.unwrap(), None);
    assert_eq!(storage.device_code_of_flow(&code.id).await.unwrap(), Some(code.clone()));
    assert_eq!(storage.interaction(&flow.id, &issuer(), NOW).await.unwrap(), Some(flow));
    let pending = async |user_code: &str, at: &Issuer, now: i64| {
        storage.pending_device_code(user_code, at, now).await.unwrap().is_some()
    };
    let other = Issuer::parse("https://other.example.com").unwrap();
    assert!(pending(&code.user_code, &issuer(), NOW + 599).await);
    assert!(!pending(&code.user_code, &issuer(), NOW + 600).await);
    assert!(!pending(&code.user_code, &other, NOW).await);
    assert!(!pending("another", &issuer(), NOW).await);
}

async fn no_two_device_codes_have_one_user_code(place: Place) {
    let storage = place.storage;
    let (first, _) = stored(&storage).await;
    let second = DeviceCode { user_code: first.user_code.clone(), ..device_code() };
    assert!(!storage.insert_device_code(&second, NOW).await.unwrap());
    assert_eq!(storage.device_code(&second.id, &second.hash).await.unwrap(), None);
}

async fn a_device_that_asks_too_soon_waits_longer(place: Place) {
    let (_place, [storage, other]) = place.twice().await;
    let (code, _) = stored(&storage).await;
    for (storage, at, pace, interval) in [
        (&storage, NOW, Pace::Kept, 10),
        (&other, NOW + 9, Pace::TooFast, 15),
        (&storage, NOW + 24, Pace::Kept, 15),
        (&other, NOW + 24, Pace::TooFast, 20),
        (&storage, NOW + 44, Pace::Kept, 20),
    ] {
        assert_eq!(storage.poll_device_code(&code.id, at).await.unwrap(), pace, "{at}");
        let found = storage.device_code_of_flow(&code.id).await.unwrap().unwrap();
        assert_eq!((found.poll_interval, found.polled_at), (interval, Some(at)));
    }
}

async fn an_answer_about_a_device_counts_once(place: Place) {
    let storage = place.storage;
    let (code, flow) = stored(&storage).await;
    let mut second = interaction(Some("browser-1"), None);
    second.device_code = Some(code.id.clone());
    storage.insert_interaction(&second).await.unwrap();
    assert_eq!(
        approve(&storage, &code, &flow, "openid", NOW + 600).await.0,
        Answer::AlreadyAnswered,
        "too late"
    );
    assert_eq!(state(&storage, &code).await, DeviceCodeState::Pending);
    let (answer, grant_id) = approve(&storage, &code, &flow, "openid", NOW).await;
    assert_eq!(answer, Answer::Committed);
    assert_eq!(state(&storage, &code).await, DeviceCodeState::Approved { grant: grant_id.clone() });
    for each in [&flow, &second] {
        assert_eq!(approve(&storage, &code, each, "openid", NOW).await.0, Answer::AlreadyAnswered);
        let denied = storage.deny_device(&each.id, "browser-1", &code.id, &[], NOW).await.unwrap();
        assert_eq!(denied, Answer::AlreadyAnswered);
    }
    assert_eq!(state(&storage, &code).await, DeviceCodeState::Approved { grant: grant_id });

    let (code, flow) = stored(&storage).await;
    let stranger = storage.deny_device(&flow.id, "browser-2", &code.id, &[], NOW).await.unwrap();
    assert_eq!(stranger, Answer::AlreadyAnswered);
    let events = [event(EventKind::DeviceDenied)];
    assert_eq!(
        storage.deny_device(&flow.id, "browser-1", &code.id, &events, NOW).await.unwrap(),
        Answer::Committed
    );
    assert_eq!(state(&storage, &code).await, DeviceCodeState::Denied);
    assert_eq!(storage.pending_device_code(&code.user_code, &issuer(), NOW).await.unwrap(), None);
}

/// What is left of the authorization in which its person was asked does not matter.
async fn an_answer_about_a_device_that_gave_up_counts_nothing(place: Place) {
    let storage = place.storage;
    let (code, _) = stored(&storage).await;
    let mut flows = Vec::new();
    for _ in 0..2 {
        let mut flow = interaction(Some("browser-1"), None);
        flow.device_code = Some(code.id.clone());
        flow.expires_at = code.expires_at + 60;
        storage.insert_interaction(&flow).await.unwrap();
        flows.push(flow);
    }
    let end = code.expires_at;
    assert_eq!(approve(&storage, &code, &flows[0], "openid", end).await.0, Answer::AlreadyAnswered);
    let denied = storage.deny_device(&flows[1].id, "browser-1", &code.id, &[], end).await.unwrap();
    assert_eq!(denied, Answer::AlreadyAnswered);
    assert_eq!(state(&storage, &code).await, DeviceCodeState::Pending);
}

async fn of_many_answers_about_a_device_one_counts(place: Place) {
    let (_place, both) = place.twice().await;
    for _ in 0..3 {
        let (code, _) = stored(&both[0]).await;
        let code = Arc::new(code);
        let mut answers = tokio::task::JoinSet::new();
        for number in 0..32 {
            let mut flow = interaction(Some("browser-1"), None);
            flow.device_code = Some(code.id.clone());
            both[0].insert_interaction(&flow).await.unwrap();
            let (storage, code) = (both[number % 2].clone(), Arc::clone(&code));
            answers.spawn(async move {
                if number % 3 == 0 {
                    storage.deny_device(&flow.id, "browser-1", &code.id, &[], NOW).await.unwrap()
                } else {
                    approve(&storage, &code, &flow, "openid", NOW).await.0
                }
            });
        }
        let answers = answers.join_all().await;
        assert_eq!(answers.iter().filter(|answer| **answer == Answer::Committed).count(), 1);
    }
}

async fn an_allowed_device_gets_tokens_once(place: Place) {
    let storage = place.storage;
    let (code, flow) = stored(&storage).await;
    let (_, grant_id) = approve(&storage, &code, &flow, "openid offline_access", NOW).await;
    let (_, granted) = storage.device_code(&code.id, &code.hash).await.unwrap().unwrap();
    let (found, stands) = granted.unwrap();
    assert!(stands && found.id == grant_id);
    assert_eq!(redeem(&storage, &code, &grant_id, NOW + 10).await, Redeemed::Committed);
    assert_eq!(state(&storage, &code).await, DeviceCodeState::Spent { grant: grant_id.clone() });
    assert_eq!(redeem(&storage, &code, &grant_id, NOW + 10).await, Redeemed::Replayed);
    let (_, granted) = storage.device_code(&code.id, &code.hash).await.unwrap().unwrap();
    assert!(granted.unwrap().0.revoked_at.is_some(), "the second use ends the family");
    // One that was withdrawn before, and one that came too late, give nothing.
    let (code, flow) = stored(&storage).await;
    let (_, grant_id) = approve(&storage, &code, &flow, "openid", NOW).await;
    storage.revoke_grant(&grant_id, &[], NOW).await.unwrap();
    assert_eq!(redeem(&storage, &code, &grant_id, NOW).await, Redeemed::Ended);
    let (code, flow) = stored(&storage).await;
    let (_, grant_id) = approve(&storage, &code, &flow, "openid", NOW).await;
    assert_eq!(redeem(&storage, &code, &grant_id, NOW + 600).await, Redeemed::Replayed);
}

async fn of_many_uses_of_a_device_code_one_counts(place: Place) {
    let (_place, both) = place.twice().await;
    for _ in 0..3 {
        let (code, flow) = stored(&both[0]).await;
        let (_, grant_id) = approve(&both[0], &code, &flow, "openid offline_access", NOW).await;
        let (code, grant_id) = (Arc::new(code), Arc::new(grant_id));
        let mut uses = tokio::task::JoinSet::new();
        for number in 0..32 {
            let (storage, code, grant_id) =
                (both[number % 2].clone(), Arc::clone(&code), Arc::clone(&grant_id));
            uses.spawn(async move { redeem(&storage, &code, &grant_id, NOW).await });
        }
        let outcomes = uses.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Redeemed::Committed).count(), 1);
    }
}

async fn device_codes_are_cleaned_up_at_their_end(place: Place) {
    let storage = place.storage;
    let (pending, _) = stored(&storage).await;
    let (spent, flow) = stored(&storage).await;
    let (_, grant_id) = approve(&storage, &spent, &flow, "openid offline_access", NOW).await;
    assert_eq!(redeem(&storage, &spent, &grant_id, NOW).await, Redeemed::Committed);
    let there = async |code: &DeviceCode| storage.device_code(&code.id, &code.hash).await.unwrap().is_some();
    storage.delete_expired(NOW + 1199).await.unwrap();
    assert!(there(&pending).await && there(&spent).await, "who comes late is told so");
    storage.delete_expired(NOW + 1200).await.unwrap();
    assert!(!there(&pending).await && there(&spent).await, "a second use is known as long as its grant");
    storage.delete_expired(NOW + 5400).await.unwrap();
    assert!(!there(&spent).await);
}

async fn what_a_person_withdraws_ends(place: Place) {
    let storage = place.storage;
    let once = grant("openid");
    store_grant(&storage, &once).await;
    let holdings = async |name: &str, now: i64| storage.holdings_of(name, &issuer(), now).await.unwrap();
    let held = holdings("alice", NOW).await;
    assert_eq!(held.len(), 1);
    assert_eq!(
        (held[0].client_id.as_str(), &held[0].scope, &held[0].claims),
        ("app", &once.scope, &once.claims)
    );
    assert_eq!((held[0].since, held[0].credential.as_ref()), (NOW, Some(&once.credential)));
    assert!(holdings("bob", NOW).await.is_empty() && holdings("alice", NOW + 100_000).await.is_empty());
    let events = [event(EventKind::ConsentRevoked)];
    let withdraw = async |name: &str, client: &str, at: &Issuer| {
        storage.withdraw_consents(name, client, at, &events, NOW).await.unwrap()
    };
    let other = Issuer::parse("https://other.example.com").unwrap();
    assert!(!withdraw("bob", "app", &issuer()).await);
    assert!(!withdraw("alice", "another", &issuer()).await);
    assert!(!withdraw("alice", "app", &other).await);
    assert!(withdraw("alice", "app", &issuer()).await);
    assert!(!withdraw("alice", "app", &issuer()).await, "there is nothing left");
    assert!(holdings("alice", NOW).await.is_empty());
}
