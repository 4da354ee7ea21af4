use proptest::prelude::*;

use super::*;

fn uri(text: &str) -> RedirectUri {
    RedirectUri::new(text).unwrap()
}

/// Every spelling someone tried in place of `https://rp.test/cb`.
#[rustfmt::skip]
const MUTATIONS: &[&str] = &[
    // nothing, space, control
    "", " ", " https://rp.test/cb", "https://rp.test/cb ", "\thttps://rp.test/cb", "https://rp.test/cb\n",
    "https://rp.test/cb\r\nSet-Cookie: a=b", "https://rp.\ttest/cb", "https://rp.test/c\nb", "https://rp.test/cb\0",
    "https://rp.test\0.evil/cb", "https://rp.test/cb\u{a0}", "https://rp.test/cb\u{200b}", "\u{feff}https://rp.test/cb",
    // path
    "https://rp.test", "https://rp.test/", "https://rp.test/c", "https://rp.test/cb/", "https://rp.test/cb/x",
    "https://rp.test/cbx", "https://rp.test/CB", "https://rp.test/cB", "https://rp.test//cb", "https://rp.test/./cb",
    "https://rp.test/x/../cb", "https://rp.test/cb/..", "https://rp.test/cb/../evil", "https://rp.test/cb/..%2fevil",
    "https://rp.test/cb/..%2Fcb", "https://rp.test/cb/%2e%2e/evil", "https://rp.test/cb/%252e%252e/", "https://rp.test/cb/..;/evil",
    "https://rp.test/cb;x", "https://rp.test/%63b", "https://rp.test/c%62", "https://rp.test\\cb", "https:\\\\rp.test\\cb",
    "https://rp.test/cb%00", "https://rp.test/cb%20", "https://rp.test/cb%0a",
    // scheme
    "http://rp.test/cb", "HTTPS://rp.test/cb", "Https://rp.test/cb", "https:rp.test/cb", "https:/rp.test/cb", "https:///rp.test/cb",
    "//rp.test/cb", "rp.test/cb", "/cb", "cb", "://rp.test/cb", "httpss://rp.test/cb", "javascript://rp.test/cb",
    "javascript:alert(1)//https://rp.test/cb", "data:text/html,https://rp.test/cb", "urn:https://rp.test/cb",
    // host
    "https://RP.TEST/cb", "https://rp.test./cb", "https://rp.test.evil/cb", "https://evil.rp.test/cb", "https://xrp.test/cb",
    "https://rp.tes/cb", "https://rp/cb", "https://evil/https://rp.test/cb", "https://evil?https://rp.test/cb",
    "https://evil#https://rp.test/cb", "https://rp.test@evil/cb", "https://rp.test:x@evil/cb", "https://user@rp.test/cb",
    "https://evil\\@rp.test/cb", "https://evil%2f@rp.test/cb", "https://@rp.test/cb", "https://:@rp.test/cb",
    "https://%72p.test/cb", "https://rp%2etest/cb", "https://rp\u{3002}test/cb", "https://rp\u{ff0e}test/cb",
    "https://r\u{440}.test/cb", "https://xn--r-zwb.test/cb", "https://\u{ff52}\u{ff50}.test/cb", "https://[::1]/cb", "https://[rp.test]/cb",
    "https://127.0.0.1/cb", "https://*.test/cb", "https://*/cb",
    // port
    "https://rp.test:443/cb", "https://rp.test:0443/cb", "https://rp.test:/cb", "https://rp.test:80/cb", "https://rp.test:0/cb",
    "https://rp.test:8443/cb",
    // query and fragment
    "https://rp.test/cb?", "https://rp.test/cb?a", "https://rp.test/cb?a=b", "https://rp.test/cb&a=b", "https://rp.test/cb#",
    "https://rp.test/cb#x", "https://rp.test/cb?#", "https://rp.test?/cb", "https://rp.test#/cb", "https://rp.test/cb%3f",
    "https://rp.test/cb%23", "*", "https://rp.test/*",
];

#[test]
fn only_the_one_exact_string_matches() {
    let registered = uri("https://rp.test/cb");
    assert!(MUTATIONS.len() >= 60);
    for public_client in [false, true] {
        assert!(registered.matches("https://rp.test/cb", public_client));
        for requested in MUTATIONS {
            assert!(!registered.matches(requested, public_client), "{requested:?}");
        }
        let long = format!("https://rp.test/cb?{}", "a".repeat(8192));
        assert!(!registered.matches(&long, public_client));
    }
}

#[test]
fn a_query_must_match_too() {
    let registered = uri("https://rp.test/cb?provider=a&callback=true");
    assert!(registered.matches("https://rp.test/cb?provider=a&callback=true", false));
    for requested in [
        "https://rp.test/cb",
        "https://rp.test/cb?callback=true&provider=a",
        "https://rp.test/cb?provider=a&callback=true&",
    ] {
        assert!(!registered.matches(requested, true), "{requested}");
    }
}

#[test]
fn the_loopback_port_is_free_for_public_clients_only() {
    for (registered, requested) in [
        ("http://127.0.0.1/cb", "http://127.0.0.1:5000/cb"),
        ("http://127.0.0.1:9092/cb", "http://127.0.0.1:1/cb"),
        ("http://127.0.0.1:9092/cb", "http://127.0.0.1:65535/cb"),
        ("http://127.0.0.1:9092/cb", "http://127.0.0.1/cb"),
        ("http://127.0.0.1", "http://127.0.0.1:5000"),
        ("http://127.0.0.1?a=b", "http://127.0.0.1:5000?a=b"),
        ("http://[::1]:1/cb?a=b", "http://[::1]:2/cb?a=b"),
    ] {
        assert!(uri(registered).is_loopback());
        assert!(uri(registered).matches(requested, true), "{requested}");
        assert!(!uri(registered).matches(requested, false), "{requested}");
    }
}

#[test]
fn nothing_but_the_loopback_port_is_free() {
    let registered = uri("http://127.0.0.1/cb");
    for requested in [
        "http://127.0.0.1:80@evil/cb",
        "http://127.0.0.1:80@evil",
        "http://127.0.0.1@evil/cb",
        "http://127.0.0.1.evil/cb",
        "http://127.0.0.1:80.evil/cb",
        "http://127.0.0.1:80:90/cb",
        "http://localhost/cb",
        "http://localhost:5000/cb",
        "https://127.0.0.1/cb",
        "https://127.0.0.1:5000/cb",
        "HTTP://127.0.0.1:5000/cb",
        "http://127.0.0.1:5000/cb2",
        "http://127.0.0.1:5000/cb/",
        "http://127.0.0.1:5000/CB",
        "http://127.0.0.1:5000//cb",
        "http://127.0.0.1:5000/x/../cb",
        "http://127.0.0.1:5000",
        "http://127.0.0.1:5000/cb?",
        "http://127.0.0.1:5000/cb?a=b",
        "http://127.0.0.1:5000/cb#",
        "http://127.0.0.1:5000#/cb",
        "http://127.0.0.1#/cb",
        "http://127.0.0.1:5000\\cb",
        "http://127.0.0.1\\@evil/cb",
        "http://[::1]/cb",
        "http://[::1]:5000/cb",
        "http://[::ffff:127.0.0.1]/cb",
        "http://127.1/cb",
        "http://127.0.0.2/cb",
        "http://127.0.0.1./cb",
        "http://0177.0.0.1/cb",
        "http://2130706433/cb",
        "http://0x7f.1/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:99999/cb",
        "http://127.0.0.1:100000/cb",
        "http://127.0.0.1:080/cb",
        "http://127.0.0.1:+80/cb",
        "http://127.0.0.1:-1/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1: 80/cb",
        "http://127.0.0.1:80 /cb",
        "http://127.0.0.1:8\t0/cb",
        "http://127.0.0.1:\u{0668}/cb",
        "http://127.0.0.1:8x/cb",
        "http://user@127.0.0.1:5000/cb",
        "http://127.0.0.1%2f:80/cb",
        "http:/127.0.0.1:5000/cb",
        "http:127.0.0.1:5000/cb",
    ] {
        assert!(!registered.matches(requested, true), "{requested:?}");
    }
    for other in [
        "http://localhost:1/cb",
        "https://127.0.0.1:1/cb",
        "http://127.1:1/cb",
        "http://127.0.0.1.rp.test:1/cb",
    ] {
        assert!(!uri(other).is_loopback(), "{other}");
        assert!(!uri(other).matches(&other.replace(":1/", ":2/"), true), "{other}");
    }
}

#[test]
fn what_cannot_be_registered_is_told_by_name() {
    use RedirectUriProblem as P;
    for (text, problem) in [
        ("", P::Empty),
        ("/callback", P::NoScheme),
        ("rp.test/cb", P::NoScheme),
        ("//rp.test/cb", P::NoScheme),
        ("<provided by the application>", P::NoScheme),
        ("1https://rp.test/cb", P::NoScheme),
        (":https", P::NoScheme),
        (" https://rp.test/cb", P::NoScheme),
        ("javascript:alert(1)", P::Scheme("javascript")),
        ("JavaScript://rp.test/%0aalert(1)", P::Scheme("javascript")),
        ("data:text/html,x", P::Scheme("data")),
        ("vbscript:x", P::Scheme("vbscript")),
        ("file:///etc/passwd", P::Scheme("file")),
        ("blob:https://rp.test/x", P::Scheme("blob")),
        ("about:blank", P::Scheme("about")),
        ("https://rp.test/c b", P::Character),
        ("https://rp.test/cb\n", P::Character),
        ("https://rp.test/cb\u{7f}", P::Character),
        ("https://bücher.test/cb", P::Character),
        ("https://rp.test\\cb", P::Backslash),
        ("https://rp.test/cb#", P::Fragment),
        ("https://rp.test/cb#x", P::Fragment),
        ("app.immich:///cb#x", P::Fragment),
        ("https://user@rp.test/cb", P::Userinfo),
        ("https://user:password@rp.test/cb", P::Userinfo),
        ("https://*.rp.test/cb", P::Wildcard),
        ("https://rp.test:*/cb", P::Wildcard),
        ("https:", P::NoHost),
        ("https:rp.test/cb", P::NoHost),
        ("https:/rp.test/cb", P::NoHost),
        ("https:///cb", P::NoHost),
        ("http://:80/cb", P::NoHost),
        ("https://rp.test:99999/cb", P::Invalid(url::ParseError::InvalidPort)),
        ("https://[::g]/cb", P::Invalid(url::ParseError::InvalidIpv6Address)),
    ] {
        assert_eq!(RedirectUri::new(text), Err(problem), "{text:?}");
    }
}

#[test]
fn what_guides_register_is_taken_as_written() {
    for text in [
        "https://grafana.example.com/login/generic_oauth",
        "https://freshrss.example.com:443/i/oidc/",
        "https://proxmox.example.com",
        "https://matomo.example.com/index.php?module=LoginOIDC&action=callback&provider=oidc",
        "https://warpgate.example.com/@warpgate/api/sso/return",
        "https://wikijs.example.com/login/<UUID>/callback",
        "https://rp.test/*",
        "http://localhost:8000",
        "HTTPS://RP.test/cb",
        "app.immich:///oauth-callback",
        "com.engomo.engomo://callback/",
        "kitchenowl:/signin/redirect",
        OUT_OF_BAND,
    ] {
        let registered = uri(text);
        assert_eq!(registered.as_str(), text);
        assert!(registered.matches(text, false));
        let json = serde_json::to_string(&registered).unwrap();
        assert_eq!(json, serde_json::to_string(text).unwrap());
        assert_eq!(serde_json::from_str::<RedirectUri>(&json).unwrap(), registered);
    }
    assert!(uri(OUT_OF_BAND).is_out_of_band());
    assert!(!uri("kitchenowl:/signin/redirect").is_out_of_band());
}

#[test]
fn host_and_origin_are_those_a_browser_names() {
    for (text, host, origin) in [
        ("https://RP.test:443/cb", Some("rp.test"), Some("https://rp.test")),
        ("https://rp.test:8443/cb", Some("rp.test"), Some("https://rp.test:8443")),
        ("http://[::1]:9092/cb", Some("[::1]"), Some("http://[::1]:9092")),
        ("com.engomo.engomo://callback/", None, None),
        (OUT_OF_BAND, None, None),
    ] {
        assert_eq!(uri(text).host(), host, "{text}");
        assert_eq!(uri(text).origin().as_deref(), origin, "{text}");
    }
}

proptest! {
    #[test]
    fn without_loopback_a_match_is_equality(
        registered in "https?://[a-z.]{1,12}(:[0-9]{1,3})?(/[a-z%.]{0,6}){0,3}(\\?[a-z=&]{0,6})?",
        requested in "[ -~]{0,40}",
        position in any::<prop::sample::Index>(),
        letter in any::<char>(),
    ) {
        if let Ok(uri) = RedirectUri::new(&registered) {
            prop_assert!(uri.matches(&registered, false) && uri.matches(&registered, true));
            prop_assert!(!uri.matches(&requested, true));
            let mut longer = registered.clone();
            longer.insert(position.index(registered.len()), letter);
            prop_assert!(!uri.matches(&longer, true) && !uri.matches(&longer, false));
        }
    }

    #[test]
    fn a_loopback_match_differs_in_the_port_only(port in 0_u32..100_000, rest in "([ -/:-~][ -~]{0,11})?") {
        let registered = uri("http://127.0.0.1:7/cb");
        let requested = format!("http://127.0.0.1:{port}{rest}");
        let right = rest == "/cb" && (1..=65535).contains(&port);
        prop_assert_eq!(registered.matches(&requested, true), right);
        prop_assert_eq!(registered.matches(&format!("http://127.0.0.1:{port}/cb"), true), (1..=65535).contains(&port));
    }

    #[test]
    fn any_text_is_judged(text in any::<String>()) {
        if let Ok(uri) = RedirectUri::new(&text) {
            prop_assert_eq!(uri.as_str(), text.as_str());
        }
    }
}
