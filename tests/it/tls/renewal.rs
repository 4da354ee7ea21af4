//! A new certificate takes the place of the old one while Signet serves.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::{HOST, House};
use crate::support::certificates::KeyForm;
use crate::support::counts::rounds;
use crate::support::wait::{PATIENCE, until_asked};

const CHANGED: &str = "the certificate changed";
const KEPT: &str = "the former certificate stays in use";

#[tokio::test]
async fn a_renewed_certificate_serves_new_connections_and_open_ones_go_on() {
    let house = House::new(|authority| authority.made(HOST));
    let signet = house.serve();
    let mut open = house.dial().connect(None).await.unwrap();
    assert_eq!(open.get(HOST, "/jwks.json").await.unwrap().status, 200);
    let before = open.certificate.clone();
    let next = house.authority.made(HOST);
    house.put(&next);
    // The open one is used on, so that it does not end for want of requests.
    until_asked("the next certificate", PATIENCE, async || {
        assert_eq!(open.get(HOST, "/jwks.json").await.unwrap().status, 200);
        house.shows(&next).await
    })
    .await;
    assert_eq!(open.get(HOST, "/jwks.json").await.unwrap().status, 200);
    assert_ne!(before, next.leaf.to_der().unwrap());
    assert_eq!(signet.output().matches(CHANGED).count(), 1, "{}", signet.output());
}

#[tokio::test]
async fn half_a_renewal_is_told_once_and_the_old_certificate_stays() {
    let house = House::new(|authority| authority.made(HOST));
    let mut signet = house.serve();
    let old = house.dial().connect(None).await.unwrap().certificate;
    let next = house.authority.made(HOST);
    house.replace("tls.crt", &next.chain);
    let said = signet.wait_for(KEPT);
    assert!(said.contains("configuration.yml:") && said.contains("does not belong"), "{said}");
    // It is looked at on and on, and told no more.
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert_eq!(signet.output().matches(KEPT).count(), 1, "{}", signet.output());
    assert_eq!(house.dial().connect(None).await.unwrap().certificate, old);
    house.replace("tls.key", &next.key);
    until_asked("the key that belongs to it", PATIENCE, async || house.shows(&next).await).await;
    for broken in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let told = signet.output().matches(KEPT).count();
        house.replace("tls.crt", broken);
        until_asked("a broken file is told", PATIENCE, async || signet.output().matches(KEPT).count() > told)
            .await;
        assert!(house.shows(&next).await);
    }
    let told = signet.output().matches(KEPT).count();
    fs::remove_file(house.path("tls.crt")).unwrap();
    until_asked("a missing file is told", PATIENCE, async || signet.output().matches(KEPT).count() > told)
        .await;
    assert!(house.shows(&next).await);
}

#[tokio::test]
async fn a_folder_of_links_that_is_switched_at_once_is_noticed() {
    let house = House::new(|authority| authority.made(HOST));
    let turn = |name: &str, made: &crate::support::certificates::Made| {
        let folder = house.path(name);
        fs::create_dir(&folder).unwrap();
        super::private(&folder.join("tls.crt"), &made.chain);
        super::private(&folder.join("tls.key"), &made.key);
        symlink(name, house.path("..next")).unwrap();
        fs::rename(house.path("..next"), house.path("..data")).unwrap();
    };
    let (first, second) = (house.authority.made(HOST), house.authority.made(HOST));
    turn("..1", &first);
    for name in ["tls.crt", "tls.key"] {
        fs::remove_file(house.path(name)).unwrap();
        symlink(format!("..data/{name}"), house.path(name)).unwrap();
    }
    let _signet = house.serve();
    assert!(house.shows(&first).await);
    turn("..2", &second);
    until_asked("the second folder", PATIENCE, async || house.shows(&second).await).await;
}

#[tokio::test]
async fn a_reload_takes_every_form_of_key_at_once() {
    let house = House::new(|authority| authority.made(HOST));
    let mut signet = house.serve();
    for form in [KeyForm::RsaPkcs1, KeyForm::RsaPkcs8, KeyForm::EcSec1, KeyForm::EcPkcs8] {
        let next = house.authority.made_as(HOST, form, 90 * 86_400);
        house.put(&next);
        signet.signal("HUP");
        until_asked(&format!("{form:?}"), PATIENCE, async || house.shows(&next).await).await;
    }
    // A reload with a pair that does not fit is refused whole.
    let present = house.dial().connect(None).await.unwrap().certificate;
    house.replace("tls.key", &house.authority.made(HOST).key);
    signet.signal("HUP");
    signet.wait_for("the configuration was not reloaded");
    assert_eq!(house.dial().connect(None).await.unwrap().certificate, present);
    // The paths may change too.
    let next = house.authority.made(HOST);
    super::private(&house.path("other.crt"), &next.chain);
    super::private(&house.path("other.key"), &next.key);
    house.configure("server: {tls: {certificate: other.crt, key: other.key}}");
    signet.signal("HUP");
    until_asked("other paths", PATIENCE, async || house.shows(&next).await).await;
    // To begin or end with TLS is another listener.
    house.configure("server: {tls: {certificate: '', key: ''}}");
    signet.signal("HUP");
    let said = signet.wait_for("server.tls changed and");
    assert!(said.contains("restart"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn renewals_under_load_lose_no_request() {
    let house = Arc::new(House::new(|authority| authority.made(HOST)));
    let signet = house.serve();
    let (stop, served) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let client = |keep: bool| {
        let (house, stop, served) = (house.clone(), stop.clone(), served.clone());
        tokio::spawn(async move {
            let dial = house.dial();
            let mut line = dial.connect(None).await.unwrap();
            while !stop.load(Ordering::Relaxed) {
                if !keep {
                    line = dial.connect(None).await.unwrap();
                }
                assert_eq!(line.get(HOST, "/jwks.json").await.unwrap().status, 200);
                served.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    let clients: Vec<_> = [true, true, false, false, false].into_iter().map(client).collect();
    let renewals = rounds(4, 10);
    for round in 0..renewals {
        let next = house.authority.made(HOST);
        house.put(&next);
        if round % 2 == 0 {
            signet.signal("HUP");
        }
        until_asked("the next certificate", PATIENCE, async || house.shows(&next).await).await;
    }
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.expect("no request is lost");
    }
    assert!(served.load(Ordering::Relaxed) > 10);
    assert_eq!(signet.output().matches(CHANGED).count(), renewals);
    println!("{} requests over {renewals} renewals, none lost", served.load(Ordering::Relaxed));
}
