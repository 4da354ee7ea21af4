//! The name of the log file: `%d`, `{datetime}`, `{datetime:LAYOUT}` and `{unix}` stand for the time at which it is
//! opened.
//! A layout is written as Go writes them, by the moment Mon Jan 2 15:04:05 2006.

use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use time::format_description::{self, BorrowedFormatItem};

use crate::clock::NumericDate;

/// RFC 3339, to the second.
const DEFAULT: &str = "2006-01-02T15:04:05Z07:00";

/// The seconds since 1970: no word of a layout.
const UNIX: &str = "unix";

/// Go's words for the parts of a time, the longer before those they begin with, and ours. All times are UTC.
const PARTS: &[(&str, &str)] = &[
    ("January", "[month repr:long]"),
    ("Jan", "[month repr:short]"),
    ("Monday", "[weekday]"),
    ("Mon", "[weekday repr:short]"),
    ("MST", "UTC"),
    ("2006", "[year]"),
    ("002", "[ordinal]"),
    ("01", "[month]"),
    ("02", "[day]"),
    ("03", "[hour repr:12]"),
    ("04", "[minute]"),
    ("05", "[second]"),
    ("06", "[year repr:last_two]"),
    ("15", "[hour]"),
    ("PM", "[period]"),
    ("pm", "[period case:lower]"),
    ("Z07:00", "Z"),
    ("Z0700", "Z"),
    ("-07:00", "+00:00"),
    ("-0700", "+0000"),
    ("1", "[month padding:none]"),
    ("2", "[day padding:none]"),
    ("3", "[hour repr:12 padding:none]"),
    ("4", "[minute padding:none]"),
    ("5", "[second padding:none]"),
];

/// The pattern in a text, as the text before it, its layout, and the text after it.
fn pattern(text: &str) -> Option<(&str, &str, &str)> {
    let plain = text.split_once("%d").map(|(before, after)| (before, DEFAULT, after));
    let named = text.split_once("{datetime").and_then(|(before, rest)| {
        let (layout, after) = rest.split_once('}')?;
        let layout = if layout.is_empty() { DEFAULT } else { layout.strip_prefix(':')? };
        (!layout.is_empty()).then_some((before, layout, after))
    });
    let unix = text.split_once("{unix}").map(|(before, after)| (before, UNIX, after));
    [plain, named, unix].into_iter().flatten().min_by_key(|(before, _, _)| before.len())
}

/// The path with the time in place of its first pattern.
pub(super) fn at(path: &Path, now: NumericDate) -> PathBuf {
    let Some(text) = path.to_str() else { return path.to_owned() };
    let Some((before, layout, after)) = pattern(text) else { return path.to_owned() };
    if layout == UNIX {
        return format!("{before}{now}{after}").into();
    }
    let time = OffsetDateTime::from_unix_timestamp(now).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    format!("{before}{}{after}", write(layout, time)).into()
}

fn write(layout: &str, time: OffsetDateTime) -> String {
    let mut text = String::new();
    let mut rest = layout;
    while let Some(next) = rest.chars().next() {
        match PARTS.iter().find_map(|(word, part)| Some((rest.strip_prefix(word)?, part))) {
            Some((after, part)) => {
                let items: Vec<BorrowedFormatItem<'_>> =
                    format_description::parse_borrowed::<2>(part).unwrap_or_default();
                text.push_str(&time.format(&items).unwrap_or_default());
                rest = after;
            }
            None => {
                text.push(next);
                rest = rest.get(next.len_utf8()..).unwrap_or_default();
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_stands_where_the_pattern_stood() {
        // 2023-11-14T22:13:20Z
        let name = |path: &str| at(Path::new(path), 1_700_000_000).display().to_string();
        for (path, expected) in [
            ("/var/log/signet.log", "/var/log/signet.log"),
            ("/var/log/signet.%d.log", "/var/log/signet.2023-11-14T22:13:20Z.log"),
            ("signet.{datetime}.log", "signet.2023-11-14T22:13:20Z.log"),
            ("signet.{datetime:2006-01-02}.log", "signet.2023-11-14.log"),
            ("{datetime:Mon Jan 2 15:04:05 MST 2006}", "Tue Nov 14 22:13:20 UTC 2023"),
            ("{datetime:Monday, January 02 06 03:04PM -0700}", "Tuesday, November 14 23 10:13PM +0000"),
            ("{datetime:20060102T150405}-{datetime}", "20231114T221320-{datetime}"),
            ("a%d-{datetime:2006}", "a2023-11-14T22:13:20Z-{datetime:2006}"),
            ("signet.{unix}.log", "signet.1700000000.log"),
            ("{unix}-%d", "1700000000-%d"),
            ("{datetime:}", "{datetime:}"),
            ("{datetimes}", "{datetimes}"),
        ] {
            assert_eq!(name(path), expected);
        }
    }
}
