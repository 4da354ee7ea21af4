//! Clients that go away in the middle: while they send, while Signet works, before they read.

use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::books;
use super::replicas::Replicas;
use crate::support::client::code_fields;
use crate::support::counts::rounds;
use crate::support::site::Call;
use crate::support::totp::Device;
use crate::support::{Ask, Browser, Client, Site, View, postgres};

const SCOPE: &str = "openid offline_access";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_client_that_hangs_up_leaves_all_or_nothing_and_holds_nothing_on_sqlite() {
    hang_up("SQLite", Replicas::start(1, None, None).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_client_that_hangs_up_leaves_all_or_nothing_and_holds_nothing_on_postgresql() {
    hang_up("PostgreSQL", Replicas::start(1, Some(postgres::database()), None).await).await;
}

/// When a client goes away.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// When it has sent this part of the request, in percent.
    Sent(usize),
    /// So long after it has sent all of it.
    Later(Duration),
}

fn moments() -> Vec<Moment> {
    let sent = [5, 60, 90, 99].map(Moment::Sent);
    let later = [0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 50_000].map(Duration::from_micros);
    sent.into_iter().chain(later.map(Moment::Later)).collect()
}

async fn hang_up(on: &str, replicas: Replicas) {
    let site = replicas.site();
    let mut party = Party::at(&site).await;
    let (mut hung_up, mut happened) = (0, 0);
    for _ in 0..rounds(2, 20) {
        for moment in moments() {
            for act in Act::ALL {
                let prepared = party.prepare(act).await;
                go_away(replicas.port(0), &prepared.call, moment).await;
                hung_up += 1;
                happened += usize::from(party.judge(prepared, moment).await);
            }
        }
        books::audit(&replicas).await;
    }
    // Nobody holds a connection or a turn any more: many more than there are of either are served at once.
    let begun = Instant::now();
    let mut all = JoinSet::new();
    for _ in 0..64 {
        all.spawn(Client::new(&site, "service").call("/api/oidc/token", CLIENT).send());
        all.spawn(site.get(&Ask::of("app").path()).header("cookie", &party.browser.cookie_line()).send());
    }
    let answers = all.join_all().await;
    assert!(answers.iter().all(|answer| answer.status < 400), "{answers:?}");
    let mut browser = Browser::new(&site);
    browser.sign_in_at_home("bob").await;
    println!(
        "hung up on {on}: {hung_up} times, {happened} of them done all the same, none by halves; afterwards 128 at once were \
         served in {:?}",
        begun.elapsed()
    );
}

const CLIENT: &[(&str, &str)] = &[("grant_type", "client_credentials")];

/// Sends a request, or a part of it, and closes the connection.
async fn go_away(port: u16, request: &[u8], moment: Moment) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    match moment {
        Moment::Sent(percent) => stream.write_all(&request[..request.len() * percent / 100]).await.unwrap(),
        Moment::Later(time) => {
            stream.write_all(request).await.unwrap();
            tokio::time::sleep(time).await;
        }
    }
}

/// What is asked for: everything that writes.
#[derive(Clone, Copy, Debug)]
enum Act {
    Authorize,
    Push,
    OpenPushed,
    Redeem,
    Refresh,
    ClientToken,
    Revoke,
    SignIn,
    Consent,
    Enrol,
    SignOut,
}

impl Act {
    const ALL: [Self; 11] = [
        Self::Authorize,
        Self::Push,
        Self::OpenPushed,
        Self::Redeem,
        Self::Refresh,
        Self::ClientToken,
        Self::Revoke,
        Self::SignIn,
        Self::Consent,
        Self::Enrol,
        Self::SignOut,
    ];
}

/// A request, and how to see whether it was done.
struct Prepared {
    call: Vec<u8>,
    act: Act,
    again: Again,
}

/// What is looked at afterwards.
#[allow(clippy::large_enum_variant, reason = "one lives at a time")]
enum Again {
    Nothing,
    Token(String),
    Page(Browser, View),
}

struct Party {
    site: Site,
    app: Client,
    service: Client,
    browser: Browser,
    /// How many people of the crowd have tried to enrol a device.
    enrolled: usize,
}

impl Party {
    async fn at(site: &Site) -> Self {
        let mut browser = Browser::new(site);
        browser.sign_in_at_home("alice").await;
        // It is known by its cookie from here on.
        browser.authorize(&Ask::of("app").scope(SCOPE), "alice").await.code();
        let (app, service) = (Client::new(site, "app"), Client::new(site, "service"));
        Self { site: site.clone(), app, service, browser, enrolled: 0 }
    }

    fn form(&self, browser: &Browser, page: &View, button: &str, filled: &[(&str, &str)]) -> Call {
        let fields = Browser::filled(page, button, filled);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let call = self.site.post(&page.action(button)).form(&fields).header("origin", &self.site.origin);
        call.header("cookie", &browser.cookie_line())
    }

    fn open(&self, request_uri: &str) -> Call {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let query = query.append_pair("client_id", "app").append_pair("request_uri", request_uri).finish();
        self.site
            .get(&format!("/api/oidc/authorization?{query}"))
            .header("cookie", &self.browser.cookie_line())
    }

    async fn code(&mut self) -> String {
        self.browser.authorize(&Ask::of("app").scope(SCOPE), "alice").await.code()
    }

    async fn prepare(&mut self, act: Act) -> Prepared {
        // Nobody is asked for this: the code comes at once.
        let ask = Ask::of("app");
        let (call, again) = match act {
            Act::Authorize => {
                let call = self.site.get(&ask.path()).header("cookie", &self.browser.cookie_line());
                (call, Again::Nothing)
            }
            Act::Push => {
                (self.app.call("/api/oidc/pushed-authorization-request", &ask.pairs()), Again::Nothing)
            }
            Act::OpenPushed => {
                let request = self.app.pushed(&ask).await;
                (self.open(&request), Again::Token(request))
            }
            Act::Redeem => {
                let code = self.code().await;
                (self.app.call("/api/oidc/token", &code_fields("app", &code)), Again::Token(code))
            }
            Act::Refresh => {
                let code = self.code().await;
                let tokens = self.app.redeem(&code).await.expect(200).json();
                let token = tokens["refresh_token"].as_str().unwrap().to_owned();
                let fields = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
                (self.app.call("/api/oidc/token", &fields), Again::Token(token))
            }
            Act::ClientToken => (self.service.call("/api/oidc/token", CLIENT), Again::Nothing),
            Act::Revoke => {
                let token = self.service.token(CLIENT).await.expect(200).json();
                let token = token["access_token"].as_str().unwrap().to_owned();
                (self.service.call("/api/oidc/revocation", &[("token", &token)]), Again::Token(token))
            }
            Act::SignIn => {
                let mut browser = Browser::new(&self.site);
                let page = browser.open("/").await;
                let filled = [("username", "bob"), ("password", "bob-password")];
                (self.form(&browser, &page, "login-submit", &filled), Again::Page(browser, page))
            }
            Act::Consent => {
                let page = self.browser.ask(&Ask::of("asking").scope(SCOPE)).await;
                assert_eq!(page.step(), "consent");
                let call = self.form(&self.browser, &page, "consent-allow", &[]);
                (call, Again::Page(self.browser.clone(), page))
            }
            Act::Enrol => {
                let name = format!("racer-{}", self.enrolled);
                self.enrolled += 1;
                let mut browser = Browser::new(&self.site);
                let page = browser.ask(&Ask::of("strict")).await;
                let page = browser.sign_in(&page, &name).await;
                let code = Device::of(&page).code(&self.site);
                let call = self.form(&browser, &page, "second-factor-submit", &[("code", &code)]);
                (call, Again::Page(browser, page))
            }
            Act::SignOut => {
                let mut browser = Browser::new(&self.site);
                browser.sign_in_at_home("bob").await;
                let page = browser.open("/logout").await;
                (self.form(&browser, &page, "logout-confirm", &[]), Again::Page(browser, page))
            }
        };
        Prepared { call: call.bytes(), act, again }
    }

    /// Asserts that it was done whole or not at all; says which, as far as it shows.
    async fn judge(&mut self, prepared: Prepared, moment: Moment) -> bool {
        let Prepared { act, again, .. } = prepared;
        let cut = matches!(moment, Moment::Sent(_));
        let done = match (act, again) {
            (Act::Redeem, Again::Token(code)) => {
                let answer = self.app.redeem(&code).await;
                if answer.status != 200 {
                    answer.expect_error(400, "invalid_grant");
                }
                answer.status != 200
            }
            (Act::Refresh, Again::Token(token)) => {
                let answer = self.app.refresh(&token).await;
                if answer.status != 200 {
                    answer.expect_error(400, "invalid_grant");
                }
                answer.status != 200
            }
            (Act::Revoke, Again::Token(token)) => !self.service.is_active(&token).await,
            (Act::OpenPushed, Again::Token(request)) => {
                let answer = self.open(&request).send().await;
                assert!([303, 400].contains(&answer.status), "{}", answer.text());
                answer.status == 400
            }
            (Act::Consent, Again::Page(mut browser, page)) => {
                let view = browser.press(&page, "consent-allow", &[]).await;
                assert!(view.status() < 500, "{}", view.text());
                view.outside.is_none()
            }
            (Act::SignIn, Again::Page(mut browser, page)) => {
                let view = browser.sign_in(&page, "bob").await;
                assert_eq!(view.status(), 200, "{}", view.text());
                false
            }
            (Act::Enrol, Again::Page(mut browser, page)) => {
                // It may go on a little after nobody waits for it: then either device is the one that was kept, and the
                // session has another name.
                let mut devices = vec![Device::of(&page)];
                let mut done = false;
                for turn in 0..12 {
                    let again = browser.open(&format!("/flow/{}", page.flow())).await;
                    let next = match again.step().as_str() {
                        "sign-in" => browser.sign_in(&again, &format!("racer-{}", self.enrolled - 1)).await,
                        "enrol" => {
                            let (device, next) = browser.enrol(&again).await;
                            devices.push(device);
                            next
                        }
                        "second-factor" => {
                            done = true;
                            let code = devices[turn % devices.len()].next_code(&self.site);
                            browser.type_code(&again, &code).await
                        }
                        _ => again,
                    };
                    assert!(next.status() < 500, "{}", next.text());
                    if let Some(returned) = next.try_returned() {
                        returned.code();
                        return done;
                    }
                }
                panic!("the step never ends");
            }
            (Act::SignOut, Again::Page(mut browser, _)) => {
                let view = browser.open("/").await;
                assert_eq!(view.status(), 200);
                view.has("login-submit")
            }
            _ => false,
        };
        assert!(!(cut && done), "{act:?} was done with a part of the request: {moment:?}");
        done
    }
}
