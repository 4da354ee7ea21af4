//! The authorization code (RFC 6749 §4.1).

use crate::clock::NumericDate;
use crate::protocol::pkce::CodeChallenge;

/// A code as it is stored: never the code itself.
#[derive(Clone, Debug, PartialEq)]
pub struct AuthorizationCode {
    /// The id within the handle.
    pub id: String,
    /// SHA-256 of the secret within the handle, base64url.
    pub hash: String,
    /// The grant it redeems.
    pub grant: String,
    /// The redirect URI of the request, when the request named it.
    pub redirect_uri: Option<String>,
    /// The proof key (RFC 7636).
    pub code_challenge: Option<CodeChallenge>,
    /// When it ends.
    pub expires_at: NumericDate,
    /// When it was spent.
    pub spent_at: Option<NumericDate>,
}
