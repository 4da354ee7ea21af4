//! The words of the standards: pure, no input or output.
//!
//! Each file is named for the parameter or document it speaks of. Nothing here knows a client, a person,
//! a clock or an HTTP type; a caller hands values in and gets values or an [`OAuthError`] back.

#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod wire_enum;

pub mod authorization_response;
pub mod bearer;
pub mod characters;
pub mod claims_request;
pub mod client_auth_method;
pub mod error;
pub mod grant_type;
pub mod logged_uri;
pub mod metadata;
pub mod parameters;
pub mod pkce;
pub mod prompt;
pub mod redirect_uri;
pub mod request_object;
pub mod resource;
pub mod response_mode;
pub mod response_type;
pub mod scope;
pub mod token_response;

pub use authorization_response::{append_fragment, append_query};
pub use bearer::{Credentials, CredentialsError};
pub use characters::vschar;
pub use claims_request::{ClaimsRequest, RequestedClaim};
pub use client_auth_method::ClientAuthMethod;
pub use error::{ErrorCode, OAuthError};
pub use grant_type::GrantType;
pub use metadata::{OAuthMetadata, ProviderMetadata};
pub use parameters::{Parameters, ParametersError};
pub use pkce::{CodeChallenge, CodeChallengeMethod};
pub use prompt::{Prompt, PromptValue};
pub use redirect_uri::{RedirectUri, RedirectUriProblem};
pub use response_mode::ResponseMode;
pub use response_type::ResponseType;
pub use scope::{Scope, ScopeError};
pub use token_response::{TokenResponse, TokenType};
