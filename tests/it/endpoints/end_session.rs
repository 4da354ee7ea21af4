//! `/api/oidc/end-session`: a relying party signs a person out (OpenID Connect RP-Initiated Logout 1.0).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::support::client::Tokens;
use crate::support::{App, Ask, Browser, Client, View};

const PATH: &str = "/api/oidc/end-session";
const BYE: &str = "https://rp.example.com/bye?from=signet";
/// What a relying party may send as state, and must get back as it was.
const STATE: &str = "a b&c=d%20+é-._~";

fn query(pairs: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{PATH}?{query}")
}

/// Everything that a good relying party sends.
fn whole(hint: &str) -> [(&str, &str); 3] {
    [("id_token_hint", hint), ("post_logout_redirect_uri", BYE), ("state", STATE)]
}

async fn signed_in(app: &App, name: &str) -> (Browser, Tokens) {
    let mut browser = Browser::new(app);
    let tokens = Client::new(app, "web").login_with(&mut browser, name, "openid").await;
    (browser, tokens)
}

#[track_caller]
fn led_on(view: &View) {
    let returned = view.returned();
    assert_eq!(returned.redirect_uri, "https://rp.example.com/bye");
    assert_eq!((returned.get("from"), returned.get("state")), ("signet", STATE));
    assert_eq!(returned.parameters.len(), 2, "{:?}", returned.parameters);
}

async fn is_signed_in(browser: &mut Browser) -> bool {
    browser.open("/").await.heading() == "You are signed in"
}

/// Where the form of another site is sent on to.
async fn handed_on(app: &App, pairs: &[(&str, &str)]) -> String {
    let call = app.post(PATH).form(pairs).header("origin", "https://rp.example.com");
    let answer = call.header("sec-fetch-site", "cross-site").send().await;
    assert_eq!((answer.status, answer.all("set-cookie").len()), (303, 0), "{}", answer.text());
    answer.header("location").to_owned()
}

/// The client alone, and where it may have people sent back to.
fn sent_back_to(addresses: &str) -> String {
    format!(
        "identity_providers: {{oidc: {{clients: [{{client_id: web, client_secret: 'digest:web-secret', \
         redirect_uris: ['https://rp.example.com/callback'], authorization_policy: one_factor, \
         post_logout_redirect_uris: [{addresses}]}}]}}}}"
    )
}

#[tokio::test]
async fn the_relying_party_of_the_person_signs_them_out_and_gets_them_back() {
    let elsewhere = App::with(&sent_back_to("'https://rp.example.com/elsewhere'")).await;
    let (mut browser, tokens) = signed_in(&elsewhere, "alice").await;
    assert_eq!(browser.open(&query(&whole(&tokens.id))).await.outside, None, "its address is another");

    let app = App::with(&sent_back_to(&format!("'{BYE}'"))).await;
    let (mut browser, tokens) = signed_in(&app, "alice").await;
    led_on(&browser.open(&query(&whole(&tokens.id))).await);
    assert!(!is_signed_in(&mut browser).await);
    app.userinfo(&tokens.access).await.expect_error(401, "invalid_token");
    browser.ask(&Ask::of("web").prompt("none")).await.expect_error("login_required");
    // Nobody is signed in any more: there is nothing to ask.
    led_on(&browser.open(&query(&whole(&tokens.id))).await);
}

#[tokio::test]
async fn a_form_from_another_site_does_the_same_though_it_brings_no_cookie() {
    let app = App::start().await;
    let (mut browser, tokens) = signed_in(&app, "alice").await;
    let location = handed_on(&app, &whole(&tokens.id)).await;
    led_on(&browser.open(&location).await);
    assert!(!is_signed_in(&mut browser).await);
    // From the same site the cookies come along.
    let (mut browser, tokens) = signed_in(&app, "alice").await;
    let call = app.post(PATH).form(&whole(&tokens.id)).header("origin", "https://rp.example.com");
    led_on(&browser.follow(PATH, call).await);
    assert!(!is_signed_in(&mut browser).await);
    let long = [("id_token_hint", "x".repeat(13_000))];
    let long: Vec<(&str, &str)> = long.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(app.post(PATH).form(&long).send().await.status, 400);
}

/// Addresses are written into the browser's history and the logs of proxies.
#[tokio::test]
async fn what_was_posted_from_another_site_stands_in_no_address() {
    let app = App::start().await;
    let (mut browser, tokens) = signed_in(&app, "alice").await;
    let location = handed_on(&app, &whole(&tokens.id)).await;
    let sealed = location.strip_prefix(&format!("{PATH}?sealed=")).unwrap_or_else(|| panic!("{location}"));
    let decoded = URL_SAFE_NO_PAD.decode(sealed).unwrap();
    let readable = format!("{sealed} {}", String::from_utf8_lossy(&decoded));
    for told in tokens.id.split('.').chain(["id_token_hint", "rp.example.com", BYE, STATE, "state"]) {
        assert!(!readable.contains(told), "{told}");
    }
    assert_ne!(location, handed_on(&app, &whole(&tokens.id)).await, "nobody can tell who comes again");
    // Somebody else's request is told from theirs, and what is wrong with one is said as if it had come by query.
    let wrong = [("id_token_hint", tokens.id.as_str()), ("post_logout_redirect_uri", "https://evil.example")];
    let page = browser.open(&handed_on(&app, &wrong).await).await;
    assert!(page.text().contains("You stay here instead."), "{}", page.text());
    let twice = [("state", "a"), ("state", "b")];
    assert_eq!(browser.open(&handed_on(&app, &twice).await).await.status(), 400);
    assert!(is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn what_is_sent_on_is_of_use_at_its_issuer_and_for_ten_minutes() {
    let app = App::start().await;
    let (mut browser, tokens) = signed_in(&app, "alice").await;
    let location = handed_on(&app, &whole(&tokens.id)).await;
    let refused = |view: View| {
        assert_eq!((view.status(), view.outside.as_deref()), (400, None), "{}", view.text());
        assert!(view.text().contains("begin again at the application"), "{}", view.text());
    };
    let (sealed, other) = (location.as_str(), if location.ends_with('A') { 'B' } else { 'A' });
    for changed in [
        format!("{}{other}", sealed.split_at(sealed.len() - 5).0),
        format!("{sealed}{sealed}"),
        format!("{PATH}?sealed="),
        format!("{PATH}?sealed={}", tokens.id),
    ] {
        refused(browser.open(&changed).await);
    }
    assert!(is_signed_in(&mut browser).await);
    refused(Browser::at(&app, "https://other.example.org").open(&location).await);
    let mut stranger = Browser::new(&app);
    app.clock.advance(599);
    led_on(&stranger.open(&location).await);
    app.clock.advance(1);
    refused(stranger.open(&location).await);
}

#[tokio::test]
async fn an_expired_token_names_its_person_and_client_as_well() {
    let app = App::with("session: {expiration: 1d, inactivity: 1d}").await;
    let (mut browser, tokens) = signed_in(&app, "alice").await;
    app.clock.advance(20 * 3600);
    led_on(&browser.open(&query(&whole(&tokens.id))).await);
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn the_person_is_asked_when_the_token_is_missing_or_is_of_somebody_else() {
    let app = App::start().await;
    let (_, of_bob) = signed_in(&app, "bob").await;
    let (mut browser, tokens) = signed_in(&app, "alice").await;
    for pairs in [&[][..], &[("state", "s")], &[("client_id", "web")], &[("logout_hint", "alice")]] {
        let page = browser.open(&query(pairs)).await;
        assert_eq!((page.status(), page.heading().as_str()), (200, "Sign out?"), "{pairs:?}");
        assert_eq!(page.text().contains("The Web App"), pairs.contains(&("client_id", "web")), "{pairs:?}");
    }
    let page = browser.open(&query(&whole(&of_bob.id))).await;
    assert_eq!(page.heading(), "Sign out?");
    assert!(page.text().contains("The Web App asks for this."), "{}", page.text());
    app.userinfo(&tokens.access).await.expect(200);
    led_on(&browser.press(&page, "logout-confirm", &[]).await);
    assert!(!is_signed_in(&mut browser).await);
    app.userinfo(&tokens.access).await.expect_error(401, "invalid_token");
    app.userinfo(&of_bob.access).await.expect(200);
}

#[tokio::test]
async fn without_an_address_the_page_says_that_the_person_is_signed_out() {
    let app = App::start().await;
    let (mut browser, tokens) = signed_in(&app, "alice").await;
    let page = browser.open(&query(&[("id_token_hint", &tokens.id), ("state", "s")])).await;
    assert_eq!((page.status(), page.heading().as_str()), (200, "Signed out"));
    assert!(!is_signed_in(&mut browser).await);
    let page = browser.open(&query(&[])).await;
    assert_eq!(page.heading(), "Signed out");
}

#[tokio::test]
async fn a_parameter_that_stands_twice_is_refused() {
    let app = App::start().await;
    let (mut browser, tokens) = signed_in(&app, "alice").await;
    let twice = format!("{}&state=again", query(&whole(&tokens.id)));
    browser.open(&twice).await.expect_page(400, "Request refused");
    assert!(is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn below_a_base_path_the_form_finds_its_way() {
    let app = App::with(include_str!("base_path.yml")).await;
    let mut browser = Browser::new(&app);
    let form = browser.open("/auth/").await;
    browser.sign_in(&form, "alice").await;
    let page = browser.open(&format!("/auth{PATH}")).await;
    assert_eq!(page.action("logout-confirm"), "/auth/logout");
    assert_eq!(browser.press(&page, "logout-confirm", &[]).await.heading(), "Signed out");
}
