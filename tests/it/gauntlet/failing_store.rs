//! No store that fails is taken for a yes.

use super::binding::Every;
use crate::support::postgres;
use crate::support::relay::Relay;
use crate::support::{Answer, App, Ask, Browser, Client, View};

/// Everything that reads or writes what is remembered, prepared while the store still answers.
struct Prepared {
    every: Every,
    code: String,
    browser: Browser,
    sign_in: View,
    consent: View,
    logout: View,
}

impl Prepared {
    async fn at(app: &App) -> Self {
        let every = Every::at(app).await;
        let mut browser = Browser::new(app);
        let code = browser.authorize(&Ask::of("web"), "alice").await.code();
        let consent = browser.ask(&Ask::of("web")).await;
        assert_eq!(consent.step(), "consent");
        let sign_in = browser.ask(&Ask::of("web").prompt("login")).await;
        let logout = browser.open("/logout").await;
        Self { every, code, browser, sign_in, consent, logout }
    }

    /// Every request is answered 503, and says when to come again.
    async fn is_unavailable(&mut self, app: &App, why: &str) {
        let web = Client::new(app, "web");
        for (owner, token) in self.every.all() {
            let owner = Client::new(app, owner);
            unavailable(&owner.revoke(token).await, &format!("{why}: revocation"));
            let introspection = owner.call("/api/oidc/introspection", &[("token", token)]).send().await;
            unavailable(&introspection, &format!("{why}: introspection"));
        }
        unavailable(&web.redeem(&self.code).await, &format!("{why}: code"));
        unavailable(&web.refresh(&self.every.web.refresh).await, &format!("{why}: refresh"));
        let own = Client::new(app, "machine").token(&[("grant_type", "client_credentials")]).await;
        unavailable(&own, &format!("{why}: client_credentials"));
        unavailable(&web.push(&Ask::of("web")).await, &format!("{why}: pushed request"));
        for access in [&self.every.web.access, &self.every.jwt.access] {
            unavailable(&app.userinfo(access).await, &format!("{why}: userinfo"));
        }
        let browser = &mut self.browser;
        for (page, button) in [
            (&self.sign_in, "login-submit"),
            (&self.consent, "consent-allow"),
            (&self.consent, "consent-deny"),
            (&self.logout, "logout-confirm"),
        ] {
            let filled = [("username", "alice"), ("password", "alice-password")];
            let filled = if button == "login-submit" { &filled[..] } else { &[] };
            let view = browser.press(page, button, filled).await;
            unavailable(&view.answer, &format!("{why}: {button}"));
        }
        unavailable(&browser.ask(&Ask::of("web")).await.answer, &format!("{why}: authorization"));
        unavailable(&Browser::new(app).ask(&Ask::of("web")).await.answer, &format!("{why}: authorization"));
        for path in ["/", "/logout"] {
            unavailable(&browser.open(path).await.answer, &format!("{why}: {path}"));
        }
        app.get("/jwks.json").send().await.expect(200);
    }

    /// Nothing of all that was done.
    async fn stands(&mut self, app: &App) {
        self.browser.app = app.site.clone();
        for (owner, token) in self.every.all() {
            assert!(Client::new(app, owner).is_active(token).await, "{owner}'s token stands");
        }
        let web = Client::new(app, "web");
        web.redeem(&self.code).await.expect(200);
        web.refresh(&self.every.web.refresh).await.expect(200);
        assert_eq!(self.browser.open("/").await.heading(), "You are signed in");
        self.browser.allow(&self.consent.clone()).await.returned().code();
        for (owner, token) in [("jwt", &self.every.jwt.access), ("web", &self.every.web.access)] {
            Client::new(app, owner).revoke(token).await.expect(200);
            app.userinfo(token).await.expect_error(401, "invalid_token");
        }
    }
}

#[track_caller]
fn unavailable(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 503, "{what}: {}", answer.text());
    assert!(answer.header("retry-after").parse::<u32>().is_ok(), "{what}: {:?}", answer.headers);
    assert_eq!(answer.header("cache-control"), "no-store", "{what}");
}

#[tokio::test]
async fn g73_while_postgresql_is_gone_everything_that_needs_it_is_answered_503() {
    let database = postgres::database();
    let relay = Relay::to(database.port).await;
    let app = App::on_postgres_at(database, relay.port).await;
    let mut prepared = Prepared::at(&app).await;
    relay.cut(true);
    prepared.is_unavailable(&app, "cut").await;
    relay.cut(false);
    prepared.stands(&app).await;
}

#[tokio::test]
async fn g73_while_sqlite_is_broken_everything_that_needs_it_is_answered_503() {
    let tables = [
        "grants",
        "access_tokens",
        "refresh_tokens",
        "authorization_codes",
        "interactions",
        "sessions",
        "events",
    ];
    for broken in ["closed", "renamed", "no writes"] {
        let app = App::on_sqlite_with("{}").await;
        let mut prepared = Prepared::at(&app).await;
        match broken {
            "closed" => {
                app.storage.close().await;
                prepared.is_unavailable(&app, broken).await;
                prepared.stands(&app.another().await).await;
                continue;
            }
            "renamed" => {
                for table in tables.iter().chain(&["pushed_requests"]) {
                    app.sql.execute(&format!("ALTER TABLE signet_{table} RENAME TO gone_{table}")).await;
                }
                prepared.is_unavailable(&app, broken).await;
                for table in tables.iter().chain(&["pushed_requests"]) {
                    app.sql.execute(&format!("ALTER TABLE gone_{table} RENAME TO signet_{table}")).await;
                }
            }
            _ => {
                // Reads go on: only what writes is refused.
                for (table, how) in [("grants", "UPDATE"), ("access_tokens", "UPDATE"), ("events", "INSERT")]
                {
                    let trigger = format!(
                        "CREATE TRIGGER refuse_{table} BEFORE {how} ON signet_{table} \
                         BEGIN SELECT RAISE(ABORT, 'no'); END"
                    );
                    app.sql.execute(&trigger).await;
                }
                for (owner, token) in prepared.every.all() {
                    let owner = Client::new(&app, owner);
                    unavailable(&owner.revoke(token).await, "revocation");
                    assert!(owner.is_active(token).await);
                }
                let web = Client::new(&app, "web");
                unavailable(&web.redeem(&prepared.code).await, "code");
                unavailable(&web.refresh(&prepared.every.web.refresh).await, "refresh");
                let logout = prepared.logout.clone();
                let view = prepared.browser.press(&logout, "logout-confirm", &[]).await;
                unavailable(&view.answer, "sign-out");
                for table in ["grants", "access_tokens", "events"] {
                    app.sql.execute(&format!("DROP TRIGGER refuse_{table}")).await;
                }
            }
        }
        prepared.stands(&app).await;
    }
}
