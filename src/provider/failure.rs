//! How a failing store becomes an answer.

use crate::protocol::error::OAuthError;
use crate::storage::StorageError;
use crate::users::Unavailable;

/// A store that does not answer is `temporarily_unavailable`; anything else is `server_error`. The reason is
/// for the log only.
impl From<StorageError> for OAuthError {
    fn from(error: StorageError) -> Self {
        let answer = if error.is_unavailable() {
            Self::temporarily_unavailable("The provider cannot reach its database. Try again in a moment.")
        } else {
            Self::server_error("The provider failed. Its log says why.")
        };
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
