//! How a failing store becomes an answer.

use crate::protocol::error::OAuthError;
use crate::storage::StorageError;
use crate::users::Unavailable;

/// A store that does not do its work is `temporarily_unavailable` whatever it lacks: nobody may take the answer for
/// one (RFC 7009 §2.2.1). The reason is for the log only.
impl From<StorageError> for OAuthError {
    fn from(error: StorageError) -> Self {
        let answer = Self::temporarily_unavailable(if error.is_unavailable() {
            "The provider cannot reach its database. Try again in a moment."
        } else {
            "The provider's database failed. Its log says why. Try again in a moment."
        });
        answer.with_detail(error.to_string())
    }
}

impl From<Unavailable> for OAuthError {
    fn from(unavailable: Unavailable) -> Self {
        match unavailable {
            Unavailable::Storage(error) => error.into(),
            Unavailable::Seal(problem) => {
                Self::server_error("The provider failed. Its log says why.").with_detail(problem.to_string())
            }
        }
    }
}
