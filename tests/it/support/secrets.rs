//! Everything that must never be written anywhere: what people and clients of the tests prove themselves with, and what
//! every answer issues, is entered here, and each log is searched for it when the thing that wrote it ends.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, OnceLock};

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What answers carry that nobody else may know. What a request made up, and is handed back, is not among it.
const PARAMETERS: &[&str] =
    &["access_token", "code", "csrf", "device_code", "id_token", "refresh_token", "request_uri", "user_code"];

/// What may be looked for anywhere: shorter texts are found in innocent words.
const SHORTEST: usize = 8;
/// How long a one-time code is: looked for between characters that are no letters or digits.
const ONE_TIME_CODE: std::ops::RangeInclusive<usize> = 6..=8;

/// How long a user code is, with its hyphen.
const USER_CODE: std::ops::RangeInclusive<usize> = 9..=9;
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
    if secret.len() < SHORTEST {
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

/// Enters what a client proves itself with, as it stands in an `Authorization` header too.
pub fn credentials(client_id: &str, secret: &str) {
    issued(secret);
    issued(&STANDARD.encode(format!("{client_id}:{secret}")));
}

/// Enters what a parameter of an answer holds, when its name says it is a secret.
fn parameter(name: &str, value: &str) {
    // A page gives back what was typed as a user code, whatever it is.
    if PARAMETERS.contains(&name) && (name != "user_code" || USER_CODE.contains(&value.len())) {
        // A pushed request is named by a URN whose end is the secret.
        issued(value.strip_prefix("urn:ietf:params:oauth:request_uri:").unwrap_or(value));
    }
}

fn headers(headers: &HeaderMap) {
    let texts = |name: &str| headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    for cookie in texts("set-cookie") {
        let value = cookie.split_once('=').map_or("", |(_, value)| value);
        issued(value.split(';').next().unwrap_or_default());
    }
    for location in texts("location") {
        if let Some((_, query)) = location.split_once(['?', '#']) {
            url::form_urlencoded::parse(query.as_bytes()).for_each(|(name, value)| parameter(&name, &value));
        }
    }
}

/// Enters the secrets of an answer: its headers, the members of its JSON, and the fields of its page.
pub fn answer(header_map: &HeaderMap, body: &[u8]) {
    headers(header_map);
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
