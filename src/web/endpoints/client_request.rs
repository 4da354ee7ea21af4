//! A form that a client posts, with the credentials that prove it.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};

use super::super::parameters;
use super::super::refusal::{Awaited, Reason};
use super::super::state::Incoming;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::parameters::Parameters;
use crate::provider::Provider;
use crate::provider::context::Context;

/// A request to an endpoint that clients authenticate at.
pub(in crate::web) struct ClientRequest {
    incoming: Incoming,
    authorization: Option<String>,
    /// The form.
    pub form: Parameters,
}

impl<S: Send + Sync> FromRequest<S> for ClientRequest {
    type Rejection = Response;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Response> {
        let Extension(incoming) = axum::RequestExt::extract_parts::<Extension<Incoming>>(&mut request)
            .await
            .map_err(IntoResponse::into_response)?;
        let headers = request.headers().clone();
        let uri = request.uri().clone();
        let body = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        let form = match parameters::of_form(&headers, &body) {
            Ok(form) => form,
            Err(error) => parameters::is_form(&headers)
                .then(|| without_proof(&body))
                .flatten()
                .ok_or_else(|| incoming.unreadable_form(&headers, &error))?,
        };
        let authorization = parameters::authorization(&headers).map(str::to_owned);
        parameters::of_query(&uri)
            .and_then(|query| stands_once(&query, &form))
            .map_err(|error| incoming.json_error(&error, authorization.is_some()))?;
        Ok(Self { incoming, authorization, form })
    }
}

/// A form in which nothing but `client_secret` or `client_assertion` cannot be read: that is one, and a wrong one. No
/// form that can be read holds a NUL.
fn without_proof(body: &[u8]) -> Option<Parameters> {
    const PROOFS: [&str; 2] = ["client_secret", "client_assertion"];
    let proof = |pair: &[u8]| {
        let name = pair.split(|byte| *byte == b'=').next().filter(|name| name.len() < pair.len())?;
        PROOFS.into_iter().find(|proof| proof.as_bytes() == name)
    };
    let (proofs, rest): (Vec<&[u8]>, Vec<&[u8]>) =
        body.split(|byte| *byte == b'&').partition(|pair| proof(pair).is_some());
    let rest = Parameters::parse(&rest.join(&b'&')).ok()?;
    let wrong = proofs.iter().filter_map(|pair| Some((proof(pair)?, "\0")));
    (!proofs.is_empty()).then(|| Parameters::merge(rest, Parameters::from_pairs(wrong)))
}

/// The form alone counts; a parameter that stands in the query as well stands twice (RFC 6749 §3.2).
fn stands_once(query: &Parameters, form: &Parameters) -> Result<(), OAuthError> {
    match query.pairs().find(|(name, _)| form.pairs().any(|(other, _)| other == *name)) {
        None => Ok(()),
        Some((name, _)) => Err(OAuthError::invalid_request(format!(
            "The parameter {name} stands in the query and in the form; send it in the form alone."
        ))),
    }
}

impl ClientRequest {
    /// Who decides.
    pub fn provider(&self) -> &Provider {
        &self.incoming.provider
    }

    /// The request, for decisions.
    pub fn context(&self) -> &Context {
        &self.incoming.context
    }

    /// The `Authorization` header.
    pub fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }

    /// Writes an answer, or the error as JSON.
    pub fn answer(&self, answer: Result<impl IntoResponse, OAuthError>) -> Response {
        match answer {
            Ok(answer) => answer.into_response(),
            Err(error) => {
                let response = self.incoming.json_error(&error, self.authorization.is_some());
                let reason = Reason::of(&error);
                let reason = self.incoming.named_by(reason, self.authorization(), &self.form);
                let mut response = reason.on(response);
                if error.code == ErrorCode::AuthorizationPending {
                    response.extensions_mut().insert(Awaited);
                }
                response
            }
        }
    }
}
