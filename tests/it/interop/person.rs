//! Alice at her browser: she answers what the pages of a pending authorization ask.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{RequestBuilder, Url};

use super::web::Web;

/// One browser, and the authenticator app of the person before it.
pub struct Person {
    web: Web,
    cookies: BTreeMap<String, String>,
    password: &'static str,
    seed: Option<String>,
    /// The pages she was shown, in order: the last part of their paths.
    pub seen: Vec<String>,
}

struct Page {
    url: Url,
    body: String,
}

enum Rest {
    Page(Page),
    /// Sent to another origin.
    Away(Url),
}

impl Person {
    /// In the demo.
    pub fn new() -> Self {
        Self::with(Web::clear(), "alice-demo-password")
    }

    pub fn with(web: Web, password: &'static str) -> Self {
        Self { web, cookies: BTreeMap::new(), password, seed: None, seen: Vec::new() }
    }

    /// Opens an authorization request, signs in where asked, allows, and gives the answer's address.
    pub async fn authorize(&mut self, request: &Url) -> Url {
        self.seen.clear();
        let mut rest = self.open(self.web.http.get(request.clone()), request.clone()).await;
        for _ in 0..6 {
            let page = match rest {
                Rest::Away(answer) => return answer,
                Rest::Page(page) => page,
            };
            let step = page.url.path().rsplit('/').next().unwrap().to_owned();
            let mut fields = vec![("csrf", page.value_of("csrf"))];
            match step.as_str() {
                "sign-in" => fields.extend([
                    ("username", "alice".to_owned()),
                    ("password", self.password.to_owned()),
                    ("action", "sign-in".to_owned()),
                ]),
                "enrol" => {
                    self.seed = Some(page.text_of("totp-secret"));
                    fields.extend([("code", self.code()), ("action", "confirm".to_owned())]);
                }
                "second-factor" => fields.extend([("code", self.code()), ("action", "continue".to_owned())]),
                "consent" => fields.push(("action", "allow".to_owned())),
                _ => panic!("no page to answer: {} {}", page.url, page.body),
            }
            self.seen.push(step);
            let post = self.web.http.post(page.url.clone()).form(&fields);
            let post = post.header(ORIGIN, page.url.origin().ascii_serialization());
            rest = self.open(post.header("sec-fetch-site", "same-origin"), page.url).await;
        }
        panic!("the pages never end: {:?}", self.seen);
    }

    /// Sends a request and follows redirects as far as they stay at the provider.
    async fn open(&mut self, request: RequestBuilder, mut url: Url) -> Rest {
        let mut request = request;
        for _ in 0..6 {
            let cookies: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let answer = self.web.send(request.header(COOKIE, cookies.join("; ")).build().unwrap()).await;
            for line in answer.headers.get_all(SET_COOKIE) {
                let pair = line.to_str().unwrap().split(';').next().unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            let Some(location) = answer.headers.get(LOCATION) else {
                return Rest::Page(Page { url, body: answer.expect(200).text() });
            };
            assert_eq!(answer.status, 303);
            let next = url.join(location.to_str().unwrap()).unwrap();
            if next.origin() != url.origin() {
                return Rest::Away(next);
            }
            url = next;
            request = self.web.http.get(url.clone());
        }
        panic!("too many redirects, the last to {url}");
    }

    fn code(&self) -> String {
        let seed = self.seed.as_ref().expect("she enrolled a device");
        crate::support::authenticator::one_time_code(seed)
    }
}

impl Page {
    fn between(&self, before: &str, after: &str) -> String {
        let found = self.body.split_once(before).and_then(|(_, rest)| rest.split_once(after));
        found.unwrap_or_else(|| panic!("no {before} at {}: {}", self.url, self.body)).0.to_owned()
    }

    fn value_of(&self, field: &str) -> String {
        self.between(&format!("name=\"{field}\" value=\""), "\"")
    }

    fn text_of(&self, id: &str) -> String {
        let element = self.between(&format!("id=\"{id}\""), "</");
        element.split_once('>').unwrap().1.to_owned()
    }
}
