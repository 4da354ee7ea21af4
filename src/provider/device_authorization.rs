//! The device authorization endpoint: a device without a browser asks, and gets its codes (RFC 8628 §3.1).

use secrecy::ExposeSecret;
use serde::Serialize;

use super::Provider;
use super::client_auth::Endpoint;
use super::context::Context;
use super::discovery::paths;
use crate::clock::Seconds;
use crate::model::device_code::{DeviceCode, DeviceCodeState, POLL_INTERVAL};
use crate::model::event::EventKind;
use crate::observe;
use crate::protocol::error::OAuthError;
use crate::protocol::parameters::Parameters;
use crate::secrets::handle::HandleKind;

/// How often another user code is made when one is taken: it happens once in some 34 bits.
const USER_CODES: usize = 5;

/// The answer of the device authorization endpoint (RFC 8628 §3.2).
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct DeviceAuthorizationAnswer {
    /// What the device sends to the token endpoint.
    pub device_code: String,
    /// What the person types.
    pub user_code: String,
    /// Where the person types it.
    pub verification_uri: String,
    /// The same with the code in it, for a QR code or a link.
    pub verification_uri_complete: String,
    /// How long both codes live, in seconds.
    pub expires_in: Seconds,
    /// How long the device waits between two questions, in seconds.
    pub interval: Seconds,
}

impl std::fmt::Debug for DeviceAuthorizationAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceAuthorizationAnswer")
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

impl Provider {
    /// Takes the request of a device and gives it its codes (RFC 8628 §3.1).
    ///
    /// # Errors
    /// `invalid_client`, `unauthorized_client`, and what the authorization endpoint would say of the request.
    pub async fn device_authorization(
        &self,
        context: &Context,
        authorization: Option<&str>,
        parameters: &Parameters,
    ) -> Result<DeviceAuthorizationAnswer, OAuthError> {
        if let Some(name) = parameters.repeated() {
            return Err(OAuthError::invalid_request(format!("The parameter {name} stands twice.")));
        }
        let client = self
            .authenticate_client(context, Endpoint::DeviceAuthorization, authorization, parameters)
            .await?;
        let request = self.device_request(context, &client, parameters).await?;
        let lifespan = client.lifespans.device_code;
        for _ in 0..USER_CODES {
            let handle = self.handles.mint(HandleKind::DeviceCode, context.now);
            let user_code = self.handles.user_code(&handle.id);
            let code = DeviceCode {
                id: handle.id,
                hash: handle.hash,
                user_code: user_code.hash(&self.handles, context.issuer.as_str()),
                issuer: context.issuer.clone(),
                request: request.clone(),
                address: context.address,
                state: DeviceCodeState::Pending,
                poll_interval: POLL_INTERVAL,
                polled_at: None,
                expires_at: context.now + lifespan,
            };
            if !self.storage.insert_device_code(&code, context.now).await? {
                continue;
            }
            let mut event = context.event(EventKind::DeviceRequested);
            event.client_id = Some(client.client_id.clone());
            event.detail = Some(format!("for scope {}", code.request.scope));
            observe::event(&event);
            let shown = user_code.shown();
            let verification_uri = context.issuer.url(paths::DEVICE_VERIFICATION);
            return Ok(DeviceAuthorizationAnswer {
                device_code: handle.text.expose_secret().to_owned(),
                verification_uri_complete: format!("{verification_uri}?user_code={shown}"),
                verification_uri,
                user_code: shown,
                expires_in: lifespan,
                interval: POLL_INTERVAL,
            });
        }
        Err(OAuthError::temporarily_unavailable("No user code is free at the moment; ask again."))
    }
}
