//! A running issuer, as its discovery document describes it.

use serde_json::{Map, Value};
use url::Url;

use super::{TokenError, words};
use crate::cli::table::plain;
use crate::jose::PublicKeySet;
use crate::outbound::{Errand, Reply};

/// An issuer whose discovery document names it.
pub(super) struct Issuer {
    name: String,
    metadata: Map<String, Value>,
}

/// The value of `--issuer`: OpenID Connect Discovery 1.0 §3 has neither query nor fragment.
pub(super) fn url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{error}: it looks like https://auth.example.com"))?;
    if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
        return Err("an issuer begins with https:// and a host".to_owned());
    }
    if url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Err("an issuer has no query, no fragment and no user".to_owned());
    }
    Ok(url)
}

impl Issuer {
    /// Reads the discovery document (OpenID Connect Discovery 1.0 §4) and holds its name against the one that was given,
    /// a slash at the end of that one aside.
    pub(super) async fn discover(errand: &Errand, url: &Url) -> Result<Self, TokenError> {
        let name = url.as_str().trim_end_matches('/').to_owned();
        let document = format!("{name}/.well-known/openid-configuration");
        let metadata = object(&document, &errand.get(&address(&document)?).await?)?;
        match metadata.get("issuer").and_then(Value::as_str) {
            Some(told) if told.trim_end_matches('/') == name => Ok(Self { name: told.to_owned(), metadata }),
            told => Err(words(format!(
                "{document} is of the issuer {}: give that one to --issuer, if it is the one you trust",
                told.map_or("without a name".to_owned(), plain)
            ))),
        }
    }

    /// Its name, letter by letter as in tokens.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// An address of the document.
    pub(super) fn endpoint(&self, member: &str) -> Result<Url, TokenError> {
        let text = self.metadata.get(member).and_then(Value::as_str);
        address(
            text.ok_or_else(|| words(format!("the discovery document of {} has no {member}", self.name)))?,
        )
    }

    /// The keys it signs with.
    pub(super) async fn keys(&self, errand: &Errand) -> Result<PublicKeySet, TokenError> {
        let url = self.endpoint("jwks_uri")?;
        let reply = errand.get(&url).await?;
        if reply.status != 200 {
            return Err(words(format!("{url} answered {} instead of its keys", reply.status)));
        }
        PublicKeySet::from_json(&reply.body).map_err(|problem| words(format!("{url}: {problem}")))
    }
}

fn address(text: &str) -> Result<Url, TokenError> {
    Url::parse(text).map_err(|error| words(format!("{}: {error}", plain(text))))
}

fn object(url: &str, reply: &Reply) -> Result<Map<String, Value>, TokenError> {
    if reply.status != 200 {
        return Err(words(format!(
            "{url} answered {}: is this the issuer, and not the address of an application or of a login page?",
            reply.status
        )));
    }
    serde_json::from_slice(&reply.body)
        .map_err(|_| words(format!("{url} is no JSON object: this is no issuer")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_a_url_with_a_host_and_nothing_after_its_path() {
        for good in ["https://id.example.com", "http://127.0.0.1:9091/auth", "https://id.example.com/"] {
            assert!(url(good).is_ok(), "{good}");
        }
        for wrong in [
            "id.example.com",
            "ftp://id.example.com",
            "https://a:b@id.example.com",
            "https://id.example.com?x",
            "https://id.example.com#x",
            "file:///x",
        ] {
            assert!(url(wrong).is_err(), "{wrong}");
        }
    }
}
