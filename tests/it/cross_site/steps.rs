//! What a person does at each step of the walk. An error says what is there in the place of what should be.

use fantoccini::Locator;
use serde_json::{Value, json};

use super::evil::MALLORY;
use super::person::Person;
use super::relying_party::APP;
use super::town::{EVIL, OP, OTHER, RP};
use super::walk::Planting;
use crate::support::authenticator::one_time_code;

pub(super) type Stride = Result<(), String>;

pub(super) fn same(what: &str, got: &Value, wanted: &Value) -> Stride {
    if got == wanted { Ok(()) } else { Err(format!("{what} is {got} and not {wanted}")) }
}

impl Person<'_> {
    /// Visits the neighbour in a tab of its own.
    async fn visit_neighbour(&self, page: &str) -> Stride {
        let here = self.window().await?;
        self.new_tab().await?;
        self.goto(&format!("https://{EVIL}/{page}")).await?;
        self.reach(EVIL, "planted").await?;
        self.close_tab(&here).await
    }

    /// The relying party knows this person, by this client.
    pub(super) async fn known_by(&self, host: &str, client: &str) -> Result<Value, String> {
        let login = self.known(host).await?;
        same("the client", &login["client"], &client.into())?;
        same("the name", &login["name"], &self.name.as_str().into())?;
        Ok(login)
    }

    /// Logs in by a link to the consent page, allows, and is known.
    async fn log_in(&self, wish: &str) -> Result<Value, String> {
        self.at_relying_party(RP, wish).await?;
        self.click("go").await?;
        self.allow("The Web App").await?;
        self.known_by(RP, "web").await
    }

    pub(super) async fn silently(&self) -> Stride {
        self.at_relying_party(RP, "client=quiet&prompt=none&how=redirect").await?;
        self.click("go").await
    }

    pub(super) async fn link(&self, planting: Planting) -> Stride {
        match planting {
            Planting::Always => self.visit_neighbour("all").await?,
            Planting::One => self.visit_neighbour("one").await?,
            Planting::During | Planting::Never => {}
        }
        self.at_relying_party(RP, "client=web").await?;
        self.click("go").await?;
        self.reach(OP, "login-submit").await.map(drop)
    }

    pub(super) async fn sign_in_at_link(&self, planting: Planting) -> Stride {
        if matches!(planting, Planting::Always | Planting::During) {
            self.visit_neighbour("all").await?;
        }
        self.sign_in(false).await?;
        self.reach(OP, "consent-allow").await.map(drop)
    }

    pub(super) async fn answer_by_query(&self) -> Stride {
        self.allow("The Web App").await?;
        let login = self.known_by(RP, "web").await?;
        same("acr", &login["acr"], &"1".into())?;
        same("amr", &login["amr"], &json!(["pwd"]))
    }

    pub(super) async fn frame(&self) -> Stride {
        self.at_relying_party(RP, "client=quiet&prompt=none&how=frame").await?;
        let sight = self.framed().await?;
        if !(sight.has("refused") && sight.text.contains("login_required")) {
            return Err(format!("prompt=none in a frame is not answered by login_required: {}", sight.text));
        }
        self.at_relying_party(RP, "client=web&how=frame").await?;
        let sight = self.framed().await?;
        let said = self.chromium.console().await.map_err(|error| error.to_string())?;
        if !sight.url.starts_with("chrome-error:") || !said.iter().any(|it| it.contains("frame-ancestors")) {
            return Err(format!("a frame shows {}: {} {said:?}", sight.url, sight.text));
        }
        Ok(())
    }

    pub(super) async fn forged(&self) -> Stride {
        let own = self.own_cookies().await;
        // Of the provider's site, from where cookies come along, and of another, from where they do not.
        for host in [EVIL, OTHER] {
            self.goto(&format!("https://{host}/forge")).await?;
            self.click("go").await?;
            let sight = self.reach(OP, "error-code").await?;
            let why = self.instead(OP, "nothing", &sight).await;
            if !why.contains("the form came from another site") {
                return Err(why);
            }
        }
        same("what the browser has of the provider", &self.own_cookies().await, &own)?;
        self.silent().await
    }

    /// The provider's cookies and their values.
    async fn own_cookies(&self) -> Value {
        let own = self.cookies().await.into_iter().filter_map(|cookie| {
            let name = cookie["name"].as_str().filter(|name| name.starts_with("__Host-"))?;
            Some((name.to_owned(), cookie["value"].clone()))
        });
        Value::Object(own.collect())
    }

    pub(super) async fn popup_login(&self) -> Stride {
        let main = self.window().await?;
        self.at_relying_party(RP, "client=web&to=popup&how=popup").await?;
        let button = self.chromium.client.find(Locator::Id("go")).await.map_err(|error| error.to_string())?;
        button.click().await.map_err(|error| error.to_string())?;
        let popup = self.popup(&main).await?;
        self.switch_to(&popup).await?;
        self.allow("The Web App").await?;
        self.closes().await?;
        self.switch_to(&main).await?;
        self.known_by(RP, "web").await.map(drop)
    }

    pub(super) async fn onward(&self) -> Stride {
        self.at_relying_party(RP, "client=web&to=onward").await?;
        self.click("go").await?;
        self.allow("The Web App").await?;
        self.known_by(OTHER, "web").await.map(drop)
    }

    pub(super) async fn onward_to_app(&self) -> Stride {
        self.at_relying_party(RP, "client=web&to=app").await?;
        self.click("go").await?;
        self.allow("The Web App").await?;
        let address = self.app_opened(APP).await?;
        let ticket = address.split_once("ticket=").ok_or("no ticket")?.1;
        let login = self.town.relying_party.login(ticket).ok_or("no such ticket")?;
        same("the name", &login["name"], &self.name.as_str().into())
    }

    pub(super) async fn app(&self) -> Stride {
        let party = &self.town.relying_party;
        // An app opens the browser at the provider itself.
        self.goto(&party.address(&party.begin("native", "", None, &[]))).await?;
        self.allow("The Native App").await?;
        let address = self.app_opened(APP).await?;
        let query = address.split_once('?').ok_or("no query")?.1;
        let answer: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let login = party.receive("query", None, &answer).await?;
        same("the name", &login["name"], &self.name.as_str().into())
    }

    pub(super) async fn post_signed_in(&self) -> Stride {
        self.log_in("client=web&how=form&response_mode=fragment").await.map(drop)
    }

    pub(super) async fn form_post(&self) -> Stride {
        self.log_in("client=web&response_mode=form_post").await.map(drop)
    }

    pub(super) async fn form_post_without_scripts(&self) -> Stride {
        self.scripts(false).await;
        self.at_relying_party(RP, "client=web&how=form&response_mode=form_post").await?;
        self.click("go").await?;
        self.allow("The Web App").await?;
        let sight = self.reach(OP, "form-post-submit").await?;
        if !sight.text.contains("Continue to The Web App") {
            return Err(sight.text);
        }
        self.click("form-post-submit").await?;
        let known = self.known_by(RP, "web").await;
        self.scripts(true).await;
        known.map(drop)
    }

    pub(super) async fn silent(&self) -> Stride {
        self.silently().await?;
        self.known_by(RP, "quiet").await.map(drop)
    }

    pub(super) async fn single_sign_on(&self) -> Stride {
        self.at_relying_party(OTHER, "client=shop").await?;
        self.click("go").await?;
        self.allow("The Shop").await?;
        self.known_by(OTHER, "shop").await.map(drop)
    }

    pub(super) async fn back_after_consent(&self) -> Stride {
        self.log_in("client=web").await?;
        self.back().await?;
        // The browser may have kept the page; what it asks is answered all the same.
        if self.reach_any(OP, &["consent-allow", "error-code"]).await?.has("consent-allow") {
            self.click("consent-allow").await?;
        }
        let sight = self.reach(OP, "error-code").await?;
        if sight.text.contains("answered already") { Ok(()) } else { Err(sight.text) }
    }

    pub(super) async fn post_signed_out(&self, planting: Planting) -> Stride {
        if planting == Planting::Always {
            self.visit_neighbour("all").await?;
        }
        self.at_relying_party(RP, "client=web&how=form&response_mode=form_post").await?;
        self.click("go").await?;
        self.reach(OP, "login-submit").await?;
        self.sign_in(false).await?;
        self.reach(OP, "consent-allow").await?;
        // To the sign-in page, if the browser kept it, or to where the provider sends who is signed in already.
        self.back().await?;
        if self.reach_any(OP, &["login-submit", "consent-allow"]).await?.has("login-submit") {
            self.sign_in(false).await?;
        }
        self.allow("The Web App").await?;
        self.known_by(RP, "web").await.map(drop)
    }

    pub(super) async fn restart(&self) -> Stride {
        self.restart_browser().await;
        self.silently().await?;
        let why = self.refused(RP).await?;
        if why == "login_required" { Ok(()) } else { Err(why) }
    }

    pub(super) async fn two_tabs(&self) -> Stride {
        let first = self.window().await?;
        self.at_relying_party(RP, "client=web").await?;
        self.click("go").await?;
        self.reach(OP, "login-submit").await?;
        self.new_tab().await?;
        self.at_relying_party(OTHER, "client=shop&how=form").await?;
        self.click("go").await?;
        self.reach(OP, "login-submit").await?;
        self.sign_in(true).await?;
        self.allow("The Shop").await?;
        let shop = self.known_by(OTHER, "shop").await?;
        self.close_tab(&first).await?;
        // The first tab still shows its form; the person fills it in all the same.
        self.sign_in(true).await?;
        self.allow("The Web App").await?;
        let web = self.known_by(RP, "web").await?;
        same("sub", &web["sub"], &shop["sub"])
    }

    pub(super) async fn remembered(&self) -> Stride {
        self.restart_browser().await;
        self.silently().await?;
        self.known_by(RP, "quiet").await.map(drop)
    }

    pub(super) async fn two_factors(&self, planting: Planting) -> Stride {
        self.at_relying_party(RP, "client=bank").await?;
        self.click("go").await?;
        self.reach(OP, "totp-secret").await?;
        if planting == Planting::Always {
            self.visit_neighbour("all").await?;
        }
        let seed = self.chromium.text("totp-secret").await;
        self.fill("second-factor-code", &one_time_code(&seed)).await?;
        self.click("second-factor-submit").await?;
        self.allow("The Bank").await?;
        let login = self.known_by(RP, "bank").await?;
        same("acr", &login["acr"], &"2".into())?;
        same("amr", &login["amr"], &json!(["pwd", "otp", "mfa"]))
    }

    /// Every cookie of the provider is its own: bound to the host, and none that the neighbour planted.
    pub(super) async fn jar(&self, planting: Planting) -> Stride {
        let cookies = self.cookies().await;
        let planted = self.town.planted();
        let prefixed: Vec<&Value> = cookies
            .iter()
            .filter(|cookie| {
                cookie["name"].as_str().is_some_and(|name| name.to_lowercase().starts_with("__host-"))
            })
            .collect();
        let mut names: Vec<&str> = prefixed.iter().filter_map(|cookie| cookie["name"].as_str()).collect();
        names.sort_unstable();
        if names != ["__Host-signet_browser", "__Host-signet_session"] {
            return Err(format!("the cookies with a prefix are {names:?}"));
        }
        for cookie in prefixed {
            same("Secure", &cookie["secure"], &true.into())?;
            same("HttpOnly", &cookie["httpOnly"], &true.into())?;
            same("SameSite", &cookie["sameSite"], &"Lax".into())?;
            same("Path", &cookie["path"], &"/".into())?;
            same("Domain", &cookie["domain"], &OP.into())?;
            if planted.iter().any(|value| cookie["value"] == *value) {
                return Err(format!("{} is {MALLORY}'s", cookie["name"]));
            }
        }
        // What was planted without the prefix is there, or nothing was tried here at all.
        let tossed = cookies.iter().any(|cookie| cookie["domain"] == ".op.test");
        if tossed == (planting == Planting::Always) {
            Ok(())
        } else {
            Err(format!("cookies of the neighbour: {cookies:?}"))
        }
    }
}
