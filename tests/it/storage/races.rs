//! Many at once: exactly what is promised, on both databases.

use std::sync::Arc;

use signet::model::event::EventKind;
use signet::model::second_factor::TotpAlgorithm;
use signet::storage::{
    Answer, Attempt, AttemptLimits, Claim, Enrolment, NewGrant, Redeemed, Redemption, SessionRow, Storage,
};
use tokio::task::JoinSet;

use super::attempts::{LIMITS, keys};
use super::samples::{
    access_token, code, event, grant, interaction, issuer, new_grant, pushed_request, refresh_token,
    signed_in, store_grant,
};
use super::{NOW, Place, on_both};
use crate::support::wait::{PATIENCE, until_asked};

const RACERS: usize = 64;

on_both!(
    a_code_raced_for_is_redeemed_once_and_its_family_ends,
    a_refresh_token_raced_for_is_rotated_once_and_its_family_ends,
    a_step_raced_for_is_accepted_once,
    an_interaction_raced_for_is_answered_once,
    a_pushed_request_raced_for_is_opened_by_one_browser_and_answered_once,
    an_unclaimed_interaction_raced_for_goes_to_one_browser,
    an_enrolment_raced_for_is_confirmed_once,
    parallel_guesses_do_not_pass_the_limit,
    parallel_guesses_of_one_network_do_not_pass_its_share,
    a_subject_raced_for_is_given_once,
    a_dropped_caller_abandons_nothing,
    no_grant_outlives_the_sign_out_it_raced_with,
    no_session_outlives_the_sign_out_it_raced_with,
);

/// Runs many at once and gathers what they say.
async fn race<T, F>(racers: usize, run: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for racer in 0..racers {
        tasks.spawn(run(racer));
    }
    tasks.join_all().await
}

fn count<T: PartialEq>(outcomes: &[T], wanted: &T) -> usize {
    outcomes.iter().filter(|outcome| *outcome == wanted).count()
}

async fn a_code_raced_for_is_redeemed_once_and_its_family_ends(place: Place) {
    let (_place, both) = place.twice().await;
    let storage = &both[0];
    let granted = Arc::new(grant("openid offline_access"));
    let code = Arc::new(store_grant(storage, &granted).await);
    let outcomes = race(RACERS, |racer| {
        let (storage, granted, code) = (both[racer % 2].clone(), granted.clone(), code.clone());
        async move {
            let (access, refresh) = (access_token(Some(&granted)), refresh_token(&granted));
            let redeem = Redemption {
                id: &code.id,
                access_token: &access,
                refresh_token: Some(&refresh),
                events: &[event(EventKind::TokenIssued)],
                replay_event: &event(EventKind::CodeReplayed),
                now: NOW,
            };
            let redeemed = storage.redeem_code(redeem).await.unwrap();
            (redeemed, storage.refresh_token(&refresh.id, &refresh.hash).await.unwrap().is_some())
        }
    })
    .await;
    assert_eq!(count(&outcomes, &(Redeemed::Committed, true)), 1);
    assert_eq!(count(&outcomes, &(Redeemed::Replayed, false)), 1, "it is told once");
    assert_eq!(count(&outcomes, &(Redeemed::Ended, false)), RACERS - 2);
    let (_, family, _) = storage.authorization_code(&code.id, &code.hash).await.unwrap().unwrap();
    assert_eq!(family.revoked_at, Some(NOW));
}

async fn a_refresh_token_raced_for_is_rotated_once_and_its_family_ends(place: Place) {
    let (_place, both) = place.twice().await;
    let storage = &both[0];
    let granted = Arc::new(grant("openid offline_access"));
    let code = store_grant(storage, &granted).await;
    let (access, refresh) = (access_token(Some(&granted)), Arc::new(refresh_token(&granted)));
    let redeem = Redemption {
        id: &code.id,
        access_token: &access,
        refresh_token: Some(&refresh),
        events: &[],
        replay_event: &event(EventKind::CodeReplayed),
        now: NOW,
    };
    assert_eq!(storage.redeem_code(redeem).await.unwrap(), Redeemed::Committed);
    let outcomes = race(RACERS, |racer| {
        let (storage, granted, refresh) = (both[racer % 2].clone(), granted.clone(), refresh.clone());
        async move {
            let (access, next) = (access_token(Some(&granted)), refresh_token(&granted));
            let rotate = Redemption {
                id: &refresh.id,
                access_token: &access,
                refresh_token: Some(&next),
                events: &[event(EventKind::TokenIssued)],
                replay_event: &event(EventKind::RefreshReused),
                now: NOW,
            };
            let rotated = storage.rotate_refresh_token(rotate).await.unwrap();
            (rotated, storage.refresh_token(&next.id, &next.hash).await.unwrap().is_some())
        }
    })
    .await;
    assert_eq!(count(&outcomes, &(Redeemed::Committed, true)), 1);
    assert_eq!(count(&outcomes, &(Redeemed::Replayed, false)), 1, "it is told once");
    assert_eq!(count(&outcomes, &(Redeemed::Ended, false)), RACERS - 2);
    let (_, family, _) = storage.refresh_token(&refresh.id, &refresh.hash).await.unwrap().unwrap();
    assert_eq!(family.revoked_at, Some(NOW));
}

fn enrolment() -> Enrolment {
    Enrolment {
        session: "session-1".to_owned(),
        username: "alice".to_owned(),
        sealed_seed: "sealed".to_owned(),
        algorithm: TotpAlgorithm::Sha1,
        digits: 6,
        period: 30,
        created_at: NOW,
        expires_at: NOW + 300,
    }
}

async fn a_step_raced_for_is_accepted_once(place: Place) {
    let (_place, both) = place.twice().await;
    let storage = &both[0];
    storage.begin_enrolment(&enrolment()).await.unwrap();
    assert!(storage.confirm_enrolment("session-1", "alice", 1, &[], NOW).await.unwrap());
    let outcomes =
        race(RACERS, |racer| {
            let storage = both[racer % 2].clone();
            async move {
                storage.accept_step("alice", 2, &[event(EventKind::SecondFactorUsed)], NOW).await.unwrap()
            }
        })
        .await;
    assert_eq!(count(&outcomes, &true), 1);
}

async fn an_enrolment_raced_for_is_confirmed_once(place: Place) {
    let storage = place.storage;
    storage.begin_enrolment(&enrolment()).await.unwrap();
    let outcomes = race(RACERS, |_| {
        let storage = storage.clone();
        async move { storage.confirm_enrolment("session-1", "alice", 1, &[], NOW).await.unwrap() }
    })
    .await;
    assert_eq!(count(&outcomes, &true), 1);
}

async fn an_interaction_raced_for_is_answered_once(place: Place) {
    let (_place, both) = place.twice().await;
    let storage = &both[0];
    let pending = Arc::new(interaction(Some("browser-1"), None));
    storage.insert_interaction(&pending).await.unwrap();
    let outcomes = race(RACERS, |racer| {
        let (storage, pending) = (both[racer % 2].clone(), pending.clone());
        async move {
            if racer % 2 == 0 {
                let granted = grant("openid");
                let code = code(&granted);
                let new = NewGrant { interaction: Some(&pending.id), ..new_grant(&granted, &code, None) };
                let answer = storage.answer_with_grant(new).await.unwrap();
                let stored = storage.authorization_code(&code.id, &code.hash).await.unwrap().is_some();
                assert_eq!(stored, answer == Answer::Committed);
                answer
            } else {
                storage.answer_with_refusal(Some(&pending.id), None, "browser-1", &[], NOW).await.unwrap()
            }
        }
    })
    .await;
    assert_eq!(count(&outcomes, &Answer::Committed), 1);
}

async fn a_pushed_request_raced_for_is_opened_by_one_browser_and_answered_once(place: Place) {
    let storage = place.storage;
    let pushed = Arc::new(pushed_request());
    storage.insert_pushed_request(&pushed).await.unwrap();
    let opened: Vec<String> = race(RACERS, |racer| {
        let (storage, pushed) = (storage.clone(), pushed.clone());
        async move {
            let browser = format!("browser-{racer}");
            let opened = storage
                .open_pushed_request(&pushed.id, &pushed.hash, &issuer(), "app", Some(&browser), NOW)
                .await
                .unwrap();
            opened.map(|_| browser)
        }
    })
    .await
    .into_iter()
    .flatten()
    .collect();
    assert_eq!(opened.len(), 1);
    let browser = Arc::new(opened.into_iter().next().unwrap());
    // That browser has 64 tabs, each with its own pending authorization.
    let outcomes = race(RACERS, |_| {
        let (storage, pushed, browser) = (storage.clone(), pushed.clone(), browser.clone());
        async move {
            let pending = interaction(Some(&browser), Some(&pushed.id));
            storage.insert_interaction(&pending).await.unwrap();
            let granted = grant("openid");
            let code = code(&granted);
            let new = NewGrant {
                interaction: Some(&pending.id),
                pushed_request: Some(&pushed.id),
                browser: &browser,
                ..new_grant(&granted, &code, None)
            };
            storage.answer_with_grant(new).await.unwrap()
        }
    })
    .await;
    assert_eq!(count(&outcomes, &Answer::Committed), 1);
}

async fn an_unclaimed_interaction_raced_for_goes_to_one_browser(place: Place) {
    let (_place, both) = place.twice().await;
    let storage = &both[0];
    let pushed = pushed_request();
    storage.insert_pushed_request(&pushed).await.unwrap();
    let pending = Arc::new(interaction(None, Some(&pushed.id)));
    storage.insert_interaction(&pending).await.unwrap();
    let outcomes = race(RACERS, |racer| {
        let (storage, pending) = (both[racer % 2].clone(), pending.clone());
        async move { storage.claim_interaction(&pending.id, &format!("browser-{racer}"), NOW).await.unwrap() }
    })
    .await;
    assert_eq!(count(&outcomes, &Claim::Yours), 1);
    assert_eq!(count(&outcomes, &Claim::Another), RACERS - 1);
}

async fn parallel_guesses_of_one_network_do_not_pass_its_share(place: Place) {
    const GUESSES: AttemptLimits = AttemptLimits { max_retries: 0, ..LIMITS };
    let (_place, both) = place.twice().await;
    let fail = async |storage: Storage, key: String| match storage
        .begin_attempt(keys(&key), GUESSES, NOW)
        .await
        .unwrap()
    {
        Attempt::Allowed(id) => storage.finish_attempt(&id, false, GUESSES, &[], None, NOW).await.unwrap(),
        Attempt::Banned { .. } => panic!("banned before"),
    };
    let outcomes = race(RACERS, |racer| fail(both[racer % 2].clone(), "alice|a".to_owned())).await;
    assert_eq!(count(&outcomes, &None), RACERS);
    let left = GUESSES.person_max - GUESSES.person_max_of_network;
    for network in 1..=left {
        let ban = fail(both[0].clone(), format!("alice|{network}")).await;
        assert_eq!(ban.is_some_and(|ban| ban.everywhere), network == left, "network {network}");
    }
}

async fn parallel_guesses_do_not_pass_the_limit(place: Place) {
    const GUESSES: AttemptLimits = AttemptLimits { max_retries: 5, ..LIMITS };
    let (_place, both) = place.twice().await;
    let outcomes = race(200, |racer| {
        let storage = both[racer % 2].clone();
        async move {
            match storage.begin_attempt(keys("alice|a"), GUESSES, NOW).await.unwrap() {
                Attempt::Allowed(id) => {
                    let ban = storage.finish_attempt(&id, false, GUESSES, &[], None, NOW).await.unwrap();
                    Some(ban.map(|ban| ban.until))
                }
                Attempt::Banned { .. } => None,
            }
        }
    })
    .await;
    let allowed: Vec<Option<i64>> = outcomes.into_iter().flatten().collect();
    assert_eq!(allowed.len(), 5);
    assert_eq!(count(&allowed, &Some(NOW + GUESSES.ban_seconds)), 1, "the fifth failure bans");
}

async fn a_subject_raced_for_is_given_once(place: Place) {
    let storage = place.storage;
    let subjects = race(RACERS, |racer| {
        let storage = storage.clone();
        async move { storage.subject("", "alice", &format!("subject-{racer}"), NOW).await.unwrap() }
    })
    .await;
    assert!(subjects.iter().all(|subject| *subject == subjects[0]), "{subjects:?}");
}

async fn a_dropped_caller_abandons_nothing(place: Place) {
    let storage = place.storage;
    let granted = grant("openid");
    let code = store_grant(&storage, &granted).await;
    let access = access_token(Some(&granted));
    {
        let replay = event(EventKind::CodeReplayed);
        let redeem = storage.redeem_code(Redemption {
            id: &code.id,
            access_token: &access,
            refresh_token: None,
            events: &[],
            replay_event: &replay,
            now: NOW,
        });
        // Polled once, then dropped: the client hung up.
        let hung_up = tokio::time::timeout(std::time::Duration::ZERO, redeem).await;
        drop(hung_up);
    }
    until_asked("what was begun is finished", PATIENCE, async || {
        storage.access_token(&access.id, access.hash.as_deref()).await.unwrap().is_some()
    })
    .await;
}

async fn no_grant_outlives_the_sign_out_it_raced_with(place: Place) {
    let (_place, both) = place.twice().await;
    let storage = &both[0];
    let codes = race(RACERS, |racer| {
        let storage = both[racer % 2].clone();
        async move {
            if racer == RACERS / 2 {
                storage.end_session("session-1", &[], NOW).await.unwrap();
                return None;
            }
            let granted = grant("openid");
            let code = code(&granted);
            let answer = storage.answer_with_grant(new_grant(&granted, &code, None)).await.unwrap();
            (answer == Answer::Committed).then_some(code)
        }
    })
    .await;
    for code in codes.into_iter().flatten() {
        let (_, granted, _) = storage.authorization_code(&code.id, &code.hash).await.unwrap().unwrap();
        assert_eq!(granted.revoked_at, Some(NOW));
    }
}

async fn no_session_outlives_the_sign_out_it_raced_with(place: Place) {
    let (_place, both) = place.twice().await;
    let storage = &both[0];
    let moved = race(RACERS, |racer| {
        let storage = both[racer % 2].clone();
        async move {
            if racer == RACERS / 2 {
                storage.end_session("session-1", &[], NOW).await.unwrap();
                return None;
            }
            let row = SessionRow { id_hash: format!("moved-{racer}"), ..signed_in("session-1") };
            let moved = storage.replace_session("hash-of-session-1", &row, &[]).await.unwrap();
            moved.then_some(row.id_hash)
        }
    })
    .await;
    let moved: Vec<String> = moved.into_iter().flatten().collect();
    assert!(moved.len() <= 1, "one takes its place at most: {moved:?}");
    for id_hash in moved.iter().map(String::as_str).chain(["hash-of-session-1"]) {
        assert_eq!(storage.load_session(id_hash, NOW).await.unwrap(), None);
    }
}
