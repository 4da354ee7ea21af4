//! Every page as people see it: on a phone and at a desk, by day and by night. Each must fit its screen.
//! With `SIGNET_SCREENSHOTS` in the environment (`make screenshots`) the pictures in `docs/screenshots` are taken.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::Locator;
use serde_json::json;

use super::chromium::Chromium;
use super::walk::Walk;
use crate::support::process::Demo;

/// A screen: its name, width and height in pixels.
const SCREENS: [(&str, u32, u32); 2] = [("phone", 390, 844), ("desktop", 1280, 800)];
/// What is longer is cut off in the picture.
const TALLEST: f64 = 1500.0;

struct Album<'a> {
    page: &'a Chromium,
    folder: Option<PathBuf>,
}

impl Album<'_> {
    /// Looks at the page on every screen.
    async fn take(&self, name: &str) {
        for (screen, width, height) in SCREENS {
            let phone = screen == "phone";
            let metrics =
                json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone });
            self.page.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
            self.page.devtools("Emulation.setTouchEmulationEnabled", json!({ "enabled": phone })).await;
            let mut inks = Vec::new();
            for scheme in ["light", "dark"] {
                let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
                self.page.devtools("Emulation.setEmulatedMedia", features).await;
                let size =
                    self.page.devtools("Page.getLayoutMetrics", json!({})).await["cssContentSize"].clone();
                let tall = size["height"].as_f64().unwrap();
                assert_eq!(size["width"], width, "{name} is wider than a {screen}: {size}");
                let body = self.page.client.find(Locator::Css("body")).await.unwrap();
                inks.push(body.css_value("color").await.unwrap());
                if let Some(folder) = &self.folder {
                    let path = folder.join(format!("{name}-{screen}-{scheme}.png"));
                    self.picture(&path, width, tall.min(TALLEST)).await;
                }
            }
            assert_ne!(inks[0], inks[1], "{name} is the same by night");
        }
        self.page.devtools("Emulation.setTouchEmulationEnabled", json!({ "enabled": false })).await;
        self.page.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }

    async fn picture(&self, path: &Path, width: u32, height: f64) {
        let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
        let wish = json!({ "format": "png", "clip": clip, "captureBeyondViewport": true });
        let picture = self.page.devtools("Page.captureScreenshot", wish).await;
        let png = STANDARD.decode(picture["data"].as_str().unwrap()).unwrap();
        std::fs::write(path, super::png::smaller(&png)).unwrap();
    }
}

#[tokio::test]
async fn screenshots_of_every_page() {
    let wanted = std::env::var_os("SIGNET_SCREENSHOTS").is_some();
    // In pictures the addresses are those that people will see.
    let demo = if wanted { Demo::start_at("127.0.0.1:9091") } else { Demo::start() };
    let walk = Walk::with(demo).await;
    let page = &walk.chromium;
    let folder = wanted.then(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/screenshots"));
    let album = Album { page, folder };

    page.goto(&walk.demo.relying_party).await;
    album.take("rp-home").await;
    walk.begin_login("demo-web-2fa").await;
    album.take("sign-in").await;
    walk.sign_in_with("wrong").await;
    album.take("wrong-password").await;
    walk.sign_in().await;
    page.find("totp-secret").await;
    album.take("enrol").await;
    walk.mistype().await;
    page.find("refused").await;
    album.take("enrol-refused").await;
    walk.enrol().await;
    page.find("consent-allow").await;
    album.take("consent").await;
    walk.allow().await;
    walk.claims().await;
    album.take("rp-session").await;

    let device = walk.ask_as_device().await;
    page.goto(device["verification_uri"].as_str().unwrap()).await;
    page.find("user-code").await;
    album.take("user-code").await;
    page.goto(device["verification_uri_complete"].as_str().unwrap()).await;
    page.press("user-code-submit").await;
    page.find("device-allow").await;
    album.take("device").await;
    page.press("device-allow").await;
    page.find("device-answered").await;
    album.take("device-answered").await;
    page.goto(&walk.demo.issuer).await;
    album.take("home").await;
    page.goto(&format!("{}/consents", walk.demo.issuer)).await;
    album.take("consents").await;
    page.goto(&format!("{}/consents/demo-web-2fa", walk.demo.issuer)).await;
    page.find("consent-withdraw").await;
    album.take("withdraw").await;
    page.goto(&format!("{}/logout", walk.demo.issuer)).await;
    album.take("sign-out").await;
    walk.ask_with("demo-wiki", "prompt=select_account").await;
    assert_eq!(walk.step().await, "select-account");
    album.take("select-account").await;
    page.press("account-continue").await;
    page.find("consent-remember").await;
    album.take("consent-remember").await;
    let stranger = "client_id=demo-web&response_type=code&redirect_uri=https://elsewhere.example/callback";
    page.goto(&format!("{}/api/oidc/authorization?{stranger}", walk.demo.issuer)).await;
    assert_eq!(page.heading().await, "Request refused");
    album.take("error").await;

    page.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    walk.ask_with("demo-web", "response_mode=form_post").await;
    walk.allow().await;
    page.find("form-post-submit").await;
    album.take("form-post").await;
    page.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": false })).await;

    page.goto(&format!("{}/logout", walk.demo.issuer)).await;
    page.press("logout-confirm").await;
    assert_eq!(page.heading().await, "Signed out");
    album.take("signed-out").await;
    walk.begin_login("demo-web-2fa").await;
    walk.sign_in().await;
    page.find("second-factor-code").await;
    album.take("second-factor").await;
    page.press("login-cancel").await;
    page.find("error").await;
    album.take("rp-refused").await;
    walk.end().await;
}
