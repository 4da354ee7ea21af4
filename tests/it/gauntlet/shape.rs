//! The shape of a page: what a browser makes of its markup, without its words.

use html5gum::{Token, Tokenizer};

use crate::support::{Answer, View};

/// Attributes whose value is part of the shape: where something is loaded from or leads to.
const PLACES: [&str; 5] = ["href", "src", "action", "formaction", "srcset"];

/// The tags in order, each with the names of its attributes and with the places it names. Fails on anything a page of
/// ours never holds: a comment, an inline script, a handler, a base.
#[track_caller]
pub fn shape(html: &str, what: &str) -> Vec<String> {
    let mut shape = Vec::new();
    let mut open = String::new();
    for token in Tokenizer::new(html) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                let name = text(&tag.name);
                let mut line = format!("<{name}");
                for (attribute, value) in &tag.attributes {
                    let (attribute, value) = (text(attribute), text(value));
                    assert!(!attribute.starts_with("on"), "{what}: a handler {attribute}: {html}");
                    assert_ne!(attribute, "style", "{what}: {html}");
                    line += &format!(" {attribute}");
                    if PLACES.contains(&attribute.as_str()) {
                        line += &format!("={}", place(&value));
                    }
                }
                assert!(name != "base" && name != "iframe" && name != "style", "{what}: {html}");
                assert!(
                    name != "script" || line.contains(" src=/static/"),
                    "{what}: an inline script: {html}"
                );
                open.clone_from(&name);
                shape.push(line);
            }
            Token::EndTag(tag) => {
                open.clear();
                shape.push(format!("</{}", text(&tag.name)));
            }
            Token::String(words) => {
                assert!(
                    open != "script" || words.trim_ascii().is_empty(),
                    "{what}: an inline script: {html}"
                );
            }
            Token::Comment(_) => panic!("{what}: a comment: {html}"),
            Token::Doctype(_) => shape.push("!".to_owned()),
            Token::Error(error) => panic!("{what}: no HTML ({error:?}): {html}"),
        }
    }
    shape
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// A place without what differs from request to request.
fn place(value: &str) -> String {
    let path = value.split(['?', '#']).next().unwrap_or_default();
    match path.strip_prefix("/flow/") {
        Some(_) => "/flow/".to_owned(),
        None if path.starts_with("otpauth:") => "otpauth:".to_owned(),
        None => path.to_owned(),
    }
}

/// Whether an answer is a page.
pub fn is_page(answer: &Answer) -> bool {
    answer.header("content-type").starts_with("text/html")
}

/// Asserts that a page is what it would be with a plain word in the place of a payload.
#[track_caller]
pub fn expect_same(payload: &View, word: &View, what: &str) {
    assert_eq!(payload.status(), word.status(), "{what}: {}", payload.text());
    assert_eq!(is_page(&payload.answer), is_page(&word.answer), "{what}");
    if is_page(&payload.answer) {
        assert_eq!(shape(&payload.text(), what), shape(&word.text(), what), "{what}");
    } else {
        assert!(
            payload.answer.body.is_empty() || payload.answer.header("content-type").contains("plain"),
            "{what}"
        );
    }
    if let Some(outside) = &payload.outside {
        let uri = word.outside.as_ref().expect("both go out").split(['?', '#']).next().unwrap();
        assert_eq!(outside.split(['?', '#']).next(), Some(uri), "{what}");
        assert!(outside.bytes().all(|byte| byte.is_ascii_graphic()), "{what}: {outside}");
    }
}
