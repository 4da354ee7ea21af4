//! A presented access token: opaque, or a JWT that is signed or encrypted.

use std::sync::Arc;

use super::super::Provider;
use super::super::context::Context;
use crate::jose::{compact, envelope};
use crate::model::client::Client;
use crate::model::grant::Grant;
use crate::model::token::AccessToken;
use crate::model::user::User;
use crate::protocol::error::OAuthError;
use crate::secrets::handle::HandleKind;
use crate::secrets::mac::sha256_base64url;
use crate::storage::{StandingAccessToken, StorageError};

/// An access token that stands.
#[derive(Clone, Debug)]
pub struct ReadAccessToken {
    /// The token.
    pub token: AccessToken,
    /// The client it was issued to.
    pub client: Arc<Client>,
    /// The grant and the person behind it; `None` for client_credentials.
    pub person: Option<(Grant, Arc<User>)>,
}

/// The `jti` that a token names which no key of the provider has signed in the open.
fn claimed_id(text: &str) -> Option<String> {
    if let Some(id) = envelope::claimed_id(text) {
        return Some(id);
    }
    let token = compact::parse(text).ok().filter(|token| token.typ() == Some("at+jwt"))?;
    token.payload.get("jti").and_then(serde_json::Value::as_str).map(str::to_owned)
}

impl Provider {
    /// The access token of a text, if it stands at this issuer now; the reason it does not is for the log.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn read_access_token(
        &self,
        context: &Context,
        text: &str,
    ) -> Result<Result<ReadAccessToken, String>, OAuthError> {
        let Some(found) = self.find_access_token(text).await? else {
            return Ok(Err("no such access token".to_owned()));
        };
        Ok(self.judge(context, found).await)
    }

    /// The id of a token that this provider has made, as its own keys can tell; whether it stands is another question.
    /// Of an access token that is encrypted, or signed with the secret of its client, they tell nothing: whoever asks
    /// with one must not learn here whether a secret is right.
    #[must_use]
    pub fn id_of_made_token(&self, text: &str) -> Option<String> {
        let handle = |kind| self.handles.parse(kind, text).map(|handle| handle.id);
        handle(HandleKind::AccessToken).or_else(|| handle(HandleKind::RefreshToken)).or_else(|| {
            let claims = self.snapshot.settings.oidc.keys.verify(text, &["at+jwt"]).ok()?;
            claims.get("jti").and_then(serde_json::Value::as_str).map(str::to_owned)
        })
    }

    /// The row of a presented access token, standing or not.
    pub(in crate::provider) async fn find_access_token(
        &self,
        text: &str,
    ) -> Result<Option<StandingAccessToken>, StorageError> {
        if let Some(handle) = self.handles.parse(HandleKind::AccessToken, text) {
            return self.storage.access_token(&handle.id, Some(&handle.hash)).await;
        }
        if !text.contains('.') {
            return Ok(None);
        }
        // Its signature proves a JWT; the row says whether it was revoked.
        if let Ok(claims) = self.snapshot.settings.oidc.keys.verify(text, &["at+jwt"]) {
            return match claims.get("jti").and_then(serde_json::Value::as_str) {
                Some(id) => self.storage.access_token(id, None).await,
                None => Ok(None),
            };
        }
        // Of one that is encrypted, or signed with the client's secret, the row has the hash of the whole text.
        match claimed_id(text) {
            Some(id) => self.storage.access_token(&id, Some(&sha256_base64url(text.as_bytes()))).await,
            None => Ok(None),
        }
    }

    async fn judge(&self, context: &Context, found: StandingAccessToken) -> Result<ReadAccessToken, String> {
        let StandingAccessToken { token, grant, consent_stands } = found;
        if token.issuer != context.issuer {
            return Err("the token is of another issuer".to_owned());
        }
        if token.revoked_at.is_some() {
            return Err("the token was revoked".to_owned());
        }
        if context.now >= token.expires_at {
            return Err("the token is expired".to_owned());
        }
        match grant {
            Some(grant) => {
                let (client, user) =
                    self.standing(&grant, consent_stands).await.map_err(|fallen| fallen.to_string())?;
                Ok(ReadAccessToken { token, client, person: Some((grant, user)) })
            }
            None if token.grant.is_some() => Err("the grant is gone".to_owned()),
            None => {
                let client = self.standing_client(&token).map_err(|fallen| fallen.to_string())?;
                Ok(ReadAccessToken { token, client, person: None })
            }
        }
    }
}
