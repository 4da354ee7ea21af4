//! The provider's answer at the redirect URI, judged before anything in it is used.

use std::collections::BTreeMap;

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AnswerError {
    #[error("the answer names `{0}` more than once")]
    Repeated(String),
    #[error("the answer has no state, so it belongs to no login that began here")]
    NoState,
    #[error("the answer belongs to no login that this browser began here; perhaps it was used already")]
    UnknownState,
    #[error("the answer came to the redirect URI of another client")]
    OtherRedirectUri,
    #[error("the answer does not say which provider sent it, though the provider promises `iss`")]
    NoIssuer,
    #[error("the answer comes from `{0}`, a provider that was not asked")]
    OtherIssuer(String),
    #[error("the answer has neither a code nor an error")]
    Empty,
    /// The provider refused; its words.
    #[error("{}", in_words(.code, .description.as_deref()))]
    Refused { code: String, description: Option<String> },
}

/// The parameters of an answer (RFC 6749 §4.1.2), each at most once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    parameters: BTreeMap<String, String>,
}

impl Answer {
    /// Reads a query or a form.
    pub(crate) fn parse(encoded: &[u8]) -> Result<Self, AnswerError> {
        let mut parameters = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(encoded) {
            if parameters.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                return Err(AnswerError::Repeated(name.into_owned()));
            }
        }
        Ok(Self { parameters })
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// The `state`, which finds the login it belongs to (RFC 6749 §10.12).
    pub(crate) fn state(&self) -> Result<&str, AnswerError> {
        self.get("state").filter(|state| !state.is_empty()).ok_or(AnswerError::NoState)
    }

    /// The code of an answer that comes from the provider that was asked (RFC 9207 §2.4), errors included.
    pub(crate) fn code(&self, issuer: &str, iss_promised: bool) -> Result<&str, AnswerError> {
        match self.get("iss") {
            Some(iss) if iss != issuer => return Err(AnswerError::OtherIssuer(iss.to_owned())),
            None if iss_promised => return Err(AnswerError::NoIssuer),
            _ => {}
        }
        if let Some(code) = self.get("error") {
            let description = self.get("error_description").map(str::to_owned);
            return Err(AnswerError::Refused { code: code.to_owned(), description });
        }
        self.get("code").filter(|code| !code.is_empty()).ok_or(AnswerError::Empty)
    }
}

/// An error code of RFC 6749 §4.1.2.1 or OpenID Connect Core 1.0 §3.1.2.6 for people.
pub(crate) fn in_words(code: &str, description: Option<&str>) -> String {
    let words = match code {
        "access_denied" => "You were not signed in: the request was cancelled or not allowed",
        "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => {
            "The provider has a question for you first: sign in again"
        }
        "server_error" | "temporarily_unavailable" => "The provider has a problem; try again in a moment",
        _ => "The provider refused the request",
    };
    match description.map(|text| text.trim_end_matches('.')) {
        Some(description) if !description.is_empty() => format!("{words} ({code}: {description})."),
        _ => format!("{words} ({code})."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "http://127.0.0.1:9091";

    fn code(query: &str, iss_promised: bool) -> Result<String, AnswerError> {
        Answer::parse(query.as_bytes())?.code(ISSUER, iss_promised).map(str::to_owned)
    }

    #[test]
    fn a_code_from_the_provider_that_was_asked_is_taken() {
        assert_eq!(code("code=abc&state=s&iss=http%3A%2F%2F127.0.0.1%3A9091", true).as_deref(), Ok("abc"));
        assert_eq!(code("code=abc&state=s", false).as_deref(), Ok("abc"));
    }

    #[test]
    fn a_missing_or_other_issuer_is_refused_before_anything_else() {
        assert_eq!(code("code=abc&state=s", true), Err(AnswerError::NoIssuer));
        let other = Err(AnswerError::OtherIssuer("http://evil.example".to_owned()));
        assert_eq!(code("code=abc&iss=http://evil.example", false), other);
        assert_eq!(code("error=access_denied&iss=http://evil.example", false), other);
        let slash = Err(AnswerError::OtherIssuer(format!("{ISSUER}/")));
        assert_eq!(code("code=abc&iss=http://127.0.0.1:9091/", true), slash);
    }

    #[test]
    fn a_parameter_that_repeats_is_refused() {
        assert_eq!(code("code=a&code=b", false), Err(AnswerError::Repeated("code".to_owned())));
    }

    #[test]
    fn state_must_be_there() {
        let empty = Answer::parse(b"code=a&state=").expect("parses");
        assert_eq!(empty.state(), Err(AnswerError::NoState));
        let given = Answer::parse(b"code=a&state=s").expect("parses");
        assert_eq!(given.state(), Ok("s"));
    }

    #[test]
    fn a_refusal_is_told_kindly_and_with_its_code() {
        let refused = code("error=access_denied&error_description=No+consent.", false).expect_err("refused");
        let words = refused.to_string();
        assert!(
            words.starts_with("You were not signed in") && words.contains("access_denied: No consent"),
            "{words}"
        );
        assert_eq!(code("state=s", false), Err(AnswerError::Empty));
    }
}
