//! A presented token becomes the grant behind it, if that still stands.

pub mod access_token;
mod id_token_hint;
mod standing;

pub use access_token::ReadAccessToken;
pub(super) use standing::Fallen;
