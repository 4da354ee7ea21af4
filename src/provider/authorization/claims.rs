//! `claims` of an authorization request: what it asks for beyond the scopes, and what of it is granted
//! (OpenID Connect Core 1.0 §5.5).

use super::super::Provider;
use super::super::issue::claims;
use crate::jose::strict_json;
use crate::model::authentication::Level;
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::client::Client;
use crate::model::consent::{AskedClaim, Consent};
use crate::model::scope_definition::ScopeDefinition;
use crate::protocol::claims_request::{ClaimsRequest, MAX_BYTES};
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::parameters::Parameters;
use crate::storage::StorageError;

/// Reads the parameter: JSON in which no member stands twice.
pub(super) fn claims_request(parameters: &Parameters) -> Result<ClaimsRequest, OAuthError> {
    let Some(text) = parameters.get("claims") else { return Ok(ClaimsRequest::default()) };
    if text.len() > MAX_BYTES {
        return Err(OAuthError::invalid_request(format!("claims has more than {MAX_BYTES} bytes.")));
    }
    let members = strict_json::object(text.as_bytes()).ok_or_else(|| {
        OAuthError::invalid_request(
            "claims is no JSON object, holds a member twice or is nested too deep (OpenID Connect Core 1.0 section 5.5).",
        )
    })?;
    ClaimsRequest::of_members(members)
}

/// The level that a request asks for: by `acr` of `claims`, else by `acr_values`, each in its order of preference.
/// A wish that cannot be met is none; what must be met and cannot is refused (§5.5.1.1).
pub(super) fn requested_level(
    parameters: &Parameters,
    claims: &ClaimsRequest,
    second_factors: bool,
) -> Result<Option<Level>, OAuthError> {
    let reachable = |level: &Level| second_factors || *level == Level::OneFactor;
    if let Some(level) = claims.wanted_acr().filter_map(Level::from_acr).find(reachable) {
        return Ok(Some(level));
    }
    if claims.must_match_acr() {
        return Err(OAuthError::new(
            ErrorCode::UnmetAuthenticationRequirements,
            "None of the values that claims asks for as acr can be reached here.",
        ));
    }
    let values = parameters.get("acr_values").unwrap_or_default();
    Ok(values.split(' ').find_map(Level::from_acr).filter(reachable))
}

impl Provider {
    /// The claims that a request asks for beyond what its scopes stand for, as far as the client may have them; those
    /// of other scopes than the client's are ignored, as the standard wants it of claims that are not to be had.
    /// They say with which values they are asked for: whoever allowed one value did not allow to be probed with the next.
    pub fn claims_beyond_scopes(&self, client: &Client, request: &AuthorizationRequest) -> Vec<AskedClaim> {
        let definitions = &self.snapshot.settings.oidc.scopes;
        let names = request.claims.names().into_iter();
        names
            .filter(|(name, _)| {
                !stands_for(request, name, client, definitions) && claims::may_have(name, client, definitions)
            })
            .map(|(name, essential)| AskedClaim {
                name: name.to_owned(),
                essential,
                wanted: request.claims.wanted(name),
            })
            .collect()
    }

    /// The part of `claims` that a grant gives. What the scopes stand for is agreed to with them; of the rest it is
    /// what the consent holds, and all of it where nobody is asked.
    pub(super) async fn granted_claims(
        &self,
        client: &Client,
        request: &AuthorizationRequest,
        given: Option<&Consent>,
        remembered: Option<&str>,
    ) -> Result<ClaimsRequest, StorageError> {
        if request.claims.is_empty() {
            return Ok(ClaimsRequest::default());
        }
        let definitions = &self.snapshot.settings.oidc.scopes;
        let beyond = self.claims_beyond_scopes(client, request);
        let agreed = match (given, remembered) {
            (Some(consent), _) => consent.claims.clone(),
            (None, Some(id)) if !beyond.is_empty() => self.storage.claims_of_consent(id).await?,
            (None, _) => beyond.into_iter().map(|asked| asked.name).collect(),
        };
        Ok(request.claims.only(|name| {
            name == "acr"
                || stands_for(request, name, client, definitions)
                || agreed.iter().any(|each| each == name)
        }))
    }
}

/// Whether the scopes of a request stand for a claim as `claims` asks for it. They do not for one that is made of the values
/// it is asked for with: each value is another question about the person.
fn stands_for(
    request: &AuthorizationRequest,
    name: &str,
    client: &Client,
    definitions: &[ScopeDefinition],
) -> bool {
    claims::is_of_scope(name, &request.scope, definitions)
        && (request.claims.wanted(name).is_empty() || !claims::depends_on_request(name, client))
}

/// What of the asked claims an answer agrees to: all that are essential, and the others that were chosen.
pub(super) fn agreed(asked: &[AskedClaim], chosen: &[String]) -> Vec<String> {
    let agreed = asked.iter().filter(|claim| claim.essential || chosen.contains(&claim.name));
    agreed.map(|claim| claim.name.clone()).collect()
}
