//! Every page, rendered: what holds for all of them, and `target/page-samples/` to look at them.

use super::Theme;
use super::markup::{Element, elements};
use super::samples::{HOSTILE, Samples};
use crate::web::static_files;

fn friendly() -> Vec<(&'static str, String)> {
    Samples { theme: Theme::Auto, suffix: "" }.all()
}

fn hostile() -> Vec<(&'static str, String)> {
    Samples { theme: Theme::Light, suffix: HOSTILE }.all()
}

fn named<'a>(pages: &'a [(&'static str, String)], name: &str) -> Vec<Element> {
    let (_, html): &'a (&str, String) = pages.iter().find(|(found, _)| *found == name).expect("a sample");
    elements(html)
}

fn by_id<'a>(elements: &'a [Element], id: &str) -> Option<&'a Element> {
    elements.iter().find(|element| element.attribute("id") == Some(id))
}

#[test]
fn the_samples_are_written_to_be_looked_at() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/page-samples");
    for theme in [Theme::Light, Theme::Dark, Theme::Grey, Theme::Oled, Theme::Auto] {
        std::fs::create_dir_all(folder.join(theme.name())).expect("a folder");
        for (name, html) in (Samples { theme, suffix: "" }).all() {
            std::fs::write(folder.join(theme.name()).join(format!("{name}.html")), html).expect("written");
        }
    }
    std::fs::create_dir_all(folder.join("static")).expect("a folder");
    for name in ["signet.css", "favicon.svg", "form_post.js"] {
        let file = static_files::find(name).expect("embedded");
        std::fs::write(folder.join("static").join(name), file.body).expect("written");
    }
}

#[test]
fn the_ids_that_tests_and_certification_drive_are_there() {
    let pages = friendly();
    for (name, ids) in [
        ("sign-in", &["username", "password", "login-submit", "login-cancel", "remember"][..]),
        ("second-factor", &["second-factor-code", "second-factor-submit", "login-cancel"]),
        ("enrol", &["totp-secret", "second-factor-code", "second-factor-submit", "login-cancel"]),
        ("consent", &["consent-allow", "consent-deny", "consent-remember"]),
        ("user-code", &["user-code", "user-code-submit"]),
        ("device", &["device-user-code", "device-allow", "device-deny", "device-switch"]),
        ("device-allowed", &["device-answered"]),
        ("consents-withdrawn", &["withdrawn"]),
        ("withdraw", &["consent-withdraw"]),
        ("home-onward", &["consents", "connect-device"]),
        ("select-account", &["account-continue", "account-other", "login-cancel"]),
        ("home", &["sign-out"]),
        ("sign-out", &["logout-confirm"]),
        ("form-post", &["form-post", "form-post-submit"]),
    ] {
        let elements = named(&pages, name);
        for id in ids {
            assert!(by_id(&elements, id).is_some(), "{name} lacks {id}");
        }
    }
    for (name, html) in pages.iter().filter(|(name, _)| name.starts_with("error-")) {
        assert!(by_id(&elements(html), "error-code").is_some(), "{name} lacks its code");
        assert!(html.contains("Code of this refusal"), "{name}: what the pages of refusals have in common");
    }
    assert!(by_id(&named(&pages, "sign-in-plain"), "login-cancel").is_none(), "no client, nothing to cancel");
    assert!(by_id(&named(&pages, "sign-in-confirm"), "remember").is_none(), "remember-me is disabled");
    assert!(by_id(&named(&pages, "consent-access"), "consent-remember").is_none(), "it cannot be remembered");
}

#[test]
fn the_headings_say_what_happens_and_for_whom() {
    let pages = friendly();
    for (name, heading) in [
        ("sign-in", "Sign in to continue to Grafana"),
        ("sign-in-plain", "Sign in"),
        ("consent", "Allow Grafana to know who you are?"),
        ("consent-access", "Allow Backup to act for you?"),
        ("user-code", "Connect a device"),
        ("device", "Connect Living room TV on a device?"),
        ("device-allowed", "Your device is connected"),
        ("consents", "Apps with access"),
        ("withdraw", "Take away the access of Grafana?"),
        ("signed-out", "Signed out"),
        ("error-unknown-client", "Request refused"),
        ("error-redirect-uri", "Request refused"),
        ("error-invalid-request", "Request refused"),
        ("error-request-uri", "This link no longer works"),
        ("error-answered", "This page has done its work"),
        ("error-step-taken", "This step is done"),
        ("error-other-browser", "This belongs to another browser"),
        ("error-form-too-old", "This form is too old"),
        ("error-not-found", "There is no such page"),
        ("error-method", "This page does not open that way"),
        ("error-unreadable", "This request cannot be read"),
        ("error-wrong-host", "Signet does not serve this address"),
        ("error-too-many-failures", "Too many wrong codes"),
        ("error-busy", "Not available just now"),
        ("error-internal", "Something broke on our side"),
    ] {
        let elements = named(&pages, name);
        let found: Vec<_> = elements.iter().filter(|element| element.name == "h1").collect();
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0].text, heading);
    }
}

#[test]
fn the_seed_and_the_code_of_a_refusal_stand_alone_in_their_elements() {
    let pages = friendly();
    let enrol = named(&pages, "enrol");
    let secret = by_id(&enrol, "totp-secret").expect("the seed");
    assert_eq!(secret.text, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");
    assert!(secret.leaf);
    let error = named(&pages, "error-redirect-uri");
    let code = by_id(&error, "error-code").expect("the code");
    assert_eq!(code.text, "K7QM2R4XPA");
    assert!(code.leaf);
}

#[test]
fn hostile_values_stay_text() {
    for (name, html) in hostile() {
        let elements = elements(&html);
        let scripts: Vec<_> = elements.iter().filter(|element| element.name == "script").collect();
        assert_eq!(scripts.len(), usize::from(name == "form-post"), "{name}");
        assert!(!elements.iter().any(|element| element.name == "img"), "{name}");
        assert!(!html.contains("1342719"), "{name}: a template within a value was run");
    }
    let pages = hostile();
    let sign_in = named(&pages, "sign-in-refused");
    let username = by_id(&sign_in, "username").expect("the field");
    assert_eq!(username.attribute("value"), Some(format!("alice{HOSTILE}").as_str()));
    let form_post = named(&pages, "form-post");
    let values: Vec<_> = form_post.iter().filter_map(|element| element.attribute("value")).collect();
    assert_eq!(values, [format!("signet_ac_abc{HOSTILE}"), format!("xyz{HOSTILE}")]);
}

#[test]
fn nothing_on_a_page_breaks_the_content_security_policy() {
    for (name, html) in friendly().into_iter().chain(hostile()) {
        for element in elements(&html) {
            assert_ne!(element.name, "style", "{name}");
            for (key, value) in &element.attributes {
                assert!(key != "style" && !key.starts_with("on"), "{name}: {key}");
                if matches!(element.name.as_str(), "script" | "link")
                    && matches!(key.as_str(), "src" | "href")
                {
                    assert!(value.starts_with("/static/") || value == "data:,", "{name}: {value}");
                }
            }
            if element.name == "script" {
                assert!(
                    element.attribute("src").is_some() && element.leaf && element.text.is_empty(),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn a_page_is_at_most_three_requests_and_sixty_thousand_bytes() {
    for (name, html) in friendly() {
        let loaded: Vec<String> = elements(&html)
            .iter()
            .filter_map(|element| match element.name.as_str() {
                "link" => element.attribute("href").map(str::to_owned),
                "script" => element.attribute("src").map(str::to_owned),
                _ => None,
            })
            .filter(|address| !address.starts_with("data:"))
            .collect();
        assert!(loaded.len() < 3, "{name}: {loaded:?}");
        let files: usize = loaded
            .iter()
            .map(|address| address.split_once('?').map_or(address.as_str(), |(path, _)| path))
            .map(|path| static_files::find(path).expect("embedded").body.len())
            .sum();
        assert!(html.len() + files < 60_000, "{name}: {}", html.len() + files);
    }
}

#[test]
fn every_field_has_a_label_and_every_id_stands_once() {
    for (name, html) in friendly() {
        let elements = elements(&html);
        for field in elements.iter().filter(|element| matches!(element.name.as_str(), "input" | "select")) {
            if field.attribute("type") == Some("hidden") {
                continue;
            }
            let id = field.attribute("id").expect("a field has an id");
            assert!(
                elements.iter().any(|it| it.name == "label" && it.attribute("for") == Some(id)),
                "{name}: {id} has no label"
            );
            assert!(field.attribute("placeholder").is_none(), "{name}: {id}");
        }
        let mut ids: Vec<_> = elements.iter().filter_map(|element| element.attribute("id")).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{name}: an id stands twice");
        for element in &elements {
            for reference in ["aria-describedby", "aria-labelledby", "for"] {
                for id in element.attribute(reference).unwrap_or_default().split_whitespace() {
                    assert!(ids.contains(&id), "{name}: {reference} names {id}, which is not there");
                }
            }
        }
        assert_eq!(elements.iter().filter(|element| element.name == "main").count(), 1, "{name}");
        assert_eq!(elements[0].attribute("lang"), Some("en"), "{name}");
    }
}

#[test]
fn every_form_of_ours_carries_its_csrf_value() {
    for (name, html) in friendly() {
        let elements = elements(&html);
        let forms = elements.iter().filter(|element| element.name == "form").count();
        let values = elements.iter().filter(|element| element.attribute("name") == Some("csrf")).count();
        assert_eq!(values, if name == "form-post" { 0 } else { forms }, "{name}");
    }
}

#[test]
fn a_refused_try_is_announced_beside_its_field_and_keeps_what_was_typed() {
    let pages = friendly();
    for (name, field) in [
        ("sign-in-refused", "password"),
        ("second-factor-refused", "second-factor-code"),
        ("enrol-refused", "second-factor-code"),
    ] {
        let elements = named(&pages, name);
        let field = by_id(&elements, field).expect("the field");
        assert_eq!(field.attribute("aria-invalid"), Some("true"), "{name}");
        assert_eq!(field.attribute("aria-describedby"), Some("refused"), "{name}");
        assert!(field.attribute("autofocus").is_some(), "{name}");
        assert!(field.attribute("value").is_none(), "{name}: secrets are typed anew");
        assert_eq!(by_id(&elements, "refused").and_then(|it| it.attribute("role")), Some("alert"), "{name}");
        let after = elements.iter().skip_while(|element| element.attribute("id") != Some("refused"));
        let before = after.take_while(|element| element.attribute("aria-invalid").is_none());
        assert_eq!(before.filter(|element| element.name == "h2").count(), 0, "{name}: a step stands between");
    }
    let refused = named(&pages, "sign-in-refused");
    assert_eq!(by_id(&refused, "username").and_then(|it| it.attribute("value")), Some("alice"));
    assert!(by_id(&refused, "remember").is_some_and(|it| it.attribute("checked").is_some()));
}
