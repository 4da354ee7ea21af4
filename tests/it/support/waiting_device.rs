//! A device without a browser (RFC 8628): it shows a code and asks until somebody answers.

use serde_json::Value;

use super::client::Tokens;
use super::{Answer, Browser, Client, View, secrets};

/// `grant_type` of the device authorization grant.
pub const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The device authorization endpoint.
pub const ENDPOINT: &str = "/api/oidc/device-authorization";
/// Where a person types the code.
pub const PAGE: &str = "/consent/openid/device-authorization";

/// A device that waits.
#[derive(Clone)]
pub struct WaitingDevice {
    pub client: Client,
    pub code: String,
    pub user_code: String,
    pub body: Value,
}

impl WaitingDevice {
    /// Asks for a scope.
    pub async fn of(client: &Client, scope: &str) -> Self {
        Self::with(client, &[("scope", scope)]).await
    }

    pub async fn with(client: &Client, fields: &[(&str, &str)]) -> Self {
        let body = Self::ask(client, fields).await.expect(200).json();
        let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("no {name}: {body}")).to_owned();
        let device =
            Self { client: client.clone(), code: text("device_code"), user_code: text("user_code"), body };
        secrets::issued(&device.code);
        secrets::issued(&device.user_code);
        device
    }

    /// The answer of the endpoint as it came.
    pub async fn ask(client: &Client, fields: &[(&str, &str)]) -> Answer {
        client.call(ENDPOINT, fields).send().await
    }

    /// Asks whether somebody answered.
    pub async fn poll(&self) -> Answer {
        self.poll_with(&[]).await
    }

    pub async fn poll_with(&self, more: &[(&str, &str)]) -> Answer {
        self.client.token(&[&self.fields(), more].concat()).await
    }

    /// The token request.
    pub fn fields(&self) -> [(&'static str, &str); 2] {
        [("grant_type", GRANT), ("device_code", &self.code)]
    }

    /// Gets the tokens that were allowed.
    pub async fn tokens(&self) -> Tokens {
        Tokens::of(self.code.clone(), self.poll().await.expect(200).json())
    }
}

impl Browser {
    /// Types a device's code.
    pub async fn type_user_code(&mut self, user_code: &str) -> View {
        let page = self.open(PAGE).await;
        self.press(&page, "user-code-submit", &[("user_code", user_code)]).await
    }

    /// Types a device's code and goes on to the page that asks about it, signing in where asked.
    pub async fn reach_device(&mut self, device: &WaitingDevice, name: &str) -> View {
        let mut view = self.type_user_code(&device.user_code).await;
        if view.step() == "sign-in" {
            view = self.sign_in(&view, name).await;
        }
        assert_eq!(view.step(), "device", "{} {}", view.path, view.text());
        view
    }

    /// Allows a device.
    pub async fn allow_device(&mut self, device: &WaitingDevice, name: &str) -> View {
        let page = self.reach_device(device, name).await;
        let view = self.press(&page, "device-allow", &[]).await;
        assert_eq!(view.heading(), "Your device is connected", "{}", view.text());
        view
    }
}
