//! Why an answer refuses: it rides on the answer until admission tells the log and the table of refusals.

use std::net::IpAddr;

use axum::http::{Method, StatusCode};
use axum::response::Response;

use super::limits::Unreadable;
use super::state::Incoming;
use crate::clock::NumericDate;
use crate::model::refusal::Refusal;
use crate::protocol::bearer::Credentials;
use crate::protocol::error::OAuthError;
use crate::protocol::parameters::Parameters;
use crate::provider::client_auth::assertion::client_asserted;

/// The longest reason that is kept, in characters.
const LONGEST_REASON: usize = 1000;
/// The longest path that is told, in characters.
const LONGEST_PATH: usize = 200;

/// Why an answer refuses. Never holds the value of a parameter that can be a secret.
#[derive(Clone, Debug, Default)]
pub(super) struct Reason {
    /// The error code, or the name of the page.
    pub error: String,
    /// The registered client.
    pub client_id: Option<String>,
    /// The person.
    pub username: Option<String>,
    /// What was found.
    pub words: String,
}

/// The request that was refused.
pub(super) struct Arrival<'a> {
    /// Its id.
    pub request_id: &'a str,
    /// Where it came from.
    pub address: IpAddr,
    /// The issuer it came to.
    pub issuer: Option<String>,
    /// When.
    pub now: NumericDate,
}

/// Marks an answer of 4xx that refuses nothing: a device asks whether its person has answered (RFC 8628 §3.5).
#[derive(Clone, Copy, Debug)]
pub(super) struct Awaited;

impl Reason {
    /// Of an error of the protocols: what went out, and what only the log may know.
    pub fn of(error: &OAuthError) -> Self {
        let words = match &error.detail {
            Some(detail) => format!("{} {detail}", error.description),
            None => error.description.clone(),
        };
        Self { error: error.code.as_str().to_owned(), words, ..Self::default() }
    }

    /// Of a proof that was not accepted; the event of the same request says why.
    pub fn unproven(username: Option<&str>) -> Self {
        Self {
            error: "sign_in".to_owned(),
            username: username.map(str::to_owned),
            words: "name, password or one-time code were not accepted; the event of this request says why"
                .to_owned(),
            ..Self::default()
        }
    }

    /// Lets it ride on an answer.
    pub fn on(self, mut response: Response) -> Response {
        response.extensions_mut().insert(self);
        response
    }

    /// What an answer refuses, if it does; one that says nothing but its status too.
    pub fn told_by(response: &mut Response) -> Option<Self> {
        let status = response.status();
        let told = response.extensions_mut().remove::<Self>();
        if response.extensions().get::<Awaited>().is_some() {
            return None;
        }
        told.or_else(|| {
            let refused = status.is_client_error() || status.is_server_error();
            refused.then(|| Self {
                error: status.as_u16().to_string(),
                words: of_status(status).to_owned(),
                ..Self::default()
            })
        })
    }

    /// As it is kept.
    pub fn kept(self, arrival: Arrival<'_>, endpoint: String, status: StatusCode) -> Refusal {
        Refusal {
            id: arrival.request_id.to_owned(),
            at: arrival.now,
            issuer: arrival.issuer,
            endpoint,
            status: status.as_u16(),
            error: self.error,
            client_id: self.client_id,
            username: self.username,
            address: arrival.address,
            reason: self.words.chars().take(LONGEST_REASON).collect(),
        }
    }
}

fn of_status(status: StatusCode) -> &'static str {
    match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::URI_TOO_LONG => {
            Unreadable::of(status).description()
        }
        StatusCode::INTERNAL_SERVER_ERROR => {
            "a fault of Signet; the lines of the log around this one say more"
        }
        _ => status.canonical_reason().unwrap_or("refused"),
    }
}

/// Method and path of a request as they are told: a pending authorization is not named, for whoever opens it first
/// owns it. It may stand behind a base path, and that of an issuer which the Host does not name.
pub(super) fn endpoint(method: &Method, path: &str) -> String {
    let method: String = method.as_str().chars().take(16).collect();
    let mut after_flow = false;
    let named = path.split('/').map(|segment| {
        let shown = if after_flow && !segment.is_empty() { "{id}" } else { segment };
        after_flow = segment == "flow";
        shown
    });
    let path: Vec<&str> = named.collect();
    format!("{method} {}", cut(&path.join("/")))
}

fn cut(path: &str) -> String {
    let mut shown: String = path.chars().take(LONGEST_PATH).collect();
    if shown.len() < path.len() {
        shown.push('…');
    }
    shown
}

impl Incoming {
    /// The registered client that a request names, and what to say of one that is not.
    pub(super) fn client_named(&self, client_id: &str) -> Result<String, String> {
        let snapshot = &self.provider.snapshot;
        match snapshot.client(client_id) {
            Some(client) => Ok(client.client_id.clone()),
            None => Err(snapshot.hint_of_unknown_client(client_id)),
        }
    }

    /// Adds to a reason whom the request names as its client.
    pub(super) fn named_by(
        &self,
        mut reason: Reason,
        authorization: Option<&str>,
        form: &Parameters,
    ) -> Reason {
        match naming(authorization, form) {
            Some(Naming::Sent(client_id)) => match self.client_named(&client_id) {
                Ok(client_id) => reason.client_id = Some(client_id),
                Err(hint) => reason.words = format!("{} {hint}", reason.words),
            },
            Some(Naming::Asserted(client_id)) => reason.client_id = self.client_named(&client_id).ok(),
            None => {}
        }
        reason
    }

    /// The registered client whose failure it is when the request fails; of one with a token it is nobody's.
    pub(super) fn client_of(&self, authorization: Option<&str>, form: &Parameters) -> Option<String> {
        if let Some(Ok(Credentials::Bearer(_))) = authorization.map(Credentials::parse) {
            return None;
        }
        let (Naming::Sent(client_id) | Naming::Asserted(client_id)) = naming(authorization, form)?;
        self.client_named(&client_id).ok()
    }
}

/// How a request names its client. Neither is proven.
enum Naming {
    /// As it is, in the `Authorization` header or as `client_id`.
    Sent(String),
    /// As `sub` of an assertion alone (RFC 7521 §4.2).
    Asserted(String),
}

fn naming(authorization: Option<&str>, form: &Parameters) -> Option<Naming> {
    if let Some(Ok(Credentials::Basic { user, .. })) = authorization.map(Credentials::parse) {
        return Some(Naming::Sent(user));
    }
    let sent = form.get("client_id").map(|client_id| Naming::Sent(client_id.to_owned()));
    sent.or_else(|| client_asserted(form).map(Naming::Asserted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_without_the_name_of_a_pending_authorization() {
        for (path, told) in [
            ("/flow/8sjkJhs7", "GET /flow/{id}"),
            ("/flow/8sjkJhs7/sign-in", "GET /flow/{id}/sign-in"),
            ("/api/oidc/token", "GET /api/oidc/token"),
            ("/flower", "GET /flower"),
            ("/auth/flow/8sjkJhs7/sign-in", "GET /auth/flow/{id}/sign-in"),
            ("/flow/flow/8sjkJhs7", "GET /flow/{id}/{id}"),
            ("/flow/", "GET /flow/"),
            ("/flow", "GET /flow"),
        ] {
            assert_eq!(endpoint(&Method::GET, path), told);
        }
        assert_eq!(endpoint(&Method::GET, &"/ä".repeat(500)).chars().count(), 4 + LONGEST_PATH + 1);
    }
}
