//! A token for a machine: `client_credentials` (RFC 6749 §4.4).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use url::form_urlencoded::{Serializer, byte_serialize};
use zeroize::Zeroizing;

use super::issuer::Issuer;
use super::{Method, TokenArgs, TokenError, secret, words};
use crate::cli::refusals::mend;
use crate::cli::table::plain;
use crate::clock::Clock;
use crate::config::Sources;
use crate::jose::{KeyOptions, SigningKey};
use crate::outbound::{Errand, Reply};
use crate::secrets::random_token;

/// The variable that holds the secret. It begins neither with AUTHELIA_ nor with SIGNET_: those set options of a
/// configuration.
const SECRET: &str = "OIDC_CLIENT_SECRET";

/// How long an assertion is good, in seconds (RFC 7523 §3: it should be used at once).
const ASSERTED: i64 = 60;

/// Gets one.
pub(super) async fn token(
    errand: &Errand,
    issuer: &Issuer,
    client_id: &str,
    args: &TokenArgs,
) -> Result<Zeroizing<String>, TokenError> {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    for audience in &args.audience {
        form.append_pair("audience", audience);
    }
    if let Some(scope) = &args.scope {
        form.append_pair("scope", scope);
    }
    let mut authorization = None;
    if args.private_key_file.is_some() {
        let assertion = assertion(issuer, client_id, args)?;
        form.append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        form.append_pair("client_assertion", &assertion);
        form.append_pair("client_id", client_id);
    } else {
        let secret = client_secret(args)?;
        match args.auth_method {
            Method::Basic => authorization = Some(basic(client_id, &secret)),
            Method::Post => {
                form.append_pair("client_id", client_id).append_pair("client_secret", &secret);
            }
        }
    }
    let endpoint = issuer.endpoint("token_endpoint")?;
    let reply = errand.post(&endpoint, authorization.as_ref(), form.finish()).await?;
    let body: Map<String, Value> = serde_json::from_slice(&reply.body)
        .map_err(|_| words(format!("{endpoint} answered {} and no JSON", reply.status)))?;
    match body.get("access_token") {
        Some(Value::String(token)) if reply.status == 200 => Ok(Zeroizing::new(token.clone())),
        _ => Err(refused(&reply, &body)),
    }
}

fn client_secret(args: &TokenArgs) -> Result<Zeroizing<String>, TokenError> {
    if let Some(path) = &args.client_secret_file {
        return secret(path);
    }
    let environment = Sources::from_process(Vec::new()).environment;
    let found = environment.into_iter().find(|(name, value)| name == SECRET && !value.is_empty());
    found.map(|(_, value)| Zeroizing::new(value)).ok_or_else(|| {
        words(format!(
            "there is no secret: put it into the variable {SECRET}, name its file with --client-secret-file, or the \
             file of a private key with --private-key-file"
        ))
    })
}

/// RFC 6749 §2.3.1: both halves are form-urlencoded before they are joined.
fn basic(client_id: &str, secret: &str) -> SecretString {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = Zeroizing::new(format!("{}:{}", encoded(client_id), encoded(secret)));
    SecretString::from(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
}

/// A JWT by which the client proves itself (RFC 7523 §3, OpenID Connect Core 1.0 §9).
fn assertion(issuer: &Issuer, client_id: &str, args: &TokenArgs) -> Result<Zeroizing<String>, TokenError> {
    let path = args.private_key_file.as_deref().ok_or_else(|| words("no private key is named"))?;
    let now = Clock::system().now();
    let options =
        KeyOptions { key_id: args.key_id.as_deref(), algorithm: args.algorithm, ..KeyOptions::at(now) };
    let unfit = |problem: &dyn std::fmt::Display| words(format!("{}: {problem}", path.display()));
    let key = SigningKey::from_pem(&secret(path)?, &options).map_err(|problem| unfit(&problem))?;
    let claims = json!({
        "iss": client_id,
        "sub": client_id,
        "aud": issuer.name(),
        "iat": now,
        "exp": now + ASSERTED,
        "jti": random_token(16),
    });
    // A name that the issuer was never told would keep it from the one key that fits.
    let signed = match args.key_id {
        Some(_) => key.sign("JWT", &claims),
        None => key.sign_without_kid("JWT", &claims),
    };
    signed.map(Zeroizing::new).map_err(|problem| unfit(&problem))
}

/// What the issuer says, and what to do about it.
fn refused(reply: &Reply, body: &Map<String, Value>) -> TokenError {
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(plain);
    let Some(error) = text("error") else {
        return words(format!("the issuer answered {} without a token and without an error", reply.status));
    };
    let mut said = format!("the issuer refused: {error}");
    if let Some(description) = text("error_description") {
        said += &format!(": {description}");
    }
    if let Some(mend) = mend(&error, reply.status) {
        said += &format!("\nto mend: {mend}");
    }
    if let Some(id) = &reply.request_id {
        said += &format!("\nwhere the issuer runs, `signet refusals show {}` says why", plain(id));
    }
    words(said)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn both_halves_of_the_credentials_are_encoded() {
        let value = basic("a:b", "p% +é");
        let encoded = value.expose_secret().strip_prefix("Basic ").unwrap();
        assert_eq!(STANDARD.decode(encoded).unwrap(), b"a%3Ab:p%25+%2B%C3%A9");
    }

    #[test]
    fn a_refusal_says_what_to_do_and_moves_no_cursor() {
        let body = json!({"error": "invalid_client", "error_description": "no\u{1b}[2J"});
        let reply = Reply { status: 401, request_id: Some("ABCDEFGHJK".to_owned()), body: Vec::new() };
        let said = refused(&reply, body.as_object().unwrap()).to_string();
        assert!(
            said.starts_with("the issuer refused: invalid_client: no\u{fffd}[2J\nto mend: compare client_id")
        );
        assert!(said.ends_with("`signet refusals show ABCDEFGHJK` says why"), "{said}");
    }
}
