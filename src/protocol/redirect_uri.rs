//! `redirect_uri`: what may be registered, and what matches it.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

/// The redirect URI of programs that show the code for the person to copy (`urn:ietf:wg:oauth:2.0:oob`).
pub const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

/// Schemes a browser runs or opens with rights of its own.
const REFUSED_SCHEMES: [&str; 6] = ["javascript", "data", "vbscript", "file", "blob", "about"];

/// The loopback literals whose port is not fixed (RFC 8252 §7.3); `localhost` is none (§8.3).
const LOOPBACK: [&str; 2] = ["127.0.0.1", "[::1]"];

/// A registered redirect URI, kept as it was written.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri {
    text: String,
    host: Option<String>,
    origin: Option<String>,
}

/// Why a text cannot be registered as a redirect URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriProblem {
    /// Nothing there.
    #[error(
        "the redirect URI is empty; write the whole URI, as https://app.example.com/callback, or take the entry out"
    )]
    Empty,
    /// Relative, or no URI at all (RFC 6749 §3.1.2).
    #[error("the redirect URI has no scheme; write the whole URI, as https://app.example.com/callback")]
    NoScheme,
    /// A scheme a browser executes or treats as its own.
    #[error(
        "the redirect URI has the scheme {0}, which would run in the browser or read the disk; use https, or the private scheme of an app"
    )]
    Scheme(&'static str),
    /// White space, a control character, or a byte that is not ASCII (RFC 3986 §2).
    #[error(
        "the redirect URI holds white space, a control character or a character that is not ASCII; write each URI as an item of its own, percent-encode what belongs to it, and write a host in its xn-- form"
    )]
    Character,
    /// A backslash, which browsers read as a slash.
    #[error(
        "the redirect URI holds a backslash, which browsers read as a slash; write a slash, or %5C when it is meant"
    )]
    Backslash,
    /// A fragment (RFC 6749 §3.1.2).
    #[error(
        "the redirect URI has a fragment, which the answer would need; take away the # and what follows it"
    )]
    Fragment,
    /// A user or password before the host.
    #[error("the redirect URI has a user or password before its host; take away everything up to the @")]
    Userinfo,
    /// A wildcard in the host (RFC 9700 §2.1: URIs are compared as they are).
    #[error(
        "the redirect URI has a * in its host, but redirect URIs are compared exactly; register each one"
    )]
    Wildcard,
    /// `http` or `https` without a host.
    #[error(
        "the redirect URI has no host after http:// or https://; write the whole URI, as https://app.example.com/callback"
    )]
    NoHost,
    /// What the URI parser said.
    #[error("the redirect URI is not a valid URI: {0}")]
    Invalid(url::ParseError),
}

impl RedirectUri {
    /// Judges a text that shall be registered (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1).
    ///
    /// # Errors
    /// The first problem found, with its mend.
    pub fn new(text: &str) -> Result<Self, RedirectUriProblem> {
        if text.is_empty() {
            return Err(RedirectUriProblem::Empty);
        }
        let (scheme, rest) = split_scheme(text).ok_or(RedirectUriProblem::NoScheme)?;
        let scheme = scheme.to_ascii_lowercase();
        if let Some(refused) = REFUSED_SCHEMES.iter().find(|refused| **refused == scheme) {
            return Err(RedirectUriProblem::Scheme(refused));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(RedirectUriProblem::Character);
        }
        if text.contains('\\') {
            return Err(RedirectUriProblem::Backslash);
        }
        if text.contains('#') {
            return Err(RedirectUriProblem::Fragment);
        }
        let authority = rest.strip_prefix("//").map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
        if let Some(authority) = authority {
            if authority.contains('@') {
                return Err(RedirectUriProblem::Userinfo);
            }
            if authority.contains('*') {
                return Err(RedirectUriProblem::Wildcard);
            }
        }
        let web = matches!(scheme.as_str(), "http" | "https");
        if web && authority.is_none_or(|authority| authority.is_empty() || authority.starts_with(':')) {
            return Err(RedirectUriProblem::NoHost);
        }
        let url = Url::parse(text).map_err(RedirectUriProblem::Invalid)?;
        let host = url.host_str().filter(|_| web).map(str::to_owned);
        let origin = web.then(|| url.origin().ascii_serialization());
        Ok(Self { text: text.to_owned(), host, origin })
    }

    /// The URI as it was registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether `requested` is this URI: byte for byte (RFC 9700 §2.1), but for a public client with an `http` URI on
    /// 127.0.0.1 or [::1] the port may be any, or none (RFC 8252 §7.3).
    #[must_use]
    pub fn matches(&self, requested: &str, public_client: bool) -> bool {
        if self.text == requested {
            return true;
        }
        match (split_loopback(&self.text), split_loopback(requested)) {
            (Some(registered), Some(requested)) => public_client && registered == requested,
            _ => false,
        }
    }

    /// Whether it is an `http` URI on 127.0.0.1 or [::1], whose port [does not count](Self::matches) for public clients.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        split_loopback(&self.text).is_some()
    }

    /// Whether it is `urn:ietf:wg:oauth:2.0:oob`, which only a public client may register.
    #[must_use]
    pub fn is_out_of_band(&self) -> bool {
        self.text == OUT_OF_BAND
    }

    /// The origin of an `http` or `https` URI as a browser sends it (RFC 6454 §6.2); `None` for other schemes.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        self.origin.clone()
    }

    /// The host of an `http` or `https` URI, for showing it; `None` for other schemes.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedirectUri({})", self.text)
    }
}

impl TryFrom<String> for RedirectUri {
    type Error = RedirectUriProblem;

    fn try_from(text: String) -> Result<Self, RedirectUriProblem> {
        Self::new(&text)
    }
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> Self {
        uri.text
    }
}

/// scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ), then ":" (RFC 3986 §3.1).
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    (scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && scheme.bytes().all(allowed))
        .then_some((scheme, rest))
}

/// The host literal, and path and query, of an `http` URI on a loopback literal; the port between them is dropped.
/// Works on the text itself: a parser would make other spellings equal to these.
fn split_loopback(uri: &str) -> Option<(&'static str, &str)> {
    let authority = uri.strip_prefix("http://")?;
    let (host, rest) = LOOPBACK.iter().find_map(|host| Some((*host, authority.strip_prefix(host)?)))?;
    let path = match rest.strip_prefix(':') {
        None => rest,
        Some(after) => {
            let path = after.trim_start_matches(|digit: char| digit.is_ascii_digit());
            let port = after.strip_suffix(path)?;
            if port.starts_with('0') || port.len() > 5 || port.parse::<u16>().is_err() {
                return None;
            }
            path
        }
    };
    (path.is_empty() || path.starts_with(['/', '?'])).then_some((host, path))
}

#[cfg(test)]
mod tests;
