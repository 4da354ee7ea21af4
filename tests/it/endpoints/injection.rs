//! No input breaks anything.

use crate::support::{App, Ask, Browser, Client};

#[tokio::test]
async fn error_descriptions_hold_only_what_rfc_6749_allows() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let allowed =
        |text: &str| text.bytes().all(|byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
    for odd in ["a\"b", "a\\b", "a\nb", "ä", "a\u{7f}b", "\u{1F600}"] {
        let answer = web.token(&[(odd, "1"), (odd, "2")]).await;
        answer.expect_error(400, "invalid_request");
        let said = answer.json()["error_description"].as_str().unwrap().to_owned();
        assert!(allowed(&said), "{said}");
        let view = Browser::new(&app).ask(&Ask::of("web").set("prompt", odd).set("max_age", odd)).await;
        let said = view.returned().get("error_description").to_owned();
        assert!(!said.is_empty() && allowed(&said), "{said}");
    }
}

/// A generator that needs no seed from outside: every run tries the same.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).unwrap()).unwrap()
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.throw(from.len())]
    }
}

const NAMES: [&str; 26] = [
    "client_id",
    "client_secret",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "id_token_hint",
    "login_hint",
    "acr_values",
    "request",
    "request_uri",
    "registration",
    "resource",
    "audience",
    "grant_type",
    "code",
    "code_verifier",
    "refresh_token",
    "token",
    "token_type_hint",
];

const VALUES: [&str; 30] = [
    "",
    "web",
    "spa",
    "web-secret",
    "https://rp.example.com/callback",
    "code",
    "token",
    "code id_token",
    "query",
    "fragment",
    "form_post",
    "openid",
    "openid offline_access",
    "state-of-the-request",
    "S256",
    "plain",
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "none",
    "login",
    "0",
    "-1",
    "99999999999999999999",
    "a.b.c",
    "eyJhbGciOiJub25lIn0.e30.",
    "urn:ietf:params:oauth:request_uri:signet_pr_x",
    "signet_at_x",
    "authorization_code",
    "client_credentials",
    "\u{0}",
    "\u{FFFD}\u{202E}\"<>&",
];

const PATHS: [&str; 9] = [
    "/api/oidc/authorization",
    "/api/oidc/token",
    "/api/oidc/introspection",
    "/api/oidc/revocation",
    "/api/oidc/pushed-authorization-request",
    "/api/oidc/userinfo",
    "/",
    "/logout",
    "/flow/x/sign-in",
];

#[tokio::test]
async fn no_mixture_of_known_words_is_a_fault_of_ours() {
    let app = App::start().await;
    let mut dice = Dice(0x5eed_5eed_5eed_5eed);
    for _ in 0..500 {
        let fields: Vec<(&str, &str)> =
            (0..dice.throw(10)).map(|_| (dice.pick(&NAMES), dice.pick(&VALUES))).collect();
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let path = dice.pick(&PATHS);
        let call = if dice.throw(2) == 0 {
            app.get(&format!("{path}?{body}"))
        } else {
            app.post(path).form(&fields)
        };
        let call = match dice.throw(4) {
            0 => call.basic("web", "web-secret"),
            1 => call.header("authorization", dice.pick(&["Bearer x", "Basic x", "Bearer a.b.c", "x"])),
            2 => call.header(
                "cookie",
                dice.pick(&["__Host-signet_session=x", "__Host-signet_browser=\"", "=;=,"]),
            ),
            _ => call,
        };
        let answer = call.send().await;
        assert!(answer.status < 500, "{path} {fields:?}: {} {}", answer.status, answer.text());
        if let Some(location) = answer.headers.get("location") {
            let location = location.to_str().unwrap();
            assert!(
                location.starts_with("/flow/") || location.starts_with("https://rp.example.com/"),
                "{location}"
            );
        }
    }
}

#[tokio::test]
async fn no_bytes_are_a_fault_of_ours() {
    let app = App::start().await;
    let mut dice = Dice(0x0bad_cafe);
    for _ in 0..500 {
        let length = dice.throw(80);
        let bytes: Vec<u8> = (0..length).map(|_| u8::try_from(dice.throw(256)).unwrap()).collect();
        let path = dice.pick(&PATHS);
        let mut call = app.post(path).body("application/x-www-form-urlencoded", bytes.clone());
        let token: Vec<u8> = bytes.iter().copied().filter(|byte| *byte >= 0x20 && *byte != 0x7f).collect();
        match dice.throw(3) {
            0 => call = call.raw_basic(&bytes),
            1 => call = call.raw_header("authorization", &[b"Bearer ".as_slice(), &token].concat()),
            _ => call = call.raw_header("cookie", &[b"__Host-signet_session=".as_slice(), &token].concat()),
        }
        let answer = call.send().await;
        assert!(answer.status < 500, "{path} {bytes:?}: {} {}", answer.status, answer.text());
    }
}
