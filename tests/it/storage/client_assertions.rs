//! Client assertions: once each.

use tokio::task::JoinSet;

use super::{NOW, Place, on_both};

on_both!(an_assertion_is_spent_once_and_kept_until_it_ends, of_many_one_spends_an_assertion);

async fn an_assertion_is_spent_once_and_kept_until_it_ends(place: Place) {
    let (_place, [storage, other]) = place.twice().await;
    let spend = async |client: &str, jti: &str, until: i64| {
        storage.spend_client_assertion(client, jti, until).await.unwrap()
    };
    assert!(spend("svc", "one", NOW + 60).await);
    assert!(!spend("svc", "one", NOW + 60).await);
    assert!(!other.spend_client_assertion("svc", "one", NOW + 9000).await.unwrap());
    assert!(spend("svc", "two", NOW + 120).await);
    assert!(spend("web", "one", NOW + 60).await, "another client's is another");
    assert_eq!(storage.delete_expired(NOW + 59).await.unwrap(), 0);
    assert!(!spend("svc", "one", NOW + 9000).await);
    assert_eq!(storage.delete_expired(NOW + 60).await.unwrap(), 2);
    assert!(!spend("svc", "two", NOW + 120).await);
    assert_eq!(storage.delete_expired(NOW + 120).await.unwrap(), 1);
    assert!(spend("svc", "two", NOW + 240).await);
}

async fn of_many_one_spends_an_assertion(place: Place) {
    let (_place, both) = place.twice().await;
    for round in 0..20 {
        let jti = format!("jti-{round}");
        let mut racers = JoinSet::new();
        for racer in 0..64 {
            let (storage, jti) = (both[racer % 2].clone(), jti.clone());
            racers.spawn(async move { storage.spend_client_assertion("svc", &jti, NOW + 60).await.unwrap() });
        }
        assert_eq!(racers.join_all().await.into_iter().filter(|won| *won).count(), 1, "{jti}");
    }
}
