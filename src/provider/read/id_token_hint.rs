//! A presented `id_token_hint` (OpenID Connect Core 1.0 §3.1.2.1, RP-Initiated Logout 1.0 §2).

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::super::Provider;
use super::super::context::Context;
use crate::jose::{compact, envelope};
use crate::model::sealing::Signing;
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
    /// Reads the hint: signed by a key of this provider or with the secret of its client, of its type, and of the issuer that is asked.
    /// It may come encrypted to a key of this provider.
    ///
    /// # Errors
    /// `invalid_request`; the detail says what the signature lacks. When it cannot be opened now.
    pub(in crate::provider) async fn id_token_hint(
        &self,
        context: &Context,
        hint: &str,
    ) -> Result<IdTokenHint, OAuthError> {
        let refused = || OAuthError::invalid_request("id_token_hint is not an ID token of this issuer.");
        let hint = if envelope::is_encrypted(hint) {
            // With no secret of a client: who holds an ID token could try it here.
            let opened = self.decrypted(context, None, hint).await?;
            Cow::Owned(opened.map_err(|problem| refused().with_detail(problem.to_string()))?)
        } else {
            Cow::Borrowed(hint)
        };
        let verified = self.snapshot.settings.oidc.keys.verify(&hint, &["JWT"]);
        let claims = verified
            .or_else(|problem| self.hint_by_secret(&hint).ok_or(problem))
            .map_err(|problem| refused().with_detail(problem.to_string()))?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        if text("iss") != Some(context.issuer.as_str()) {
            return Err(refused());
        }
        // A signed userinfo answer and a signed authorization response are of the same type (RFC 8725 §3.12).
        if !["exp", "azp", "auth_time"].iter().all(|name| claims.contains_key(*name)) {
            return Err(refused().with_detail("it is a token of another kind"));
        }
        // Whose hints are signed with a secret may write what it likes, and PostgreSQL keeps no such character.
        let subject = text("sub").filter(|subject| !subject.contains('\0')).ok_or_else(refused)?;
        Ok(IdTokenHint {
            subject: subject.to_owned(),
            client_id: text("azp").or_else(|| text("aud")).map(str::to_owned),
        })
    }

    /// The claims of an ID token that is signed with the secret of the client it names; the ID tokens of every other client
    /// are signed by a key, and nobody gets to try its secret here.
    fn hint_by_secret(&self, hint: &str) -> Option<Map<String, Value>> {
        let token = compact::parse(hint).ok().filter(|token| token.typ() == Some("JWT"))?;
        let client = self.snapshot.client(token.payload.get("azp")?.as_str()?)?;
        let Signing::Secret(key) = &client.sealings.id_token.signing else { return None };
        let fits = token.algorithm() == key.algorithm().as_str()
            && key.verifies(token.signing_input.as_bytes(), &token.signature);
        fits.then_some(token.payload)
    }
}
