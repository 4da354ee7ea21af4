//! The issuer: a value that is handed down, never computed from a request.

use std::fmt;
use std::sync::Arc;

use url::Url;

/// An issuer identifier (OpenID Connect Discovery 1.0 §3): scheme, host, port and base path, without a
/// trailing slash. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Issuer(Arc<Parts>);

#[derive(PartialEq, Eq, Hash)]
struct Parts {
    text: String,
    origin: String,
    authority: String,
    base_path: String,
    https: bool,
}

/// Why a text is no issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerProblem {
    /// It does not parse as an absolute URL with a host.
    #[error("it is not an absolute URL with a host")]
    NotAbsolute,
    /// A scheme that is neither https nor http.
    #[error("its scheme must be https")]
    Scheme,
    /// Plain http on a host other than 127.0.0.1, [::1] or localhost.
    #[error("http is allowed only on 127.0.0.1, [::1] and localhost; use https")]
    PlainHttp,
    /// A query, a fragment or user information.
    #[error("it must not have a query, a fragment or user information")]
    Extra,
}

impl Issuer {
    /// Reads an issuer; trailing slashes are dropped.
    ///
    /// # Errors
    /// When the text is no URL that an issuer may have.
    pub fn parse(text: &str) -> Result<Self, IssuerProblem> {
        let url = Url::parse(text).map_err(|_| IssuerProblem::NotAbsolute)?;
        let host = url.host_str().ok_or(IssuerProblem::NotAbsolute)?;
        let https = match url.scheme() {
            "https" => true,
            "http" if matches!(host, "127.0.0.1" | "[::1]" | "localhost") => false,
            "http" => return Err(IssuerProblem::PlainHttp),
            _ => return Err(IssuerProblem::Scheme),
        };
        if url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some()
        {
            return Err(IssuerProblem::Extra);
        }
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let origin = format!("{}://{authority}", url.scheme());
        let base_path = url.path().trim_end_matches('/').to_owned();
        Ok(Self(Arc::new(Parts {
            text: format!("{origin}{base_path}"),
            origin,
            authority,
            base_path,
            https,
        })))
    }

    /// The identifier, as it stands in `iss`.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Scheme, host and port, as a browser sends it in `Origin`.
    pub fn origin(&self) -> &str {
        &self.0.origin
    }

    /// Host and port, as a browser sends it in `Host` (a default port is left out).
    pub fn authority(&self) -> &str {
        &self.0.authority
    }

    /// The path all of this issuer's paths begin with: empty, or `/name`.
    pub fn base_path(&self) -> &str {
        &self.0.base_path
    }

    /// Whether browsers reach it by https.
    pub fn is_https(&self) -> bool {
        self.0.https
    }

    /// The absolute URL of a path that begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0.text)
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Issuer({})", self.0.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trailing_slash_and_a_default_port_are_dropped() {
        let issuer = Issuer::parse("https://auth.example.com:443/sso/").unwrap();
        assert_eq!(issuer.as_str(), "https://auth.example.com/sso");
        assert_eq!(issuer.base_path(), "/sso");
        assert_eq!(issuer.authority(), "auth.example.com");
        assert_eq!(issuer.url("/jwks.json"), "https://auth.example.com/sso/jwks.json");
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        assert!(Issuer::parse("http://127.0.0.1:9091").is_ok());
        assert!(Issuer::parse("http://[::1]:9091").is_ok());
        assert_eq!(Issuer::parse("http://127.0.0.1.evil.test"), Err(IssuerProblem::PlainHttp));
        assert_eq!(Issuer::parse("ftp://auth.example.com"), Err(IssuerProblem::Scheme));
        assert_eq!(Issuer::parse("https://auth.example.com/?a=1"), Err(IssuerProblem::Extra));
        assert_eq!(Issuer::parse("auth.example.com"), Err(IssuerProblem::NotAbsolute));
    }
}
