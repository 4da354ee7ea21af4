//! Discovery and the key set: computed from what is configured and implemented, prepared once.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::signed_metadata::Signed;
use crate::jose::{ContentEncryption, JweAlgorithm, JwsAlgorithm, MacAlgorithm, SignatureAlgorithm};
use crate::model::authentication::Level;
use crate::model::client::{Client, ClientKeys};
use crate::model::issuer::Issuer;
use crate::protocol::client_auth_method::ClientAuthMethod;
use crate::protocol::grant_type::GrantType;
use crate::protocol::metadata::{OAuthMetadata, ProviderMetadata};
use crate::protocol::pkce::CodeChallengeMethod;
use crate::protocol::prompt::PromptValue;
use crate::protocol::response_mode::ResponseMode;
use crate::protocol::response_type::ResponseType;
use crate::protocol::scope::Scope;
use crate::secrets::mac::sha256_base64url;
use crate::settings::{Oidc, Settings};

/// The paths of the endpoints, after the issuer. The router and the documents use the same ones.
pub mod paths {
    /// Authorization endpoint.
    pub const AUTHORIZATION: &str = "/api/oidc/authorization";
    /// Pushed authorization request endpoint.
    pub const PUSHED_AUTHORIZATION_REQUEST: &str = "/api/oidc/pushed-authorization-request";
    /// Device authorization endpoint (RFC 8628 §3.1).
    pub const DEVICE_AUTHORIZATION: &str = "/api/oidc/device-authorization";
    /// Where a person types the code that a device shows (`verification_uri`, RFC 8628 §3.2).
    pub const DEVICE_VERIFICATION: &str = "/consent/openid/device-authorization";
    /// Token endpoint.
    pub const TOKEN: &str = "/api/oidc/token";
    /// Userinfo endpoint.
    pub const USERINFO: &str = "/api/oidc/userinfo";
    /// Introspection endpoint.
    pub const INTROSPECTION: &str = "/api/oidc/introspection";
    /// Revocation endpoint.
    pub const REVOCATION: &str = "/api/oidc/revocation";
    /// Logout endpoint (OpenID Connect RP-Initiated Logout 1.0 §2).
    pub const END_SESSION: &str = "/api/oidc/end-session";
    /// Key set.
    pub const JWKS: &str = "/jwks.json";
    /// OpenID Connect Discovery 1.0 §4.
    pub const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";
    /// RFC 8414 §3.
    pub const OAUTH_AUTHORIZATION_SERVER: &str = "/.well-known/oauth-authorization-server";
}

/// A prepared JSON answer.
#[derive(Clone, Debug)]
pub struct Document {
    /// The bytes of the body.
    pub body: Arc<[u8]>,
    /// Its entity tag, quotes included (RFC 9110 §8.8.3).
    pub etag: String,
}

/// What is served anonymously for one issuer.
pub struct Documents {
    /// `/.well-known/openid-configuration`.
    pub openid_configuration: Document,
    /// `/.well-known/oauth-authorization-server`.
    pub oauth_authorization_server: Document,
    /// `/.well-known/openid-configuration`, where it is signed.
    pub signed_openid_configuration: Option<Signed>,
    /// `/.well-known/oauth-authorization-server`, where it is signed.
    pub signed_oauth_authorization_server: Option<Signed>,
    /// `/jwks.json`.
    pub jwks: Document,
}

/// Prepares the documents of an issuer.
pub fn documents(issuer: &Issuer, settings: &Settings) -> Documents {
    let oidc = &settings.oidc;
    let metadata = metadata(issuer, settings);
    let signed = |members: serde_json::Result<Value>| match (&oidc.metadata_signing, members) {
        (Some(_), Ok(Value::Object(members))) => Some(Signed::new(members)),
        _ => None,
    };
    Documents {
        signed_openid_configuration: signed(serde_json::to_value(&metadata)),
        signed_oauth_authorization_server: signed(serde_json::to_value(&metadata.oauth)),
        openid_configuration: document(serde_json::to_vec(&metadata).unwrap_or_default()),
        oauth_authorization_server: document(serde_json::to_vec(&metadata.oauth).unwrap_or_default()),
        jwks: document(oidc.keys.jwks_json().as_bytes().to_vec()),
    }
}

pub(super) fn document(body: Vec<u8>) -> Document {
    let tag: String = sha256_base64url(&body).chars().take(22).collect();
    Document { etag: format!("\"{tag}\""), body: body.into() }
}

fn metadata(issuer: &Issuer, settings: &Settings) -> ProviderMetadata {
    let oidc = &settings.oidc;
    let second = (!settings.totp.disabled).then_some(Level::TwoFactor);
    let levels = [Some(Level::OneFactor), second];
    let url = |path: &str| issuer.url(path);
    let proving = ClientAuthMethod::ALL.iter().copied().filter(|method| *method != ClientAuthMethod::None);
    // A client may register any of them: by a key of its own, or by its secret.
    let assertion_algorithms: Vec<String> =
        JwsAlgorithm::all().iter().map(|algorithm| algorithm.as_str().to_owned()).collect();
    let mut scopes: Vec<String> = [
        Scope::OPENID,
        Scope::OFFLINE_ACCESS,
        Scope::PROFILE,
        Scope::EMAIL,
        Scope::ADDRESS,
        Scope::PHONE,
        Scope::GROUPS,
    ]
    .map(str::to_owned)
    .into();
    scopes.extend(oidc.scopes.iter().map(|scope| scope.name.clone()));
    let mut challenge_methods = vec![CodeChallengeMethod::S256];
    if oidc.enable_pkce_plain_challenge {
        challenge_methods.push(CodeChallengeMethod::Plain);
    }
    let signing = signing_algorithms(oidc);
    let (encryption_alg, encryption_enc) = encryption_algorithms(oidc);
    let (request_alg, request_enc) = decryption_algorithms(oidc);
    ProviderMetadata {
        oauth: OAuthMetadata {
            issuer: issuer.as_str().to_owned(),
            authorization_endpoint: url(paths::AUTHORIZATION),
            token_endpoint: url(paths::TOKEN),
            jwks_uri: url(paths::JWKS),
            pushed_authorization_request_endpoint: url(paths::PUSHED_AUTHORIZATION_REQUEST),
            require_pushed_authorization_requests: oidc.require_pushed_authorization_requests,
            device_authorization_endpoint: url(paths::DEVICE_AUTHORIZATION),
            introspection_endpoint: url(paths::INTROSPECTION),
            authorization_signing_alg_values_supported: signing.clone(),
            authorization_encryption_alg_values_supported: encryption_alg.clone(),
            authorization_encryption_enc_values_supported: encryption_enc.clone(),
            introspection_signing_alg_values_supported: signing.clone(),
            introspection_encryption_alg_values_supported: encryption_alg.clone(),
            introspection_encryption_enc_values_supported: encryption_enc.clone(),
            revocation_endpoint: url(paths::REVOCATION),
            scopes_supported: scopes,
            response_types_supported: ResponseType::ALL.to_vec(),
            response_modes_supported: ResponseMode::ALL.to_vec(),
            grant_types_supported: GrantType::ALL.to_vec(),
            token_endpoint_auth_methods_supported: ClientAuthMethod::ALL.to_vec(),
            token_endpoint_auth_signing_alg_values_supported: assertion_algorithms.clone(),
            introspection_endpoint_auth_methods_supported: proving.collect(),
            introspection_endpoint_auth_signing_alg_values_supported: assertion_algorithms.clone(),
            revocation_endpoint_auth_methods_supported: ClientAuthMethod::ALL.to_vec(),
            revocation_endpoint_auth_signing_alg_values_supported: assertion_algorithms,
            code_challenge_methods_supported: challenge_methods,
            authorization_response_iss_parameter_supported: true,
        },
        userinfo_endpoint: url(paths::USERINFO),
        end_session_endpoint: url(paths::END_SESSION),
        acr_values_supported: levels.into_iter().flatten().map(|level| level.acr().to_owned()).collect(),
        subject_types_supported: subject_types(oidc),
        id_token_signing_alg_values_supported: signing.clone(),
        id_token_encryption_alg_values_supported: encryption_alg.clone(),
        id_token_encryption_enc_values_supported: encryption_enc.clone(),
        userinfo_signing_alg_values_supported: signing,
        userinfo_encryption_alg_values_supported: encryption_alg,
        userinfo_encryption_enc_values_supported: encryption_enc,
        claims_supported: claims(oidc),
        claim_types_supported: vec!["normal".to_owned()],
        prompt_values_supported: PromptValue::ALL.to_vec(),
        claims_parameter_supported: true,
        request_parameter_supported: true,
        request_uri_parameter_supported: true,
        require_request_uri_registration: true,
        request_object_signing_alg_values_supported: JwsAlgorithm::all()
            .iter()
            .map(|algorithm| algorithm.as_str().to_owned())
            .chain(["none".to_owned()])
            .collect(),
        request_object_encryption_alg_values_supported: request_alg,
        request_object_encryption_enc_values_supported: request_enc,
    }
}

/// OpenID Connect Core 1.0 §8: what the registered clients get.
fn subject_types(oidc: &Oidc) -> Vec<String> {
    let is_pairwise = |client: &Arc<Client>| client.sector_identifier_uri.is_some();
    let public = (!oidc.clients.iter().all(is_pairwise)).then_some("public");
    let pairwise = oidc.clients.iter().any(is_pairwise).then_some("pairwise");
    public.into_iter().chain(pairwise).map(str::to_owned).collect()
}

/// What keys of the provider sign with, and secrets of clients where they are known.
fn signing_algorithms(oidc: &Oidc) -> Vec<&'static str> {
    let by_secret = oidc.clients.iter().any(|client| client.mac_keys.is_some());
    let macs = MacAlgorithm::ALL.into_iter().filter(|_| by_secret).map(MacAlgorithm::as_str);
    oidc.keys.algorithms().into_iter().map(SignatureAlgorithm::as_str).chain(macs).collect()
}

/// What can be encrypted: to the keys that clients have registered or serve, and with secrets that are known.
fn encryption_algorithms(oidc: &Oidc) -> (Vec<&'static str>, Vec<&'static str>) {
    let by_secret = oidc.clients.iter().any(|client| client.mac_keys.is_some());
    let to_key = |algorithm: JweAlgorithm| {
        oidc.clients.iter().any(|client| match &client.keys {
            ClientKeys::None => false,
            ClientKeys::Registered(keys) => keys.encryption_key(algorithm, None).is_some(),
            ClientKeys::Remote(_) => true,
        })
    };
    let can = |algorithm: &JweAlgorithm| match algorithm.key_type() {
        Some(_) => to_key(*algorithm),
        None => by_secret,
    };
    algorithms(can)
}

/// What can be decrypted: to the keys of the provider that others are shown, and with secrets that are known. With `dir`
/// one secret would be the key of everything.
fn decryption_algorithms(oidc: &Oidc) -> (Vec<&'static str>, Vec<&'static str>) {
    let by_secret = oidc.clients.iter().any(|client| client.mac_keys.is_some());
    let keys = oidc.keys.decryption_keys();
    algorithms(|algorithm| match algorithm.key_type() {
        Some(_) => keys.iter().any(|key| key.published() && key.algorithm() == *algorithm),
        None => by_secret && *algorithm != JweAlgorithm::Dir,
    })
}

/// `alg` and `enc`; every algorithm goes with every content encryption.
fn algorithms(can: impl FnMut(&JweAlgorithm) -> bool) -> (Vec<&'static str>, Vec<&'static str>) {
    let alg: Vec<_> = JweAlgorithm::ALL.into_iter().filter(can).map(JweAlgorithm::as_str).collect();
    let any = !alg.is_empty();
    let enc = ContentEncryption::ALL.into_iter().filter(|_| any).map(ContentEncryption::as_str).collect();
    (alg, enc)
}

fn claims(oidc: &Oidc) -> Vec<String> {
    let always = [
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "auth_time",
        "nonce",
        "acr",
        "amr",
        "azp",
        "at_hash",
        "c_hash",
        "jti",
    ];
    let mut claims: Vec<String> = always.map(str::to_owned).into();
    // A person of the users file has one address.
    let standard = super::issue::claims::STANDARD.iter().filter(|(_, name)| *name != "alt_emails");
    claims.extend(standard.map(|(_, name)| (*name).to_owned()));
    let custom: BTreeSet<&str> = oidc
        .clients
        .iter()
        .flat_map(|client| client.claims_policy.custom_claims.iter().map(|claim| claim.name.as_str()))
        .collect();
    claims.extend(custom.into_iter().map(str::to_owned));
    claims
}
