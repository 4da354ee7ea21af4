//! Everything that must never be written anywhere: what tests send and get is entered here, and each log is searched
//! for it when the thing that wrote it ends.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, OnceLock};

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Parameters of queries, forms and JSON answers whose values are secrets, or may name what is one.
const PARAMETERS: &[&str] = &[
    "access_token",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "csrf",
    "device_code",
    "id_token",
    "id_token_hint",
    "nonce",
    "password",
    "refresh_token",
    "request",
    "request_uri",
    "state",
    "token",
    "user_code",
];

/// What may be looked for anywhere: shorter texts are found in innocent words.
const SHORTEST: usize = 8;
/// How long a one-time code is: looked for between characters that are no letters or digits.
const ONE_TIME_CODE: std::ops::RangeInclusive<usize> = 6..=8;
/// Letters by which a secret is looked up.
const HEAD: usize = 8;

#[derive(Default)]
struct Secrets {
    by_head: HashMap<[u8; HEAD], Vec<String>>,
    known: HashSet<String>,
    one_time_codes: HashSet<String>,
}

fn secrets() -> MutexGuard<'static, Secrets> {
    static SECRETS: OnceLock<Mutex<Secrets>> = OnceLock::new();
    SECRETS.get_or_init(Mutex::default).lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Enters a secret, as it is and as it stands in a query.
pub fn issued(secret: &str) {
    // What is long and of one letter is a test of limits; words of the protocols and of pages are no secrets.
    let letters: HashSet<char> = secret.chars().collect();
    let word = secret.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if secret.len() < SHORTEST || letters.len() < 4 || word {
        return;
    }
    let mut secrets = secrets();
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    for form in [secret.to_owned(), encoded] {
        if secrets.known.insert(form.clone()) {
            let head = form.as_bytes()[..HEAD].try_into().expect("it is long enough");
            secrets.by_head.entry(head).or_default().push(form);
        }
    }
}

/// Enters a one-time code.
pub fn one_time_code(code: &str) {
    if ONE_TIME_CODE.contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit()) {
        secrets().one_time_codes.insert(code.to_owned());
    }
}

/// Enters what a parameter holds, when its name says it is a secret.
pub fn parameter(name: &str, value: &str) {
    if !PARAMETERS.contains(&name) {
        return;
    }
    one_time_code(value);
    // A pushed request is named by a URN whose end is the secret.
    let secret = value.strip_prefix("urn:ietf:params:oauth:request_uri:").unwrap_or(value);
    // Markup, addresses and lists of words are what tests try out, not what a secret looks like.
    if secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)) {
        issued(secret);
    }
}

/// Enters the secrets of a query or a form.
pub fn parameters(encoded: &[u8]) {
    for (name, value) in url::form_urlencoded::parse(encoded) {
        parameter(&name, &value);
    }
}

/// Enters the secrets of a request's or an answer's headers.
pub fn headers<'a>(pairs: impl Iterator<Item = (&'a str, &'a [u8])>) {
    for (name, value) in pairs {
        let Ok(value) = std::str::from_utf8(value) else { continue };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => authorization(value),
            "cookie" => {
                value.split("; ").for_each(|pair| issued(pair.split_once('=').map_or("", |pair| pair.1)))
            }
            "set-cookie" => {
                let value = value.split_once('=').map_or("", |pair| pair.1);
                issued(value.split(';').next().unwrap_or_default());
            }
            "location" => {
                if let Some((_, query)) = value.split_once(['?', '#']) {
                    parameters(query.as_bytes());
                }
            }
            _ => {}
        }
    }
}

fn authorization(value: &str) {
    let Some((scheme, credentials)) = value.split_once(' ') else { return };
    issued(credentials);
    if scheme.eq_ignore_ascii_case("basic")
        && let Some(pair) = STANDARD.decode(credentials).ok().and_then(|bytes| String::from_utf8(bytes).ok())
        && let Some((_, secret)) = pair.split_once(':')
    {
        issued(secret);
    }
}

/// Enters the secrets of an answer: its headers, the members of its JSON, and the fields of its page.
pub fn answer(header_map: &HeaderMap, body: &[u8]) {
    headers(header_map.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
    let Ok(text) = std::str::from_utf8(body) else { return };
    if let Ok(serde_json::Value::Object(members)) = serde_json::from_str(text) {
        for (name, value) in &members {
            parameter(name, value.as_str().unwrap_or_default());
        }
        return;
    }
    for tag in text.split('<').filter(|tag| tag.starts_with("input ")) {
        let attribute =
            |name: &str| tag.split_once(&format!("{name}=\"")).and_then(|(_, rest)| rest.split('"').next());
        if let (Some(name), Some(value)) = (attribute("name"), attribute("value")) {
            parameter(name, value);
        }
    }
    if let Some((_, rest)) = text.split_once("secret=") {
        issued(rest.split(['&', '"']).next().unwrap_or_default());
    }
}

/// The secrets in a line of a log, each with the line. Handles and signed tokens are known by their look, whoever made
/// them.
pub fn leaks(line: &str) -> Vec<String> {
    let secrets = secrets();
    let bytes = line.as_bytes();
    let mut found: Vec<&str> = Vec::new();
    for (place, head) in bytes.windows(HEAD).enumerate() {
        let Some(candidates) = secrets.by_head.get(head) else { continue };
        found.extend(
            candidates
                .iter()
                .filter(|secret| bytes[place..].starts_with(secret.as_bytes()))
                .map(String::as_str),
        );
    }
    let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '.');
    found.extend(words.filter(|word| secrets.one_time_codes.contains(*word)));
    found.extend(
        ["signet_ac_", "signet_at_", "signet_rt_", "signet_dc_", "signet_pr_", "eyJ"].into_iter().filter(
            |beginning| {
                line.split(beginning).skip(1).any(|rest| {
                    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).count()
                        >= 16
                })
            },
        ),
    );
    found.into_iter().map(|secret| format!("{secret:?} in {line}")).collect()
}

/// Asserts that lines hold no secret. Nothing is asserted while another assertion fails.
pub fn assert_no_leak<'a>(what: &str, lines: impl Iterator<Item = &'a str>) {
    if std::thread::panicking() {
        return;
    }
    let leaks: Vec<String> = lines.flat_map(leaks).take(5).collect();
    assert!(leaks.is_empty(), "{what} holds secrets:\n{}", leaks.join("\n"));
}
