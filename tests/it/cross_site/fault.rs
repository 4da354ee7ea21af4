//! What the proxy spoils in Signet's answers.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// A fault, as one would see it had it been built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The cookies stay away from what another site began.
    SameSiteStrict,
    /// The cookies come along in frames of other sites.
    SameSiteNone,
    /// The cookies have no prefix: a sibling host can set them too.
    NoHostPrefix,
    /// The pages of a pending authorization post to the provider only.
    FormActionSelf,
    /// They post to the provider and the client, as one may think of as enough.
    FormActionClient,
    /// Pages tell nobody where a form comes from, the provider included.
    NoReferrer,
    /// Pages tell everybody where people come from.
    UnsafeReferrer,
    /// Pages tell the provider alone where a form comes from.
    OriginKept,
    /// Whoever comes without a cookie gets one, a form of another site too.
    NewName,
    /// Forms have no token.
    NoCsrfToken,
    /// Pages cut themselves off from the window that opened them.
    OpenerPolicy,
    /// Pages let themselves be framed.
    Framed,
    /// Pages run no script.
    NoScripts,
    /// Where a form comes from is lost on its way.
    NoOrigin,
}

const PREFIX: &str = "__Host-";
const COOKIES: [&str; 2] = ["signet_session", "signet_browser"];

impl Fault {
    /// Changes what the browser sends on its way to Signet.
    pub fn request(self, headers: &mut HeaderMap) {
        if self == Self::NoOrigin {
            headers.remove(header::ORIGIN);
            headers.remove("sec-fetch-site");
        }
        if self != Self::NoHostPrefix {
            return;
        }
        let lines: Vec<_> = headers.get_all(header::COOKIE).iter().cloned().collect();
        headers.remove(header::COOKIE);
        for line in lines {
            let pairs = line.as_bytes().split(|byte| *byte == b';');
            let renamed: Vec<Vec<u8>> = pairs
                .map(|pair| {
                    let pair = pair.trim_ascii();
                    let bare = COOKIES
                        .iter()
                        .any(|name| pair.starts_with(name.as_bytes()) && pair[name.len()] == b'=');
                    if bare { [PREFIX.as_bytes(), pair].concat() } else { pair.to_vec() }
                })
                .collect();
            headers.append(header::COOKIE, HeaderValue::from_bytes(&renamed.join(&b"; "[..])).unwrap());
        }
    }

    /// Changes the head of an answer.
    pub fn answer(self, path: &str, headers: &mut HeaderMap) {
        match self {
            Self::SameSiteStrict => cookies(headers, "SameSite=Lax", "SameSite=Strict"),
            Self::SameSiteNone => cookies(headers, "SameSite=Lax", "SameSite=None"),
            Self::NoHostPrefix => cookies(headers, PREFIX, ""),
            Self::FormActionSelf if path.starts_with("/flow/") => policy(headers, "; form-action 'self'"),
            Self::FormActionClient if path.starts_with("/flow/") => {
                policy(headers, "; form-action 'self' https://rp.example");
            }
            Self::NoReferrer => {
                headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
            }
            Self::OriginKept => {
                headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
            }
            Self::NewName if path == "/logout" => {
                let line =
                    "__Host-signet_browser=a-name-that-nobody-has; HttpOnly; SameSite=Lax; Secure; Path=/";
                headers.append(header::SET_COOKIE, HeaderValue::from_static(line));
            }
            Self::UnsafeReferrer => {
                headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("unsafe-url"));
            }
            Self::NoScripts => cut_policy(headers, "script-src 'self'; "),
            Self::OpenerPolicy => {
                let name = HeaderName::from_static("cross-origin-opener-policy");
                headers.insert(name, HeaderValue::from_static("same-origin"));
            }
            Self::Framed => {
                headers.remove(header::X_FRAME_OPTIONS);
                headers.remove(header::CONTENT_SECURITY_POLICY);
            }
            Self::FormActionSelf
            | Self::FormActionClient
            | Self::NoCsrfToken
            | Self::NoOrigin
            | Self::NewName => {}
        }
    }

    /// Changes a page.
    pub fn page(self, page: &str) -> String {
        if self != Self::NoCsrfToken {
            return page.to_owned();
        }
        let field = "<input type=\"hidden\" name=\"csrf\"";
        let mut parts = page.split(field);
        let before = parts.next().unwrap_or_default().to_owned();
        parts.fold(before, |page, after| page + after.split_once('>').map_or("", |(_, rest)| rest))
    }
}

fn cookies(headers: &mut HeaderMap, from: &str, to: &str) {
    let lines: Vec<_> = headers.get_all(header::SET_COOKIE).iter().cloned().collect();
    headers.remove(header::SET_COOKIE);
    for line in lines {
        let changed = line.to_str().unwrap().replace(from, to);
        headers.append(header::SET_COOKIE, HeaderValue::from_str(&changed).unwrap());
    }
}

/// Adds to the content security policy of an answer.
fn policy(headers: &mut HeaderMap, more: &str) {
    change_policy(headers, |policy| format!("{policy}{more}"));
}

/// Takes something out of the content security policy of an answer.
fn cut_policy(headers: &mut HeaderMap, part: &str) {
    change_policy(headers, |policy| policy.replace(part, ""));
}

fn change_policy(headers: &mut HeaderMap, change: impl FnOnce(&str) -> String) {
    if let Some(policy) = headers.get(header::CONTENT_SECURITY_POLICY) {
        let changed = change(policy.to_str().unwrap());
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_str(&changed).unwrap());
    }
}
