//! A person with a browser: signs in, allows, and comes back with a code.

use url::Url;

use crate::Outcome;
use crate::http::{Answer, Connection, encoded, get, post};
use crate::site::{PASSWORD, REDIRECT_URI, Site, USERNAME};

/// The pair of RFC 7636, appendix B.
const CODE_CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// What answers the challenge.
pub const CODE_VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A browser with its cookies.
#[derive(Default)]
pub struct Browser {
    cookies: Vec<(String, String)>,
}

/// What the client `web` asks for.
pub fn request(scope: &str) -> Vec<(&'static str, String)> {
    vec![
        ("response_type", "code".to_owned()),
        ("client_id", "web".to_owned()),
        ("redirect_uri", REDIRECT_URI.to_owned()),
        ("scope", scope.to_owned()),
        ("state", "a-state-of-a-benchmark".to_owned()),
        ("nonce", "a-nonce-of-a-benchmark".to_owned()),
        ("code_challenge", CODE_CHALLENGE.to_owned()),
        ("code_challenge_method", "S256".to_owned()),
    ]
}

/// The path of an authorization request for a scope.
pub fn authorization_path(scope: &str) -> String {
    let request = request(scope);
    let pairs: Vec<(&str, &str)> = request.iter().map(|(name, value)| (*name, value.as_str())).collect();
    format!("/api/oidc/authorization?{}", encoded(&pairs))
}

/// The code in the answer that sends the browser back to the client.
pub fn code(answer: &Answer) -> Outcome<String> {
    let location = answer.header("location").next().ok_or("no location")?;
    let url = Url::parse(location)?;
    let code = url.query_pairs().find(|(name, _)| name == "code");
    Ok(code.ok_or_else(|| format!("no code in {location}"))?.1.into_owned())
}

impl Browser {
    /// The `Cookie` header.
    pub fn cookie(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// Walks from an authorization request to the code, through whatever pages are shown.
    pub fn authorize(&mut self, site: &Site, connection: &mut Connection, scope: &str) -> Outcome<String> {
        let mut path = authorization_path(scope);
        let mut form: Option<Vec<(&str, String)>> = None;
        // Each page sends on to /flow/ID: a sign-in with consent takes seven requests.
        for _ in 0..12 {
            let answer = self.visit(site, connection, &path, form.take())?;
            if answer.status == 303 {
                let location = answer.header("location").next().ok_or("no location")?;
                if location.starts_with(REDIRECT_URI) {
                    return code(&answer);
                }
                path = location.to_owned();
                continue;
            }
            let page = String::from_utf8_lossy(&answer.body).into_owned();
            let token = page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
            let mut fields = vec![("csrf", token.ok_or("a page without a form")?.to_owned())];
            if path.ends_with("/sign-in") {
                fields.extend([("username", USERNAME.to_owned()), ("password", PASSWORD.to_owned())]);
            } else {
                fields.push(("action", "allow".to_owned()));
            }
            form = Some(fields);
        }
        Err("the sign-in did not come to its end".into())
    }

    /// Opens a page, or sends a form, and keeps the cookies.
    pub fn visit(
        &mut self,
        site: &Site,
        connection: &mut Connection,
        path: &str,
        form: Option<Vec<(&str, String)>>,
    ) -> Outcome<Answer> {
        let cookie = self.cookie();
        let request = match form {
            None => get(&site.address, path, &[("Cookie", &cookie)]),
            Some(form) => {
                let form: Vec<(&str, &str)> =
                    form.iter().map(|(name, value)| (*name, value.as_str())).collect();
                let origin = format!("http://{}", site.address);
                post(&site.address, path, &[("Cookie", &cookie), ("Origin", &origin)], &form)
            }
        };
        let answer = connection.exchange(&request)?;
        for cookie in answer.header("set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').ok_or("a cookie without a value")?;
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        Ok(answer)
    }
}
