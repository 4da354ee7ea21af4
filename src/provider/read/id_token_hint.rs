//! A presented `id_token_hint` (OpenID Connect Core 1.0 §3.1.2.1, RP-Initiated Logout 1.0 §2).

use serde_json::Value;

use super::super::Provider;
use super::super::context::Context;
use crate::protocol::error::OAuthError;

/// What an ID token of this issuer names. It may be expired: it is no credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdTokenHint {
    /// `sub`.
    pub subject: String,
    /// The client it was made for: with several audiences the authorized party (OpenID Connect Core 1.0 §2).
    pub client_id: Option<String>,
}

impl Provider {
    /// Reads the hint: signed by a key of this provider, of its type, and of the issuer that is asked.
    ///
    /// # Errors
    /// `invalid_request`; the detail says what the signature lacks.
    pub(in crate::provider) fn id_token_hint(
        &self,
        context: &Context,
        hint: &str,
    ) -> Result<IdTokenHint, OAuthError> {
        let refused = || OAuthError::invalid_request("id_token_hint is not an ID token of this issuer.");
        let keys = &self.snapshot.settings.oidc.keys;
        let claims =
            keys.verify(hint, &["JWT"]).map_err(|problem| refused().with_detail(problem.to_string()))?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        if text("iss") != Some(context.issuer.as_str()) {
            return Err(refused());
        }
        Ok(IdTokenHint {
            subject: text("sub").ok_or_else(refused)?.to_owned(),
            client_id: text("azp").or_else(|| text("aud")).map(str::to_owned),
        })
    }
}
