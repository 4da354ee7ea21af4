//! Without a mouse.

use super::chromium::Chromium;
use super::walk::{PASSWORD, Walk};
use crate::support::authenticator::one_time_code;
use crate::support::wait::{PATIENCE, until_asked};

/// Presses Tab until the element has the focus; nobody should need it often.
async fn tab_to(page: &Chromium, id: &str) {
    page.find(id).await;
    for _ in 0..15 {
        if page.focus().await == id {
            return;
        }
        page.type_keys("\t").await;
    }
    panic!("fifteen times Tab do not reach #{id}: {}", page.url().await);
}

/// Waits until the element has the focus: a page gives it a moment after it is there.
async fn focused(page: &Chromium, id: &str) {
    until_asked(&format!("#{id} has the focus"), PATIENCE, async || page.focus().await == id).await;
}

#[tokio::test]
async fn the_keyboard_alone_signs_in_enrols_and_allows() {
    let walk = Walk::begin().await;
    let page = &walk.chromium;
    page.goto(&walk.demo.relying_party).await;
    tab_to(page, "login-demo-web-2fa").await;
    page.type_keys("\n").await;

    // The cursor is where typing begins, and Enter signs in rather than cancels.
    focused(page, "username").await;
    page.type_keys("alice\t").await;
    focused(page, "password").await;
    page.type_keys(&format!("{PASSWORD}\n")).await;

    let seed = page.text("totp-secret").await;
    tab_to(page, "second-factor-code").await;
    page.type_keys(&format!("{}\n", one_time_code(&seed))).await;

    tab_to(page, "consent-allow").await;
    page.type_keys("\n").await;
    assert_eq!(walk.claims().await["acr"], "2");
    walk.end().await;
}

#[tokio::test]
async fn space_ticks_the_boxes_and_focus_returns_to_what_is_to_be_mended() {
    let walk = Walk::begin().await;
    let page = &walk.chromium;
    page.goto(&walk.demo.relying_party).await;
    tab_to(page, "login-demo-wiki").await;
    page.type_keys("\n").await;
    focused(page, "username").await;
    page.type_keys("alice\twrong\n").await;
    page.find("refused").await;
    // The name is right already.
    focused(page, "password").await;
    page.type_keys(&format!("{PASSWORD}\n")).await;

    tab_to(page, "consent-remember").await;
    page.type_keys(" ").await;
    assert!(page.find("consent-remember").await.is_selected().await.unwrap());
    tab_to(page, "consent-allow").await;
    page.type_keys("\n").await;
    assert_eq!(walk.claims().await["azp"], "demo-wiki");
    walk.end().await;
}
