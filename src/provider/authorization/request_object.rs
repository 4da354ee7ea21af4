//! Request objects (RFC 9101; OpenID Connect Core 1.0 §6): the parameters of a request as a JWT, in `request` or by
//! reference in `request_uri`. Where one comes, nothing beside it counts (RFC 9101 §6.3).

use std::borrow::Cow;
use std::sync::Arc;

use super::super::Provider;
use super::super::context::Context;
use super::AuthorizationError;
use super::checks::{self, Source};
use super::target::{PageProblem, Target};
use crate::clock::{NumericDate, Seconds};
use crate::jose::compact::{Unverified, parse};
use crate::jose::{ClaimProblem, JwsAlgorithm, audience, numeric_date};
use crate::model::client::{Client, RequestObjectAlgorithm};
use crate::outbound::OutboundError;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::logged_uri::without_query;
use crate::protocol::parameters::Parameters;
use crate::protocol::request_object::{parameters, refused};
use crate::secrets::mac::sha256_base64url;
use serde_json::{Map, Value};
use url::Url;

/// The longest request object that is read, in bytes: it has to fit into a URL beside what else stands there.
const MAX_OBJECT: usize = 8 * 1024;

/// How far clocks may differ, in seconds.
const TOLERANCE: Seconds = 30;

/// How far its end may lie ahead, in seconds: what is signed can be sent again until then.
const LONGEST_LIFE: Seconds = 24 * 60 * 60;

/// What a request object calls itself in `typ` (RFC 9101 §10.8; `JWT` and nothing at all are of OpenID Connect).
const TYPES: [&str; 2] = ["oauth-authz-req+jwt", "jwt"];

/// Why a request object is not taken.
#[derive(Debug)]
pub(super) struct Refused {
    /// What is told.
    pub error: OAuthError,
    /// What stands inside, when it comes from whom it should: it may say where the error goes.
    inside: Option<Parameters>,
}

impl Refused {
    /// Where the error goes: to the redirect URI that stands inside when it is proven, otherwise to a page. What stands
    /// beside the object proves nothing.
    pub(super) fn at(self, client: Arc<Client>) -> AuthorizationError {
        let inside = self.inside.filter(|inside| inside.get("redirect_uri").is_some());
        match inside.map(|inside| Target::prove(client.clone(), &inside)) {
            Some(Ok(target)) => AuthorizationError::Redirect(Box::new(target), self.error),
            // Nothing is wrong with the request, and it may come again as it is.
            Some(Err(_)) | None if self.error.code == ErrorCode::TemporarilyUnavailable => {
                let OAuthError { description, detail, .. } = self.error;
                let detail = detail.unwrap_or(description);
                AuthorizationError::Page(PageProblem::Unavailable { client, detail })
            }
            Some(Err(_)) | None => {
                AuthorizationError::Page(PageProblem::RequestObject { client, error: self.error })
            }
        }
    }
}

impl From<OAuthError> for Refused {
    fn from(error: OAuthError) -> Self {
        Self { error, inside: None }
    }
}

impl Provider {
    /// The parameters that count: those of the request object when there is one, otherwise those that came.
    ///
    /// # Errors
    /// `invalid_request_object`, `invalid_request_uri` (RFC 9101 §7); when what is fetched does not come.
    pub(super) async fn effective_parameters<'a>(
        &self,
        context: &Context,
        client: &Client,
        outside: &'a Parameters,
        source: Source,
    ) -> Result<Cow<'a, Parameters>, Refused> {
        let object = match (outside.get("request"), outside.get("request_uri")) {
            (None, None) => return Ok(Cow::Borrowed(outside)),
            (Some(object), None) => Cow::Borrowed(object),
            (None, Some(uri)) => {
                // Nothing is fetched for a request that would be refused all the same.
                let all = self.snapshot.settings.oidc.require_pushed_authorization_requests;
                checks::pushed_when_required(client, all, source)?;
                Cow::Owned(self.fetch_request_object(client, uri).await?)
            }
            (Some(_), Some(_)) => {
                return Err(OAuthError::invalid_request(
                    "request and request_uri came together; send one of them (RFC 9101 section 5).",
                )
                .into());
            }
        };
        self.read_request_object(context, client, &object).await.map(Cow::Owned)
    }

    /// A request object by reference: from exactly the URIs that the client is registered with.
    async fn fetch_request_object(&self, client: &Client, uri: &str) -> Result<String, OAuthError> {
        let wrong = |what: &str| OAuthError::new(ErrorCode::InvalidRequestUri, what);
        if !client.request_uris.iter().any(|registered| registered == uri) {
            return Err(wrong(
                "The request_uri is neither one of the pushed authorization request endpoint nor registered for the client (option request_uris).",
            ));
        }
        let url = Url::parse(uri).map_err(|_| wrong("The request_uri is no URI."))?;
        // The same URI may give another object to each person: what it gave before is used again only where a hash says
        // that it is what is wanted, or its server that it may be (OpenID Connect Core 1.0 §6.2).
        let is_wanted = url.fragment().map(|hash| {
            let hash = hash.to_owned();
            move |object: &[u8]| sha256_base64url(object) == hash
        });
        let fetched = self.outbound.get_anew(&url, is_wanted.clone()).await.map_err(|problem| {
            let told = match problem {
                OutboundError::Busy => OAuthError::temporarily_unavailable(
                    "Too many request objects are fetched at the moment. Try again in a few seconds.",
                ),
                _ => wrong("The request object could not be fetched from the request_uri."),
            };
            told.with_detail(format!("{}: {problem}", without_query(url.as_str())))
        })?;
        if is_wanted.is_some_and(|is_wanted| !is_wanted(&fetched)) {
            return Err(wrong(
                "What the request_uri gives has another hash than its fragment says (OpenID Connect Core 1.0 section 6.2).",
            ));
        }
        let text =
            std::str::from_utf8(&fetched).map_err(|_| wrong("What the request_uri gives is no JWT."))?;
        Ok(text.trim_ascii().to_owned())
    }

    /// Reads and proves a request object.
    async fn read_request_object(
        &self,
        context: &Context,
        client: &Client,
        object: &str,
    ) -> Result<Parameters, Refused> {
        if object.len() > MAX_OBJECT {
            return Err(refused(format!("The request object has more than {MAX_OBJECT} bytes.")).into());
        }
        let object = self.opened(context, client, object).await?;
        let token = parse(&object).map_err(|problem| {
            refused("The request object is no JWT that is taken here.").with_detail(problem.to_string())
        })?;
        let typ = token.typ().map(|typ| typ.to_ascii_lowercase());
        let typ = typ.as_deref().map(|typ| typ.strip_prefix("application/").unwrap_or(typ));
        if typ.is_some_and(|typ| !TYPES.contains(&typ)) {
            return Err(refused("The typ of the request object is another than oauth-authz-req+jwt.").into());
        }
        let signed = self.proven(client, &token).await?;
        whose(client, &token.payload)?;
        let inside = parameters(&token.payload)?;
        match for_whom_and_when(context, &token.payload, signed) {
            Ok(()) => Ok(inside),
            Err(error) => Err(Refused { error, inside: Some(inside) }),
        }
    }

    /// Whether the object is signed, by the client and with the algorithm that the client is registered for. An object
    /// that is not signed says no more than parameters do that come without one; it is taken where the client is
    /// registered for `none` or for no algorithm (OpenID Connect Dynamic Client Registration 1.0 §2). A MAC is taken only
    /// where the client is registered for it.
    async fn proven(&self, client: &Client, token: &Unverified<'_>) -> Result<bool, OAuthError> {
        let unsigned = token.algorithm() == "none";
        let wrong = |problem: &str| {
            refused("The signature of the request object is not the client's.").with_detail(problem)
        };
        let algorithm = match (client.request_object_signing_alg, JwsAlgorithm::parse(token.algorithm())) {
            (None | Some(RequestObjectAlgorithm::Unsigned), _) if unsigned => {
                return if token.signature.is_empty() {
                    Ok(false)
                } else {
                    Err(wrong("alg is none, and there is one"))
                };
            }
            // Anybody can send an object: a MAC that was not agreed on would let them try the secret of every client that
            // has a known one.
            (None, Some(algorithm @ JwsAlgorithm::Signature(_))) => algorithm,
            (None, Some(JwsAlgorithm::Mac(_))) => {
                return Err(refused(
                    "An alg that signs with the client's secret must be registered (option request_object_signing_alg).",
                ));
            }
            (Some(RequestObjectAlgorithm::Signed(registered)), Some(algorithm))
                if registered == algorithm =>
            {
                algorithm
            }
            _ => {
                return Err(refused(
                    "The alg of the request object is not the one that the client is registered for (option request_object_signing_alg).",
                ));
            }
        };
        match algorithm {
            JwsAlgorithm::Mac(algorithm) => {
                let keys = client
                    .mac_keys
                    .as_ref()
                    .ok_or_else(|| wrong("the client's secret is not known as it is"))?;
                let key = keys.for_algorithm(algorithm);
                if !key.verifies(token.signing_input.as_bytes(), &token.signature) {
                    return Err(wrong("it does not fit the client's secret"));
                }
            }
            JwsAlgorithm::Signature(algorithm) => {
                let keys = self
                    .client_keys_with(client, token.key_id())
                    .await
                    .map_err(|problem| wrong(&problem.to_string()))?;
                keys.verify(token, algorithm).map_err(|problem| wrong(&problem.to_string()))?;
            }
        }
        Ok(true)
    }
}

/// That the object is a request of this client (RFC 9101 §5, §6.3 and §10.8).
fn whose(client: &Client, claims: &Map<String, Value>) -> Result<(), OAuthError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("client_id") != Some(&client.client_id) {
        return Err(refused("client_id of the request object is missing, or another than the request's."));
    }
    if claims.contains_key("iss") && text("iss") != Some(&client.client_id) {
        return Err(refused("iss of the request object is not the client."));
    }
    // A token by which the client authenticates says so of itself (RFC 7523 §3): it must not serve as a request.
    if text("sub") == Some(&client.client_id) {
        return Err(refused(
            "sub of the request object is the client; leave it out (RFC 9101 section 10.8).",
        ));
    }
    Ok(())
}

/// That it is for this provider, and for now (RFC 9101 §4).
fn for_whom_and_when(context: &Context, claims: &Map<String, Value>, signed: bool) -> Result<(), OAuthError> {
    match audience(claims) {
        Ok(audience) if audience.contains(&context.issuer.as_str()) => {}
        Err(ClaimProblem::Missing) if !signed => {}
        _ => return Err(refused("aud of the request object is not this issuer.")),
    }
    let time = |name: &str| match numeric_date(claims, name) {
        Ok(time) => Ok(Some(time)),
        Err(ClaimProblem::Missing) => Ok(None),
        Err(ClaimProblem::Invalid) => Err(refused(format!("{name} of the request object is no time."))),
    };
    times(context.now, signed, time("exp")?, [time("nbf")?, time("iat")?])
}

fn times(
    now: NumericDate,
    signed: bool,
    exp: Option<NumericDate>,
    begins: [Option<NumericDate>; 2],
) -> Result<(), OAuthError> {
    match exp {
        None if signed => {
            return Err(refused("exp of the request object is missing; a signed one has an end."));
        }
        Some(exp) if exp <= now - TOLERANCE => return Err(refused("The request object is expired.")),
        Some(exp) if exp > now + LONGEST_LIFE + TOLERANCE => {
            return Err(refused("exp of the request object lies more than a day ahead."));
        }
        _ => {}
    }
    if begins.into_iter().flatten().any(|begin| begin > now + TOLERANCE) {
        return Err(refused("nbf or iat of the request object lies in the future."));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
