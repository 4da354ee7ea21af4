//! How long the server of an answer lets it be used again (RFC 9111 §4.2).

use hyper::header::{AGE, CACHE_CONTROL, HeaderMap, HeaderValue};

use crate::clock::Seconds;

/// The seconds that the head of an answer allows: `max-age` of `Cache-Control` without what `Age` says of it has passed.
/// None at all where it says nothing, forbids it, keeps it for one person, or cannot be read.
pub(super) fn freshness(head: &HeaderMap) -> Seconds {
    let mut fresh: Option<Seconds> = None;
    for value in head.get_all(CACHE_CONTROL) {
        let Ok(text) = value.to_str() else { return 0 };
        for directive in text.split(',') {
            let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                // With names of fields too: nothing is used in parts.
                "no-store" | "no-cache" | "private" => return 0,
                // What Signet keeps serves several people (§5.2.2.10); of two the shorter is safe.
                "max-age" | "s-maxage" => {
                    let Some(seconds) = seconds(argument.trim().trim_matches('"')) else { return 0 };
                    fresh = Some(fresh.map_or(seconds, |before| before.min(seconds)));
                }
                _ => {}
            }
        }
    }
    let age = head.get(AGE).map_or(Some(0), age);
    fresh.zip(age).map_or(0, |(fresh, age)| fresh.saturating_sub(age).max(0))
}

fn age(value: &HeaderValue) -> Option<Seconds> {
    seconds(value.to_str().ok()?.trim())
}

/// Digits only; more than can be counted is as many as can.
fn seconds(text: &str) -> Option<Seconds> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(Seconds::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_used_again_only_as_long_as_its_server_says() {
        for (cache_control, age, fresh) in [
            (&[][..], None, 0),
            (&["max-age=20"], None, 20),
            (&["Public, MAX-AGE=20"], None, 20),
            (&["max-age=\"20\""], None, 20),
            (&["max-age=20"], Some("5"), 15),
            (&["max-age=20"], Some("25"), 0),
            (&["max-age=20"], Some("soon"), 0),
            (&["max-age=20, s-maxage=10"], None, 10),
            (&["max-age=20", "max-age=7"], None, 7),
            (&["max-age=20", "no-store"], None, 0),
            (&["no-cache, max-age=20"], None, 0),
            (&["no-cache=\"set-cookie\", max-age=20"], None, 0),
            (&["private, max-age=20"], None, 0),
            (&["max-age"], None, 0),
            (&["max-age=-1"], None, 0),
            (&["max-age=1.5"], None, 0),
            (&["max-age=99999999999999999999"], None, Seconds::MAX),
            (&["immutable"], None, 0),
        ] {
            let mut head = HeaderMap::new();
            for value in cache_control {
                head.append(CACHE_CONTROL, HeaderValue::from_static(value));
            }
            if let Some(age) = age {
                head.insert(AGE, HeaderValue::from_static(age));
            }
            assert_eq!(freshness(&head), fresh, "{cache_control:?} {age:?}");
        }
    }
}
