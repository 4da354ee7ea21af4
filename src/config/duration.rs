//! Durations as the configuration writes them: `90`, `5m`, `1 hour and 30 minutes`.

use std::time::Duration;

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;
/// A thousand years: longer is a slip of the finger, and would leave the range of dates.
const LONGEST: i128 = 365_000 * DAY;

/// A length of time; negative ones are written as a number and mean "off" or "the default".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    nanoseconds: i128,
}

impl Span {
    /// Whole seconds, for defaults.
    pub(super) const fn of_seconds(seconds: i64) -> Self {
        Self { nanoseconds: seconds as i128 * SECOND }
    }

    /// In whole seconds; a started second counts, so that what is not zero does not become so.
    pub(super) fn seconds(self) -> i64 {
        let whole = self.nanoseconds.div_euclid(SECOND);
        let up = i128::from(self.nanoseconds.rem_euclid(SECOND) > 0);
        i64::try_from(whole + up).unwrap_or(i64::MAX)
    }

    /// For timers; negative spans are none.
    pub(super) fn duration(self) -> Duration {
        Duration::from_nanos(u64::try_from(self.nanoseconds.max(0)).unwrap_or(u64::MAX))
    }
}

/// Why a text is no duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DurationProblem {
    /// No quantity with a unit, or something between them.
    #[error("the value is no duration")]
    Shape,
    /// A word that is no unit.
    #[error("the value has a unit that is not known")]
    Unit,
    /// More than a thousand years.
    #[error("the duration is longer than a thousand years")]
    TooLong,
}

/// Reads a duration: digits are seconds; otherwise quantities with units, which are added up. Spaces and the word
/// `and` may stand between them. `m` is a minute, `M` a month of 30 days, `y` a year of 365.
pub(super) fn parse(text: &str) -> Result<Span, DurationProblem> {
    let text = text.trim();
    let bare = text.strip_prefix('-').unwrap_or(text);
    if !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds: i128 = text.parse().map_err(|_| DurationProblem::TooLong)?;
        return within(seconds.checked_mul(SECOND).ok_or(DurationProblem::TooLong)?);
    }
    let compact: String = text.replace("and", "").split_whitespace().collect();
    if compact.is_empty() {
        return if text.is_empty() { Ok(Span { nanoseconds: 0 }) } else { Err(DurationProblem::Shape) };
    }
    let mut rest = compact.as_str();
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| c.is_ascii_digit());
        let (unit, next) = split(after, |c| !c.is_ascii_digit());
        if number.is_empty() || unit.is_empty() {
            return Err(DurationProblem::Shape);
        }
        let number: i128 = number.parse().map_err(|_| DurationProblem::TooLong)?;
        let part = nanoseconds(unit)?.checked_mul(number).ok_or(DurationProblem::TooLong)?;
        total = within(total.checked_add(part).ok_or(DurationProblem::TooLong)?)?.nanoseconds;
        rest = next;
    }
    Ok(Span { nanoseconds: total })
}

fn within(nanoseconds: i128) -> Result<Span, DurationProblem> {
    if nanoseconds.abs() > LONGEST { Err(DurationProblem::TooLong) } else { Ok(Span { nanoseconds }) }
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn nanoseconds(unit: &str) -> Result<i128, DurationProblem> {
    Ok(match unit {
        "y" | "year" | "years" => 365 * DAY,
        "M" | "month" | "months" => 30 * DAY,
        "w" | "week" | "weeks" => 7 * DAY,
        "d" | "day" | "days" => DAY,
        "h" | "hour" | "hours" => 3600 * SECOND,
        "m" | "minute" | "minutes" => 60 * SECOND,
        "s" | "second" | "seconds" => SECOND,
        "ms" | "millisecond" | "milliseconds" => SECOND / 1000,
        "us" | "µs" | "μs" | "microsecond" | "microseconds" => SECOND / 1_000_000,
        "ns" | "nanosecond" | "nanoseconds" => 1,
        _ => return Err(DurationProblem::Unit),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_forms_of_the_contract_are_read() {
        for (text, seconds) in [
            ("90", 90),
            ("-1", -1),
            ("", 0),
            ("1h", 3600),
            ("5 minutes", 300),
            ("1h30m", 5400),
            ("1 hour and 30 minutes", 5400),
            ("2 days", 172_800),
            ("31d", 2_678_400),
            ("1w", 604_800),
            ("1M", 2_592_000),
            ("1m", 60),
            ("1y", 31_536_000),
            ("500ms", 1),
        ] {
            assert_eq!(parse(text).map(Span::seconds), Ok(seconds), "{text}");
        }
        assert_eq!(parse("500ms").unwrap().duration(), Duration::from_millis(500));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["soon", "5x", "1.5h", "h", "1h foo", "and", "5m7", "99999999999y", "-5m", "５m"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn what_is_printed_reads_back(d in 0i64..9999, h in 0i64..24, m in 0i64..60, s in 0i64..60) {
            let text = format!("{d}d {h}h and {m} minutes {s}s");
            prop_assert_eq!(parse(&text).map(Span::seconds), Ok(((d * 24 + h) * 60 + m) * 60 + s));
        }

        #[test]
        fn seconds_read_back_or_are_too_long(seconds in any::<i64>()) {
            let parsed = parse(&seconds.to_string());
            match i128::from(seconds).checked_mul(SECOND) {
                Some(nanoseconds) if nanoseconds.abs() <= LONGEST => {
                    prop_assert_eq!(parsed.map(Span::seconds), Ok(seconds));
                }
                _ => prop_assert_eq!(parsed, Err(DurationProblem::TooLong)),
            }
        }

        #[test]
        fn no_quantity_overflows(digits in "[1-9][0-9]{0,60}", unit in "(y|M|w|d|h|m|s|ms|us|ns)", more in "( ?[0-9]{1,40}[yMwdhms]){0,4}") {
            if let Ok(span) = parse(&format!("{digits}{unit}{more}")) {
                prop_assert!(span.seconds() <= 365_000 * 86_400);
            }
        }
    }
}
