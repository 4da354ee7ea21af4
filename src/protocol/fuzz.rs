//! What a fuzzer feeds to the words of the standards: each function takes any bytes and asserts what must hold of them.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;
use url::{Url, form_urlencoded};

use super::parameters::{MAX_BYTES, MAX_FIELDS, Parameters};
use serde_json::{Map, Value};

use super::{
    ClaimsRequest, CodeChallenge, Credentials, Prompt, RedirectUri, ResponseMode, ResponseType, Scope,
    request_object, resource,
};

/// The query of an authorization request: read, written and read again it is the same, a name that stands twice is
/// told, and each value is read or refused.
pub fn f1_authorization_query(data: &[u8]) {
    let Ok(parameters) = Parameters::parse(data) else { return };
    let pairs: Vec<(&str, &str)> = parameters.pairs().collect();
    assert!(pairs.len() <= MAX_FIELDS);
    let written = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
    if written.len() <= MAX_BYTES {
        assert_eq!(Parameters::parse(written.as_bytes()).as_ref(), Ok(&parameters), "{written}");
    }
    let single: Vec<&str> = pairs
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !matches!(*name, "resource" | "audience"))
        .collect();
    let distinct: HashSet<&&str> = single.iter().collect();
    assert_eq!(parameters.repeated().is_some(), distinct.len() < single.len());
    for (_, value) in &pairs {
        let _ = (ResponseType::parse(value), ResponseMode::parse(value), Prompt::parse(value));
        if let Ok(scope) = Scope::parse(value) {
            assert_eq!(Scope::parse(&scope.to_string()).as_ref(), Ok(&scope));
        }
        if let Ok(challenge) = CodeChallenge::new(value, Some("S256")) {
            assert!(!challenge.verify(""), "no verifier proves nothing");
        }
    }
}

/// A form: read as the URL standard reads it, unless it is refused.
pub fn f2_form(data: &[u8]) {
    let Ok(parameters) = Parameters::parse(data) else { return };
    let ours: Vec<(&str, &str)> = parameters.pairs().collect();
    let theirs: Vec<(String, String)> = form_urlencoded::parse(data).into_owned().collect();
    let theirs: Vec<(&str, &str)> =
        theirs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(ours, theirs);
}

/// A registered redirect URI on the first line, a requested one on the second: they match when they are the same
/// bytes, or, for a public client, the same loopback URI but for the port.
pub fn f3_redirect_uri(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some((registered, requested)) = text.split_once('\n') else { return };
    let Ok(uri) = RedirectUri::new(registered) else { return };
    assert!(uri.matches(registered, false) && uri.matches(registered, true));
    assert_eq!(uri.matches(requested, false), registered == requested);
    if registered != requested && uri.matches(requested, true) {
        let without_port = |text: &str| -> Option<(String, String)> {
            let rest = text.strip_prefix("http://")?;
            let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
            let (host, port) = match authority.strip_prefix("[::1]") {
                Some(port) => ("[::1]", port),
                None => ("127.0.0.1", authority.strip_prefix("127.0.0.1")?),
            };
            let digits = port.strip_prefix(':').unwrap_or("1");
            digits.parse::<u16>().ok()?;
            Some((host.to_owned(), path.to_owned()))
        };
        assert!(without_port(registered).is_some(), "{registered}");
        assert_eq!(without_port(registered), without_port(requested), "{requested}");
        let host = |text: &str| Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_owned));
        assert_eq!(host(registered), host(requested), "{requested}");
    }
}

/// Members of a request object that are no parameters: about the object itself (RFC 7519 §4.1), or another request.
const NO_PARAMETERS: [&str; 9] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "request", "request_uri"];

/// The members of a request object: every parameter comes from inside, none of them is another request, and nothing that
/// was asked for is lost.
pub fn f6_request_object(data: &[u8]) {
    let Ok(members) = serde_json::from_slice::<Map<String, Value>>(data) else { return };
    let Ok(parameters) = request_object::parameters(&members) else { return };
    for (name, value) in parameters.pairs() {
        let within = match members.get(name) {
            Some(Value::String(text)) => text == value,
            Some(Value::Array(items)) if Parameters::may_repeat(name) => {
                items.iter().any(|item| item == value)
            }
            // As JSON: a number beyond 64 bits is not the same once it is read again.
            Some(member) => {
                let written = member.to_string();
                written == value
            }
            None => false,
        };
        assert!(within, "{name}={value} does not stand inside");
        assert!(!NO_PARAMETERS.contains(&name), "{name} is no parameter");
        assert!(!value.contains('\0'));
    }
    assert_eq!(parameters.repeated(), None);
    for (name, member) in members.iter().filter(|(name, _)| !NO_PARAMETERS.contains(&name.as_str())) {
        let count = match member {
            Value::Null => 0,
            Value::Array(items) if Parameters::may_repeat(name) => items.len(),
            _ => 1,
        };
        assert_eq!(parameters.pairs().filter(|(read, _)| read == name).count(), count, "{name} is lost");
    }
}

/// `claims`: what is read is written and read again, and whatever is kept of it was asked for.
pub fn f12_claims(data: &[u8]) {
    let Ok(members) = serde_json::from_slice::<Map<String, Value>>(data) else { return };
    let Ok(claims) = ClaimsRequest::of_members(members) else { return };
    let written = serde_json::to_value(&claims).unwrap_or_default();
    assert_eq!(serde_json::from_value::<ClaimsRequest>(written).ok().as_ref(), Some(&claims));
    let essential = claims.names();
    let kept = claims.only(|name| essential.get(name) == Some(&true));
    assert!(kept.names().iter().all(|(name, essential)| *essential && claims.names().contains_key(name)));
    assert!(claims.names_subject() || claims.accepts_subject("anybody"));
}

/// `resource`, on the second line, below a registered one, on the first: then it is the same, or of the same origin and
/// within its path.
pub fn f12_resource(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some((registered, requested)) = text.split_once('\n') else { return };
    assert!(resource::is_within(registered, registered));
    if registered == requested || !resource::is_within(registered, requested) {
        return;
    }
    let [base, asked] = [registered, requested].map(Url::parse);
    assert!(base.is_ok() && asked.is_ok(), "{requested} is no URL");
    let (Ok(base), Ok(asked)) = (base, asked) else { return };
    // Origins of schemes that browsers do not know differ from themselves.
    let place =
        |url: &Url| (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port_or_known_default());
    assert_eq!(place(&base), place(&asked), "{requested}");
    assert!(asked.path().starts_with(base.path().trim_end_matches('/')), "{requested}");
    assert!(
        asked.query().is_none() && asked.fragment().is_none() && asked.username().is_empty(),
        "{requested}"
    );
}

/// The `Authorization` header: what is read is what was meant.
pub fn f11_authorization_header(data: &[u8]) {
    let Ok(header) = std::str::from_utf8(data) else { return };
    match Credentials::parse(header) {
        Ok(Credentials::Basic { user, secret }) => {
            let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let again = format!("{}:{}", encode(&user), encode(secret.expose_secret()));
            let again = Credentials::parse(&format!("Basic {}", STANDARD.encode(again)));
            let Ok(Credentials::Basic { user: user_again, secret: secret_again }) = again else {
                unreadable(header);
                return;
            };
            assert_eq!(user, user_again);
            assert_eq!(secret.expose_secret(), secret_again.expose_secret());
        }
        Ok(Credentials::Bearer(token)) => {
            assert!(token.expose_secret().bytes().all(|byte| byte.is_ascii_graphic()));
            assert!(header.ends_with(token.expose_secret()));
        }
        Err(_) => {}
    }
}

/// Credentials that were read and written anew could not be read.
fn unreadable(header: &str) {
    assert!(header.is_empty(), "{header:?} is read once and not again");
}

#[cfg(test)]
#[path = "../../fuzz/corpus.rs"]
#[allow(clippy::duplicate_mod, reason = "a room must not use another's tests")]
mod corpus;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f1_no_authorization_query_is_misread() {
        corpus::run("f1_authorization_query", f1_authorization_query);
    }

    #[test]
    fn f2_no_form_is_read_otherwise_than_by_the_url_standard() {
        corpus::run("f2_form", f2_form);
    }

    #[test]
    fn f3_no_redirect_uri_matches_another() {
        corpus::run("f3_redirect_uri", f3_redirect_uri);
    }

    #[test]
    fn f6_no_parameter_comes_from_elsewhere_than_from_inside() {
        corpus::run("f6_request_object", f6_request_object);
    }

    #[test]
    fn f12_no_claims_are_misread() {
        corpus::run("f12_claims", f12_claims);
    }

    #[test]
    fn f12_no_resource_lies_below_another_place() {
        corpus::run("f12_resource", f12_resource);
    }

    #[test]
    fn f11_no_authorization_header_is_misread() {
        corpus::run("f11_authorization_header", f11_authorization_header);
    }
}
