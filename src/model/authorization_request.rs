//! An authorization request that passed every check.

use serde::{Deserialize, Serialize};

use super::authentication::Level;
use crate::clock::{NumericDate, Seconds};
use crate::protocol::claims_request::ClaimsRequest;
use crate::protocol::pkce::CodeChallenge;
use crate::protocol::prompt::Prompt;
use crate::protocol::response_mode::ResponseMode;
use crate::protocol::response_type::ResponseType;
use crate::protocol::scope::Scope;

/// What a relying party asked for, checked (OpenID Connect Core 1.0 §3.1.2.1). Stored as JSON with a
/// pending authorization or a pushed request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: String,
    /// Where the answer goes, as it was sent.
    pub redirect_uri: String,
    /// Whether the request named its `redirect_uri`; then the token request must name it too (RFC 6749 §4.1.3).
    pub redirect_uri_sent: bool,
    /// What is asked for.
    pub response_type: ResponseType,
    /// How the answer travels.
    pub response_mode: ResponseMode,
    /// The scopes asked for, all of them allowed to the client.
    pub scope: Scope,
    /// Handed back unread.
    pub state: Option<String>,
    /// Copied into the ID token.
    pub nonce: Option<String>,
    /// The proof key (RFC 7636).
    pub code_challenge: Option<CodeChallenge>,
    /// What the person must be shown.
    pub prompt: Prompt,
    /// The greatest age of the sign-in, in seconds.
    pub max_age: Option<Seconds>,
    /// The subject that a valid `id_token_hint` names.
    pub hinted_subject: Option<String>,
    /// What to write into the username field.
    pub login_hint: Option<String>,
    /// The level that `acr_values`, or `acr` of `claims`, asks for.
    pub requested_level: Option<Level>,
    /// The single claims asked for (OpenID Connect Core 1.0 §5.5).
    #[serde(default)]
    pub claims: ClaimsRequest,
    /// The audience asked for by `audience` or `resource` (RFC 8707), all of it allowed to the client.
    pub audience: Vec<String>,
    /// When it was received.
    pub requested_at: NumericDate,
}
