//! Somebody at the browser. Nothing here panics over what a page shows: a walk says where it stopped, and why.

use std::time::{Duration, Instant};

use fantoccini::Locator;
use fantoccini::error::CmdError;
use fantoccini::wd::WindowHandle;
use serde_json::{Value, json};

use super::sight::{LOOK, Sight};
use super::town::{OP, RP, Town};
use crate::browser::chromium::Chromium;
use crate::support::wait::PATIENCE;

/// A person with a browser in the town.
pub struct Person<'a> {
    pub town: &'a Town,
    pub chromium: &'a Chromium,
    pub name: String,
}

impl Person<'_> {
    pub async fn goto(&self, url: &str) -> Result<(), String> {
        self.chromium.client.goto(url).await.map_err(|error| format!("{url}: {error}"))
    }

    /// A page of the relying party from which a login goes out.
    pub async fn at_relying_party(&self, host: &str, wish: &str) -> Result<(), String> {
        self.goto(&format!("https://{host}/begin?{wish}")).await
    }

    async fn look(&self) -> Option<Sight> {
        let seen = self.chromium.client.execute(LOOK, Vec::new()).await.ok()?;
        serde_json::from_value(seen).ok()
    }

    /// Waits for a page with one of these elements at this host.
    pub async fn reach_any(&self, host: &str, ids: &[&str]) -> Result<Sight, String> {
        let wanted = |sight: &Sight| ids.iter().any(|id| sight.has(id));
        self.wait_for(host, &ids.join(" or #"), wanted).await
    }

    /// Waits for a page that says this at this host.
    pub async fn reach_text(&self, host: &str, text: &str) -> Result<Sight, String> {
        self.wait_for(host, text, |sight| sight.text.contains(text)).await
    }

    /// Waits for a page with this element at this host.
    pub async fn reach(&self, host: &str, id: &str) -> Result<Sight, String> {
        self.wait_for(host, id, |sight| sight.has(id)).await
    }

    /// Ends early when another page is there for good, or when the browser says that a policy forbids what was asked.
    async fn wait_for(
        &self,
        host: &str,
        what: &str,
        wanted: impl Fn(&Sight) -> bool,
    ) -> Result<Sight, String> {
        let begun = Instant::now();
        let mut at = "nowhere".to_owned();
        while begun.elapsed() < PATIENCE {
            if let Some(sight) = self.look().await {
                at = sight.url.clone();
                if sight.ready && sight.is_at(host) && wanted(&sight) {
                    return Ok(sight);
                }
                if sight.is_final() && !sight.has("form-post") {
                    return Err(self.instead(host, what, &sight).await);
                }
            }
            if let Some(said) = self.forbidden().await {
                return Err(said);
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        Err(format!("#{what} of {host} never came: {at}"))
    }

    /// What is there in the place of what was waited for, and what Signet's log says to it.
    pub async fn instead(&self, host: &str, what: &str, sight: &Sight) -> String {
        let mut why = format!("instead of #{what} of {host} there is {}: {}", sight.url, sight.text);
        for _ in 0..100 {
            if sight.code.is_empty() {
                break;
            }
            if let Some(line) = self.town.refusal(&sight.code) {
                why += &format!("\nSignet says: {line}");
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        why
    }

    /// A message of the browser that a policy was broken.
    async fn forbidden(&self) -> Option<String> {
        let said = self.chromium.console().await.unwrap_or_default();
        said.into_iter().find(|message| message.contains("Content Security Policy"))
    }

    /// Waits for the relying party to know somebody.
    pub async fn known(&self, host: &str) -> Result<Value, String> {
        let sight = self.reach(host, "login").await?;
        serde_json::from_str(&sight.told).map_err(|error| format!("{error}: {}", sight.told))
    }

    /// Waits for the relying party to say why it knows nobody.
    pub async fn refused(&self, host: &str) -> Result<String, String> {
        Ok(self.reach(host, "refused").await?.told)
    }

    /// Clicks. What waits afterwards does not mistake the page that is left for the one that comes.
    pub async fn click(&self, id: &str) -> Result<(), String> {
        let mark = "document.documentElement.setAttribute('data-left', '')";
        self.touch(id).await?;
        let failed = |error: CmdError| format!("#{id}: {error}");
        let element = self.chromium.client.find(Locator::Id(id)).await.map_err(failed)?;
        self.chromium.client.execute(mark, Vec::new()).await.map_err(failed)?;
        element.click().await.map_err(failed)
    }

    /// Waits until an element is there, wherever that is.
    async fn touch(&self, id: &str) -> Result<(), String> {
        let found = self.chromium.client.wait().at_most(PATIENCE).for_element(Locator::Id(id)).await;
        found.map(drop).map_err(|error| format!("no #{id}: {error}"))
    }

    pub async fn fill(&self, id: &str, text: &str) -> Result<(), String> {
        let failed = |error: CmdError| format!("#{id}: {error}");
        let field = self.chromium.client.find(Locator::Id(id)).await.map_err(failed)?;
        field.clear().await.map_err(failed)?;
        field.send_keys(text).await.map_err(failed)
    }

    /// The Back button.
    pub async fn back(&self) -> Result<(), String> {
        let client = &self.chromium.client;
        let mark = "document.documentElement.setAttribute('data-left', 'back')";
        client.execute(mark, Vec::new()).await.map_err(|error| error.to_string())?;
        client.back().await.map_err(|error| error.to_string())?;
        // The page may be one that the browser kept as it was left.
        let unmark = "
            const root = document.documentElement;
            const there = root.getAttribute('data-left') !== 'back';
            if (there) { root.removeAttribute('data-left'); }
            return there;";
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if client.execute(unmark, Vec::new()).await.is_ok_and(|there| there == true) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        Err("back leads nowhere".to_owned())
    }

    /// Types name and password into the sign-in page that is there.
    pub async fn sign_in(&self, remember: bool) -> Result<(), String> {
        self.fill("username", &self.name).await?;
        self.fill("password", &crate::support::people::password(&self.name)).await?;
        if remember {
            let tick = self.chromium.client.find(Locator::Id("remember")).await;
            tick.map_err(|error| error.to_string())?.click().await.map_err(|error| error.to_string())?;
        }
        self.click("login-submit").await
    }

    /// Waits for the consent page of a client and allows.
    pub async fn allow(&self, client: &str) -> Result<(), String> {
        let sight = self.reach(OP, "consent-allow").await?;
        for told in [client, self.name.as_str()] {
            if !sight.text.contains(told) {
                return Err(format!("the consent page does not speak of {told}: {}", sight.text));
            }
        }
        self.click("consent-allow").await
    }

    /// Waits until the browser was asked to open an app, and gives the address.
    pub async fn app_opened(&self, scheme: &str) -> Result<String, String> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            for message in self.chromium.console().await.map_err(|error| error.to_string())? {
                if message.contains("Content Security Policy") {
                    return Err(message);
                }
                if let Some((_, rest)) = message.split_once(scheme) {
                    return Ok(format!("{scheme}{}", rest.split('\'').next().unwrap_or_default()));
                }
            }
            if let Some(sight) = self.look().await
                && sight.is_final()
            {
                return Err(self.instead("the app", "done", &sight).await);
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        Err(format!("the browser was never asked to open {scheme}"))
    }

    /// What stands in the page's frame.
    pub async fn framed(&self) -> Result<Sight, String> {
        let client = &self.chromium.client;
        let begun = Instant::now();
        loop {
            client.clone().enter_frame(0).await.map_err(|error| error.to_string())?;
            let seen = self.look().await;
            client.clone().enter_parent_frame().await.map_err(|error| error.to_string())?;
            match seen {
                Some(sight) if sight.is_final() => return Ok(sight),
                _ if begun.elapsed() > PATIENCE => return Err("the frame never showed anything".to_owned()),
                _ => tokio::time::sleep(Duration::from_millis(30)).await,
            }
        }
    }

    pub async fn windows(&self) -> Result<Vec<WindowHandle>, String> {
        self.chromium.client.windows().await.map_err(|error| error.to_string())
    }

    pub async fn window(&self) -> Result<WindowHandle, String> {
        self.chromium.client.window().await.map_err(|error| error.to_string())
    }

    pub async fn switch_to(&self, window: &WindowHandle) -> Result<(), String> {
        self.chromium.client.switch_to_window(window.clone()).await.map_err(|error| error.to_string())
    }

    /// Opens a tab and gives its handle; the person looks at it.
    pub async fn new_tab(&self) -> Result<WindowHandle, String> {
        let opened = self.chromium.client.new_window(true).await.map_err(|error| error.to_string())?;
        self.switch_to(&opened.handle).await?;
        Ok(opened.handle)
    }

    /// Closes this tab and goes back to another.
    pub async fn close_tab(&self, then: &WindowHandle) -> Result<(), String> {
        self.chromium.client.close_window().await.map_err(|error| error.to_string())?;
        self.switch_to(then).await
    }

    /// Waits for a window that the page opened.
    pub async fn popup(&self, main: &WindowHandle) -> Result<WindowHandle, String> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(other) = self.windows().await?.into_iter().find(|window| window != main) {
                return Ok(other);
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        Err("no window was opened".to_owned())
    }

    /// Waits until this window closes itself.
    pub async fn closes(&self) -> Result<(), String> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.windows().await?.len() == 1 {
                return Ok(());
            }
            if let Some(sight) = self.look().await
                && sight.ready
                && !sight.has("told")
            {
                return Err(self.instead(RP, "told", &sight).await);
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        Err("the window never closed".to_owned())
    }

    pub async fn scripts(&self, run: bool) {
        self.chromium.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": !run })).await;
    }

    /// The cookies that go to the provider, to whichever page.
    pub async fn cookies(&self) -> Vec<Value> {
        let urls: Vec<String> =
            ["", "flow/any", "api/oidc/authorization"].map(|path| format!("https://{OP}/{path}")).into();
        let cookies = self.chromium.devtools("Network.getCookies", json!({ "urls": urls })).await;
        cookies["cookies"].as_array().unwrap().clone()
    }

    /// What closing the browser does to the provider's cookies: those without a life of their own go.
    pub async fn restart_browser(&self) {
        for cookie in self.cookies().await.into_iter().filter(|cookie| cookie["session"] == true) {
            let which = json!({ "name": cookie["name"], "domain": cookie["domain"], "path": cookie["path"] });
            self.chromium.devtools("Network.deleteCookies", which).await;
        }
    }

    /// A browser as it comes out of the box: one tab, nothing known.
    pub async fn reset(&self) {
        let windows = self.windows().await.unwrap();
        let (kept, others) = windows.split_first().unwrap();
        for other in others {
            self.switch_to(other).await.unwrap();
            self.close_tab(kept).await.unwrap();
        }
        self.switch_to(kept).await.unwrap();
        self.scripts(true).await;
        self.goto("about:blank").await.unwrap();
        self.chromium.devtools("Network.clearBrowserCookies", json!({})).await;
        self.chromium.console().await.unwrap();
    }
}
