//! The documents of discovery as they are served: with `signed_metadata` where it is configured (RFC 8414 §2.1).

use std::sync::{PoisonError, RwLock};

use serde_json::{Map, Value};

use super::Provider;
use super::context::Context;
use super::discovery::{Document, document};
use crate::clock::{NumericDate, Seconds};
use crate::model::lifespans::SIGNED_METADATA_LIFESPAN;
use crate::protocol::error::OAuthError;
use crate::secrets::random::random_token;

/// When it is made anew: before whoever keeps the document for a quarter of an hour holds one that has ended.
const RENEWAL: Seconds = 1800;

/// One of the two documents (RFC 8414 §3, OpenID Connect Discovery 1.0 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metadata {
    /// `/.well-known/openid-configuration`.
    OpenId,
    /// `/.well-known/oauth-authorization-server`.
    OAuth,
}

/// A document whose members are signed, and the signed form of the last half hour.
#[derive(Debug)]
pub struct Signed {
    members: Map<String, Value>,
    made: RwLock<Option<(NumericDate, Document)>>,
}

impl Signed {
    /// A document that will be signed when it is asked for.
    pub(super) fn new(members: Map<String, Value>) -> Self {
        Self { members, made: RwLock::default() }
    }

    fn fresh(&self, now: NumericDate) -> Option<Document> {
        let made = self.made.read().unwrap_or_else(PoisonError::into_inner);
        let (when, document) = made.as_ref()?;
        (0..RENEWAL).contains(&(now - when)).then(|| document.clone())
    }
}

impl Provider {
    /// A document of discovery as it is served now; `None` for an issuer that is not configured.
    ///
    /// # Errors
    /// `server_error` when it cannot be signed.
    pub async fn metadata(
        &self,
        context: &Context,
        metadata: Metadata,
    ) -> Result<Option<Document>, OAuthError> {
        let Some(documents) = self.snapshot.documents(&context.issuer) else { return Ok(None) };
        let (plain, signed) = match metadata {
            Metadata::OpenId => (&documents.openid_configuration, &documents.signed_openid_configuration),
            Metadata::OAuth => {
                (&documents.oauth_authorization_server, &documents.signed_oauth_authorization_server)
            }
        };
        let (Some(signed), Some(signing)) = (signed, &self.snapshot.settings.oidc.metadata_signing) else {
            return Ok(Some(plain.clone()));
        };
        if let Some(document) = signed.fresh(context.now) {
            return Ok(Some(document));
        }
        let mut claims = signed.members.clone();
        claims.insert("iss".to_owned(), context.issuer.as_str().into());
        claims.insert("iat".to_owned(), context.now.into());
        claims.insert("exp".to_owned(), (context.now + SIGNED_METADATA_LIFESPAN).into());
        claims.insert("jti".to_owned(), random_token(16).into());
        let token = self.sign(signing, "JWT", claims).await?;
        let mut members = signed.members.clone();
        members.insert("signed_metadata".to_owned(), token.into());
        let made = document(Value::Object(members).to_string().into_bytes());
        let mut kept = signed.made.write().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((context.now, made.clone()));
        Ok(Some(made))
    }
}
