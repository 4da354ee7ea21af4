//! What an unquoted scalar is: the core schema of YAML 1.2.2 §10.3.2, without its surprises.
//!
//! Numbers with a leading zero or an underscore stay text: writers disagree about what they mean.

use super::node::NodeValue;

pub(super) fn resolve(text: &str) -> NodeValue {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => NodeValue::Null,
        "true" | "True" | "TRUE" => NodeValue::Bool(true),
        "false" | "False" | "FALSE" => NodeValue::Bool(false),
        _ => integer(text)
            .map(NodeValue::Integer)
            .or_else(|| float(text).map(NodeValue::Float))
            .unwrap_or_else(|| NodeValue::String(text.to_owned())),
    }
}

fn integer(text: &str) -> Option<i64> {
    if let Some(digits) = text.strip_prefix("0o") {
        return all_digits(digits, 8).then(|| i64::from_str_radix(digits, 8).ok()).flatten();
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return all_digits(digits, 16).then(|| i64::from_str_radix(digits, 16).ok()).flatten();
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !all_digits(digits, 10) || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    text.parse().ok()
}

fn all_digits(digits: &str, radix: u32) -> bool {
    !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix))
}

fn float(text: &str) -> Option<f64> {
    match text.strip_prefix(['-', '+']).unwrap_or(text) {
        ".inf" | ".Inf" | ".INF" => {
            return Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
        }
        _ => {}
    }
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(f64::NAN);
    }
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let whole = body.split(['.', 'e', 'E']).next().unwrap_or_default();
    if whole.len() > 1 && whole.starts_with('0') {
        return None;
    }
    let fits = body.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && body.contains(|c: char| c.is_ascii_digit())
        && body.contains(['.', 'e', 'E'])
        && body.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
    if fits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unquoted_scalars_become_what_they_look_like() {
        assert!(matches!(resolve("~"), NodeValue::Null));
        assert!(matches!(resolve("True"), NodeValue::Bool(true)));
        assert!(matches!(resolve("-12"), NodeValue::Integer(-12)));
        assert!(matches!(resolve("0x1F"), NodeValue::Integer(31)));
        assert!(matches!(resolve("1.5e3"), NodeValue::Float(n) if n == 1500.0));
    }

    #[test]
    fn what_writers_disagree_about_stays_text() {
        for text in
            ["0123", "1_000", "yes", "on", "12:30", "1.2.3", "007.5", "99999999999999999999", "-", ".", "e5"]
        {
            assert!(matches!(resolve(text), NodeValue::String(_)), "{text}");
        }
    }
}
