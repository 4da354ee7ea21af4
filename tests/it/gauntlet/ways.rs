//! The ways an authorization request can come, and what comes of it.

use crate::support::view::Returned;
use crate::support::{Answer, Ask, Browser, Client, View};

/// Heads the page of a request whose client or address is not proven, or that is not a valid one.
const REFUSED: &str = "Request refused";
/// Heads the page of a `request_uri` that gives nothing: used, expired, or not this client's or this browser's.
pub const USED_UP: &str = "This link no longer works";

/// How a request comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// As a link.
    Get,
    /// As a form of this site, with the browser's cookies.
    Post,
    /// As a form of the relying party's site, without them.
    Across,
    /// Pushed by the client; the browser brings its name.
    Pushed,
}

impl Way {
    pub const ALL: [Self; 4] = [Self::Get, Self::Post, Self::Across, Self::Pushed];
}

/// What comes of a request.
#[derive(Debug)]
pub enum Outcome {
    /// A page says no.
    Page(View),
    /// The relying party is told.
    Told(Returned),
    /// The client that pushed is told.
    Json(Answer),
    /// A page asks the person.
    Asked(View),
}

impl Outcome {
    fn of(view: View) -> Self {
        if let Some(returned) = view.try_returned() {
            return Self::Told(returned);
        }
        if view.status() == 200 { Self::Asked(view) } else { Self::Page(view) }
    }

    /// Asserts that nobody was sent anywhere: a page, or a client that is told `invalid_request` or
    /// `invalid_request_object`.
    #[track_caller]
    pub fn expect_no_way_out(&self, what: &str) {
        match self {
            Self::Page(view) => {
                assert_eq!(view.status(), 400, "{what}: {}", view.text());
                assert_eq!(view.answer.header("location"), "", "{what}");
                let heading = view.heading();
                assert!(matches!(heading.as_str(), REFUSED | USED_UP), "{what}: {heading}");
            }
            Self::Json(answer) => {
                let error = answer.error();
                assert_eq!(answer.status, 400, "{what}");
                assert!(
                    matches!(error.as_str(), "invalid_request" | "invalid_request_object"),
                    "{what}: {error}"
                );
                assert_eq!(answer.header("location"), "", "{what}");
            }
            other => panic!("{what}: {other:?}"),
        }
    }

    /// Asserts an error that the relying party is told, at the redirect URI or as the answer to its push.
    #[track_caller]
    pub fn expect_error(&self, error: &str, what: &str) {
        match self {
            Self::Told(returned) => {
                assert_eq!(returned.get("error"), error, "{what}: {:?}", returned.parameters);
                assert_eq!(returned.get("iss"), crate::support::site::ISSUER, "{what}");
                assert!(!returned.gives(), "{what}");
            }
            Self::Json(answer) => {
                assert_eq!(
                    (answer.status, answer.error().as_str()),
                    (400, error),
                    "{what}: {}",
                    answer.text()
                );
            }
            other => panic!("{what}: {other:?}"),
        }
    }

    /// Asserts that the person is asked.
    #[track_caller]
    pub fn expect_asked(self, what: &str) -> View {
        match self {
            Self::Asked(view) => view,
            other => panic!("{what}: {other:?}"),
        }
    }
}

/// What a browser brings of a pushed request: the client and the name of the request.
pub fn by_name(client_id: &str, request_uri: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("client_id", client_id).append_pair("request_uri", request_uri);
    format!("/api/oidc/authorization?{}", query.finish())
}

/// Sends a request from a browser.
pub async fn send(browser: &mut Browser, client: &Client, way: Way, ask: &Ask) -> Outcome {
    if way != Way::Pushed {
        return Outcome::of(view(browser, way, ask).await);
    }
    let answer = client.push(ask).await;
    if answer.status != 201 {
        return Outcome::Json(answer);
    }
    let request_uri = answer.json()["request_uri"].as_str().unwrap().to_owned();
    Outcome::of(browser.open(&by_name(&client.id, &request_uri)).await)
}

/// Where a browser comes to rest that sends a request; what is pushed it takes as a link.
pub async fn view(browser: &mut Browser, way: Way, ask: &Ask) -> View {
    const PATH: &str = "/api/oidc/authorization";
    match way {
        Way::Get | Way::Pushed => browser.ask(ask).await,
        Way::Post => {
            // A browser that was here before: its form comes with the cookie.
            browser.open("/").await;
            browser.post(PATH, &ask.pairs()).await
        }
        Way::Across => {
            let call = browser.app.post(PATH).form(&ask.pairs()).host(host(browser));
            let call = call.header("origin", "https://rp.example.com").header("sec-fetch-site", "cross-site");
            let answer = call.send().await;
            let location = answer.header("location").to_owned();
            if location.starts_with('/') {
                return browser.open(&location).await;
            }
            let outside = (!location.is_empty()).then_some(location);
            View { path: PATH.to_owned(), answer, outside }
        }
    }
}

/// Sends a request from a browser that was never here.
pub async fn send_anew(client: &Client, way: Way, ask: &Ask) -> Outcome {
    send(&mut Browser::new(&client.app), client, way, ask).await
}

fn host(browser: &Browser) -> &str {
    browser.origin.split_once("://").expect("an origin").1
}
