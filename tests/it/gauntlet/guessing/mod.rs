//! Guessing passwords and codes, learning who there is, and ways around the steps of a sign-in.

mod counting;
mod enumeration;
mod forwarded;
mod lockout;
mod names;
mod stages;

use crate::support::people::password;
use crate::support::{App, Ask, Browser, Client, View, WaitingDevice};

/// Three failures in two minutes lock for five.
const REGULATION: &str = "regulation: {max_retries: 3, find_time: 2m, ban_time: 5m}";
/// The failures that lock.
const RETRIES: usize = 3;
/// Seconds after which no failure counts any more, over all networks.
const FORGOTTEN: i64 = 3700;

const OTHER: &str = "https://other.example.org";
const LOOPBACK: &str = "http://127.0.0.1:9091";

/// Where a person signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Home,
    Flow,
    OtherClient,
    Device,
    OtherIssuer,
    Loopback,
}

const ENTRIES: [Entry; 6] =
    [Entry::Home, Entry::Flow, Entry::OtherClient, Entry::Device, Entry::OtherIssuer, Entry::Loopback];

impl Entry {
    /// A new browser at the sign-in page.
    async fn open(self, app: &App) -> (Browser, View) {
        let mut browser = match self {
            Self::Home | Self::Flow | Self::OtherClient | Self::Device => Browser::new(app),
            Self::OtherIssuer => Browser::at(app, OTHER),
            Self::Loopback => Browser::at(app, LOOPBACK),
        };
        let page = match self {
            Self::Flow => browser.ask(&Ask::of("web")).await,
            Self::OtherClient => browser.ask(&Ask::of("web-2fa")).await,
            Self::Device => {
                let device = WaitingDevice::of(&Client::new(app, "tv"), "openid").await;
                browser.type_user_code(&device.user_code).await
            }
            Self::Home | Self::OtherIssuer | Self::Loopback => browser.open("/").await,
        };
        assert!(page.has("password"), "{self:?}: {}", page.text());
        (browser, page)
    }

    async fn fail(self, app: &App, typed: &str) {
        let (mut browser, page) = self.open(app).await;
        assert!(!lets_in(&mut browser, &page, typed, "wrong").await);
    }

    /// Whether a new browser gets in with the right password.
    async fn lets_in(self, app: &App, name: &str) -> bool {
        let (mut browser, page) = self.open(app).await;
        lets_in(&mut browser, &page, name, &password(name)).await
    }
}

async fn lets_in(browser: &mut Browser, page: &View, typed: &str, password: &str) -> bool {
    let filled = [("username", typed), ("password", password)];
    !browser.press(page, "login-submit", &filled).await.has("password")
}

/// A browser with cookies, at home.
async fn known_browser(app: &App, name: &str) -> Browser {
    let mut browser = Browser::new(app);
    browser.sign_in_at_home(name).await;
    let page = browser.open("/logout").await;
    browser.press(&page, "logout-confirm", &[]).await;
    browser
}

/// Whether this browser gets in with the right password.
async fn gets_in(browser: &mut Browser, name: &str) -> bool {
    browser.sign_in_at_home(name).await.heading() == "You are signed in"
}

/// A code that no step near has.
fn wrong(code: &str) -> String {
    code.chars().map(|digit| if digit == '9' { '0' } else { char::from(digit as u8 + 1) }).collect()
}
