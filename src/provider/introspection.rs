//! Token introspection (RFC 7662).

use serde_json::{Map, Value, json};

use super::Provider;
use super::client_auth::Endpoint;
use super::context::Context;
use super::read::ReadAccessToken;
use crate::model::client::Client;
use crate::model::event::{EventKind, Outcome};
use crate::observe;
use crate::protocol::client_auth_method::ClientAuthMethod;
use crate::protocol::error::OAuthError;
use crate::protocol::grant_type::GrantType;
use crate::protocol::parameters::Parameters;
use crate::secrets::handle::HandleKind;

impl Provider {
    /// Says what a token is worth. What the caller may not see, and what is worth nothing, is
    /// `{"active":false}` and nothing else (RFC 7662 §2.2, §4).
    ///
    /// # Errors
    /// `invalid_client`; `invalid_request` without a token; when the store does not answer.
    pub async fn introspect(
        &self,
        context: &Context,
        authorization: Option<&str>,
        parameters: &Parameters,
    ) -> Result<Value, OAuthError> {
        if let Some(name) = parameters.repeated() {
            return Err(OAuthError::invalid_request(format!("The parameter {name} stands twice.")));
        }
        let caller =
            self.authenticate_client(context, Endpoint::Introspection, authorization, parameters).await?;
        // RFC 7662 §2.1: who proves nothing is told nothing, be it public or a client of implicit answers alone.
        if caller.public || caller.auth_methods.introspection == ClientAuthMethod::None {
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
        let answer = match outcome {
            Ok(answer) => {
                event.username = answer.get("username").and_then(Value::as_str).map(str::to_owned);
                Value::Object(answer)
            }
            Err(reason) => {
                event.outcome = Outcome::Failure;
                event.detail = Some(reason);
                json!({"active": false})
            }
        };
        observe::event(&event);
        Ok(answer)
    }

    async fn introspect_access_token(
        &self,
        context: &Context,
        caller: &Client,
        text: &str,
    ) -> Result<Result<Map<String, Value>, String>, OAuthError> {
        let read = match self.read_access_token(context, text).await? {
            Ok(read) => read,
            Err(reason) => return Ok(Err(reason)),
        };
        if !may_see(caller, &read.token.client_id, &read.token.audience) {
            return Ok(Err("the token is neither the caller's nor for one of its audiences".to_owned()));
        }
        Ok(Ok(describe(&read)))
    }

    async fn introspect_refresh_token(
        &self,
        context: &Context,
        caller: &Client,
        text: &str,
    ) -> Result<Result<Map<String, Value>, String>, OAuthError> {
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
        match self.standing(&grant, consent_stands).await {
            Ok((client, _)) if client.allows(GrantType::RefreshToken) => {}
            Ok(_) => return Ok(Err("the client no longer gets refresh tokens".to_owned())),
            Err(fallen) => return Ok(Err(fallen.to_string())),
        }
        if caller.client_id != grant.client_id && !caller.introspect_any {
            return Ok(Err("the refresh token is not the caller's".to_owned()));
        }
        let mut answer = Map::new();
        answer.insert("active".to_owned(), true.into());
        answer.insert("token_use".to_owned(), "refresh_token".into());
        answer.insert("iss".to_owned(), grant.issuer.as_str().into());
        answer.insert("sub".to_owned(), grant.subject.into());
        answer.insert("username".to_owned(), grant.username.into());
        answer.insert("client_id".to_owned(), grant.client_id.into());
        answer.insert("scope".to_owned(), grant.scope.to_string().into());
        answer.insert("iat".to_owned(), token.issued_at.into());
        answer.insert("exp".to_owned(), token.expires_at.into());
        Ok(Ok(answer))
    }
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
            put("username", user.username.as_str().into());
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
