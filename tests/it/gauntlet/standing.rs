//! What was granted is judged anew each time: the person, the consent, the client, the policy.

use signet::users::admin;

use crate::support::client::Tokens;
use crate::support::fleet::Fleet;
use crate::support::{App, Ask, Browser, Client, Person, Site, View, WaitingDevice};

pub(super) const OFFLINE: &str = "openid profile offline_access";

/// Everything a person can have got, of each kind.
pub(super) struct Held {
    pub web: Client,
    pub jwt: Client,
    pub auditor: Client,
    /// With offline access: an opaque access token and a refresh token.
    pub offline: Tokens,
    /// Without: opaque.
    pub online: Tokens,
    /// A JWT.
    pub signed: Tokens,
    /// Not redeemed yet.
    pub code: String,
    /// The same of the other client.
    pub jwt_code: String,
    /// Allowed to a device, and not fetched yet.
    pub device: WaitingDevice,
    /// The browser all this was granted in.
    pub browser: Browser,
    /// Its consent page of a request that waits.
    pub consent: View,
}

/// The ways to use what a person got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Refresh,
    Introspection,
    Userinfo,
    Code,
    Device,
    Flow,
    Session,
}

pub(super) const USES: [Use; 7] =
    [Use::Refresh, Use::Introspection, Use::Userinfo, Use::Code, Use::Device, Use::Flow, Use::Session];

impl Held {
    pub async fn by(site: &Site, name: &str) -> Self {
        Self::of(site, &mut Browser::new(site), name).await
    }

    pub async fn of(site: &Site, browser: &mut Browser, name: &str) -> Self {
        let (web, jwt) = (Client::new(site, "web"), Client::new(site, "jwt"));
        let offline = web.login_with(browser, name, OFFLINE).await;
        let online = web.login_with(browser, name, "openid profile").await;
        let signed = jwt.login_with(browser, name, "openid profile").await;
        let code = browser.authorize(&Ask::of("web").scope(OFFLINE), name).await.code();
        let jwt_code = browser.authorize(&Ask::of("jwt"), name).await.code();
        let device = WaitingDevice::of(&Client::new(site, "tv"), OFFLINE).await;
        browser.allow_device(&device, name).await;
        let consent = browser.ask(&Ask::of("web")).await;
        assert_eq!(consent.step(), "consent");
        let browser = browser.clone();
        let auditor = Client::new(site, "auditor");
        let held =
            Self { web, jwt, auditor, offline, online, signed, code, jwt_code, device, browser, consent };
        held.stands(site).await;
        held
    }

    pub fn access_tokens(&self) -> [&str; 3] {
        [&self.offline.access, &self.online.access, &self.signed.access]
    }

    /// Every access token opens userinfo and is active, the refresh token too.
    pub async fn stands(&self, site: &Site) {
        for access in self.access_tokens() {
            site.userinfo(access).await.expect(200);
            assert!(self.auditor.is_active(access).await);
        }
        assert!(self.web.is_active(&self.offline.refresh).await);
    }

    /// A use gives nothing.
    pub async fn refuses(&mut self, site: &Site, how: Use) {
        match how {
            Use::Refresh => self.web.refresh(&self.offline.refresh).await.expect_error(400, "invalid_grant"),
            Use::Introspection => {
                for caller in [&self.web, &self.jwt, &self.auditor] {
                    for token in self.access_tokens().into_iter().chain([self.offline.refresh.as_str()]) {
                        inactive(caller, token).await;
                    }
                }
            }
            Use::Userinfo => {
                for access in self.access_tokens() {
                    site.userinfo(access).await.expect_error(401, "invalid_token");
                }
            }
            Use::Code => {
                self.web.redeem(&self.code).await.expect_error(400, "invalid_grant");
                self.jwt.redeem(&self.jwt_code).await.expect_error(400, "invalid_grant");
            }
            Use::Device => {
                // It learns that it gets nothing, and its grant is ended with that.
                self.device.poll().await.expect_error(400, "access_denied");
            }
            Use::Flow => {
                let consent = self.consent.clone();
                let page = self.browser.allow(&consent).await;
                assert_eq!(page.step(), "sign-in", "{}", page.text());
            }
            Use::Session => {
                assert!(self.browser.open("/").await.has("password"));
                let ask = Ask::of("post").prompt("none");
                self.browser.ask(&ask).await.expect_error("login_required");
            }
        }
    }
}

pub(super) async fn inactive(caller: &Client, token: &str) {
    let answer = caller.call("/api/oidc/introspection", &[("token", token)]).send().await.expect(200);
    assert_eq!(answer.text(), r#"{"active":false}"#, "and nothing else");
}

#[allow(clippy::ptr_arg, reason = "one of several changes of the list")]
fn disable_bob(people: &mut Vec<Person>) {
    people[1].disabled = true;
}

fn remove_bob(people: &mut Vec<Person>) {
    people.truncate(1);
}

/// Writes the users file; the next second it counts.
pub(super) fn write(app: &App, change: impl FnOnce(&mut Vec<Person>)) {
    app.write_people(change);
    app.clock.advance(1);
}

#[tokio::test]
async fn g19_a_disabled_or_removed_person_gets_nothing_at_any_endpoint_whichever_is_asked_first() {
    for change in [disable_bob, remove_bob] {
        for first in 0..USES.len() {
            let app = App::start().await;
            let mut held = Held::by(&app, "bob").await;
            let mut order = USES;
            order.rotate_left(first);
            write(&app, change);
            for how in order {
                held.refuses(&app, how).await;
            }
        }
    }
}

#[tokio::test]
async fn g19_what_a_disabled_person_had_does_not_come_back_and_others_keep_theirs() {
    for app in App::on_both("{}").await {
        for change in [disable_bob, remove_bob] {
            let mut held = Held::by(&app, "bob").await;
            let alice = Held::by(&app, "alice").await;
            write(&app, change);
            for how in USES {
                held.refuses(&app, how).await;
            }
            alice.stands(&app).await;
            write(&app, |_| ());
            app.userinfo(&alice.online.access).await.expect(200);
            // Refresh and code ended their families; the log says why.
            held.refuses(&app, Use::Refresh).await;
            held.refuses(&app, Use::Code).await;
            held.refuses(&app, Use::Device).await;
            app.userinfo(&held.offline.access).await.expect_error(401, "invalid_token");
            inactive(&held.auditor, &held.offline.access).await;
        }
        let why = "the person is gone, disabled, or has another password by now";
        assert_eq!(app.sql.events("token.revoked", why).await, 8, "each of four grants, twice");
    }
}

#[tokio::test]
async fn g19_a_disabled_person_proves_nothing_at_any_page() {
    for app in App::on_both("{}").await {
        for change in [disable_bob, remove_bob] {
            let mut enrolled = Browser::new(&app);
            let page = enrolled.ask(&Ask::of("web-2fa")).await;
            let page = enrolled.sign_in(&page, "bob").await;
            let mut coding = Browser::new(&app);
            let (device, _) = enrolled.enrol(&page).await;
            let page = coding.ask(&Ask::of("web-2fa")).await;
            let second_factor = coding.sign_in(&page, "bob").await;
            assert_eq!(second_factor.step(), "second-factor");
            app.clock.advance(30);
            write(&app, change);
            let code = device.code(&app);
            let page = coding.type_code(&second_factor, &code).await;
            assert_ne!(page.step(), "consent");
            assert!(coding.open("/").await.has("password"));
            let mut fresh = Browser::new(&app);
            assert!(fresh.sign_in_at_home("bob").await.has("password"));
            assert!(fresh.open("/").await.has("password"));
            assert!(admin::delete_totp(&app.storage, "bob", "a test", app.clock.now()).await.unwrap());
            write(&app, |_| ());
        }
    }
}

/// A client `web` that demands the group `admins`, which alice has and may lose, and `jwt` with it.
const GROUP: &str = include_str!("standing.yml");

#[allow(clippy::ptr_arg, reason = "one of several changes of the list")]
fn leave_admins(people: &mut Vec<Person>) {
    people[0].groups = vec!["dev"];
}

/// What takes away from alice what `web` and `jwt` got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    Consent,
    ConsentDeleted,
    Group,
    PolicyDenies,
    PolicyRaised,
    Client,
}

async fn lose(app: &App, loss: Loss) {
    match loss {
        Loss::Consent => {
            let statement = format!("UPDATE signet_consents SET revoked_at = {}", app.clock.now());
            assert!(app.sql.execute(&statement).await > 0);
        }
        Loss::ConsentDeleted => assert!(app.sql.execute("DELETE FROM signet_consents").await > 0),
        Loss::Group => write(app, leave_admins),
        Loss::PolicyDenies => {
            app.reconfigure(&GROUP.replace("policy: one_factor #group", "policy: deny #group"));
        }
        Loss::PolicyRaised => {
            app.reconfigure(&GROUP.replace("policy: one_factor #group", "policy: two_factor #group"));
        }
        Loss::Client => app.reconfigure(
            &GROUP
                .replace("client_id: web\n", "client_id: web-x\n")
                .replace("client_id: jwt\n", "client_id: jwt-x\n"),
        ),
    }
}

#[tokio::test]
async fn g20_what_loses_consent_client_group_or_policy_is_worth_nothing_at_once_and_for_good() {
    use Loss::{Client as Removed, Consent, ConsentDeleted, Group, PolicyDenies, PolicyRaised};
    for loss in [Consent, ConsentDeleted, Group, PolicyDenies, PolicyRaised, Removed] {
        for app in App::on_both(GROUP).await {
            let mut held = Held::by(&app, "alice").await;
            lose(&app, loss).await;
            // `jwt` asks for no consent.
            let of_consent = matches!(loss, Consent | ConsentDeleted);
            for access in held.access_tokens().into_iter().take(if of_consent { 2 } else { 3 }) {
                inactive(&held.auditor, access).await;
                app.userinfo(access).await.expect_error(401, "invalid_token");
            }
            inactive(&held.auditor, &held.offline.refresh).await;
            let (refreshed, redeemed) =
                (held.web.refresh(&held.offline.refresh).await, held.web.redeem(&held.code).await);
            if loss != Removed {
                held.device.poll().await.expect_error(400, "access_denied");
            }
            let page = held.browser.allow(&held.consent.clone()).await;
            if loss == Removed {
                refreshed.expect_error(401, "invalid_client");
                redeemed.expect_error(401, "invalid_client");
                assert_eq!((page.status(), page.outside), (400, None));
                continue;
            }
            refreshed.expect_error(400, "invalid_grant");
            redeemed.expect_error(400, "invalid_grant");
            match loss {
                Consent | ConsentDeleted => assert!(!page.returned().code().is_empty(), "a new consent"),
                PolicyRaised => assert_eq!(page.step(), "enrol"),
                _ => {
                    page.expect_error("access_denied");
                }
            }
            // What was lost comes back; the families were ended.
            app.reconfigure(GROUP);
            write(&app, |_| ());
            held.web.refresh(&held.offline.refresh).await.expect_error(400, "invalid_grant");
            held.web.redeem(&held.code).await.expect_error(400, "invalid_grant");
            held.device.poll().await.expect_error(400, "access_denied");
            app.userinfo(&held.offline.access).await.expect_error(401, "invalid_token");
        }
    }
}

/// A slip in the configuration costs nobody a sign-in: what a missing client had rests, and ends with its own end alone.
#[tokio::test]
async fn g20_a_client_that_is_registered_again_has_its_grants_again() {
    for app in App::on_both(GROUP).await {
        let mut held = Held::by(&app, "alice").await;
        lose(&app, Loss::Client).await;
        for access in held.access_tokens() {
            inactive(&held.auditor, access).await;
            app.userinfo(access).await.expect_error(401, "invalid_token");
        }
        inactive(&held.auditor, &held.offline.refresh).await;
        held.web.refresh(&held.offline.refresh).await.expect_error(401, "invalid_client");
        held.web.redeem(&held.code).await.expect_error(401, "invalid_client");
        let elsewhere = Client { id: "web-x".to_owned(), ..held.web.clone() };
        elsewhere.refresh(&held.offline.refresh).await.expect_error(400, "invalid_grant");
        let page = held.browser.allow(&held.consent.clone()).await;
        assert_eq!((page.status(), page.outside), (400, None));
        app.reconfigure(GROUP);
        held.stands(&app).await;
        let tokens = held.web.redeem(&held.code).await.expect(200).json();
        app.userinfo(tokens["access_token"].as_str().unwrap()).await.expect(200);
        held.web.refresh(&held.offline.refresh).await.expect(200);
        let page = held.browser.allow(&held.consent.clone()).await;
        assert!(!page.returned().code().is_empty(), "what was asked is still asked");
        // With another registration they are judged by that.
        app.reconfigure(&GROUP.replace("scopes: [openid, profile, offline_access]", "scopes: [openid]"));
        for access in [&held.offline.access, &held.online.access] {
            app.userinfo(access).await.expect_error(401, "invalid_token");
        }
    }
}

#[tokio::test]
async fn g20_every_replica_judges_anew_within_a_second() {
    let fleet = Fleet::on_postgres(GROUP);
    let site = &fleet.site;
    let everywhere = async |held: &Held, active: bool| {
        for replica in &fleet.sites {
            let auditor = Client::new(replica, "auditor");
            for access in held.access_tokens() {
                assert_eq!(auditor.is_active(access).await, active);
                assert_eq!(replica.userinfo(access).await.status, if active { 200 } else { 401 });
            }
            assert_eq!(auditor.is_active(&held.offline.refresh).await, active);
        }
    };
    let second = async || tokio::time::sleep(std::time::Duration::from_millis(1001)).await;

    let held = Held::by(site, "alice").await;
    everywhere(&held, true).await;
    let mut people = Person::all();
    leave_admins(&mut people);
    fleet.write_people(&people);
    second().await;
    everywhere(&held, false).await;
    for replica in &fleet.sites {
        Client::new(replica, "web").refresh(&held.offline.refresh).await.expect_error(400, "invalid_grant");
    }
    fleet.write_people(&Person::all());
    second().await;

    let held = Held::by(site, "alice").await;
    let mut people = Person::all();
    people[0].disabled = true;
    fleet.write_people(&people);
    second().await;
    everywhere(&held, false).await;
    fleet.write_people(&Person::all());
    second().await;

    let held = Held::by(site, "alice").await;
    assert!(fleet.sql.execute("UPDATE signet_consents SET revoked_at = 1").await > 0);
    for replica in &fleet.sites {
        let auditor = Client::new(replica, "auditor");
        inactive(&auditor, &held.online.access).await;
        inactive(&auditor, &held.offline.refresh).await;
    }

    let held = Held::by(site, "alice").await;
    fleet.reload(
        &GROUP
            .replace("client_id: web\n", "client_id: web-x\n")
            .replace("client_id: jwt\n", "client_id: jwt-x\n"),
    );
    everywhere(&held, false).await;
    fleet.reload(&GROUP.replace("policy: one_factor #group", "policy: deny #group"));
    everywhere(&held, false).await;
    fleet.reload(GROUP);
    everywhere(&held, true).await;
}
