//! `private_key_jwt` and `client_secret_jwt`: a client signs what it says of itself (OpenID Connect Core 1.0 §9,
//! RFC 7521 §4.2, RFC 7523 §2.2).

pub mod claims;
mod stand_in;

use std::sync::Arc;

use serde_json::Value;

use super::super::Provider;
use super::super::context::Context;
use super::refused;
use crate::clock::Seconds;
use crate::jose::compact::parse;
use crate::jose::{JwsAlgorithm, PublicKeySet, SignatureAlgorithm, SignatureProblem, Unverified};
use crate::model::client::{Client, EndpointAuth};
use crate::protocol::client_auth_method::ClientAuthMethod;
use crate::protocol::error::OAuthError;
use crate::protocol::parameters::Parameters;
use crate::secrets::mac::sha256_base64url;
use claims::{Expected, judge};

pub use stand_in::StandIn;

/// The one `client_assertion_type` (RFC 7523 §2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The longest assertion that is read, in bytes.
const MAX_ASSERTION: usize = 8 * 1024;

/// How much longer than it holds an assertion is remembered, in seconds: the clock of the replica that forgets it may be
/// ahead of the others'.
const REMEMBERED_BEYOND: Seconds = 60;

/// An assertion that was read and not believed yet.
pub(super) struct Assertion<'p> {
    text: &'p str,
    token: Unverified<'p>,
    algorithm: JwsAlgorithm,
    /// Who it says it is of.
    pub(super) client_id: String,
}

/// The client that a request without `client_id` names by its assertion (RFC 7521 §4.2). Nothing of it is proven.
pub fn client_asserted(parameters: &Parameters) -> Option<String> {
    Assertion::read(parameters).ok().flatten().map(|assertion| assertion.client_id)
}

impl<'p> Assertion<'p> {
    /// Reads the assertion of a request; none when it carries none.
    pub(super) fn read(parameters: &'p Parameters) -> Result<Option<Self>, OAuthError> {
        let (kind, text) = (parameters.get("client_assertion_type"), parameters.get("client_assertion"));
        let Some(text) = text else {
            return match kind {
                None => Ok(None),
                Some(_) => Err(refused("client_assertion_type without client_assertion")),
            };
        };
        if kind != Some(ASSERTION_TYPE) {
            return Err(refused("client_assertion_type is not the one of RFC 7523"));
        }
        if text.len() > MAX_ASSERTION {
            return Err(refused("the assertion is longer than 8 KiB"));
        }
        let token = parse(text).map_err(|problem| refused(format!("the assertion: {problem}")))?;
        let algorithm = JwsAlgorithm::parse(token.algorithm())
            .ok_or_else(|| refused("the assertion: `alg` names no algorithm that signs"))?;
        let subject = token.payload.get("sub").and_then(Value::as_str);
        let client_id = subject.ok_or_else(|| refused("the assertion: `sub` is missing"))?.to_owned();
        // RFC 7521 §4.2: client_id need not be sent, and is that of the assertion when it is.
        if parameters.get("client_id").is_some_and(|id| id != client_id) {
            return Err(refused("client_id in the body is not `sub` of the assertion"));
        }
        Ok(Some(Self { text, token, algorithm, client_id }))
    }

    /// The method that it is of.
    pub(super) const fn method(&self) -> ClientAuthMethod {
        match self.algorithm {
            JwsAlgorithm::Mac(_) => ClientAuthMethod::ClientSecretJwt,
            JwsAlgorithm::Signature(_) => ClientAuthMethod::PrivateKeyJwt,
        }
    }
}

impl Provider {
    /// Checks an assertion, and spends it when it is right; the inner error is why it is not. One signature is verified
    /// whatever is wrong: without a key of the client that fits, by one that nobody has.
    pub(super) async fn check_assertion(
        &self,
        context: &Context,
        assertion: &Assertion<'_>,
        client: Option<&Arc<Client>>,
        registered: Option<EndpointAuth>,
    ) -> Result<Result<(), String>, OAuthError> {
        // The algorithm tells the method too: none serves two of them (RFC 8725 §3.1).
        let fits = registered.is_some_and(|registered| registered.algorithm == Some(assertion.algorithm));
        let client = client.filter(|_| fits);
        if let Err(problem) = self.verify_assertion(assertion, client).await? {
            let agreed = registered.and_then(|registered| registered.algorithm);
            return Ok(Err(match agreed {
                Some(agreed) if !fits => format!(
                    "the client is registered for {agreed} but its assertion is signed with {}",
                    assertion.algorithm
                ),
                _ => problem,
            }));
        }
        let Some(client) = client else { return Ok(Err("the client is unknown".to_owned())) };
        let expected = Expected {
            client_id: &client.client_id,
            issuer: &context.issuer,
            issuer_only: client.assertion_for_issuer_only,
            now: context.now,
        };
        let accepted = match judge(&assertion.token, expected) {
            Ok(accepted) => accepted,
            Err(problem) => return Ok(Err(problem.to_string())),
        };
        let jti_hash = sha256_base64url(accepted.jti.as_bytes());
        let until = accepted.expires_at.saturating_add(REMEMBERED_BEYOND);
        let is_first = self.storage.spend_client_assertion(&client.client_id, &jti_hash, until).await?;
        Ok(if is_first { Ok(()) } else { Err("the assertion was used before (`jti`)".to_owned()) })
    }

    /// Whether the signature is that of this client.
    async fn verify_assertion(
        &self,
        assertion: &Assertion<'_>,
        client: Option<&Arc<Client>>,
    ) -> Result<Result<(), String>, OAuthError> {
        let stand_in = self.snapshot.stand_in.clone();
        let token = &assertion.token;
        match assertion.algorithm {
            JwsAlgorithm::Mac(algorithm) => {
                let secret = client.and_then(|client| client.mac_keys.as_deref());
                let key = secret.unwrap_or(&stand_in.secret).for_algorithm(algorithm);
                let fits = key.verifies(token.signing_input.as_bytes(), &token.signature);
                Ok(if fits && secret.is_some() {
                    Ok(())
                } else {
                    Err("the signature does not fit".to_owned())
                })
            }
            JwsAlgorithm::Signature(algorithm) => {
                let keys = match client {
                    Some(client) => self
                        .client_keys_with(client, token.key_id())
                        .await
                        .map_err(|problem| problem.to_string()),
                    None => Ok(Arc::default()),
                };
                let (keys, unknown) = match keys {
                    Ok(keys) => (keys, None),
                    Err(problem) => (Arc::default(), Some(problem)),
                };
                let text = assertion.text.to_owned();
                let verified = tokio::task::spawn_blocking(move || {
                    verify(&text, algorithm, &keys, &stand_in).map_err(|problem| problem.to_string())
                });
                let verified = verified.await.map_err(|error| {
                    OAuthError::server_error("The provider failed. Its log says why.")
                        .with_detail(error.to_string())
                })?;
                Ok(verified.map_err(|problem| unknown.unwrap_or(problem)))
            }
        }
    }
}

/// Verifies with the one key that fits, else with one that nobody has, in vain.
fn verify(
    text: &str,
    algorithm: SignatureAlgorithm,
    keys: &PublicKeySet,
    stand_in: &StandIn,
) -> Result<(), SignatureProblem> {
    let token = parse(text).map_err(|_| SignatureProblem::Signature)?;
    match keys.verify(&token, algorithm) {
        Err(problem @ (SignatureProblem::UnknownKey | SignatureProblem::SeveralKeys)) => {
            stand_in.verify(&token, algorithm);
            Err(problem)
        }
        verified => verified,
    }
}
