//! `evil.op.test`: a host of the provider's own site that sets cookies for all of it (RFC 6265bis §8.6). Whoever runs
//! it has an account at the provider and plants the cookies of a sign-in of their own.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};

use crate::support::{Browser, Site};

/// Who is signed in where the planted cookies come from.
pub const MALLORY: &str = "bob";

const PREFIX: &str = "__Host-";

/// For every host and page of the provider's site.
const EVERYWHERE: &str = "Domain=op.test; Path=/; Secure";

/// A form that signs out whoever sends it: cookies go along within a site, whatever SameSite says.
const FORGED: &str = "<!doctype html><form method=post action=https://op.test/logout>
    <input type=hidden name=csrf value=guessed><button id=go name=action value=sign-out>Win</button></form>";

/// The neighbour, with the cookies it plants.
pub struct Neighbour {
    /// Names without their prefix, and values.
    cookies: [(&'static str, String); 2],
}

impl Neighbour {
    /// Mallory signs in and reads what the provider set.
    pub async fn signed_in(site: &Site) -> Self {
        let mut browser = Browser::new(site);
        browser.sign_in_at_home(MALLORY).await;
        let value = |name: &str| browser.cookies[&format!("{PREFIX}{name}")].clone();
        Self {
            cookies: [
                ("signet_session", value("signet_session")),
                ("signet_browser", value("signet_browser")),
            ],
        }
    }

    /// The values it plants.
    pub fn values(&self) -> [&str; 2] {
        [&self.cookies[0].1, &self.cookies[1].1]
    }

    /// The page `/forge` posts a form to the provider, `/all` plants everything there is; `/one` plants one cookie of each name, without a prefix.
    pub fn answer(&self, path: &str) -> Response {
        let plain = |(name, value): &(&str, String)| format!("{name}={value}; {EVERYWHERE}");
        let (lines, scripts) = match path {
            "/all" => (self.lines(), self.scripts()),
            "/forge" => return Html(FORGED).into_response(),
            "/one" => (self.cookies.iter().map(plain).collect(), Vec::new()),
            _ => return StatusCode::NOT_FOUND.into_response(),
        };
        let scripts: String = scripts.iter().map(|cookie| format!("document.cookie = '{cookie}';")).collect();
        let page = format!(
            "<!doctype html><meta charset=utf-8><h1 id=planted>Planted</h1><script>{scripts}</script>"
        );
        let mut response = Html(page).into_response();
        for line in lines {
            response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&line).unwrap());
        }
        response
    }

    /// Under the names that Signet has and that it would have without a prefix, for several paths.
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, value) in &self.cookies {
            for path in ["/", "/flow", "/api/oidc/authorization"] {
                for prefix in [PREFIX, "__host-", ""] {
                    lines.push(format!(
                        "{prefix}{name}={value}; Domain=op.test; Path={path}; Secure; HttpOnly"
                    ));
                }
            }
            // Without a name, and with a value that looks like a cookie with one.
            lines.push(format!("={PREFIX}{name}={value}; {EVERYWHERE}"));
        }
        lines
    }

    /// What no header can say: bytes that are not ASCII, and white space that some servers take off a name.
    fn scripts(&self) -> Vec<String> {
        let mut scripts = vec![format!("mood=größer; {EVERYWHERE}")];
        for (name, value) in &self.cookies {
            for space in ["\u{2000}", "\u{85}", "\u{a0}", "\u{3000}"] {
                scripts.push(format!("{space}{PREFIX}{name}={value}; {EVERYWHERE}"));
            }
        }
        scripts
    }
}
