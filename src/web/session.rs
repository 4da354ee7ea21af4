//! The browser that asks, and who is signed in there. Sessions are tower-sessions' over the database.

use axum::Extension;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tower_sessions::Session;
use tower_sessions::session::{Id, Record};

use super::cookies;
use super::csrf::Binding;
use super::sessions::RotatingStore;
use super::state::Incoming;
use crate::clock::{NumericDate, Seconds};
use crate::model::authentication::{Authentication, IN_SESSION};
use crate::model::event::EventKind;
use crate::observe;
use crate::provider::authorization::Visitor;
use crate::secrets::mac::sha256_base64url;
use crate::secrets::random::random_token;

/// Where the sign-in lies in a session.
pub const AUTHENTICATION: &str = IN_SESSION;

/// Where the life lies in a session; the store makes columns of it and judges them.
pub const LIFE: &str = "life";

/// Where the issuer lies in a session; at another issuer the session is unknown.
const ISSUER: &str = "issuer";

/// How long the browser cookie lives, in seconds: a year, so that a browser stays known.
const BROWSER_LIFE: Seconds = 365 * 24 * 3600;

/// How long a session lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// When it ends in any case.
    pub expires_at: NumericDate,
    /// How long it lasts without use, in seconds; `None` while the person is remembered.
    pub idle_seconds: Option<Seconds>,
}

/// The store did not answer.
#[derive(Debug)]
pub struct SessionUnavailable(String);

impl From<tower_sessions::session::Error> for SessionUnavailable {
    fn from(error: tower_sessions::session::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<tower_sessions::session_store::Error> for SessionUnavailable {
    fn from(error: tower_sessions::session_store::Error) -> Self {
        Self(error.to_string())
    }
}

impl std::fmt::Display for SessionUnavailable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where the name of a browser comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    /// From its cookie.
    Told,
    /// It has none yet, and the answer gives it this one.
    Given,
    /// A form came without it. The pages that forms of ours stand on have named their browser, so the form is another
    /// site's: the browser has cookies that it kept to itself, and the answer must not replace them.
    Withheld,
}

/// One request of a browser.
pub struct Visit {
    browser: String,
    browser_hash: String,
    naming: Naming,
    session: Session,
    authentication: Option<Authentication>,
    cookies: Vec<HeaderValue>,
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let Extension(incoming): Extension<Incoming> =
            Extension::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        Self::of(&incoming, &parts.headers).await.map_err(|error| incoming.unavailable(error))
    }
}

impl Visit {
    /// Reads both cookies. A browser without one gets one, unless it sends a form: then nobody is there.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn of(incoming: &Incoming, headers: &HeaderMap) -> Result<Self, SessionUnavailable> {
        let names = incoming.settings();
        let browser = names
            .and_then(|names| cookies::read(headers, &names.browser_cookie_name))
            .filter(|value| (22..=128).contains(&value.len()));
        let naming = match &browser {
            Some(_) => Naming::Told,
            None if incoming.method == Method::POST => Naming::Withheld,
            None => Naming::Given,
        };
        let browser = browser.unwrap_or_else(|| random_token(32));
        let id: Option<Id> = names
            .filter(|_| naming != Naming::Withheld)
            .and_then(|names| cookies::read(headers, &names.cookie_name))
            .and_then(|value| value.parse().ok());
        let mut session = Session::new(id, incoming.sessions.clone(), None);
        let mut authentication = None;
        if id.is_some() {
            let issuer: Option<String> = read(&session, ISSUER).await?;
            if issuer.as_deref() == Some(incoming.issuer().as_str()) {
                authentication = read(&session, AUTHENTICATION).await?;
            } else {
                // Unknown, or another issuer's: what happens here must not touch it.
                session = Session::new(None, incoming.sessions.clone(), None);
            }
        }
        Ok(Self {
            browser_hash: sha256_base64url(browser.as_bytes()),
            browser,
            naming,
            session,
            authentication,
            cookies: Vec::new(),
        })
    }

    /// The browser and the person, for decisions.
    pub fn visitor(&self) -> Visitor<'_> {
        let browser = Some(self.browser_hash.as_str()).filter(|_| !self.is_withheld());
        Visitor { browser, authentication: self.authentication.as_ref() }
    }

    /// Whether a form came without the browser's cookies, as from another site.
    pub fn is_withheld(&self) -> bool {
        self.naming == Naming::Withheld
    }

    /// The browser cookie as a hash.
    pub fn browser_hash(&self) -> &str {
        &self.browser_hash
    }

    /// Who is signed in.
    pub fn authentication(&self) -> Option<&Authentication> {
        self.authentication.as_ref()
    }

    /// What the token of a form is bound to: it outlives a sign-in made in another tab.
    pub(super) fn binding<'a>(&'a self, form: &'a str) -> Binding<'a> {
        Binding { browser: &self.browser, form, session: "" }
    }

    /// What the token of one person's form is bound to: the present sign-in too.
    pub(super) fn personal_binding<'a>(&'a self, form: &'a str) -> Binding<'a> {
        let session = self.authentication.as_ref().map_or("", |authentication| &authentication.session);
        Binding { browser: &self.browser, form, session }
    }

    /// Signs a person in, or (`remember` is `None`) raises the level of the one who is: the session's id is a new one.
    /// `false` when the present session ended meanwhile: nothing is stored, and nobody is signed in here.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn sign_in(
        &mut self,
        incoming: &Incoming,
        authentication: Authentication,
        remember: Option<bool>,
    ) -> Result<bool, SessionUnavailable> {
        let Some(settings) = incoming.settings() else { return Ok(false) };
        let now = incoming.context.now;
        let life = match remember {
            Some(true) if let Some(seconds) = settings.remember_me => {
                Life { expires_at: now + seconds, idle_seconds: None }
            }
            Some(_) => {
                Life { expires_at: now + settings.expiration, idle_seconds: Some(settings.inactivity) }
            }
            None => match read(&self.session, LIFE).await? {
                Some(present) => present,
                None => return Ok(false),
            },
        };
        let mut record = record(incoming, &authentication, life)?;
        let kind =
            if self.session.id().is_some() { EventKind::SessionRotated } else { EventKind::SessionCreated };
        let mut event = incoming.context.event(kind);
        event.username = Some(authentication.username.clone());
        event.detail = Some(format!("level {}", authentication.level().acr()));
        let events = std::slice::from_ref(&event);
        let stored = match self.session.id() {
            Some(former) => incoming.sessions.replace(&former, &record, events).await?,
            None => {
                incoming.sessions.begin(&mut record, events).await?;
                true
            }
        };
        if !stored {
            self.forget(incoming);
            return Ok(false);
        }
        observe::event(&event);
        self.session = Session::new(Some(record.id), incoming.sessions.clone(), None);
        let remembered = life.idle_seconds.is_none().then(|| life.expires_at - now);
        self.cookies.extend(cookies::set(
            &settings.cookie_name,
            &record.id.to_string(),
            settings.issuer.is_https(),
            remembered,
        ));
        self.authentication = Some(authentication);
        Ok(true)
    }

    /// Takes the session from the browser; the provider has ended it in the store.
    pub fn sign_out(&mut self, incoming: &Incoming) {
        if let Some(settings) = incoming.settings() {
            let https = settings.issuer.is_https();
            self.cookies.extend(cookies::set(&settings.cookie_name, "", https, Some(0)));
        }
        self.forget(incoming);
    }

    /// Goes on as somebody who has no session.
    pub fn forget(&mut self, incoming: &Incoming) {
        self.session = Session::new(None, incoming.sessions.clone(), None);
        self.authentication = None;
    }

    /// Sends an answer with the cookies that changed.
    pub fn answer(self, incoming: &Incoming, mut response: Response) -> Response {
        let headers = response.headers_mut();
        if self.naming == Naming::Given
            && let Some(settings) = incoming.settings()
        {
            let https = settings.issuer.is_https();
            let cookie =
                cookies::set(&settings.browser_cookie_name, &self.browser, https, Some(BROWSER_LIFE));
            headers.extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
        }
        for cookie in self.cookies {
            headers.append(header::SET_COOKIE, cookie);
        }
        response
    }
}

/// What lies in a session. What cannot be read is not there: its owner signs in again.
async fn read<T: DeserializeOwned>(session: &Session, name: &str) -> Result<Option<T>, SessionUnavailable> {
    match session.get(name).await {
        Ok(found) => Ok(found),
        Err(tower_sessions::session::Error::SerdeJson(error)) => {
            tracing::warn!(name, %error, "a part of a session cannot be read; whoever had it must sign in again");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// A session with a new id.
fn record(
    incoming: &Incoming,
    authentication: &Authentication,
    life: Life,
) -> Result<Record, SessionUnavailable> {
    let data = [
        (AUTHENTICATION, serde_json::to_value(authentication)),
        (LIFE, serde_json::to_value(life)),
        (ISSUER, Ok(incoming.issuer().as_str().into())),
    ];
    let unwritable = |error: serde_json::Error| SessionUnavailable(error.to_string());
    let data = data.into_iter().map(|(name, value)| Ok((name.to_owned(), value.map_err(unwritable)?)));
    Ok(Record {
        id: Id::default(),
        data: data.collect::<Result<_, SessionUnavailable>>()?,
        expiry_date: OffsetDateTime::from_unix_timestamp(life.expires_at)
            .map_err(|error| SessionUnavailable(error.to_string()))?,
    })
}
