//! How a person leaves: at the provider's own page, and by a relying party that posts them there from its site.

use serde_json::json;

use super::person::Person;
use super::steps::{Stride, same};
use super::town::{OP, RP};

/// Where the relying party wants to have them back.
const BYE: &str = "https://rp.example/bye";

impl Person<'_> {
    pub(super) async fn sign_out(&self) -> Stride {
        self.goto(&format!("https://{OP}/")).await?;
        if !self.reach(OP, "sign-out").await?.text.contains(&self.name) {
            return Err("the home page does not say who is signed in".to_owned());
        }
        self.click("sign-out").await?;
        self.reach_text(OP, "Signed out").await?;
        self.back().await?;
        let sight = self.reach_text(OP, "").await?;
        if sight.text.contains(&self.name) {
            return Err(format!("Back shows who was signed in: {}", sight.text));
        }
        self.known_by_nobody().await
    }

    pub(super) async fn sign_out_by_client(&self) -> Stride {
        self.at_relying_party(RP, "client=web").await?;
        self.click("go").await?;
        self.reach(OP, "login-submit").await?;
        self.sign_in(false).await?;
        self.allow("The Web App").await?;
        let login = self.known_by(RP, "web").await?;
        let hint = login["id_token"].as_str().ok_or("no ID token")?;
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("id_token_hint", hint)
            .append_pair("post_logout_redirect_uri", BYE)
            .append_pair("state", "the state of the sign-out")
            .finish();
        self.goto(&format!("https://{RP}/log-out?{query}")).await?;
        self.click("go").await?;
        let sight = self.reach_text(RP, "the state of the sign-out").await?;
        same("where the person is", &json!(sight.url.split('?').next()), &json!(BYE))?;
        self.known_by_nobody().await
    }

    async fn known_by_nobody(&self) -> Stride {
        self.silently().await?;
        let why = self.refused(RP).await?;
        if why == "login_required" { Ok(()) } else { Err(why) }
    }
}
