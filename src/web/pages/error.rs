//! The page of a refusal: what happened, what to do, and a code to look it up.

use askama::Template;

use super::{ClientIdentity, PageContext};
use crate::web::limits::Unreadable;
use crate::web::texts::{FaultTexts, Texts};

/// What went wrong, as far as a person needs to tell it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `client_id` is missing or not registered.
    UnknownClient,
    /// `redirect_uri` is missing or not registered for the client.
    RedirectUri,
    /// A pushed request is unknown, expired, spent or of another browser.
    RequestUri,
    /// Another fault of a request whose redirect URI is not proven.
    InvalidRequest,
    /// A pending request is answered or expired.
    Answered,
    /// A step of a pending request was taken before; the request goes on.
    StepTaken,
    /// A pending request belongs to another browser.
    OtherBrowser,
    /// The form's CSRF value does not fit.
    FormTooOld,
    /// There is no such page.
    NotFound,
    /// The page does not serve this HTTP method.
    MethodNotAllowed,
    /// The request is too large, too slow or not well formed.
    Unreadable(Unreadable),
    /// The Host is not one of the configured issuers'.
    WrongHost,
    /// A fault of Signet or of what it relies on.
    Internal,
    /// Too many requests at once.
    Busy,
    /// Too many failures from one address.
    TooManyFailures,
}

impl Fault {
    /// HTTP status of the page.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::UnknownClient
            | Self::RedirectUri
            | Self::RequestUri
            | Self::InvalidRequest
            | Self::Answered
            | Self::StepTaken
            | Self::OtherBrowser => 400,
            Self::FormTooOld => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Unreadable(unreadable) => unreadable.status().as_u16(),
            Self::WrongHost => 421,
            Self::Internal => 500,
            Self::Busy => 503,
            Self::TooManyFailures => 429,
        }
    }

    /// Its name in the log and in the table of refusals.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UnknownClient => "unknown_client",
            Self::RedirectUri => "redirect_uri",
            Self::RequestUri => "request_uri",
            Self::InvalidRequest => "invalid_request",
            Self::Answered => "answered",
            Self::StepTaken => "step_taken",
            Self::OtherBrowser => "other_browser",
            Self::FormTooOld => "form_too_old",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::WrongHost => "wrong_host",
            Self::Internal => "internal",
            Self::Busy => "busy",
            Self::TooManyFailures => "too_many_failures",
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// What there is to know of it when nothing else is known.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::UnknownClient => "client_id is missing or not registered",
            Self::RedirectUri => "redirect_uri is missing or not registered for the client",
            Self::RequestUri => {
                "the request_uri is unknown, used, expired, another client's or another browser's"
            }
            Self::InvalidRequest => "the request is not a valid one",
            Self::Answered => "the authorization was answered before, has expired, or never was",
            Self::StepTaken => "the form came when its step was done",
            Self::OtherBrowser => "the authorization belongs to another browser",
            Self::FormTooOld => "the form does not come from a page of this sign-in",
            Self::NotFound => "there is nothing at this path",
            Self::MethodNotAllowed => "the path does not serve this method",
            Self::WrongHost => "the Host header names no issuer of session.cookies",
            Self::Internal => "a fault of Signet; the lines of the log around this one say more",
            Self::Busy => "too many requests at once, or the database does not answer",
            Self::TooManyFailures => "too many failures from one address",
            Self::Unreadable(unreadable) => unreadable.description(),
        }
    }

    fn texts(self, texts: &'static Texts) -> &'static FaultTexts {
        let texts = &texts.error;
        match self {
            Self::UnknownClient => &texts.unknown_client,
            Self::RedirectUri => &texts.redirect_uri,
            Self::RequestUri => &texts.request_uri,
            Self::InvalidRequest => &texts.invalid_request,
            Self::Answered => &texts.answered,
            Self::StepTaken => &texts.step_taken,
            Self::OtherBrowser => &texts.other_browser,
            Self::FormTooOld => &texts.form_too_old,
            Self::NotFound => &texts.not_found,
            Self::MethodNotAllowed => &texts.method_not_allowed,
            Self::Unreadable(_) => &texts.unreadable,
            Self::WrongHost => &texts.wrong_host,
            Self::Internal => &texts.internal,
            Self::Busy => &texts.busy,
            Self::TooManyFailures => &texts.too_many_failures,
        }
    }
}

/// The page.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// What every page knows.
    pub page: PageContext,
    /// What went wrong.
    pub fault: Fault,
    /// Code of this refusal, ten characters; none where nothing was recorded.
    pub error_code: Option<String>,
    /// Who sent the person here, where that is proven.
    pub client: Option<ClientIdentity>,
    /// What was found, for whoever runs the app; replaces the general sentence of the fault.
    pub explanation: Option<String>,
    /// The parameter at fault: `redirect_uri`.
    pub parameter: Option<String>,
    /// Its value as it was received; never a secret.
    pub received: Option<String>,
    /// The configured issuers, for [`Fault::WrongHost`]: whole addresses.
    pub issuers: Vec<String>,
    /// The same page, where trying again can help: a path.
    pub retry_url: Option<String>,
}

impl ErrorPage {
    /// A page that says only what the fault itself says.
    #[must_use]
    pub fn new(page: PageContext, fault: Fault, error_code: Option<String>) -> Self {
        Self {
            page,
            fault,
            error_code,
            client: None,
            explanation: None,
            parameter: None,
            received: None,
            issuers: Vec::new(),
            retry_url: None,
        }
    }

    fn heading(&self) -> &'static str {
        self.fault.texts(self.page.texts).heading
    }

    fn client_name(&self) -> &str {
        self.client.as_ref().map_or(self.page.texts.an_app, |client| client.name.as_str())
    }

    fn happened(&self) -> String {
        (self.fault.texts(self.page.texts).happened)(self.client_name())
    }

    fn advice(&self) -> String {
        (self.fault.texts(self.page.texts).advice)(self.client_name())
    }

    fn operator_note(&self) -> &str {
        self.explanation.as_deref().unwrap_or(self.fault.texts(self.page.texts).operator)
    }

    fn operator_heading(&self) -> String {
        let texts = &self.page.texts.error;
        match (&self.client, self.fault.status()) {
            (Some(client), _) => (texts.operator)(&client.name),
            (None, 400) => texts.operator_of_app.to_owned(),
            (None, _) => texts.operator_of_service.to_owned(),
        }
    }

    fn speaks_to_operator(&self) -> bool {
        !self.operator_note().is_empty() || !self.facts().is_empty()
    }

    /// Label and value of what is known about the request.
    fn facts(&self) -> Vec<(&'static str, &str)> {
        let texts = &self.page.texts.error;
        [(texts.parameter, &self.parameter), (texts.received, &self.received)]
            .into_iter()
            .filter_map(|(label, value)| value.as_deref().map(|value| (label, value)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statuses_are_those_of_the_faults() {
        assert_eq!(Fault::RedirectUri.status(), 400);
        assert_eq!(Fault::FormTooOld.status(), 403);
        assert_eq!(Fault::NotFound.status(), 404);
        assert_eq!(Fault::MethodNotAllowed.status(), 405);
        assert_eq!(Fault::WrongHost.status(), 421);
        assert_eq!(Fault::Busy.status(), 503);
    }
}
