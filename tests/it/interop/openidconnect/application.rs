//! The application that `docs/relying-parties/openidconnect.md` shows, with the registration that stands there.

use std::error::Error;

use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, Nonce, PkceCodeChallenge, RedirectUrl,
    Scope, TokenResponse as _,
};

use super::parameter;
use crate::interop::house::House;
use crate::interop::pages;

/// Over http on loopback, or over https with a private authority.
async fn signs_alice_in(https: bool) -> Result<(), Box<dyn Error>> {
    let house = House::of(&pages::registration("openidconnect", "rust-app-secret"), https);
    let (http, mut alice) = (house.web(), house.alice());
    let (issuer, secret) = (house.issuer.clone(), ClientSecret::new("rust-app-secret".to_owned()));

    let metadata = CoreProviderMetadata::discover_async(IssuerUrl::new(issuer)?, &http).await?;
    let client =
        CoreClient::from_provider_metadata(metadata, ClientId::new("rust-app".to_owned()), Some(secret))
            .set_redirect_uri(RedirectUrl::new("https://app.example.com/callback".to_owned())?);

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("email".to_owned()))
        .set_pkce_challenge(challenge)
        .url();

    let answer = alice.authorize(&url).await;
    assert!(answer.as_str().starts_with("https://app.example.com/callback?"), "{answer}");
    assert_eq!(parameter(&answer, "state"), *state.secret());
    let code = AuthorizationCode::new(parameter(&answer, "code"));

    let tokens = client.exchange_code(code)?.set_pkce_verifier(verifier).request_async(&http).await?;
    let id_token = tokens.id_token().ok_or("no ID token")?;
    let claims = id_token.claims(&client.id_token_verifier(), &nonce)?;

    assert_eq!(claims.issuer().as_str(), house.issuer);
    assert_eq!(claims.audiences().iter().map(|aud| aud.as_str()).collect::<Vec<_>>(), ["rust-app"]);
    assert!(!claims.subject().is_empty());
    Ok(())
}

#[tokio::test]
async fn the_application_of_the_page_signs_people_in_over_http_on_loopback() {
    signs_alice_in(false).await.unwrap();
}

#[tokio::test]
async fn the_application_of_the_page_signs_people_in_over_https_with_an_authority_of_ones_own() {
    signs_alice_in(true).await.unwrap();
}
