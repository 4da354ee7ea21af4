//! Every page with sample data: rendered, checked, and written to `target/page-samples/` to be looked at.

use super::consent::{AskedScope, Consent};
use super::enrol::Enrol;
use super::error::{ErrorPage, Fault};
use super::form_post::FormPost;
use super::home::Home;
use super::markup::{Element, elements};
use super::second_factor::SecondFactor;
use super::select_account::SelectAccount;
use super::sign_in::SignIn;
use super::sign_out::SignOut;
use super::signed_out::SignedOut;
use super::{ClientIdentity, PageContext, PersonIdentity, Theme};
use crate::web::static_files;

const HOSTILE: &str =
    "\"'></title></code><script>alert(1)</script><img src=x onerror=alert(2)>\u{2028}{{7*191817}}&amp;";

/// Sample values, each followed by what an attacker would write there.
struct Samples {
    theme: Theme,
    suffix: &'static str,
}

impl Samples {
    fn say(&self, value: &str) -> String {
        format!("{value}{}", self.suffix)
    }

    fn page(&self) -> PageContext {
        PageContext::new("", self.theme, self.say("auth.example.com"))
    }

    fn client(&self) -> ClientIdentity {
        ClientIdentity { name: self.say("Grafana"), host: Some(self.say("grafana.example.com")) }
    }

    fn person(&self) -> PersonIdentity {
        PersonIdentity { name: self.say("Alice Liddell"), account: self.say("alice@example.com") }
    }

    fn sign_in(&self) -> SignIn {
        SignIn {
            page: self.page(),
            csrf: self.say("csrf"),
            client: Some(self.client()),
            username: String::new(),
            remember: Some(false),
            confirm: false,
            refused: false,
        }
    }

    fn second_factor(&self, refused: bool) -> SecondFactor {
        SecondFactor {
            page: self.page(),
            csrf: self.say("csrf"),
            client: Some(self.client()),
            digits: 6,
            refused,
        }
    }

    fn enrol(&self, refused: bool) -> Enrol {
        Enrol {
            page: self.page(),
            csrf: self.say("csrf"),
            client: Some(self.client()),
            secret: self.say("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
            otpauth_uri: self.say(
                "otpauth://totp/Signet:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Signet",
            ),
            digits: 8,
            refused,
        }
    }

    fn consent(&self) -> Consent {
        let scope = |name: &str, values: &[&str]| AskedScope {
            name: self.scope(name),
            values: values.iter().map(|value| self.say(value)).collect(),
        };
        Consent {
            page: self.page(),
            csrf: self.say("csrf"),
            client: self.client(),
            person: self.person(),
            switch_url: self.say("/flow/1/select-account"),
            scopes: vec![
                scope("openid", &[]),
                scope("profile", &["Alice Liddell", "alice"]),
                scope("email", &["alice@example.com"]),
                scope("groups", &["admins", "dev"]),
                scope("phone", &[]),
                scope("address", &["7 Rabbit Lane, Oxford"]),
                scope("offline_access", &[]),
                AskedScope { name: self.say("read"), values: Vec::new() },
            ],
            audiences: vec![self.say("https://api.example.com")],
            remember_for: Some(604_800),
        }
    }

    /// A known scope keeps its name, or it would not be known.
    fn scope(&self, name: &str) -> String {
        name.to_owned()
    }

    fn error(&self, fault: Fault) -> ErrorPage {
        ErrorPage::new(self.page(), fault, Some(self.say("K7QM2R4XPA")))
    }

    /// Name and HTML of every page in every state worth looking at.
    fn all(&self) -> Vec<(&'static str, String)> {
        let html = |page: &dyn askama::DynTemplate| page.dyn_render().expect("renders");
        let mut pages = vec![
            ("sign-in", html(&self.sign_in())),
            (
                "sign-in-refused",
                html(&SignIn {
                    username: self.say("alice"),
                    refused: true,
                    remember: Some(true),
                    ..self.sign_in()
                }),
            ),
            (
                "sign-in-confirm",
                html(&SignIn {
                    username: self.say("alice"),
                    confirm: true,
                    remember: None,
                    ..self.sign_in()
                }),
            ),
            ("sign-in-plain", html(&SignIn { client: None, ..self.sign_in() })),
            ("second-factor", html(&self.second_factor(false))),
            ("second-factor-refused", html(&self.second_factor(true))),
            ("enrol", html(&self.enrol(false))),
            ("enrol-refused", html(&self.enrol(true))),
            ("consent", html(&self.consent())),
            (
                "consent-access",
                html(&Consent {
                    scopes: vec![AskedScope { name: self.say("write"), values: Vec::new() }],
                    remember_for: None,
                    client: ClientIdentity { name: self.say("Backup"), host: None },
                    ..self.consent()
                }),
            ),
            (
                "select-account",
                html(&SelectAccount {
                    page: self.page(),
                    csrf: self.say("csrf"),
                    client: self.client(),
                    person: self.person(),
                }),
            ),
            (
                "home",
                html(&Home {
                    page: self.page(),
                    csrf: self.say("csrf"),
                    person: self.person(),
                    signed_in_at: 1_795_336_440,
                    now: 1_795_337_200,
                    two_factors: false,
                    enrolled: false,
                    enrol_url: Some(self.say("/enrol")),
                }),
            ),
            ("sign-out", html(&SignOut { page: self.page(), csrf: self.say("csrf"), person: self.person() })),
            ("signed-out", html(&SignedOut { page: self.page() })),
            (
                "form-post",
                html(&FormPost {
                    page: self.page(),
                    client: self.client(),
                    redirect_uri: self.say("https://grafana.example.com/login/generic_oauth"),
                    parameters: vec![
                        ("code".to_owned(), self.say("signet_ac_abc")),
                        (self.say("state"), self.say("xyz")),
                    ],
                }),
            ),
            (
                "error-redirect-uri",
                html(&ErrorPage {
                    client: Some(self.client()),
                    error: Some(self.say("invalid_request")),
                    parameter: Some(self.say("redirect_uri")),
                    received: Some(self.say("https://grafana.example.com/login/generic_oauth/")),
                    ..self.error(Fault::RedirectUri)
                }),
            ),
            (
                "error-wrong-host",
                html(&ErrorPage {
                    issuers: vec![
                        self.say("https://auth.example.com"),
                        self.say("https://login.example.org/auth"),
                    ],
                    received: Some(self.say("signet.internal:9091")),
                    ..self.error(Fault::WrongHost)
                }),
            ),
            (
                "error-busy",
                html(&ErrorPage { retry_url: Some(self.say("/flow/1/sign-in")), ..self.error(Fault::Busy) }),
            ),
            (
                "error-form-too-old",
                html(&ErrorPage {
                    retry_url: Some(self.say("/flow/1/sign-in")),
                    ..self.error(Fault::FormTooOld)
                }),
            ),
        ];
        for (name, fault) in [
            ("error-unknown-client", Fault::UnknownClient),
            ("error-request-uri", Fault::RequestUri),
            ("error-invalid-request", Fault::InvalidRequest),
            ("error-answered", Fault::Answered),
            ("error-other-browser", Fault::OtherBrowser),
            ("error-not-found", Fault::NotFound),
            ("error-method", Fault::MethodNotAllowed),
            ("error-internal", Fault::Internal),
        ] {
            pages.push((name, html(&self.error(fault))));
        }
        pages
    }
}

fn friendly() -> Vec<(&'static str, String)> {
    Samples { theme: Theme::Auto, suffix: "" }.all()
}

fn hostile() -> Vec<(&'static str, String)> {
    Samples { theme: Theme::Light, suffix: HOSTILE }.all()
}

fn named<'a>(pages: &'a [(&'static str, String)], name: &str) -> Vec<Element> {
    let (_, html): &'a (&str, String) = pages.iter().find(|(found, _)| *found == name).expect("a sample");
    elements(html)
}

fn by_id<'a>(elements: &'a [Element], id: &str) -> Option<&'a Element> {
    elements.iter().find(|element| element.attribute("id") == Some(id))
}

#[test]
fn the_samples_are_written_to_be_looked_at() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/page-samples");
    for theme in [Theme::Light, Theme::Dark, Theme::Grey, Theme::Oled, Theme::Auto] {
        std::fs::create_dir_all(folder.join(theme.name())).expect("a folder");
        for (name, html) in (Samples { theme, suffix: "" }).all() {
            std::fs::write(folder.join(theme.name()).join(format!("{name}.html")), html).expect("written");
        }
    }
    std::fs::create_dir_all(folder.join("static")).expect("a folder");
    for name in ["signet.css", "favicon.svg", "form_post.js"] {
        let file = static_files::find(name).expect("embedded");
        std::fs::write(folder.join("static").join(name), file.body).expect("written");
    }
}

#[test]
fn the_ids_that_tests_and_certification_drive_are_there() {
    let pages = friendly();
    for (name, ids) in [
        ("sign-in", &["username", "password", "login-submit", "login-cancel", "remember"][..]),
        ("second-factor", &["second-factor-code", "second-factor-submit", "login-cancel"]),
        ("enrol", &["totp-secret", "second-factor-code", "second-factor-submit", "login-cancel"]),
        ("consent", &["consent-allow", "consent-deny", "consent-remember"]),
        ("select-account", &["account-continue", "account-other", "login-cancel"]),
        ("home", &["sign-out"]),
        ("sign-out", &["logout-confirm"]),
        ("form-post", &["form-post", "form-post-submit"]),
        ("error-redirect-uri", &["error-code"]),
        ("error-answered", &["error-code"]),
    ] {
        let elements = named(&pages, name);
        for id in ids {
            assert!(by_id(&elements, id).is_some(), "{name} lacks {id}");
        }
    }
    assert!(by_id(&named(&pages, "sign-in-plain"), "login-cancel").is_none(), "no client, nothing to cancel");
    assert!(by_id(&named(&pages, "sign-in-confirm"), "remember").is_none(), "remember-me is disabled");
    assert!(by_id(&named(&pages, "consent-access"), "consent-remember").is_none(), "it cannot be remembered");
}

#[test]
fn the_headings_say_what_happens_and_for_whom() {
    let pages = friendly();
    for (name, heading) in [
        ("sign-in", "Sign in to continue to Grafana"),
        ("sign-in-plain", "Sign in"),
        ("consent", "Allow Grafana to know who you are?"),
        ("consent-access", "Allow Backup to act for you?"),
        ("signed-out", "Signed out"),
        ("error-redirect-uri", "Request refused"),
        ("error-answered", "This page has done its work"),
    ] {
        let elements = named(&pages, name);
        let found: Vec<_> = elements.iter().filter(|element| element.name == "h1").collect();
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0].text, heading);
    }
}

#[test]
fn the_seed_and_the_code_of_a_refusal_stand_alone_in_their_elements() {
    let pages = friendly();
    let enrol = named(&pages, "enrol");
    let secret = by_id(&enrol, "totp-secret").expect("the seed");
    assert_eq!(secret.text, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");
    assert!(secret.leaf);
    let error = named(&pages, "error-redirect-uri");
    let code = by_id(&error, "error-code").expect("the code");
    assert_eq!(code.text, "K7QM2R4XPA");
    assert!(code.leaf);
}

#[test]
fn hostile_values_stay_text() {
    for (name, html) in hostile() {
        let elements = elements(&html);
        let scripts: Vec<_> = elements.iter().filter(|element| element.name == "script").collect();
        assert_eq!(scripts.len(), usize::from(name == "form-post"), "{name}");
        assert!(!elements.iter().any(|element| element.name == "img"), "{name}");
        assert!(!html.contains("1342719"), "{name}: a template within a value was run");
    }
    let pages = hostile();
    let sign_in = named(&pages, "sign-in-refused");
    let username = by_id(&sign_in, "username").expect("the field");
    assert_eq!(username.attribute("value"), Some(format!("alice{HOSTILE}").as_str()));
    let form_post = named(&pages, "form-post");
    let values: Vec<_> = form_post.iter().filter_map(|element| element.attribute("value")).collect();
    assert_eq!(values, [format!("signet_ac_abc{HOSTILE}"), format!("xyz{HOSTILE}")]);
}

#[test]
fn nothing_on_a_page_breaks_the_content_security_policy() {
    for (name, html) in friendly().into_iter().chain(hostile()) {
        for element in elements(&html) {
            assert_ne!(element.name, "style", "{name}");
            for (key, value) in &element.attributes {
                assert!(key != "style" && !key.starts_with("on"), "{name}: {key}");
                if matches!(element.name.as_str(), "script" | "link")
                    && matches!(key.as_str(), "src" | "href")
                {
                    assert!(value.starts_with("/static/") || value == "data:,", "{name}: {value}");
                }
            }
            if element.name == "script" {
                assert!(
                    element.attribute("src").is_some() && element.leaf && element.text.is_empty(),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn a_page_is_at_most_three_requests_and_sixty_thousand_bytes() {
    for (name, html) in friendly() {
        let loaded: Vec<String> = elements(&html)
            .iter()
            .filter_map(|element| match element.name.as_str() {
                "link" => element.attribute("href").map(str::to_owned),
                "script" => element.attribute("src").map(str::to_owned),
                _ => None,
            })
            .filter(|address| !address.starts_with("data:"))
            .collect();
        assert!(loaded.len() < 3, "{name}: {loaded:?}");
        let files: usize = loaded
            .iter()
            .map(|address| address.split_once('?').map_or(address.as_str(), |(path, _)| path))
            .map(|path| static_files::find(path).expect("embedded").body.len())
            .sum();
        assert!(html.len() + files < 60_000, "{name}: {}", html.len() + files);
    }
}

#[test]
fn every_field_has_a_label_and_every_id_stands_once() {
    for (name, html) in friendly() {
        let elements = elements(&html);
        for field in elements.iter().filter(|element| element.name == "input") {
            if field.attribute("type") == Some("hidden") {
                continue;
            }
            let id = field.attribute("id").expect("a field has an id");
            assert!(
                elements.iter().any(|it| it.name == "label" && it.attribute("for") == Some(id)),
                "{name}: {id} has no label"
            );
            assert!(field.attribute("placeholder").is_none(), "{name}: {id}");
        }
        let mut ids: Vec<_> = elements.iter().filter_map(|element| element.attribute("id")).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{name}: an id stands twice");
        for element in &elements {
            for reference in ["aria-describedby", "aria-labelledby", "for"] {
                if let Some(id) = element.attribute(reference) {
                    assert!(ids.contains(&id), "{name}: {reference} names {id}, which is not there");
                }
            }
        }
        assert_eq!(elements.iter().filter(|element| element.name == "main").count(), 1, "{name}");
        assert_eq!(elements[0].attribute("lang"), Some("en"), "{name}");
    }
}

#[test]
fn every_form_of_ours_carries_its_csrf_value() {
    for (name, html) in friendly() {
        let elements = elements(&html);
        let forms = elements.iter().filter(|element| element.name == "form").count();
        let values = elements.iter().filter(|element| element.attribute("name") == Some("csrf")).count();
        assert_eq!(values, if name == "form-post" { 0 } else { forms }, "{name}");
    }
}

#[test]
fn a_refused_try_is_announced_beside_its_field_and_keeps_what_was_typed() {
    let pages = friendly();
    for (name, field) in [
        ("sign-in-refused", "password"),
        ("second-factor-refused", "second-factor-code"),
        ("enrol-refused", "second-factor-code"),
    ] {
        let elements = named(&pages, name);
        let field = by_id(&elements, field).expect("the field");
        assert_eq!(field.attribute("aria-invalid"), Some("true"), "{name}");
        assert_eq!(field.attribute("aria-describedby"), Some("refused"), "{name}");
        assert!(field.attribute("autofocus").is_some(), "{name}");
        assert!(field.attribute("value").is_none(), "{name}: secrets are typed anew");
        assert_eq!(by_id(&elements, "refused").and_then(|it| it.attribute("role")), Some("alert"), "{name}");
    }
    let refused = named(&pages, "sign-in-refused");
    assert_eq!(by_id(&refused, "username").and_then(|it| it.attribute("value")), Some("alice"));
    assert!(by_id(&refused, "remember").is_some_and(|it| it.attribute("checked").is_some()));
}
