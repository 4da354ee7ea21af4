//! The three faces of an error: JSON, Bearer challenge, page.

use askama::Template;
use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::headers::{FLOW_POLICY, PAGE_POLICY};
use super::pages::error::{ErrorPage, Fault};
use super::pages::{ClientIdentity, PageContext};
use super::parameters::is_form;
use super::refusal::Reason;
use super::state::Incoming;
use crate::observe;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::logged_uri::without_query;
use crate::provider::authorization::PageProblem;

/// Seconds after which an overloaded or failing provider may be asked again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// An answer that ends a handler early.
pub(super) struct Early(Box<Response>);

impl From<Response> for Early {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

impl IntoResponse for Early {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// A page of the person's own, which no other site's window holds on to. The pages of an authorization may be
/// opened by a relying party as a popup.
pub(super) fn page(template: &impl Template) -> Response {
    own(html(StatusCode::OK, template, PAGE_POLICY))
}

fn own(mut response: Response) -> Response {
    let own = HeaderValue::from_static("same-origin");
    response.headers_mut().insert(HeaderName::from_static("cross-origin-opener-policy"), own);
    response
}

/// A page of the person's own whose form leads to another site.
pub(super) fn leading_page(template: &impl Template) -> Response {
    own(html(StatusCode::OK, template, FLOW_POLICY))
}

/// A page of a pending authorization.
pub(super) fn flow_page(template: &impl Template) -> Response {
    html(StatusCode::OK, template, FLOW_POLICY)
}

fn html(status: StatusCode, template: &impl Template, policy: &'static str) -> Response {
    match template.render() {
        Ok(body) => (
            status,
            [
                (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                (header::CONTENT_SECURITY_POLICY, policy),
                // With no-referrer browsers send `Origin: null` on the form.
                (header::REFERRER_POLICY, "same-origin"),
            ],
            body,
        )
            .into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Answers with another status.
pub(super) fn with_status(mut response: Response, status: StatusCode) -> Response {
    *response.status_mut() = status;
    response
}

/// What a refusal's page says.
#[derive(Default)]
pub(super) struct Refusal {
    pub fault: Option<Fault>,
    pub client: Option<String>,
    /// For the log only: the registered client.
    pub client_id: Option<String>,
    /// For the log only: the person.
    pub username: Option<String>,
    pub explanation: Option<String>,
    pub parameter: Option<String>,
    pub received: Option<String>,
    pub issuers: Vec<String>,
    pub retry_url: Option<String>,
    /// For the log only.
    pub detail: Option<String>,
}

impl Refusal {
    pub fn of(fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }
}

/// The page of a refusal; its reason rides along.
pub(super) fn refuse(page: PageContext, request_id: &str, refusal: Refusal) -> Response {
    let fault = refusal.fault.unwrap_or(Fault::Internal);
    let said = [refusal.explanation.as_deref(), refusal.detail.as_deref()];
    let mut words: Vec<&str> = said.into_iter().flatten().collect();
    if words.is_empty() {
        words.push(fault.reason());
    }
    let reason = Reason {
        error: fault.name().to_owned(),
        client_id: refusal.client_id,
        username: refusal.username,
        words: words.join(" "),
    };
    let mut template = ErrorPage::new(page, fault, Some(request_id.to_owned()));
    template.client = refusal.client.map(|name| ClientIdentity { name, host: None });
    template.explanation = refusal.explanation;
    template.parameter = refusal.parameter;
    template.received = refusal.received;
    template.issuers = refusal.issuers;
    template.retry_url = refusal.retry_url;
    let status = StatusCode::from_u16(fault.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = html(status, &template, PAGE_POLICY);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    reason.on(response)
}

impl Incoming {
    /// The page of a refusal of this request.
    pub(super) fn refuse(&self, refusal: Refusal) -> Response {
        refuse(self.page(), &self.context.request_id, refusal)
    }

    /// The page of a fault that needs no more words.
    pub(super) fn fault(&self, fault: Fault) -> Response {
        self.refuse(Refusal::of(fault))
    }

    /// The page of an error that has nowhere else to go.
    pub(super) fn failed(&self, error: &OAuthError) -> Response {
        let fault = match error.status() {
            503 => Fault::Busy,
            400 => Fault::InvalidRequest,
            _ => Fault::Internal,
        };
        self.refuse(Refusal {
            explanation: (fault == Fault::InvalidRequest).then(|| error.description.clone()),
            detail: error.detail.clone(),
            ..Refusal::of(fault)
        })
    }

    /// The page of a store that does not answer.
    pub(super) fn unavailable(&self, error: impl std::fmt::Display) -> Response {
        self.refuse(Refusal { detail: Some(error.to_string()), ..Refusal::of(Fault::Busy) })
    }

    /// The page of an authorization request whose client or redirect URI is not proven.
    pub(super) fn page_problem(&self, problem: PageProblem) -> Response {
        let refusal = match problem {
            PageProblem::Repeated(name) => Refusal {
                explanation: Some(format!("The parameter {name} stands twice (RFC 6749 section 3.1).")),
                parameter: Some(name),
                ..Refusal::of(Fault::InvalidRequest)
            },
            PageProblem::ClientMissing => Refusal {
                parameter: Some("client_id".to_owned()),
                explanation: Some("The parameter client_id is missing.".to_owned()),
                ..Refusal::of(Fault::UnknownClient)
            },
            PageProblem::ClientUnknown { client_id } => Refusal {
                parameter: Some("client_id".to_owned()),
                detail: self.client_named(&client_id).err(),
                received: Some(client_id),
                ..Refusal::of(Fault::UnknownClient)
            },
            PageProblem::RedirectUriMissing { client } => Refusal {
                client: Some(client.client_name.clone()),
                client_id: Some(client.client_id.clone()),
                detail: Some(format!("The client is registered at {}.", client.origin)),
                parameter: Some("redirect_uri".to_owned()),
                explanation: Some("The parameter redirect_uri is missing.".to_owned()),
                ..Refusal::of(Fault::RedirectUri)
            },
            PageProblem::RedirectUriUnknown { client, redirect_uri } => Refusal {
                client: Some(client.client_name.clone()),
                client_id: Some(client.client_id.clone()),
                parameter: Some("redirect_uri".to_owned()),
                detail: Some(format!(
                    "The redirect_uri {} is none of those of the client, registered at {}.",
                    without_query(&redirect_uri),
                    client.origin
                )),
                received: Some(redirect_uri.chars().take(512).collect()),
                ..Refusal::of(Fault::RedirectUri)
            },
            PageProblem::RequestTwice => Refusal {
                parameter: Some("request".to_owned()),
                explanation: Some("request and request_uri must not come together (RFC 9101).".to_owned()),
                ..Refusal::of(Fault::InvalidRequest)
            },
            PageProblem::RequestObject { client, error } => Refusal {
                client: Some(client.client_name.clone()),
                client_id: Some(client.client_id.clone()),
                detail: Some(match &error.detail {
                    Some(detail) => format!("{}: {detail}.", error.code),
                    None => format!("{}.", error.code),
                }),
                explanation: Some(error.description),
                ..Refusal::of(Fault::InvalidRequest)
            },
            PageProblem::PushedRequest => {
                Refusal { parameter: Some("request_uri".to_owned()), ..Refusal::of(Fault::RequestUri) }
            }
            PageProblem::Unavailable { client, detail } => Refusal {
                client_id: Some(client.client_id.clone()),
                detail: Some(detail),
                ..Refusal::of(Fault::Busy)
            },
        };
        self.refuse(refusal)
    }

    /// The JSON face (RFC 6749 §5.2); `challenge_basic` when the client came with an `Authorization` header.
    pub(super) fn json_error(&self, error: &OAuthError, challenge_basic: bool) -> Response {
        observe::client_refused(error.code.as_str());
        let description = self.description(error);
        let body = json!({"error": error.code.as_str(), "error_description": description});
        let mut response = (status(error), Json(body)).into_response();
        let headers = response.headers_mut();
        if error.code == ErrorCode::InvalidClient && challenge_basic {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"signet\""));
        }
        if error.status() == 503 {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        Reason::of(error).on(response)
    }

    /// The JSON face of a body that cannot be read: 415 when it is something else than a form.
    pub(super) fn unreadable_form(&self, headers: &HeaderMap, error: &OAuthError) -> Response {
        let response = self.json_error(error, false);
        if headers.contains_key(header::CONTENT_TYPE) && !is_form(headers) {
            return with_status(response, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        response
    }

    /// The Bearer face (RFC 6750 §3); without an error when no token came at all.
    pub(super) fn bearer_error(&self, error: Option<&OAuthError>) -> Response {
        let Some(error) = error else {
            let mut response = StatusCode::UNAUTHORIZED.into_response();
            let challenge = HeaderValue::from_static("Bearer realm=\"signet\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            let words = "no access token came: neither in the Authorization header nor in a form".to_owned();
            return Reason { error: "no_token".to_owned(), words, ..Reason::default() }.on(response);
        };
        let mut response = self.json_error(error, false);
        if matches!(error.status(), 400 | 401 | 403) {
            let challenge = format!(
                "Bearer realm=\"signet\", error=\"{}\", error_description=\"{}\"{}",
                error.code.as_str(),
                self.description(error),
                if error.code == ErrorCode::InsufficientScope { ", scope=\"openid\"" } else { "" }
            );
            if let Ok(challenge) = HeaderValue::from_str(&challenge) {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            }
        }
        response
    }

    fn description(&self, error: &OAuthError) -> String {
        match &error.detail {
            Some(detail) if self.provider.snapshot.settings.oidc.enable_client_debug_messages => {
                OAuthError::new(error.code, format!("{} {detail}", error.description)).description
            }
            _ => error.description.clone(),
        }
    }
}

fn status(error: &OAuthError) -> StatusCode {
    StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST)
}
