//! What can go wrong between the demo and the provider, in words for its pages.

use std::error::Error;

use openidconnect::core::CoreErrorResponseType;
use openidconnect::{DiscoveryError, RequestTokenError, StandardErrorResponse};

use crate::demo::answer::{AnswerError, in_words};
use crate::demo::http_client::HttpError;

/// Why something that was asked for did not come about; its text is for the page.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("The provider could not be asked what it is: {0}. Is it running? Reload this page to try again.")]
    Discovery(String),
    #[error("This demo is not set up for that: {0}.")]
    Registration(String),
    #[error("The answer was refused: {0}.")]
    Answer(AnswerError),
    #[error("{0}")]
    Refused(String),
    #[error("The provider's answer could not be used: {0}.")]
    Unusable(String),
    #[error("The ID token was refused: {0}.")]
    IdToken(String),
}

impl Failure {
    pub(crate) fn discovery(error: &DiscoveryError<HttpError>) -> Self {
        Self::Discovery(with_sources(error))
    }

    pub(crate) fn token(error: &TokenError) -> Self {
        match error {
            RequestTokenError::ServerResponse(refusal) => Self::Refused(in_words(
                refusal.error().as_ref(),
                refusal.error_description().map(String::as_str),
            )),
            other => Self::Unusable(with_sources(other)),
        }
    }
}

impl From<AnswerError> for Failure {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::Refused { .. } => Self::Refused(error.to_string()),
            error => Self::Answer(error),
        }
    }
}

pub(crate) type TokenError = RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>;

/// An error and what caused it, in one line.
pub(crate) fn with_sources(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        source = cause.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_tells_its_causes() {
        let error = Failure::Unusable(with_sources(&HttpError::TooLong));
        assert!(error.to_string().contains("longer than"), "{error}");
    }
}
