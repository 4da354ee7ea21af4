//! Codes and tokens.

use signet::model::consent::Consent;
use signet::model::event::EventKind;
use signet::model::grant::Grant;
use signet::model::token::AccessToken;
use signet::storage::{Answer, NewGrant, Redeemed, Redemption, StandingAccessToken};

use super::samples::{access_token, consent, event, grant, issuer, new_grant, refresh_token, store_grant};
use super::{NOW, Place, on_both, samples};

on_both!(
    a_code_gives_its_tokens_once_and_its_second_use_revokes_them,
    a_code_of_a_revoked_grant_gives_nothing,
    a_spent_code_is_not_redeemed,
    a_refresh_token_rotates_and_its_reuse_revokes_the_family,
    an_access_token_stands_on_its_grant_and_its_consent,
    an_access_token_that_is_its_own_grant_stands_alone,
    a_jwt_is_found_by_its_id_and_never_by_a_hash,
    a_revoked_access_token_leaves_its_grant_alone,
);

async fn a_code_gives_its_tokens_once_and_its_second_use_revokes_them(place: Place) {
    let storage = place.storage;
    let granted = grant("openid offline_access");
    let code = store_grant(&storage, &granted).await;
    let (access, refresh) = (access_token(Some(&granted)), refresh_token(&granted));
    let events = [event(EventKind::TokenIssued)];
    let replay = event(EventKind::CodeReplayed);
    let redeem = Redemption {
        id: &code.id,
        access_token: &access,
        refresh_token: Some(&refresh),
        events: &events,
        replay_event: &replay,
        now: NOW + 1,
    };
    assert_eq!(storage.redeem_code(redeem).await.unwrap(), Redeemed::Committed);
    let hash = access.hash.as_deref();
    let found = storage.access_token(&access.id, hash).await.unwrap();
    let standing =
        StandingAccessToken { token: access.clone(), grant: Some(granted.clone()), consent_stands: true };
    assert_eq!(found, Some(standing));
    let found = storage.refresh_token(&refresh.id, &refresh.hash).await.unwrap();
    assert_eq!(found, Some((refresh.clone(), granted.clone(), true)));
    let (spent, ..) = storage.authorization_code(&code.id, &code.hash).await.unwrap().unwrap();
    assert_eq!(spent.spent_at, Some(NOW + 1));

    let (late, never) = (access_token(Some(&granted)), refresh_token(&granted));
    let again = Redemption { access_token: &late, refresh_token: Some(&never), now: NOW + 2, ..redeem };
    assert_eq!(storage.redeem_code(again).await.unwrap(), Redeemed::Replayed);
    assert_eq!(storage.redeem_code(again).await.unwrap(), Redeemed::Ended);
    let found = storage.access_token(&access.id, hash).await.unwrap().unwrap();
    assert_eq!(found.grant.unwrap().revoked_at, Some(NOW + 2));
    assert_eq!(storage.access_token(&late.id, hash).await.unwrap(), None);
    assert_eq!(storage.refresh_token(&never.id, &never.hash).await.unwrap(), None);
}

async fn a_code_of_a_revoked_grant_gives_nothing(place: Place) {
    let storage = place.storage;
    let granted = grant("openid");
    let code = store_grant(&storage, &granted).await;
    assert!(storage.revoke_grant(&granted.id, &[], NOW).await.unwrap());
    let (access, replay) = (access_token(Some(&granted)), event(EventKind::CodeReplayed));
    let redeem = Redemption {
        id: &code.id,
        access_token: &access,
        refresh_token: None,
        events: &[],
        replay_event: &replay,
        now: NOW + 1,
    };
    assert_eq!(storage.redeem_code(redeem).await.unwrap(), Redeemed::Ended);
    assert_eq!(storage.redeem_code(Redemption { id: "unknown", ..redeem }).await.unwrap(), Redeemed::Ended);
    assert_eq!(storage.access_token(&access.id, access.hash.as_deref()).await.unwrap(), None);
}

async fn a_spent_code_is_not_redeemed(place: Place) {
    let storage = place.storage;
    let granted = grant("openid");
    let code = store_grant(&storage, &granted).await;
    storage.spend_code(&code.id, NOW + 1).await.unwrap();
    storage.spend_code(&code.id, NOW + 2).await.unwrap();
    let (spent, ..) = storage.authorization_code(&code.id, &code.hash).await.unwrap().unwrap();
    assert_eq!(spent.spent_at, Some(NOW + 1));
    let (access, replay) = (access_token(Some(&granted)), event(EventKind::CodeReplayed));
    let redeem = Redemption {
        id: &code.id,
        access_token: &access,
        refresh_token: None,
        events: &[],
        replay_event: &replay,
        now: NOW + 3,
    };
    assert_eq!(storage.redeem_code(redeem).await.unwrap(), Redeemed::Replayed);
}

async fn a_refresh_token_rotates_and_its_reuse_revokes_the_family(place: Place) {
    let storage = place.storage;
    let granted = grant("openid offline_access");
    let code = store_grant(&storage, &granted).await;
    let (access, refresh) = (access_token(Some(&granted)), refresh_token(&granted));
    let (replay, reuse) = (event(EventKind::CodeReplayed), event(EventKind::RefreshReused));
    let redeem = Redemption {
        id: &code.id,
        access_token: &access,
        refresh_token: Some(&refresh),
        events: &[],
        replay_event: &replay,
        now: NOW,
    };
    assert_eq!(storage.redeem_code(redeem).await.unwrap(), Redeemed::Committed);

    let (next_access, next_refresh) = (access_token(Some(&granted)), refresh_token(&granted));
    let rotate = Redemption {
        id: &refresh.id,
        access_token: &next_access,
        refresh_token: Some(&next_refresh),
        events: &[],
        replay_event: &reuse,
        now: NOW + 10,
    };
    assert_eq!(storage.rotate_refresh_token(rotate).await.unwrap(), Redeemed::Committed);
    let (spent, ..) = storage.refresh_token(&refresh.id, &refresh.hash).await.unwrap().unwrap();
    assert_eq!(spent.spent_at, Some(NOW + 10));
    let hash = access.hash.as_deref();
    for each in [&access, &next_access] {
        let found = storage.access_token(&each.id, hash).await.unwrap().unwrap();
        assert_eq!(found.grant.unwrap().revoked_at, None, "rotation leaves what was issued before");
    }

    let (a, r) = (access_token(Some(&granted)), refresh_token(&granted));
    let again = Redemption { access_token: &a, refresh_token: Some(&r), now: NOW + 20, ..rotate };
    assert_eq!(storage.rotate_refresh_token(again).await.unwrap(), Redeemed::Replayed);
    let (newest, family, _) =
        storage.refresh_token(&next_refresh.id, &next_refresh.hash).await.unwrap().unwrap();
    assert_eq!((newest.spent_at, family.revoked_at), (None, Some(NOW + 20)));
    let newest = Redemption { id: &next_refresh.id, ..again };
    assert_eq!(storage.rotate_refresh_token(newest).await.unwrap(), Redeemed::Ended);
    assert_eq!(storage.refresh_token(&r.id, &r.hash).await.unwrap(), None);
}

async fn an_access_token_stands_on_its_grant_and_its_consent(place: Place) {
    let storage = place.storage;
    let consent = consent(Some(NOW + 1000));
    let granted = || Grant { consent: Some(consent.id.clone()), ..grant("openid") };
    let answered = async |grant: &Grant, consent: Option<&Consent>| {
        let (code, access) = (samples::code(grant), access_token(Some(grant)));
        let answer = NewGrant { access_token: Some(&access), ..new_grant(grant, &code, consent) };
        assert_eq!(storage.answer_with_grant(answer).await.unwrap(), Answer::Committed);
        access
    };
    let found = async |access: &AccessToken| {
        let found = storage.access_token(&access.id, access.hash.as_deref()).await.unwrap().unwrap();
        (found.grant.unwrap(), found.consent_stands)
    };
    let before = granted();
    let access = answered(&before, Some(&consent)).await;
    assert_eq!(found(&access).await, (before.clone(), true));
    assert!(storage.withdraw_consents("alice", "app", &issuer(), &[], NOW).await.unwrap());
    assert_eq!(found(&access).await, (Grant { revoked_at: Some(NOW), ..before }, false));

    let meanwhile = granted();
    let access = answered(&meanwhile, None).await;
    assert_eq!(found(&access).await, (meanwhile, false), "the request was judged before the consent ended");
}

async fn an_access_token_that_is_its_own_grant_stands_alone(place: Place) {
    let storage = place.storage;
    let own = access_token(None);
    storage.insert_access_token(&own, &[]).await.unwrap();
    let found = storage.access_token(&own.id, own.hash.as_deref()).await.unwrap();
    assert_eq!(found, Some(StandingAccessToken { token: own, grant: None, consent_stands: true }));
    // A token whose grant is gone is no token that is its own grant.
    let orphan = access_token(Some(&grant("openid")));
    storage.insert_access_token(&orphan, &[]).await.unwrap();
    assert_eq!(storage.access_token(&orphan.id, orphan.hash.as_deref()).await.unwrap(), None);
}

async fn a_jwt_is_found_by_its_id_and_never_by_a_hash(place: Place) {
    let storage = place.storage;
    let mut jwt = access_token(None);
    jwt.hash = None;
    let opaque = access_token(None);
    storage.insert_access_token(&jwt, &[]).await.unwrap();
    storage.insert_access_token(&opaque, &[]).await.unwrap();
    assert_eq!(storage.access_token(&jwt.id, None).await.unwrap().unwrap().token, jwt);
    assert_eq!(storage.access_token(&jwt.id, Some("any")).await.unwrap(), None);
    assert_eq!(storage.access_token(&opaque.id, None).await.unwrap(), None);
    assert_eq!(storage.access_token(&opaque.id, Some("another")).await.unwrap(), None);
}

async fn a_revoked_access_token_leaves_its_grant_alone(place: Place) {
    let storage = place.storage;
    let granted = grant("openid");
    store_grant(&storage, &granted).await;
    let access = access_token(Some(&granted));
    storage.insert_access_token(&access, &[]).await.unwrap();
    let events = [event(EventKind::TokenRevoked)];
    assert!(storage.revoke_access_token(&access.id, &events, NOW + 3).await.unwrap());
    assert!(!storage.revoke_access_token(&access.id, &events, NOW + 4).await.unwrap());
    let found = storage.access_token(&access.id, access.hash.as_deref()).await.unwrap().unwrap();
    assert_eq!(found.token.revoked_at, Some(NOW + 3));
    assert_eq!(found.grant.unwrap().revoked_at, None);
}
