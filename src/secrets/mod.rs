//! Digests, handles, sealing and constant-time comparison.

pub mod authelia;
pub mod compare;
pub mod digest;
pub mod handle;
pub mod mac;
pub mod make_digest;
pub mod random;
pub mod seal;
pub mod user_code;

pub use authelia::AutheliaOpener;
pub use compare::equal;
pub use digest::{Digest, DigestProblem};
pub use handle::{HandleKey, HandleKind, MintedHandle, PresentedHandle};
pub use mac::sha256_base64url;
pub use random::{random_bytes, random_text, random_token};
pub use seal::{SealProblem, Sealer};
pub use user_code::UserCode;
