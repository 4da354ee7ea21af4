//! A login from its beginning to its end, and the checks on what the provider answers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openidconnect::core::{CoreAuthenticationFlow, CoreGenderClaim, CoreTokenResponse};
use openidconnect::http::header::{AUTHORIZATION, CONTENT_TYPE};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalClaims, AsyncHttpClient, AuthorizationCode,
    ClaimsVerificationError, CsrfToken, HttpRequest, Nonce, NonceVerifier, OAuth2TokenResponse,
    PkceCodeChallenge, PkceCodeVerifier, RefreshToken, Scope, SubjectIdentifier, TokenResponse,
    UserInfoClaims, UserInfoError,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::demo::answer::Answer;
use crate::demo::browsers::Pending;
use crate::demo::failure::{Failure, with_sources};
use crate::demo::provider::OidcClient;
use crate::demo::token_view::indented;
use crate::demo::{DemoClient, RelyingParty};

/// A person who is signed in here.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) client_id: String,
    pub(crate) subject: String,
    pub(crate) id_token: String,
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) scope: String,
    /// The userinfo answer as indented JSON, or why there is none.
    pub(crate) userinfo: Result<String, String>,
    pub(crate) refreshes: u32,
    pub(crate) refreshed_at: String,
    pub(crate) revoked: bool,
    nonce: String,
}

/// The members of a userinfo answer that are no standard claim.
#[derive(Debug, Serialize, Deserialize)]
struct OtherClaims(Map<String, Value>);

impl AdditionalClaims for OtherClaims {}

/// Begins a login: where to send the browser, and what to expect back (OpenID Connect Core 1.0 §3.1.2.1, RFC 7636 §4.3).
pub(crate) async fn begin(rp: &RelyingParty, client: &DemoClient) -> Result<(String, Pending), Failure> {
    let metadata = rp.provider.metadata().await?;
    let oidc = rp.provider.client(&metadata, client, Some(rp.redirect_uri(client)))?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let state = || CsrfToken::new_random_len(32);
    let nonce = || Nonce::new_random_len(32);
    let (url, state, nonce) = oidc
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, state, nonce)
        .add_scopes(client.scopes.iter().filter(|scope| *scope != "openid").cloned().map(Scope::new))
        .set_pkce_challenge(challenge)
        .url();
    let pending = Pending {
        state: state.secret().clone(),
        client_id: client.client_id.clone(),
        nonce: nonce.secret().clone(),
        code_verifier: verifier.secret().clone(),
    };
    Ok((url.into(), pending))
}

/// Redeems the code of an answer and verifies what comes back (OpenID Connect Core 1.0 §3.1.3).
pub(crate) async fn finish(
    rp: &RelyingParty,
    client: &DemoClient,
    answer: &Answer,
    pending: &Pending,
) -> Result<Login, Failure> {
    let metadata = rp.provider.metadata().await?;
    let iss_promised = metadata.additional_metadata().authorization_response_iss_parameter_supported;
    let code = answer.code(&rp.provider.issuer, iss_promised)?;
    let oidc = rp.provider.client(&metadata, client, Some(rp.redirect_uri(client)))?;
    let tokens = oidc
        .exchange_code(AuthorizationCode::new(code.to_owned()))
        .map_err(|error| Failure::Registration(error.to_string()))?
        .set_pkce_verifier(PkceCodeVerifier::new(pending.code_verifier.clone()))
        .request_async(&rp.provider.http)
        .await
        .map_err(|error| Failure::token(&error))?;
    let nonce = Nonce::new(pending.nonce.clone());
    let (id_token, subject) = match verified(&oidc, &tokens, &nonce) {
        Ok(verified) => verified,
        Err(failure) => {
            // A key that is not known yet: the next attempt asks for the keys anew.
            rp.provider.forget().await;
            return Err(failure);
        }
    };
    let mut login = Login::new(&client.client_id, subject.as_str(), id_token, &pending.nonce);
    login.take(&tokens);
    login.userinfo = userinfo(rp, &oidc, &login).await;
    Ok(login)
}

/// Refreshes a login (OpenID Connect Core 1.0 §12).
pub(crate) async fn refresh(rp: &RelyingParty, login: &Login) -> Result<Login, Failure> {
    let client = rp.registered(&login.client_id)?;
    let refresh_token = login
        .refresh_token
        .clone()
        .ok_or_else(|| Failure::Registration("the provider gave no refresh token".to_owned()))?;
    let metadata = rp.provider.metadata().await?;
    let oidc = rp.provider.client(&metadata, client, None)?;
    let tokens = oidc
        .exchange_refresh_token(&RefreshToken::new(refresh_token))
        .map_err(|error| Failure::Registration(error.to_string()))?
        .request_async(&rp.provider.http)
        .await
        .map_err(|error| Failure::token(&error))?;
    let mut fresh = login.clone();
    fresh.take(&tokens);
    if tokens.id_token().is_some() {
        // §12.2: the same person; a nonce may be left out, another one may not come.
        let begun = login.nonce.clone();
        let (id_token, subject) = verified(&oidc, &tokens, move |nonce: Option<&Nonce>| match nonce {
            Some(nonce) if *nonce.secret() != begun => {
                Err("it carries the nonce of another login".to_owned())
            }
            _ => Ok(()),
        })?;
        if subject.as_str() != login.subject {
            return Err(Failure::IdToken("it is about another person than the first one".to_owned()));
        }
        fresh.id_token = id_token;
    }
    fresh.userinfo = userinfo(rp, &oidc, &fresh).await;
    fresh.refreshes = login.refreshes.saturating_add(1);
    let now = time::OffsetDateTime::now_utc();
    fresh.refreshed_at = format!("{:02}:{:02}:{:02} UTC", now.hour(), now.minute(), now.second());
    Ok(fresh)
}

/// Revokes the refresh token, or the access token where there is none (RFC 7009 §2.1), and asks userinfo again.
pub(crate) async fn revoke(rp: &RelyingParty, login: &Login) -> Result<Login, Failure> {
    let client = rp.registered(&login.client_id)?;
    let metadata = rp.provider.metadata().await?;
    let endpoint = metadata.additional_metadata().revocation_endpoint.clone();
    let endpoint =
        endpoint.ok_or_else(|| Failure::Registration("the provider revokes nothing".to_owned()))?;
    let (token, hint) = match &login.refresh_token {
        Some(token) => (token, "refresh_token"),
        None => (&login.access_token, "access_token"),
    };
    let request = revocation(endpoint, client, token, hint)?;
    let answer =
        rp.provider.http.call(request).await.map_err(|error| Failure::Unusable(with_sources(&error)))?;
    if !answer.status().is_success() {
        return Err(Failure::Refused(format!(
            "The provider did not revoke the token ({}).",
            answer.status()
        )));
    }
    let oidc = rp.provider.client(&metadata, client, None)?;
    let mut revoked = login.clone();
    revoked.refresh_token = None;
    revoked.revoked = true;
    revoked.userinfo = userinfo(rp, &oidc, &revoked).await;
    Ok(revoked)
}

/// The client library revokes at https endpoints only, and the demo runs on loopback: it writes this request itself.
fn revocation(
    endpoint: String,
    client: &DemoClient,
    token: &str,
    hint: &str,
) -> Result<HttpRequest, Failure> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("token", token).append_pair("token_type_hint", hint);
    let mut request = openidconnect::http::Request::post(endpoint)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    match &client.client_secret {
        Some(secret) => {
            request = request.header(AUTHORIZATION, basic(&client.client_id, secret.expose_secret()))
        }
        None => {
            form.append_pair("client_id", &client.client_id);
        }
    }
    request.body(form.finish().into_bytes()).map_err(|error| Failure::Unusable(error.to_string()))
}

impl Login {
    pub(crate) fn new(client_id: &str, subject: &str, id_token: String, nonce: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            subject: subject.to_owned(),
            id_token,
            access_token: String::new(),
            refresh_token: None,
            scope: String::new(),
            userinfo: Err("not asked yet".to_owned()),
            refreshes: 0,
            refreshed_at: String::new(),
            revoked: false,
            nonce: nonce.to_owned(),
        }
    }

    /// Takes over what a token answer brings; what it leaves out stays (RFC 6749 §6).
    fn take(&mut self, tokens: &CoreTokenResponse) {
        self.access_token = tokens.access_token().secret().clone();
        if let Some(refresh_token) = tokens.refresh_token() {
            self.refresh_token = Some(refresh_token.secret().clone());
        }
        if let Some(scopes) = tokens.scopes() {
            self.scope = scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
        }
    }
}

/// Verifies the ID token of an answer, its `at_hash` included (OpenID Connect Core 1.0 §3.1.3.7 and §3.1.3.8).
fn verified(
    oidc: &OidcClient,
    tokens: &CoreTokenResponse,
    nonce: impl NonceVerifier,
) -> Result<(String, SubjectIdentifier), Failure> {
    let id_token = tokens.id_token().ok_or_else(|| Failure::IdToken("there is none".to_owned()))?;
    let verifier = oidc.id_token_verifier();
    let refused = |error: ClaimsVerificationError| Failure::IdToken(with_sources(&error));
    let claims = id_token.claims(&verifier, nonce).map_err(refused)?;
    if let Some(at_hash) = claims.access_token_hash() {
        let algorithm = id_token.signing_alg().map_err(|error| Failure::IdToken(with_sources(&error)))?;
        let key = id_token.signing_key(&verifier).map_err(|error| Failure::IdToken(with_sources(&error)))?;
        let hash = AccessTokenHash::from_token(tokens.access_token(), algorithm, key)
            .map_err(|error| Failure::IdToken(with_sources(&error)))?;
        if hash != *at_hash {
            return Err(Failure::IdToken("its at_hash belongs to another access token".to_owned()));
        }
    }
    Ok((id_token.to_string(), claims.subject().clone()))
}

/// The userinfo answer, about the same person (OpenID Connect Core 1.0 §5.3.2).
async fn userinfo(rp: &RelyingParty, oidc: &OidcClient, login: &Login) -> Result<String, String> {
    let subject = SubjectIdentifier::new(login.subject.clone());
    let request = oidc
        .user_info(AccessToken::new(login.access_token.clone()), Some(subject))
        .map_err(|error| error.to_string())?;
    let claims: Result<UserInfoClaims<OtherClaims, CoreGenderClaim>, _> =
        request.request_async(&rp.provider.http).await;
    match claims {
        Ok(claims) => Ok(indented(&claims)),
        Err(UserInfoError::Response(status, _, _)) => Err(format!("The provider answered {status}.")),
        Err(error) => Err(with_sources(&error)),
    }
}

/// RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
fn basic(client_id: &str, secret: &str) -> String {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(client_id), encoded(secret))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_form_encoded_first() {
        assert_eq!(basic("a b", "c:d"), format!("Basic {}", STANDARD.encode("a+b:c%3Ad")));
    }
}
