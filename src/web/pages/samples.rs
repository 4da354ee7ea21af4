//! Every page with sample data, in every state worth looking at.

use super::consent::{AskedClaim, AskedScope, Consent};
use super::enrol::{Choice, Enrol};
use super::error::{ErrorPage, Fault};
use super::form_post::FormPost;
use super::home::{Home, Onward};
use super::second_factor::SecondFactor;
use super::select_account::SelectAccount;
use super::sign_in::SignIn;
use super::sign_out::SignOut;
use super::signed_out::SignedOut;
use super::{ClientIdentity, PageContext, PersonIdentity, Theme};
use crate::web::limits::Unreadable;

/// What an attacker would write into a value.
pub const HOSTILE: &str =
    "\"'></title></code><script>alert(1)</script><img src=x onerror=alert(2)>\u{2028}{{7*191817}}&amp;";

/// Sample values.
pub struct Samples {
    pub theme: Theme,
    /// Stands behind every value.
    pub suffix: &'static str,
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
            forgot: None,
            refused: false,
        }
    }

    /// At the wish of an app, which leads on or not.
    fn sign_out(&self, stays: Option<bool>) -> SignOut {
        let onward = ["client_id", "post_logout_redirect_uri", "state"].map(|name| (name, self.say(name)));
        SignOut {
            page: self.page(),
            csrf: self.say("csrf"),
            person: self.person(),
            client: stays.map(|_| self.client()),
            onward: if stays == Some(false) { onward.into() } else { Vec::new() },
            stays: stays == Some(true),
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
            choice: None,
            refused,
        }
    }

    fn choice(&self, chosen: bool) -> Choice {
        Choice {
            algorithms: vec!["SHA1", "SHA256", "SHA512"],
            digits: vec![6, 8],
            periods: vec![30, 60],
            algorithm: "SHA256",
            digit_count: 8,
            period: 30,
            chosen,
        }
    }

    fn consent(&self) -> Consent {
        let scope = |name: &str, values: &[&str]| AskedScope {
            // A known scope keeps its name, or it would not be known.
            name: name.to_owned(),
            values: values.iter().map(|value| self.say(value)).collect(),
        };
        Consent {
            page: self.page(),
            csrf: self.say("csrf"),
            client: self.client(),
            person: self.person(),
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
            claims: Vec::new(),
            optional_claims: Vec::new(),
            audiences: vec![self.say("https://api.example.com")],
            remember_for: Some(604_800),
        }
    }

    fn error(&self, fault: Fault) -> ErrorPage {
        ErrorPage::new(self.page(), fault, Some(self.say("K7QM2R4XPA")))
    }

    /// Name and HTML of every page in every state worth looking at.
    pub fn all(&self) -> Vec<(&'static str, String)> {
        let html = |page: &dyn askama::DynTemplate| page.dyn_render().expect("renders");
        let claim = |name: &str, values: &[&str]| AskedClaim {
            name: name.to_owned(),
            values: values.iter().map(|value| self.say(value)).collect(),
        };
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
            (
                "sign-in-plain",
                html(&SignIn {
                    client: None,
                    forgot: Some(self.say("https://reset.example.com/")),
                    ..self.sign_in()
                }),
            ),
            ("second-factor", html(&self.second_factor(false))),
            ("second-factor-refused", html(&self.second_factor(true))),
            ("enrol", html(&self.enrol(false))),
            ("enrol-refused", html(&self.enrol(true))),
            ("enrol-choice", html(&Enrol { choice: Some(self.choice(false)), ..self.enrol(false) })),
            ("enrol-chosen", html(&Enrol { choice: Some(self.choice(true)), ..self.enrol(false) })),
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
                "consent-claims",
                html(&Consent {
                    claims: vec![claim("birthdate", &["1852-05-04"])],
                    optional_claims: vec![claim("picture", &[]), claim(&self.say("badge"), &["7"])],
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
                    onward: None,
                    signed_in_at: 1_795_336_440,
                    now: 1_795_337_200,
                    two_factors: false,
                    enrolled: false,
                }),
            ),
            (
                "home-onward",
                html(&Home {
                    page: self.page(),
                    csrf: self.say("csrf"),
                    person: self.person(),
                    onward: Some(Onward {
                        url: self.say("https://www.example.com/start"),
                        host: self.say("www.example.com"),
                    }),
                    signed_in_at: 1_795_336_440,
                    now: 1_795_337_200,
                    two_factors: true,
                    enrolled: true,
                }),
            ),
            ("sign-out", html(&self.sign_out(None))),
            ("sign-out-for-an-app", html(&self.sign_out(Some(false)))),
            ("sign-out-and-stay", html(&self.sign_out(Some(true)))),
            ("signed-out", html(&SignedOut { page: self.page(), stays: false })),
            ("signed-out-and-stay", html(&SignedOut { page: self.page(), stays: true })),
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
            ("error-step-taken", Fault::StepTaken),
            ("error-other-browser", Fault::OtherBrowser),
            ("error-not-found", Fault::NotFound),
            ("error-method", Fault::MethodNotAllowed),
            ("error-unreadable", Fault::Unreadable(Unreadable::HeadersTooLarge)),
            ("error-too-many-failures", Fault::TooManyFailures),
            ("error-internal", Fault::Internal),
        ] {
            pages.push((name, html(&self.error(fault))));
        }
        pages
    }
}
