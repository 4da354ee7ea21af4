//! Every page with sample data, in every state worth looking at.

use super::consent::Consent;
use super::consents::{Consents, Held};
use super::device::Device;
use super::device_answered::{DeviceAnswered, Outcome};
use super::enrol::{Choice, Enrol};
use super::error::{ErrorPage, Fault};
use super::form_post::FormPost;
use super::home::{Home, Onward};
use super::scopes::{AskedClaim, AskedScope};
use super::second_factor::SecondFactor;
use super::select_account::SelectAccount;
use super::sign_in::SignIn;
use super::sign_out::SignOut;
use super::signed_out::SignedOut;
use super::user_code::{Refused, UserCodePage};
use super::withdraw::Withdraw;
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

    fn user_code(&self, code: &str, refused: Option<Refused>) -> UserCodePage {
        UserCodePage { page: self.page(), csrf: self.say("csrf"), code: self.say(code), refused }
    }

    fn device(&self, same_place: bool) -> Device {
        let Consent { scopes, audiences, .. } = self.consent();
        let kept =
            |scope: &AskedScope| matches!(scope.name.as_str(), "openid" | "profile" | "offline_access");
        Device {
            page: self.page(),
            csrf: self.say("csrf"),
            client: ClientIdentity {
                name: self.say("Living room TV"),
                host: (!same_place).then(|| self.say("tv.example.com")),
            },
            person: self.person(),
            user_code: self.say("WDJB-MJHT"),
            address: self.say(if same_place { "192.0.2.7" } else { "2001:db8:1:2:3:4:5:6" }),
            same_place,
            asked_at: 1_795_337_140,
            now: 1_795_337_200,
            scopes: if same_place { scopes.into_iter().filter(kept).collect() } else { scopes },
            claims: Vec::new(),
            optional_claims: if same_place {
                Vec::new()
            } else {
                let value = self.say("https://alice.example.com");
                vec![AskedClaim { name: "website".to_owned(), values: vec![value] }]
            },
            audiences: if same_place { Vec::new() } else { audiences },
        }
    }

    fn device_answered(&self, outcome: Outcome) -> DeviceAnswered {
        DeviceAnswered { page: self.page(), client: self.say("Living room TV"), outcome }
    }

    fn held(&self, name: &str, host: Option<&str>, scopes: &[&str]) -> Held {
        let scopes = scopes.iter().map(|name| AskedScope { name: (*name).to_owned(), values: Vec::new() });
        Held {
            client_id: "app".to_owned(),
            client: ClientIdentity { name: self.say(name), host: host.map(|host| self.say(host)) },
            scopes: scopes.collect(),
            ago: 86_400 * 12,
        }
    }

    fn consents(&self, withdrawn: bool) -> Consents {
        Consents {
            page: self.page(),
            person: self.person(),
            clients: vec![
                self.held("Grafana", Some("grafana.example.com"), &["openid", "profile", "email", "groups"]),
                self.held("Living room TV", None, &["openid", "offline_access", "read"]),
            ],
            withdrawn: withdrawn.then(|| self.say("Backup")),
        }
    }

    fn withdraw(&self) -> Withdraw {
        let Consent { scopes, audiences, .. } = self.consent();
        Withdraw {
            page: self.page(),
            csrf: self.say("csrf"),
            client_id: "grafana".to_owned(),
            client: self.client(),
            scopes,
            claims: vec![AskedClaim { name: "birthdate".to_owned(), values: Vec::new() }],
            audiences,
            since: 1_795_336_440,
            remembered_until: Some(1_795_937_200),
            now: 1_795_337_200,
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
            ("user-code", html(&self.user_code("", None))),
            ("user-code-prefilled", html(&self.user_code("WDJB-MJHT", None))),
            ("user-code-refused", html(&self.user_code("wdjb mjht", Some(Refused::Unknown)))),
            ("user-code-too-many", html(&self.user_code("wdjb mjht", Some(Refused::TooMany)))),
            ("device", html(&self.device(true))),
            ("device-elsewhere", html(&self.device(false))),
            ("device-allowed", html(&self.device_answered(Outcome::Allowed))),
            ("device-denied", html(&self.device_answered(Outcome::Denied))),
            ("device-forbidden", html(&self.device_answered(Outcome::Forbidden))),
            ("consents", html(&self.consents(false))),
            ("consents-withdrawn", html(&self.consents(true))),
            ("consents-none", html(&Consents { clients: Vec::new(), ..self.consents(false) })),
            ("withdraw", html(&self.withdraw())),
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
                    devices: false,
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
                    devices: true,
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
            (
                "error-step-taken",
                html(&ErrorPage { retry_url: Some(self.say("/flow/1")), ..self.error(Fault::StepTaken) }),
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
            ("error-unreadable", Fault::Unreadable(Unreadable::HeadersTooLarge)),
            ("error-too-many-failures", Fault::TooManyFailures),
            ("error-internal", Fault::Internal),
        ] {
            pages.push((name, html(&self.error(fault))));
        }
        pages
    }
}
