//! Token introspection (RFC 7662), by JWT where that is wanted (RFC 9701).

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::Provider;
use super::client_auth::Endpoint;
use super::context::Context;
use super::read::ReadAccessToken;
use super::seal::Letter;
use crate::jose::SignatureAlgorithm;
use crate::model::client::Client;
use crate::model::event::{EventKind, Outcome};
use crate::model::sealing::{Sealing, Signing};
use crate::observe;
use crate::protocol::client_auth_method::ClientAuthMethod;
use crate::protocol::error::OAuthError;
use crate::protocol::grant_type::GrantType;
use crate::protocol::parameters::Parameters;
use crate::protocol::scope::Scope;
use crate::secrets::handle::HandleKind;

/// An answer of the introspection endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct IntrospectionAnswer {
    /// Whether the token is worth something.
    pub active: bool,
    /// What is told.
    pub body: IntrospectionBody,
}

/// What is told of a token.
#[derive(Clone, Debug, PartialEq)]
pub enum IntrospectionBody {
    /// `application/json` (RFC 7662 §2.2).
    Json(Value),
    /// `application/token-introspection+jwt` (RFC 9701 §5).
    Jwt(String),
}

/// A token that the caller may see.
struct Seen {
    /// Whose it is, for the log.
    username: Option<String>,
    /// What the caller is told.
    answer: Map<String, Value>,
}

impl Provider {
    /// Says what a token is worth (RFC 7662 §2.2), as a JWT when the caller is registered so or asks for one (RFC 9701 §4).
    ///
    /// What the caller may not see, and what is worth nothing, is `{"active":false}` and nothing else (RFC 7662 §2.2, §4).
    ///
    /// # Errors
    /// `invalid_client`; `invalid_request` without a token; when the store does not answer.
    pub async fn introspect(
        &self,
        context: &Context,
        authorization: Option<&str>,
        parameters: &Parameters,
        jwt: bool,
    ) -> Result<IntrospectionAnswer, OAuthError> {
        if let Some(name) = parameters.repeated() {
            return Err(OAuthError::invalid_request(format!("The parameter {name} stands twice.")));
        }
        let caller =
            self.authenticate_client(context, Endpoint::Introspection, authorization, parameters).await?;
        // RFC 7662 §2.1: who proves nothing is told nothing, be it public or a client of implicit answers alone.
        if caller.public || caller.auth_methods.introspection.method == ClientAuthMethod::None {
            return Err(OAuthError::invalid_client("A public client cannot introspect tokens."));
        }
        let token = parameters
            .get("token")
            .ok_or_else(|| OAuthError::invalid_request("The parameter token is missing."))?;
        let outcome = match HandleKind::claimed(token) {
            Some(HandleKind::RefreshToken) => self.introspect_refresh_token(context, &caller, token).await?,
            _ => self.introspect_access_token(context, &caller, token).await?,
        };
        let mut event = context.event(EventKind::TokenIntrospected);
        event.client_id = Some(caller.client_id.clone());
        let active = outcome.is_ok();
        let answer = match outcome {
            Ok(Seen { username, answer }) => {
                event.username = username;
                Value::Object(answer)
            }
            Err(reason) => {
                event.outcome = Outcome::Failure;
                event.detail = Some(reason);
                json!({"active": false})
            }
        };
        observe::event(&event);
        let Some(sealing) = self.introspection_sealing(&caller, jwt)? else {
            return Ok(IntrospectionAnswer { active, body: IntrospectionBody::Json(answer) });
        };
        // RFC 9701 §5: neither `sub` nor `exp`, lest it be taken for an access token.
        let mut claims = Map::new();
        claims.insert("iss".to_owned(), context.issuer.as_str().into());
        claims.insert("aud".to_owned(), caller.client_id.as_str().into());
        claims.insert("iat".to_owned(), context.now.into());
        claims.insert("token_introspection".to_owned(), answer);
        let letter = Letter::new("token-introspection+jwt", claims);
        let token = self.seal(&caller, &sealing, letter).await?;
        Ok(IntrospectionAnswer { active, body: IntrospectionBody::Jwt(token) })
    }

    /// How an answer is protected: as the caller is registered, by RS256 when it only asks (RFC 9701 §6).
    fn introspection_sealing<'c>(
        &self,
        caller: &'c Client,
        jwt: bool,
    ) -> Result<Option<Cow<'c, Sealing>>, OAuthError> {
        if let Some(sealing) = &caller.sealings.introspection {
            return Ok(Some(Cow::Borrowed(sealing)));
        }
        if !jwt {
            return Ok(None);
        }
        let algorithm = SignatureAlgorithm::Rs256;
        let key = self.snapshot.settings.oidc.keys.for_algorithm(algorithm);
        let key = key.ok_or_else(|| OAuthError::server_error("There is no key that signs with RS256."))?;
        let signing = Signing::Key { kid: key.kid().to_owned(), algorithm };
        Ok(Some(Cow::Owned(Sealing { signing, encryption: None })))
    }

    async fn introspect_access_token(
        &self,
        context: &Context,
        caller: &Client,
        text: &str,
    ) -> Result<Result<Seen, String>, OAuthError> {
        let oidc = &self.snapshot.settings.oidc;
        if oidc.enable_jwt_access_token_stateless_introspection && text.contains('.') {
            // What the issuer's keys did not sign, by the secret of a client or encrypted, is known by the store alone.
            if oidc.keys.verify(text, &["at+jwt"]).is_ok() {
                let judged = self.judge_by_itself(context, caller, text);
                return Ok(judged.map(|answer| Seen { username: None, answer }));
            }
        }
        let read = match self.read_access_token(context, text).await? {
            Ok(read) => read,
            Err(reason) => return Ok(Err(reason)),
        };
        if !may_see(caller, &read.token.client_id, &read.token.audience) {
            return Ok(Err("the token is neither the caller's nor for one of its audiences".to_owned()));
        }
        let username = read.person.as_ref().map(|(_, user)| user.username.clone());
        Ok(Ok(Seen { username, answer: describe(&read) }))
    }

    /// What a JWT access token says of itself (`enable_jwt_access_token_stateless_introspection`): its signature, its issuer,
    /// its times and its client's registration are judged, and nothing is asked of the store.
    fn judge_by_itself(
        &self,
        context: &Context,
        caller: &Client,
        text: &str,
    ) -> Result<Map<String, Value>, String> {
        let keys = &self.snapshot.settings.oidc.keys;
        let mut claims = keys.verify(text, &["at+jwt"]).map_err(|problem| problem.to_string())?;
        let word = |name: &str| claims.get(name).and_then(Value::as_str);
        let time = |name: &str| claims.get(name).and_then(Value::as_i64);
        if word("iss") != Some(context.issuer.as_str()) {
            return Err("the token is of another issuer".to_owned());
        }
        if time("exp").is_none_or(|exp| context.now >= exp) {
            return Err("the token is expired".to_owned());
        }
        let client_id = word("client_id").unwrap_or_default();
        let client = self.snapshot.client(client_id).ok_or("the client is no longer registered")?;
        let scope: Scope =
            word("scope").unwrap_or_default().split(' ').filter(|name| !name.is_empty()).collect();
        let audience: Vec<String> = match claims.get("aud") {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        if !scope.is_subset_of(&client.scopes) {
            return Err("the client is no longer registered for this scope".to_owned());
        }
        if !may_see(caller, client_id, &audience) {
            return Err("the token is neither the caller's nor for one of its audiences".to_owned());
        }
        claims.remove("scp");
        claims.insert("active".to_owned(), true.into());
        claims.insert("token_type".to_owned(), "Bearer".into());
        Ok(claims)
    }

    async fn introspect_refresh_token(
        &self,
        context: &Context,
        caller: &Client,
        text: &str,
    ) -> Result<Result<Seen, String>, OAuthError> {
        let Some(handle) = self.handles.parse(HandleKind::RefreshToken, text) else {
            return Ok(Err("the refresh token was not made here".to_owned()));
        };
        let Some((token, grant, consent_stands)) =
            self.storage.refresh_token(&handle.id, &handle.hash).await?
        else {
            return Ok(Err("no such refresh token".to_owned()));
        };
        if grant.issuer != context.issuer || token.spent_at.is_some() || context.now >= token.expires_at {
            return Ok(Err("the refresh token is spent, expired or of another issuer".to_owned()));
        }
        let client = match self.standing(&grant, consent_stands).await {
            Ok((client, _)) if client.allows(GrantType::RefreshToken) => client,
            Ok(_) => return Ok(Err("the client no longer gets refresh tokens".to_owned())),
            Err(fallen) => return Ok(Err(fallen.to_string())),
        };
        if caller.client_id != grant.client_id && !caller.introspect_any {
            return Ok(Err("the refresh token is not the caller's".to_owned()));
        }
        let mut answer = Map::new();
        answer.insert("active".to_owned(), true.into());
        answer.insert("token_use".to_owned(), "refresh_token".into());
        answer.insert("iss".to_owned(), grant.issuer.as_str().into());
        answer.insert("sub".to_owned(), grant.subject.into());
        if is_named(&client, &grant.scope) {
            answer.insert("username".to_owned(), grant.username.as_str().into());
        }
        answer.insert("client_id".to_owned(), grant.client_id.into());
        answer.insert("scope".to_owned(), grant.scope.to_string().into());
        answer.insert("iat".to_owned(), token.issued_at.into());
        answer.insert("exp".to_owned(), token.expires_at.into());
        Ok(Ok(Seen { username: Some(grant.username), answer }))
    }
}

/// Whether the token tells who the person is: a client that knows people by the name of its sector could find the same
/// person at another one by the username (OpenID Connect Core 1.0 §8.1), unless its scope tells it anyway.
fn is_named(client: &Client, scope: &Scope) -> bool {
    client.sector_identifier_uri.is_none() || scope.contains(Scope::PROFILE)
}

/// A caller sees its own tokens, those made for it, and those its registration opens.
fn may_see(caller: &Client, client_id: &str, audience: &[String]) -> bool {
    caller.introspect_any
        || caller.client_id == client_id
        || audience.iter().any(|each| *each == caller.client_id || caller.introspect_audiences.contains(each))
}

/// RFC 7662 §2.2.
fn describe(read: &ReadAccessToken) -> Map<String, Value> {
    let token = &read.token;
    let mut answer = Map::new();
    let mut put = |name: &str, value: Value| answer.insert(name.to_owned(), value);
    put("active", true.into());
    put("token_type", "Bearer".into());
    put("iss", token.issuer.as_str().into());
    put("client_id", token.client_id.as_str().into());
    put("jti", token.id.as_str().into());
    put("iat", token.issued_at.into());
    put("exp", token.expires_at.into());
    if !token.scope.is_empty() {
        put("scope", token.scope.to_string().into());
    }
    match token.audience.as_slice() {
        [] => put("aud", token.issuer.as_str().into()),
        [only] => put("aud", only.as_str().into()),
        several => put("aud", several.into()),
    };
    match &read.person {
        Some((grant, user)) => {
            put("sub", grant.subject.as_str().into());
            if is_named(&read.client, &token.scope) {
                put("username", user.username.as_str().into());
            }
            put("auth_time", grant.auth_time.into());
            put("acr", grant.level.acr().into());
        }
        None => {
            put("sub", read.client.machine.subject.as_str().into());
            for (name, value) in &read.client.machine.claims {
                put(name, value.clone());
            }
        }
    }
    answer
}
