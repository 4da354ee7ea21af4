//! Rust's `openidconnect`.

mod application;
mod refusals;

use std::collections::BTreeSet;

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
    CoreGenderClaim, CoreGrantType, CoreIdTokenClaims, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType,
    CoreRevocableToken, CoreSubjectIdentifierType, CoreTokenResponse,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AdditionalProviderMetadata, AuthenticationContextClass,
    AuthenticationMethodReference, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, IntrospectionUrl, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadata, RedirectUrl,
    RequestTokenError, RevocationUrl, Scope, TokenIntrospectionResponse as _, TokenResponse as _,
    UserInfoClaims,
};
use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::house::House;
use super::person::Person;
use super::web::Web;

const SCOPES: [&str; 6] = ["profile", "email", "groups", "phone", "address", "offline_access"];
const REDIRECT_URI: &str = "http://127.0.0.1:9092/callback";

/// What RFC 8414 and RFC 9207 add to the metadata that the crate knows.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct OAuthMetadata {
    introspection_endpoint: String,
    revocation_endpoint: String,
    authorization_response_iss_parameter_supported: bool,
    code_challenge_methods_supported: Vec<String>,
}

impl AdditionalProviderMetadata for OAuthMetadata {}

type Metadata = ProviderMetadata<
    OAuthMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type RelyingParty =
    CoreClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointSet, EndpointMaybeSet, EndpointMaybeSet>;

#[derive(Debug, Deserialize, Serialize)]
struct Groups {
    groups: Vec<String>,
}

impl AdditionalClaims for Groups {}

async fn discover(web: &Web, issuer: &str) -> Metadata {
    Metadata::discover_async(IssuerUrl::new(issuer.to_owned()).unwrap(), web).await.unwrap()
}

fn relying_party(metadata: &Metadata, client_id: &str) -> RelyingParty {
    let more = metadata.additional_metadata();
    let revocation = more.revocation_endpoint.replacen("http://", "https://", 1);
    CoreClient::from_provider_metadata(
        metadata.clone(),
        ClientId::new(client_id.to_owned()),
        Some(ClientSecret::new(format!("{client_id}-secret"))),
    )
    .set_redirect_uri(RedirectUrl::new(REDIRECT_URI.to_owned()).unwrap())
    .set_introspection_url(IntrospectionUrl::new(more.introspection_endpoint.clone()).unwrap())
    .set_revocation_url(RevocationUrl::new(revocation).unwrap())
}

/// One login up to the code.
struct Asked {
    code: AuthorizationCode,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

async fn ask(client: &RelyingParty, person: &mut Person, issuer: &str) -> Asked {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(SCOPES.map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    let answer = person.authorize(&url).await;
    assert!(answer.as_str().starts_with(&format!("{REDIRECT_URI}?")), "{answer}");
    assert_eq!(parameter(&answer, "state"), *state.secret());
    assert_eq!(parameter(&answer, "iss"), issuer);
    Asked { code: AuthorizationCode::new(parameter(&answer, "code")), nonce, verifier }
}

fn parameter(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("no {name}: {url}")).1.into_owned()
}

async fn redeem(web: &Web, client: &RelyingParty, asked: Asked) -> (CoreTokenResponse, Nonce) {
    let request = client.exchange_code(asked.code).unwrap().set_pkce_verifier(asked.verifier);
    (request.request_async(web).await.unwrap(), asked.nonce)
}

/// The claims of a verified ID token; `at_hash` is the caller's to compare, as the crate's documents say.
fn verified<'a>(
    client: &RelyingParty,
    tokens: &'a CoreTokenResponse,
    nonce: &Nonce,
) -> Result<&'a CoreIdTokenClaims, ClaimsVerificationError> {
    let verifier = client.id_token_verifier();
    let token = tokens.id_token().unwrap();
    let claims = token.claims(&verifier, nonce)?;
    let made = AccessTokenHash::from_token(
        tokens.access_token(),
        token.signing_alg().unwrap(),
        token.signing_key(&verifier).unwrap(),
    );
    match claims.access_token_hash() {
        Some(told) if *told == made.unwrap() => Ok(claims),
        told => Err(ClaimsVerificationError::Other(format!("at_hash: {told:?}"))),
    }
}

fn refused_as(
    error: &RequestTokenError<impl std::error::Error, impl openidconnect::ErrorResponse>,
) -> String {
    match error {
        RequestTokenError::ServerResponse(response) => {
            serde_json::to_value(response).unwrap()["error"].to_string()
        }
        other => panic!("no answer of the provider: {other:?}"),
    }
}

fn scopes(scopes: Option<&Vec<Scope>>) -> BTreeSet<&str> {
    scopes.into_iter().flatten().map(|scope| scope.as_str()).collect()
}

#[tokio::test]
async fn openidconnect_walks_the_code_flow_over_http_on_loopback() {
    walk(&House::over_http()).await;
}

#[tokio::test]
async fn openidconnect_walks_the_code_flow_over_https_with_an_authority_of_ones_own() {
    walk(&House::over_https()).await;
}

/// From discovery to revocation.
async fn walk(house: &House) {
    let web = house.web();
    let metadata = discover(&web, &house.issuer).await;
    assert_eq!(metadata.issuer().as_str(), house.issuer);
    assert!(
        metadata
            .id_token_signing_alg_values_supported()
            .contains(&CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256)
    );
    assert!(metadata.additional_metadata().authorization_response_iss_parameter_supported);
    assert_eq!(metadata.additional_metadata().code_challenge_methods_supported, ["S256"]);
    let client = relying_party(&metadata, "demo-web");

    let mut alice = house.alice();
    let asked = ask(&client, &mut alice, &house.issuer).await;
    assert_eq!(alice.seen, ["sign-in", "consent"]);
    let (tokens, nonce) = redeem(&web, &client, asked).await;
    let everything: BTreeSet<&str> = SCOPES.into_iter().chain(["openid"]).collect();
    assert_eq!(scopes(tokens.scopes()), everything);
    assert_eq!(tokens.expires_in().unwrap().as_secs(), 3600);

    let claims = verified(&client, &tokens, &nonce).unwrap();
    assert_eq!(claims.issuer().as_str(), house.issuer);
    assert_eq!(claims.audiences().iter().map(|aud| aud.as_str()).collect::<Vec<_>>(), ["demo-web"]);
    assert_eq!(claims.authorized_party().unwrap().as_str(), "demo-web");
    assert_eq!(claims.auth_context_ref(), Some(&AuthenticationContextClass::new("1".to_owned())));
    assert_eq!(claims.auth_method_refs().unwrap(), &[AuthenticationMethodReference::new("pwd".to_owned())]);
    let (auth_time, issued) = (claims.auth_time().unwrap(), claims.issue_time());
    assert!(auth_time <= issued && (issued - auth_time).num_seconds() < 60, "{auth_time} {issued}");
    // Minimal: who the person is, and no more, unless a claims policy says otherwise.
    assert_eq!((claims.name().is_none(), claims.email().is_none()), (true, true));
    let subject = claims.subject().clone();

    let userinfo: UserInfoClaims<Groups, CoreGenderClaim> = client
        .user_info(tokens.access_token().clone(), Some(subject.clone()))
        .unwrap()
        .request_async(&web)
        .await
        .unwrap();
    assert_eq!(userinfo.name().unwrap().get(None).unwrap().as_str(), "Alice Ample");
    assert_eq!(userinfo.preferred_username().unwrap().as_str(), "alice");
    assert_eq!(userinfo.email().unwrap().as_str(), "alice@example.com");
    assert_eq!(userinfo.email_verified(), Some(true));
    assert_eq!(userinfo.phone_number().unwrap().as_str(), "+49 30 901820;ext=12");
    assert_eq!(userinfo.address().unwrap().postal_code.as_ref().unwrap().as_str(), "10117");
    assert_eq!(userinfo.additional_claims().groups, ["admins", "dev"]);
    assert!(userinfo.updated_at().is_some());

    // §12.2: the same person, the same login; a narrower scope where one was asked for.
    let first = tokens.refresh_token().unwrap().clone();
    let narrower = ["openid", "email", "offline_access"].map(|scope| Scope::new(scope.to_owned()));
    let refreshed = client
        .exchange_refresh_token(&first)
        .unwrap()
        .add_scopes(narrower)
        .request_async(&web)
        .await
        .unwrap();
    let second = refreshed.refresh_token().unwrap().clone();
    assert_ne!(first.secret(), second.secret());
    assert_ne!(tokens.access_token().secret(), refreshed.access_token().secret());
    assert_eq!(scopes(refreshed.scopes()), BTreeSet::from(["openid", "email", "offline_access"]));
    let again = refreshed
        .id_token()
        .unwrap()
        .claims(&client.id_token_verifier(), |_: Option<&Nonce>| Ok(()))
        .unwrap();
    assert_eq!((again.subject(), again.auth_time()), (&subject, Some(auth_time)));
    let narrow: UserInfoClaims<openidconnect::EmptyAdditionalClaims, CoreGenderClaim> = client
        .user_info(refreshed.access_token().clone(), Some(subject.clone()))
        .unwrap()
        .request_async(&web)
        .await
        .unwrap();
    assert_eq!((narrow.email().unwrap().as_str(), narrow.name()), ("alice@example.com", None));

    let told = client.introspect(refreshed.access_token()).request_async(&web).await.unwrap();
    assert!(told.active());
    assert_eq!(told.client_id().unwrap().as_str(), "demo-web");
    assert_eq!(told.iss().unwrap(), house.issuer);
    assert_eq!(told.sub().unwrap(), subject.as_str());
    assert_eq!(told.scopes().unwrap().len(), 3);

    let request = client.revoke_token(CoreRevocableToken::RefreshToken(second.clone())).unwrap();
    request.request_async(&web).await.unwrap();
    assert!(!client.introspect(refreshed.access_token()).request_async(&web).await.unwrap().active());
    let dead = client.exchange_refresh_token(&second).unwrap().request_async(&web).await.unwrap_err();
    assert_eq!(refused_as(&dead), "\"invalid_grant\"");
}
