//! What a token says, in plain words, and whether it is good.

use serde_json::{Map, Value};

use crate::cli::table::{date, plain};
use crate::clock::{NumericDate, Seconds};
use crate::jose::compact::{self, Unverified};
use crate::jose::{PublicKeySet, SignatureAlgorithm, audience, numeric_date};

/// The members that are times (RFC 7519 §4.1, OpenID Connect Core 1.0 §2), and what each says.
const TIMES: [(&str, &str); 4] =
    [("auth_time", "signed in"), ("iat", "made"), ("nbf", "good from"), ("exp", "ends")];

/// The text, and whether the token is good at `now` for one of `audiences`, or for anyone when none is named. No leeway:
/// what is shown is what the token says.
pub(super) fn shown(
    token: &str,
    issuer: &str,
    keys: &PublicKeySet,
    audiences: &[String],
    now: NumericDate,
) -> (String, bool) {
    let unverified = match compact::parse(token) {
        Ok(unverified) => unverified,
        Err(problem) => {
            let about = if token.contains('.') {
                format!("not good: {problem}")
            } else {
                "not a JWT: only its issuer can say what it is worth, at its introspection endpoint"
                    .to_owned()
            };
            return (format!("VERDICT\n  {about}\n"), false);
        }
    };
    let mut text = String::from("HEADER\n");
    members(&mut text, &unverified.header);
    text += "CLAIMS\n";
    members(&mut text, &unverified.payload);
    text += "TIMES\n";
    for (name, says) in TIMES {
        if let Ok(time) = numeric_date(&unverified.payload, name) {
            text += &format!("  {says:9}  {}, {}\n", date(time), distance(time - now));
        }
    }
    text += "VERDICT\n";
    let wrong = wrong(&unverified, issuer, keys, audiences, now);
    for reason in &wrong {
        text += &format!("  not good: {}\n", plain(reason));
    }
    if wrong.is_empty() {
        let kid = unverified.key_id().unwrap_or("the only one that fits");
        text += &plain(&format!("  good: signed by {issuer} with its key {kid}"));
        text.push('\n');
        if audiences.is_empty() {
            text += "  whom it is for was not asked: name that with --audience\n";
        }
    }
    (text, wrong.is_empty())
}

fn members(text: &mut String, members: &Map<String, Value>) {
    let width = members.keys().map(|name| name.chars().count()).max().unwrap_or(0);
    for (name, value) in members {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        *text += plain(&format!("  {name:width$}  {value}")).trim_end();
        text.push('\n');
    }
}

/// Everything that is wrong with a token.
fn wrong(
    token: &Unverified<'_>,
    issuer: &str,
    keys: &PublicKeySet,
    audiences: &[String],
    now: NumericDate,
) -> Vec<String> {
    let mut wrong = Vec::new();
    match SignatureAlgorithm::parse(token.algorithm()) {
        None => wrong.push(format!("`alg` is {}, which proves nothing about who signed", token.algorithm())),
        Some(algorithm) => {
            if let Err(problem) = keys.verify(token, algorithm) {
                wrong.push(format!("{problem} (held against the keys of {issuer})"));
            }
        }
    }
    match token.payload.get("iss").and_then(Value::as_str) {
        Some(told) if told == issuer => {}
        Some(told) => wrong.push(format!("`iss` is {told}, another issuer")),
        None => wrong.push("it has no `iss`".to_owned()),
    }
    match audience(&token.payload) {
        Ok(told)
            if audiences.is_empty() || audiences.iter().any(|wanted| told.contains(&wanted.as_str())) => {}
        Ok(told) => wrong.push(format!("`aud` is {}: it is for somebody else", told.join(", "))),
        Err(problem) => wrong.push(format!("`aud`: {problem}")),
    }
    match numeric_date(&token.payload, "exp") {
        Ok(exp) if now < exp => {}
        Ok(exp) => wrong.push(format!("it has ended {}", distance(exp - now))),
        Err(problem) => wrong.push(format!("`exp`: {problem}")),
    }
    if token.payload.contains_key("nbf") {
        match numeric_date(&token.payload, "nbf") {
            Ok(nbf) if nbf <= now => {}
            Ok(nbf) => wrong
                .push(format!("it begins {}: are the clocks of both machines right?", distance(nbf - now))),
            Err(problem) => wrong.push(format!("`nbf`: {problem}")),
        }
    }
    wrong
}

/// `in 59 minutes 30 seconds`, `2 days ago`, `now`.
fn distance(seconds: Seconds) -> String {
    let spoken = span(seconds.unsigned_abs());
    match seconds {
        0 => "now".to_owned(),
        1.. => format!("in {spoken}"),
        _ => format!("{spoken} ago"),
    }
}

/// A span in its two largest units.
fn span(seconds: u64) -> String {
    let mut rest = seconds;
    let mut words = Vec::new();
    for (size, unit) in [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")] {
        let count = rest / size;
        rest %= size;
        if count > 0 {
            words.push(format!("{count} {unit}{}", if count == 1 { "" } else { "s" }));
        }
    }
    words.truncate(2);
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::jose::KeySet;
    use crate::jose::test_keys::{p256, rsa};

    const NOW: NumericDate = 1_700_000_000;
    const ISSUER: &str = "https://id.example.com";

    fn keys() -> PublicKeySet {
        let set = KeySet::new(vec![rsa(), p256()]).unwrap();
        PublicKeySet::from_json(set.jwks_json().as_bytes()).unwrap()
    }

    fn claims() -> Map<String, Value> {
        let claims = json!({"iss": ISSUER, "sub": "ci", "aud": "my-api", "iat": NOW - 30, "exp": NOW + 3570,
            "groups": ["a", "b"]});
        claims.as_object().unwrap().clone()
    }

    fn judged(claims: &Map<String, Value>, audiences: &[&str]) -> (String, bool) {
        let token = rsa().sign("at+jwt", claims).unwrap();
        let audiences: Vec<String> = audiences.iter().map(|name| (*name).to_owned()).collect();
        shown(&token, ISSUER, &keys(), &audiences, NOW)
    }

    #[test]
    fn a_good_token_is_shown_and_said_to_be_good() {
        let (text, good) = judged(&claims(), &["other", "my-api"]);
        assert!(good, "{text}");
        let kid = rsa().kid().to_owned();
        insta::assert_snapshot!(text.replace(&kid, "[kid]"), @r#"
        HEADER
          alg  RS256
          kid  [kid]
          typ  at+jwt
        CLAIMS
          iss     https://id.example.com
          sub     ci
          aud     my-api
          iat     1699999970
          exp     1700003570
          groups  ["a","b"]
        TIMES
          made       2023-11-14T22:12:50Z, 30 seconds ago
          ends       2023-11-14T23:12:50Z, in 59 minutes 30 seconds
        VERDICT
          good: signed by https://id.example.com with its key [kid]
        "#);
    }

    #[test]
    fn everything_that_is_wrong_is_named() {
        let mut other = claims();
        other.extend([
            ("iss".to_owned(), json!("https://evil.example.com")),
            ("exp".to_owned(), json!(NOW - 90_061)),
            ("nbf".to_owned(), json!(NOW + 60)),
        ]);
        let (text, good) = judged(&other, &["another"]);
        assert!(!good);
        for said in [
            "not good: `iss` is https://evil.example.com, another issuer",
            "not good: `aud` is my-api: it is for somebody else",
            "not good: it has ended 1 day 1 hour ago",
            "not good: it begins in 1 minute: are the clocks of both machines right?",
        ] {
            assert!(text.contains(said), "{said}\n{text}");
        }
        for name in ["iss", "aud", "exp"] {
            let mut less = claims();
            less.remove(name);
            let (text, good) = judged(&less, &[]);
            assert!(!good && text.contains("not good"), "{name}: {text}");
        }
        let now = claims().get("exp").unwrap().as_i64().unwrap();
        let token = rsa().sign("JWT", &claims()).unwrap();
        assert!(!shown(&token, ISSUER, &keys(), &[], now).1, "at its end");
        assert!(shown(&token, ISSUER, &keys(), &[], now - 1).1, "a second before it");
    }

    #[test]
    fn a_signature_of_nobody_is_told() {
        let token = rsa().sign("JWT", &claims()).unwrap();
        let (rest, signature) = token.rsplit_once('.').unwrap();
        let other = p256().sign("JWT", &claims()).unwrap();
        let none = "eyJhbGciOiJub25lIn0.e30.";
        for (wrong, said) in [
            (format!("{rest}.{}", signature.get(4..).unwrap()), "not good: the signature does not fit"),
            (format!("{rest}.{}", other.rsplit_once('.').unwrap().1), "not good: the signature does not fit"),
            (none.to_owned(), "not good: `alg` is none, which proves nothing"),
            ("signet_at_abc".to_owned(), "not a JWT: only its issuer can say"),
            ("a.b".to_owned(), "not good: the token does not consist of three parts"),
        ] {
            let (text, good) = shown(&wrong, ISSUER, &keys(), &[], NOW);
            assert!(!good && text.contains(said), "{wrong}: {text}");
        }
        let (text, good) = shown(&token, ISSUER, &PublicKeySet::default(), &[], NOW);
        assert!(!good && text.contains("held against the keys of https://id.example.com"), "{text}");
    }

    #[test]
    fn spans_are_told_in_their_two_largest_units() {
        for (seconds, words) in [
            (1, "in 1 second"),
            (-61, "1 minute 1 second ago"),
            (3600, "in 1 hour"),
            (90_000, "in 1 day 1 hour"),
            (-172_861, "2 days 1 minute ago"),
            (0, "now"),
        ] {
            assert_eq!(distance(seconds), words);
        }
    }
}
