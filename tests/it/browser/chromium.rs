//! Chromium, driven through chromedriver: one driver per test run, one browser with an empty profile per test.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Url;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::support::process::Process;
use crate::support::wait::{PATIENCE, until_asked};

const CHROMIUM: &str = "/usr/bin/chromium";
const CHROMEDRIVER: &str = "/usr/bin/chromedriver";
const MISSING: &str = "these tests do not pass without it. Install the Debian packages: \
                       apt-get install -y --no-install-recommends chromium chromium-driver";

/// Chromium is heavy: this many at once.
static SEATS: Semaphore = Semaphore::const_new(2);

/// One browser, with its profile. [`Chromium::close`] ends it.
pub struct Chromium {
    pub client: Client,
    _profile: TempDir,
    _seat: SemaphorePermit<'static>,
}

/// chromedriver, for as long as the tests run.
struct Driver {
    address: String,
    /// For everything that browsers leave behind; it goes when the driver goes.
    folder: PathBuf,
    _process: Mutex<Process>,
}

fn driver() -> &'static Driver {
    static DRIVER: OnceLock<Driver> = OnceLock::new();
    DRIVER.get_or_init(|| {
        for (program, package) in [(CHROMIUM, "chromium"), (CHROMEDRIVER, "chromium-driver")] {
            assert!(
                Path::new(program).exists(),
                "{program} is missing (Debian package `{package}`): {MISSING}"
            );
        }
        let mut command = Command::new(CHROMEDRIVER);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().to_owned();
        // A link to an app starts this in the place of whatever the machine has for it.
        let opener = path.join("xdg-open");
        std::fs::write(&opener, "#!/bin/sh\n").expect("a program that does nothing");
        std::fs::set_permissions(&opener, Permissions::from_mode(0o755)).expect("a program");
        let programs = format!("{}:/usr/local/bin:/usr/bin:/bin", path.display());
        command.arg("--port=0").env("TMPDIR", &path).env("HOME", &path).env("PATH", programs);
        let mut process = Process::start(command, folder);
        let port = process.wait_for("was started successfully on port ");
        let address = format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
        Driver { address, folder: path, _process: Mutex::new(process) }
    })
}

/// The home of every browser, where its trusted authorities lie.
pub fn home() -> &'static Path {
    &driver().folder
}

impl Chromium {
    pub async fn open() -> Self {
        Self::open_with(&[], json!({})).await
    }

    /// With arguments beside the usual ones, and with settings of the profile.
    pub async fn open_with(more: &[String], settings: Value) -> Self {
        let seat = SEATS.acquire().await.unwrap();
        let profile = tempfile::tempdir_in(&driver().folder).unwrap();
        let usual = [
            "--headless".to_owned(),
            // The tests may run as root.
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--no-first-run".to_owned(),
            // Nothing but the pages under test is asked for.
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--hide-scrollbars".to_owned(),
            "--window-size=1280,900".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        let arguments: Vec<&String> = usual.iter().chain(more).collect();
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }));
        let options = json!({ "binary": CHROMIUM, "args": arguments, "prefs": settings });
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver().address)
            .await
            .unwrap_or_else(|error| panic!("chromium does not start: {error}"));
        Self { client, _profile: profile, _seat: seat }
    }

    pub async fn close(self) {
        self.client.close().await.unwrap();
    }

    pub async fn goto(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// The address of the page, as text.
    pub async fn url(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    /// Waits for an element by its id.
    pub async fn find(&self, id: &str) -> Element {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Id(id)).await;
        match found {
            Ok(element) => element,
            Err(error) => {
                panic!("no #{id} at {}: {error}\n{}", self.url().await, self.client.source().await.unwrap())
            }
        }
    }

    /// Waits until one of these is there and says which, by its place.
    pub async fn one_of(&self, ids: &[&str]) -> usize {
        let mut found = None;
        until_asked(&format!("one of {ids:?}"), PATIENCE, async || {
            for (place, id) in ids.iter().enumerate() {
                if self.has(id).await {
                    found = Some(place);
                    break;
                }
            }
            found.is_some()
        })
        .await;
        found.expect("it was waited for")
    }

    /// Whether the page that is there has the element. While pages change, [`Self::one_of`] tells what comes.
    pub async fn has(&self, id: &str) -> bool {
        !self.client.find_all(Locator::Id(id)).await.unwrap().is_empty()
    }

    pub async fn text(&self, id: &str) -> String {
        self.find(id).await.text().await.unwrap()
    }

    /// The JSON that an element shows.
    pub async fn json(&self, id: &str) -> Value {
        let text = self.text(id).await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("#{id}: {error}: {text}"))
    }

    pub async fn heading(&self) -> String {
        let heading = self.client.wait().at_most(PATIENCE).for_element(Locator::Css("h1")).await.unwrap();
        heading.text().await.unwrap()
    }

    /// Presses a button that leads away, and waits until its page is gone.
    pub async fn press(&self, id: &str) {
        let button = self.find(id).await;
        button.click().await.unwrap_or_else(|error| panic!("#{id}: {error}"));
        Self::until_gone(&format!("#{id} leads away"), &button).await;
    }

    /// Goes back, and waits until the page is another.
    pub async fn back(&self) {
        let root = self.client.find(Locator::Css("html")).await.unwrap();
        self.client.back().await.unwrap();
        Self::until_gone("back leads away", &root).await;
    }

    /// Goes forward, the same way.
    pub async fn forward(&self) {
        let root = self.client.find(Locator::Css("html")).await.unwrap();
        self.client.forward().await.unwrap();
        Self::until_gone("forward leads away", &root).await;
    }

    async fn until_gone(what: &str, element: &Element) {
        until_asked(what, PATIENCE, async || element.tag_name().await.is_err()).await;
    }

    pub async fn fill(&self, id: &str, text: &str) {
        let field = self.find(id).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// The id of the element that has the focus.
    pub async fn focus(&self) -> String {
        self.client.active_element().await.unwrap().attr("id").await.unwrap().unwrap_or_default()
    }

    /// Types on the keyboard, wherever the focus is. `\t` and `\n` are the keys Tab and Enter, a space is Space.
    pub async fn type_keys(&self, text: &str) {
        let mut keys = KeyActions::new("keyboard".to_owned());
        for letter in text.chars() {
            let value = match letter {
                '\t' => '\u{e004}',
                '\n' => '\u{e007}',
                other => other,
            };
            keys = keys.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        self.client.perform_actions(keys).await.unwrap();
    }

    /// A command of the DevTools protocol.
    pub async fn devtools(&self, command: &'static str, parameters: Value) -> Value {
        self.try_devtools(command, parameters).await.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// What the browser wrote to the console since it was asked last.
    pub async fn console(&self) -> Result<Vec<String>, CmdError> {
        let entries = self.client.issue_cmd(Console).await?;
        let messages = entries.as_array().into_iter().flatten();
        Ok(messages.filter_map(|entry| entry["message"].as_str().map(str::to_owned)).collect())
    }

    async fn try_devtools(&self, command: &'static str, parameters: Value) -> Result<Value, CmdError> {
        self.client.issue_cmd(DevTools { command, parameters }).await
    }
}

/// chromedriver's way to the DevTools protocol.
#[derive(Debug)]
struct DevTools {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, url::ParseError> {
        base_url.join(&format!("session/{}/goog/cdp/execute", session_id.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (reqwest::Method, Option<String>) {
        (reqwest::Method::POST, Some(json!({ "cmd": self.command, "params": self.parameters }).to_string()))
    }
}

/// chromedriver's way to the console.
#[derive(Debug)]
struct Console;

impl WebDriverCompatibleCommand for Console {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, url::ParseError> {
        base_url.join(&format!("session/{}/se/log", session_id.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (reqwest::Method, Option<String>) {
        (reqwest::Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}
