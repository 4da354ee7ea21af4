//! What the crate cannot do twice, what it takes for a lie, and the keys and factors that it sees.

use openidconnect::{
    AsyncHttpClient as _, AuthenticationContextClass, ClaimsVerificationError, HttpRequest, IssuerUrl,
    OAuth2TokenResponse as _, PkceCodeVerifier, RefreshToken, TokenIntrospectionResponse as _,
};

use super::{Metadata, ask, discover, redeem, refused_as, relying_party, verified};
use crate::interop::house::House;
use crate::interop::liar::{Liar, Lie};
use crate::interop::person::Person;
use crate::interop::web::Web;
use crate::support::process::Demo;

#[tokio::test]
async fn openidconnect_cannot_use_a_code_or_a_refresh_token_twice() {
    let (demo, web) = (Demo::start(), Web::clear());
    let client = relying_party(&discover(&web, &demo.issuer).await, "demo-web");
    let mut alice = Person::new();

    let asked = ask(&client, &mut alice, &demo.issuer).await;
    let (code, verifier) = (asked.code.clone(), PkceCodeVerifier::new(asked.verifier.secret().clone()));
    let (tokens, _) = redeem(&web, &client, asked).await;
    let request = client.exchange_code(code).unwrap().set_pkce_verifier(verifier);
    assert_eq!(refused_as(&request.request_async(&web).await.unwrap_err()), "\"invalid_grant\"");
    assert!(!client.introspect(tokens.access_token()).request_async(&web).await.unwrap().active());

    let asked = ask(&client, &mut alice, &demo.issuer).await;
    assert_eq!(alice.seen, ["consent"], "she is signed in already");
    let (tokens, _) = redeem(&web, &client, asked).await;
    let first = tokens.refresh_token().unwrap();
    let refresh =
        async |token: &RefreshToken| client.exchange_refresh_token(token).unwrap().request_async(&web).await;
    let fresh = refresh(first).await.unwrap();
    assert_eq!(refused_as(&refresh(first).await.unwrap_err()), "\"invalid_grant\"");
    let second = fresh.refresh_token().unwrap();
    assert_eq!(refused_as(&refresh(second).await.unwrap_err()), "\"invalid_grant\"", "the family has ended");
    assert!(!client.introspect(fresh.access_token()).request_async(&web).await.unwrap().active());
}

#[tokio::test]
async fn openidconnect_sees_two_factors() {
    let (demo, web) = (Demo::start(), Web::clear());
    let client = relying_party(&discover(&web, &demo.issuer).await, "demo-web-2fa");
    let mut alice = Person::new();
    let asked = ask(&client, &mut alice, &demo.issuer).await;
    assert_eq!(alice.seen, ["sign-in", "enrol", "consent"]);
    let (tokens, nonce) = redeem(&web, &client, asked).await;
    let claims = verified(&client, &tokens, &nonce).unwrap();
    assert_eq!(claims.auth_context_ref(), Some(&AuthenticationContextClass::new("2".to_owned())));
    let amr: Vec<&str> = claims.auth_method_refs().unwrap().iter().map(|amr| amr.as_str()).collect();
    assert_eq!(amr, ["pwd", "otp", "mfa"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn openidconnect_refuses_lies() {
    let (demo, web) = (Demo::start(), Web::clear());
    let mut alice = Person::new();
    for (lie, name) in [(Lie::Nothing, "nothing")].into_iter().chain(Lie::ALL) {
        let liar = Liar::start(&demo.issuer, lie).await;
        let client = relying_party(&discover(&web, &liar.issuer).await, "demo-web");
        let asked = ask(&client, &mut alice, &demo.issuer).await;
        let (tokens, nonce) = redeem(&web, &client, asked).await;
        let verdict = verified(&client, &tokens, &nonce).map(|claims| claims.subject().clone());
        match (lie, &verdict) {
            (Lie::Nothing, Ok(_))
            | (Lie::Iss, Err(ClaimsVerificationError::InvalidIssuer(_)))
            | (Lie::Nonce, Err(ClaimsVerificationError::InvalidNonce(_)))
            | (Lie::AtHash, Err(ClaimsVerificationError::Other(_)))
            | (Lie::Kid | Lie::Signature, Err(ClaimsVerificationError::SignatureVerification(_)))
            | (Lie::Aud, Err(ClaimsVerificationError::InvalidAudience(_)))
            | (Lie::Exp, Err(ClaimsVerificationError::Expired(_))) => {}
            _ => panic!("{name}: {verdict:?}"),
        }
    }
}

#[tokio::test]
async fn openidconnect_refuses_a_provider_that_goes_by_another_name() {
    let (demo, web) = (Demo::start(), Web::clear());
    let issuer = IssuerUrl::new(demo.issuer.replace("127.0.0.1", "localhost")).unwrap();
    let other = |mut request: HttpRequest| {
        let uri = request.uri().to_string().replace("localhost", "127.0.0.1");
        *request.uri_mut() = uri.parse().unwrap();
        web.call(request)
    };
    let refused = Metadata::discover_async(issuer, &other).await.unwrap_err();
    assert!(matches!(refused, openidconnect::DiscoveryError::Validation(_)), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn openidconnect_takes_a_key_that_was_published_before_it_discovered() {
    for house in [House::over_http(), House::over_https()] {
        let (web, mut alice) = (house.web(), house.alice());
        let before = relying_party(&discover(&web, &house.issuer).await, "openid-client");
        house.configure("publish");
        let client = relying_party(&discover(&web, &house.issuer).await, "openid-client");
        for state in ["sign", "remove"] {
            house.configure(state);
            let asked = ask(&client, &mut alice, &house.issuer).await;
            let (tokens, nonce) = redeem(&web, &client, asked).await;
            assert!(verified(&client, &tokens, &nonce).is_ok(), "{} {state}", house.issuer);
            // Its keys are those of discovery.
            let refused = verified(&before, &tokens, &nonce);
            assert!(matches!(refused, Err(ClaimsVerificationError::SignatureVerification(_))), "{refused:?}");
        }
    }
}
