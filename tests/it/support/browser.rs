//! A browser: cookies, redirects within the issuer, forms as its pages write them.

use std::collections::BTreeMap;

use super::ask::Ask;
use super::people::password;
use super::site::Call;
use super::totp::Device;
use super::view::Returned;
use super::{Site, View};

/// One browser with its cookie jar.
#[derive(Clone)]
pub struct Browser {
    pub app: Site,
    /// The origin it speaks to.
    pub origin: String,
    pub cookies: BTreeMap<String, String>,
    /// Every `Set-Cookie` line it ever got.
    pub set_cookies: Vec<String>,
    /// Where it comes from.
    pub address: String,
}

impl Browser {
    pub fn new(app: &Site) -> Self {
        Self::at(app, &app.origin)
    }

    /// At another issuer.
    pub fn at(app: &Site, origin: &str) -> Self {
        Self {
            app: app.clone(),
            origin: origin.to_owned(),
            cookies: BTreeMap::new(),
            set_cookies: Vec::new(),
            address: super::site::HOME.to_owned(),
        }
    }

    /// Opens a page as a link does, and follows.
    pub async fn open(&mut self, path: &str) -> View {
        let call = self.app.get(path);
        self.follow(path, call).await
    }

    /// Sends an authorization request.
    pub async fn ask(&mut self, ask: &Ask) -> View {
        self.open(&ask.path()).await
    }

    /// Presses a button of the page with the fields filled in.
    pub async fn press(&mut self, page: &View, button: &str, filled: &[(&str, &str)]) -> View {
        let fields = Self::filled(page, button, filled);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        self.post(&page.action(button), &fields).await
    }

    /// What pressing the button would send.
    pub fn filled(page: &View, button: &str, filled: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut fields = page.fields_of(button);
        let tag = page.tag("button", button);
        let tag = tag.unwrap_or_else(|| panic!("no button {button}: {} {}", page.path, page.text()));
        if let (Some(name), Some(value)) = (tag.get("name"), tag.get("value")) {
            fields.push((name.clone(), value.clone()));
        }
        for (name, value) in filled {
            fields.retain(|(field, _)| field != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        fields
    }

    /// Posts a form as a page of this issuer would.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> View {
        let origin = self.origin.clone();
        let call = self
            .app
            .post(path)
            .form(fields)
            .header("origin", &origin)
            .header("sec-fetch-site", "same-origin");
        self.follow(path, call).await
    }

    /// Sends a request with this browser's cookies, keeps what it sets, and follows redirects within the issuer.
    pub async fn follow(&mut self, path: &str, call: Call) -> View {
        let mut path = path.to_owned();
        let mut answer = self.send(call).await;
        for _ in 0..10 {
            let location = answer.header("location").to_owned();
            if location.is_empty() {
                return View { path, answer, outside: None };
            }
            // A password must never be posted on (RFC 9700 §4.12).
            assert_eq!(answer.status, 303, "every redirect is a 303");
            let inside = location.strip_prefix(&self.origin).unwrap_or(&location);
            if !inside.starts_with('/') {
                return View { path, answer, outside: Some(location) };
            }
            path = inside.to_owned();
            let next = self.app.get(&path);
            answer = self.send(next).await;
        }
        panic!("more than ten redirects, at last to {path}");
    }

    /// One request with this browser's cookies; nothing is followed.
    pub async fn send(&mut self, call: Call) -> super::Answer {
        let answer =
            call.host(self.host()).from(&self.address).header("cookie", &self.cookie_line()).send().await;
        for line in answer.all("set-cookie") {
            self.set_cookies.push(line.to_owned());
            let (name, rest) = line.split_once('=').expect("a cookie");
            let value = rest.split(';').next().unwrap_or_default();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    fn host(&self) -> &str {
        self.origin.split_once("://").expect("an origin").1
    }

    pub fn cookie_line(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// The session cookie's value, by whichever name.
    pub fn session(&self) -> Option<&String> {
        self.cookies.iter().find(|(name, _)| name.ends_with("signet_session")).map(|(_, value)| value)
    }

    /// Types name and password into a sign-in page.
    pub async fn sign_in(&mut self, page: &View, name: &str) -> View {
        assert!(page.has("password"), "no sign-in page: {} {}", page.path, page.text());
        self.press(page, "login-submit", &[("username", name), ("password", &password(name))]).await
    }

    /// Signs in at the home page.
    pub async fn sign_in_at_home(&mut self, name: &str) -> View {
        let page = self.open("/").await;
        self.sign_in(&page, name).await
    }

    pub async fn allow(&mut self, page: &View) -> View {
        self.press(page, "consent-allow", &[]).await
    }

    /// Enrols a device at the enrolment page.
    pub async fn enrol(&mut self, page: &View) -> (Device, View) {
        let device = Device::of(page);
        let code = device.code(&self.app);
        let next = self.press(page, "second-factor-submit", &[("code", &code)]).await;
        (device, next)
    }

    /// Types a code into the page that asks for one.
    pub async fn type_code(&mut self, page: &View, code: &str) -> View {
        self.press(page, "second-factor-submit", &[("code", code)]).await
    }

    /// From the request to the answer: signs in where asked, allows where asked.
    pub async fn authorize(&mut self, ask: &Ask, name: &str) -> Returned {
        let mut view = self.ask(ask).await;
        for _ in 0..4 {
            view = match view.step().as_str() {
                "sign-in" => self.sign_in(&view, name).await,
                "consent" => self.allow(&view).await,
                _ => break,
            };
        }
        view.returned()
    }
}
