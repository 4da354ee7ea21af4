//! What an authorization request must satisfy, in order. Pushed requests and those of devices run the same list.

use url::Url;

use super::super::Provider;
use super::super::context::Context;
use super::claims::{claims_request, requested_level};
use super::registration;
use super::target::Target;
use crate::clock::Seconds;
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::client::Client;
use crate::protocol::characters::vschar;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::parameters::Parameters;
use crate::protocol::pkce::{CodeChallenge, CodeChallengeMethod};
use crate::protocol::prompt::Prompt;
use crate::protocol::response_mode::ResponseMode;
use crate::protocol::response_type::ResponseType;
use crate::protocol::scope::Scope;

/// The longest state or nonce, in bytes: both are stored with the request.
const MAX_OPAQUE: usize = 2048;

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// At the authorization endpoint.
    Plain,
    /// At the pushed authorization request endpoint (RFC 9126).
    Pushed,
    /// At the device authorization endpoint (RFC 8628): nobody is redirected, so what leads back does not count.
    Device,
}

impl Provider {
    /// Turns parameters into a request, or says what is wrong with the first that is.
    pub(super) async fn check(
        &self,
        context: &Context,
        target: &Target,
        parameters: &Parameters,
        source: Source,
    ) -> Result<AuthorizationRequest, OAuthError> {
        let client = target.client.as_ref();
        let oidc = &self.snapshot.settings.oidc;
        unsupported_parameters(parameters)?;
        pushed_when_required(client, oidc.require_pushed_authorization_requests, source)?;
        let (response_type, response_mode) = match source {
            Source::Device => (ResponseType::Code, target.response_mode),
            Source::Plain | Source::Pushed => {
                let response_type = response_type(client, parameters)?;
                (response_type, response_mode(client, response_type, parameters)?)
            }
        };
        let scope = scope(client, response_type, parameters)?;
        let (code_challenge, state) = match source {
            Source::Device => (None, None),
            Source::Plain | Source::Pushed => {
                let plain = oidc.enable_pkce_plain_challenge;
                let challenge = code_challenge(client, response_type, plain, parameters)?;
                let minimum = oidc.minimum_parameter_entropy;
                let state = state(response_type, minimum, challenge.as_ref(), parameters)?;
                (challenge, state)
            }
        };
        let nonce = nonce(response_type, oidc.minimum_parameter_entropy, parameters)?;
        let prompt = parameters.get("prompt").map_or_else(|| Ok(Prompt::default()), Prompt::parse)?;
        shown_when_needed(&prompt, source)?;
        let max_age = max_age(parameters)?;
        let hint = match parameters.get("id_token_hint") {
            Some(hint) => Some(self.id_token_hint(context, hint).await?),
            None => None,
        };
        let claims = claims_request(parameters)?;
        let requested_level = requested_level(parameters, &claims, !self.snapshot.settings.totp.disabled)?;
        let audience = audience(client, parameters)?;
        Ok(AuthorizationRequest {
            client_id: client.client_id.clone(),
            redirect_uri: target.redirect_uri.clone(),
            redirect_uri_sent: target.redirect_uri_sent,
            response_type,
            response_mode,
            scope,
            state,
            nonce,
            code_challenge,
            prompt,
            max_age,
            hinted_subject: hint.map(|hint| hint.subject),
            login_hint: parameters.get("login_hint").map(|hint| hint.chars().take(128).collect()),
            requested_level,
            claims,
            audience,
            requested_at: context.now,
        })
    }
}

/// What this provider does not take, by its own error code (OpenID Connect Core 1.0 §3.1.2.6).
fn unsupported_parameters(parameters: &Parameters) -> Result<(), OAuthError> {
    match parameters.get("registration") {
        Some(_) => Err(OAuthError::new(
            ErrorCode::RegistrationNotSupported,
            "The registration parameter is not supported; clients are registered in the configuration.",
        )),
        None => Ok(()),
    }
}

/// RFC 9126 §6.
pub(super) fn pushed_when_required(
    client: &Client,
    required: bool,
    source: Source,
) -> Result<(), OAuthError> {
    if source == Source::Plain && (required || client.require_pushed_authorization_requests) {
        return Err(OAuthError::invalid_request(
            "This request must be pushed to the pushed authorization request endpoint first (option require_pushed_authorization_requests).",
        ));
    }
    Ok(())
}

/// A device's request is always shown to a person.
fn shown_when_needed(prompt: &Prompt, source: Source) -> Result<(), OAuthError> {
    if source == Source::Device && prompt.none() {
        return Err(OAuthError::invalid_request(
            "prompt=none cannot be asked for a device: a person always answers its request.",
        ));
    }
    Ok(())
}

fn response_type(client: &Client, parameters: &Parameters) -> Result<ResponseType, OAuthError> {
    let Some(raw) = parameters.get("response_type") else {
        return Err(OAuthError::invalid_request("The parameter response_type is missing."));
    };
    let response_type = ResponseType::parse(raw).ok_or_else(|| {
        let served: Vec<&str> = ResponseType::ALL.iter().map(|served| served.as_str()).collect();
        let description = format!("This provider supports the response types {}.", served.join(", "));
        OAuthError::new(ErrorCode::UnsupportedResponseType, description)
    })?;
    registration::response_type(client, response_type)?;
    Ok(response_type)
}

/// The mode of a request that names none: query for `code`, fragment where a token travels (OAuth 2.0 Multiple
/// Response Types 1.0 §2.1, §5), whatever else the client is registered for. Only who is registered for neither, and so
/// for signed answers (JARM §2.1) or for `form_post` alone, is answered in the first of its own that fits.
pub(super) fn default_mode(client: &Client, front_channel_token: bool) -> ResponseMode {
    let usual = if front_channel_token { ResponseMode::Fragment } else { ResponseMode::Query };
    let registered = client.response_modes.as_slice();
    if registered.iter().any(|mode| matches!(mode, ResponseMode::Query | ResponseMode::Fragment)) {
        return usual;
    }
    let fits = |mode: &ResponseMode| !front_channel_token || client.may_carry_token(*mode);
    registered.iter().map(|mode| mode.resolved(front_channel_token)).find(fits).unwrap_or(usual)
}

/// OAuth 2.0 Multiple Response Types 1.0 §2.1: a token never travels in a query, where logs and histories keep it.
fn response_mode(
    client: &Client,
    response_type: ResponseType,
    parameters: &Parameters,
) -> Result<ResponseMode, OAuthError> {
    let token = response_type.has_front_channel_token();
    let mode = match parameters.get("response_mode") {
        None => default_mode(client, token),
        Some(raw) => ResponseMode::parse(raw)
            .ok_or_else(|| {
                OAuthError::new(
                    ErrorCode::UnsupportedResponseMode,
                    "The response_mode is not supported. Use query, fragment or form_post, or one of them with .jwt behind it.",
                )
            })?
            .resolved(token),
    };
    if mode == ResponseMode::QueryJwt && token && !client.may_carry_token(mode) {
        return Err(OAuthError::new(
            ErrorCode::UnsupportedResponseMode,
            "The response_mode query.jwt carries a token only when it is encrypted (option authorization_encrypted_response_alg).",
        ));
    }
    if mode == ResponseMode::Query && token {
        return Err(OAuthError::new(
            ErrorCode::UnsupportedResponseMode,
            "The response_mode query is not allowed with this response_type: use fragment or form_post.",
        ));
    }
    if parameters.get("response_mode").is_some() {
        registration::response_mode(client, mode)?;
    }
    Ok(mode)
}

/// RFC 6749 §3.3: exactly what the client is registered for. Only `offline_access` is ignored where no code, and so no
/// refresh token, can come of the request (OpenID Connect Core 1.0 §11).
fn scope(client: &Client, response_type: ResponseType, parameters: &Parameters) -> Result<Scope, OAuthError> {
    let mut scope = Scope::parse(parameters.get("scope").unwrap_or_default())
        .map_err(|problem| OAuthError::new(ErrorCode::InvalidScope, problem.to_string()))?;
    if !response_type.has_code() {
        scope.remove(Scope::OFFLINE_ACCESS);
        scope.remove(Scope::OFFLINE);
    }
    if response_type.has_id_token() && !scope.contains(Scope::OPENID) {
        return Err(OAuthError::invalid_request(
            "An ID token needs the scope openid (OpenID Connect Core 1.0 section 3.2.2.1).",
        ));
    }
    registration::scope(client, &scope)?;
    Ok(scope)
}

/// RFC 7636 §4.4.1, with the options enforce_pkce, enable_pkce_plain_challenge and the client's own. Where no code comes
/// of the request there is nothing to prove, but what is sent must be right.
fn code_challenge(
    client: &Client,
    response_type: ResponseType,
    plain_enabled: bool,
    parameters: &Parameters,
) -> Result<Option<CodeChallenge>, OAuthError> {
    let method = parameters.get("code_challenge_method");
    let Some(challenge) = parameters.get("code_challenge") else {
        return if method.is_some() {
            Err(OAuthError::invalid_request("code_challenge_method came without code_challenge."))
        } else if client.require_pkce && response_type.has_code() {
            Err(OAuthError::invalid_request(
                "The parameter code_challenge is missing: this client must use PKCE (RFC 7636).",
            ))
        } else {
            Ok(None)
        };
    };
    let challenge = CodeChallenge::new(challenge, method)?;
    if challenge.method() == CodeChallengeMethod::Plain && !plain_enabled {
        return Err(OAuthError::invalid_request(
            "code_challenge_method plain is not allowed; use S256 (option enable_pkce_plain_challenge).",
        ));
    }
    if client.pkce_challenge_method.is_some_and(|method| method != challenge.method()) {
        return Err(OAuthError::invalid_request(
            "The client must use the code_challenge_method it is registered for (option pkce_challenge_method).",
        ));
    }
    Ok(Some(challenge))
}

/// A state is asked for, unless an S256 challenge protects the request. It protects a code, and what a hash binds to the
/// code and a nonce to the request, but no access token that travels without an ID token (RFC 9700 §2.1).
fn state(
    response_type: ResponseType,
    minimum: Option<usize>,
    challenge: Option<&CodeChallenge>,
    parameters: &Parameters,
) -> Result<Option<String>, OAuthError> {
    let state = entropic("state", minimum, parameters)?;
    let provable = response_type.has_code() && (!response_type.has_token() || response_type.has_id_token());
    let protected =
        provable && challenge.is_some_and(|challenge| challenge.method() == CodeChallengeMethod::S256);
    if state.is_none() && !protected && minimum.is_some() {
        return Err(OAuthError::invalid_request(
            "The parameter state is missing: send one, or a code_challenge with S256 (option minimum_parameter_entropy).",
        ));
    }
    Ok(state)
}

/// OpenID Connect Core 1.0 §3.2.2.1, §3.3.2.11: whoever gets an ID token through the browser must be able to tell its
/// own.
fn nonce(
    response_type: ResponseType,
    minimum: Option<usize>,
    parameters: &Parameters,
) -> Result<Option<String>, OAuthError> {
    let nonce = entropic("nonce", minimum, parameters)?;
    if nonce.is_none() && response_type.has_id_token() {
        return Err(OAuthError::invalid_request(
            "The parameter nonce is missing: a response_type with id_token needs one.",
        ));
    }
    Ok(nonce)
}

/// RFC 6749 Appendix A.5: VSCHAR only; and not shorter than minimum_parameter_entropy.
fn entropic(
    name: &str,
    minimum: Option<usize>,
    parameters: &Parameters,
) -> Result<Option<String>, OAuthError> {
    let Some(value) = parameters.get(name) else { return Ok(None) };
    if !vschar(value) {
        return Err(OAuthError::invalid_request(format!(
            "The parameter {name} has a character outside printable ASCII."
        )));
    }
    if value.len() > MAX_OPAQUE {
        return Err(OAuthError::invalid_request(format!(
            "The parameter {name} must have at most {MAX_OPAQUE} characters."
        )));
    }
    if let Some(minimum) = minimum
        && value.len() < minimum
    {
        return Err(OAuthError::invalid_request(format!(
            "The parameter {name} must have at least {minimum} characters (option minimum_parameter_entropy)."
        )));
    }
    Ok(Some(value.to_owned()))
}

fn max_age(parameters: &Parameters) -> Result<Option<Seconds>, OAuthError> {
    let Some(raw) = parameters.get("max_age") else { return Ok(None) };
    match raw.parse::<Seconds>() {
        Ok(seconds) if seconds >= 0 && raw.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Some(seconds)),
        _ => Err(OAuthError::invalid_request("max_age must be a number of seconds, 0 or more.")),
    }
}

/// `audience` (values separated by spaces) and `resource` (RFC 8707 §2), against the client's list.
pub(in crate::provider) fn audience(
    client: &Client,
    parameters: &Parameters,
) -> Result<Vec<String>, OAuthError> {
    let asked = requested_audience(parameters)?;
    if asked.is_empty() && client.audience_by_default {
        return Ok(client.audience.clone());
    }
    registration::audience(client, &asked, &named_audiences(parameters))?;
    Ok(asked)
}

/// The values of `audience`, which names them separated by spaces.
fn named_audiences(parameters: &Parameters) -> Vec<String> {
    let audiences = parameters.all("audience").flat_map(|value| value.split(' '));
    audiences.filter(|value| !value.is_empty()).map(str::to_owned).collect()
}

/// How many audiences one request may name.
const MAX_AUDIENCES: usize = 64;

/// The values of `audience` and `resource`, each once, in order.
pub(in crate::provider) fn requested_audience(parameters: &Parameters) -> Result<Vec<String>, OAuthError> {
    let resources = parameters.all("resource").filter(|value| !value.is_empty());
    let named = named_audiences(parameters);
    if resources.count() + named.len() > MAX_AUDIENCES {
        return Err(OAuthError::new(
            ErrorCode::InvalidTarget,
            format!(
                "audience and resource name more than {MAX_AUDIENCES} values; ask for those that are needed."
            ),
        ));
    }
    let mut asked: Vec<String> = Vec::new();
    for resource in parameters.all("resource").filter(|value| !value.is_empty()) {
        let absolute = Url::parse(resource).is_ok_and(|url| url.fragment().is_none());
        if !absolute {
            return Err(OAuthError::new(
                ErrorCode::InvalidTarget,
                "resource must be an absolute URI without a fragment (RFC 8707 section 2).",
            ));
        }
        asked.push(resource.to_owned());
    }
    asked.extend(named);
    let mut seen = Vec::with_capacity(asked.len());
    for value in asked {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    Ok(seen)
}
