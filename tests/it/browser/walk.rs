//! The steps that walks are made of.

use serde_json::{Value, json};

use super::chromium::Chromium;
use crate::support::authenticator::one_time_code;
use crate::support::process::Demo;

pub const PASSWORD: &str = "alice-demo-password";

/// A running demo and a browser before it.
pub struct Walk {
    pub demo: Demo,
    pub chromium: Chromium,
}

impl Walk {
    pub async fn begin() -> Self {
        Self::with(Demo::start()).await
    }

    pub async fn with(demo: Demo) -> Self {
        Self { chromium: Chromium::open().await, demo }
    }

    pub async fn end(self) {
        let log = self.demo.log();
        assert!(!log.contains("ERROR") && !log.contains("panicked"), "{log}");
        self.chromium.close().await;
    }

    /// Presses a client's button at the relying party; the next page is the provider's.
    pub async fn begin_login(&self, client: &str) {
        self.chromium.goto(&self.demo.relying_party).await;
        self.chromium.press(&format!("login-{client}")).await;
    }

    /// The same, with something added to what the relying party asks.
    pub async fn ask_with(&self, client: &str, more: &str) {
        self.chromium.goto(&self.demo.relying_party).await;
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let begun = http.post(format!("{}/login/{client}", self.demo.relying_party)).send().await.unwrap();
        // The relying party knows its browser again by this cookie.
        let cookie = begun.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap();
        let (name, value) = cookie.split_once('=').unwrap();
        let cookie = json!({ "url": self.demo.relying_party, "name": name, "value": value });
        self.chromium.devtools("Network.setCookie", cookie).await;
        self.chromium.goto(&format!("{}&{more}", begun.headers()["location"].to_str().unwrap())).await;
    }

    pub async fn sign_in_with(&self, password: &str) {
        self.chromium.fill("username", "alice").await;
        self.chromium.fill("password", password).await;
        self.chromium.press("login-submit").await;
    }

    pub async fn sign_in(&self) {
        self.sign_in_with(PASSWORD).await;
    }

    /// Reads the seed and confirms with its code. Gives the seed.
    pub async fn enrol(&self) -> String {
        let seed = self.chromium.text("totp-secret").await;
        self.chromium.fill("second-factor-code", &one_time_code(&seed)).await;
        self.chromium.press("second-factor-submit").await;
        seed
    }

    /// Types a code that is not the one of the seed.
    pub async fn mistype(&self) {
        let seed = self.chromium.text("totp-secret").await;
        let right = one_time_code(&seed);
        let (rest, last) = right.split_at(right.len() - 1);
        let wrong = format!("{rest}{}", (last.parse::<u8>().unwrap() + 5) % 10);
        self.chromium.fill("second-factor-code", &wrong).await;
        self.chromium.press("second-factor-submit").await;
    }

    pub async fn allow(&self) {
        self.chromium.press("consent-allow").await;
    }

    /// A device asks for its codes, as `demo-tv`. Gives the answer.
    pub async fn ask_as_device(&self) -> Value {
        let fields = [("client_id", "demo-tv"), ("scope", "openid profile offline_access")];
        self.post("/api/oidc/device-authorization", &fields).await
    }

    /// The device asks whether it was answered.
    pub async fn poll(&self, device: &Value) -> Value {
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        let code = device["device_code"].as_str().unwrap();
        let fields = [("client_id", "demo-tv"), ("grant_type", grant), ("device_code", code)];
        self.post("/api/oidc/token", &fields).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Value {
        let url = format!("{}{path}", self.demo.issuer);
        let answer = reqwest::Client::new().post(url).form(fields).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// The claims of the ID token that the relying party shows after a login.
    pub async fn claims(&self) -> Value {
        let claims = self.chromium.json("claims").await;
        assert_eq!(self.chromium.url().await, format!("{}/session", self.demo.relying_party));
        claims
    }

    /// Which page of a pending authorization the browser shows.
    pub async fn step(&self) -> String {
        let url = self.chromium.url().await;
        let pending = url.strip_prefix(&format!("{}/flow/", self.demo.issuer));
        pending
            .unwrap_or_else(|| panic!("no page of an authorization: {url}"))
            .split('/')
            .nth(1)
            .unwrap()
            .to_owned()
    }
}
