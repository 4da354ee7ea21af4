//! What Authelia's export commands write. Every line that cannot be read is told, with its place and never with a
//! secret.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use url::Url;
use zeroize::Zeroizing;

use super::device::{OpenDevice, Parameters, seed_of_base32};
use super::{OPENID, is_sub};
use crate::clock::NumericDate;
use crate::storage::Subject;
use crate::users::name;
use crate::yaml::{self, Location, MAX_BYTES, Node, Problem, Problems};

/// How a line of the export of TOTP URIs begins.
const URI: &str = "otpauth://";

/// How Authelia ends what it prints.
const LAST_LINE: &str = "Successfully exported ";

/// What exports hold, each with its place.
#[derive(Default)]
pub struct Exports {
    pub(super) subjects: Vec<(Subject, Location)>,
    pub(super) devices: Vec<(OpenDevice, Location)>,
}

/// Reads exports, blocking: identifiers (`authelia storage user identifiers export`), and devices (`authelia storage
/// user totp export`, as YAML or as URIs).
///
/// # Errors
/// Everything that is wrong with the files.
pub fn read_exports(
    identifiers: Option<&Path>,
    totp: Option<&Path>,
    now: NumericDate,
) -> Result<Exports, Problems> {
    let mut exports = Exports::default();
    let mut problems = Problems::default();
    for (path, parse) in [(identifiers, parse_identifiers as Parse), (totp, parse_totp)] {
        let Some(path) = path else { continue };
        let file = path.display().to_string();
        match yaml::read_once(path, MAX_BYTES).map(Zeroizing::new) {
            Ok(bytes) => parse(&file, &bytes, now, &mut exports, &mut problems),
            Err(why) => problems.push(
                Problem::error("unreadable_file", "")
                    .at(&Location::whole(&file))
                    .says(format!("the export cannot be read: {why}"))
                    .mend("name the file that Authelia's export command wrote"),
            ),
        }
    }
    problems.sort();
    if problems.has_errors() { Err(problems) } else { Ok(exports) }
}

type Parse = fn(&str, &[u8], NumericDate, &mut Exports, &mut Problems);

fn parse_identifiers(
    file: &str,
    bytes: &[u8],
    _now: NumericDate,
    exports: &mut Exports,
    problems: &mut Problems,
) {
    for (index, item) in items(file, bytes, "identifiers", problems).iter().enumerate() {
        match subject(item) {
            Ok(subject) => exports.subjects.push((subject, item.at.clone())),
            Err((at, why)) => problems.push(wrong(&at, format!("identifiers[{index}]"), why)),
        }
    }
}

fn parse_totp(file: &str, bytes: &[u8], now: NumericDate, exports: &mut Exports, problems: &mut Problems) {
    let is_of_uris =
        bytes.split(|byte| *byte == b'\n').any(|line| line.trim_ascii().starts_with(URI.as_bytes()));
    if is_of_uris {
        return parse_uris(file, bytes, now, exports, problems);
    }
    for (index, item) in items(file, bytes, "totp_configurations", problems).iter().enumerate() {
        match device(item, now) {
            Ok(device) => exports.devices.push((device, item.at.clone())),
            Err((at, why)) => problems.push(wrong(&at, format!("totp_configurations[{index}]"), why)),
        }
    }
}

fn wrong(at: &Location, path: impl Into<String>, why: String) -> Problem {
    Problem::error("wrong_export", path)
        .at(at)
        .says(why)
        .mend("export it anew, or take this entry out of the file")
}

/// The entries of an export.
fn items(file: &str, bytes: &[u8], key: &str, problems: &mut Problems) -> Vec<Node> {
    let (top, found) = yaml::examine(file, bytes);
    let is_readable = !found.has_errors();
    problems.append(found);
    let items = top.as_ref().and_then(|top| top.get(key)).map(Node::items).unwrap_or_default();
    if items.is_empty() && is_readable {
        problems.push(
            Problem::error("wrong_export", key)
                .at(&Location::whole(file))
                .says(format!("the file holds no list '{key}' with entries"))
                .mend("name the file that Authelia's export command wrote, and check that the options are not swapped"),
        );
    }
    items.to_vec()
}

/// What is wrong with an entry, and where.
type Wrong = (Location, String);

/// The text under a key of an entry; empty when there is none.
fn text<'a>(item: &'a Node, key: &str) -> Result<&'a str, Wrong> {
    match item.get(key) {
        None => Ok(""),
        Some(node) if node.is_absent() => Ok(""),
        Some(node) => {
            node.as_text().ok_or_else(|| (node.at.clone(), format!("'{key}' is {}, not text", node.kind())))
        }
    }
}

fn person(item: &Node) -> Result<String, Wrong> {
    let username = text(item, "username")?;
    named(username).map_err(|why| (item.get("username").unwrap_or(item).at.clone(), why))
}

fn named(username: &str) -> Result<String, String> {
    match name::fault(username) {
        Some(fault) => Err(format!("nobody can have this name: {fault}")),
        None => Ok(username.to_owned()),
    }
}

fn subject(item: &Node) -> Result<Subject, Wrong> {
    let at = |key: &str| item.get(key).unwrap_or(item).at.clone();
    let service = text(item, "service")?;
    if service != OPENID {
        let why =
            format!("the service is '{}', and only those of 'openid' are a sub", service.escape_debug());
        return Err((at("service"), why));
    }
    let identifier = text(item, "identifier")?;
    if !is_sub(identifier) {
        return Err((at("identifier"), "the identifier is no UUID".to_owned()));
    }
    Ok(Subject {
        sector: text(item, "sector_id")?.to_owned(),
        username: person(item)?,
        subject: identifier.to_owned(),
    })
}

fn device(item: &Node, now: NumericDate) -> Result<OpenDevice, Wrong> {
    let at = |key: &str| item.get(key).unwrap_or(item).at.clone();
    let username = person(item)?;
    let number = |key: &str| -> Result<i64, Wrong> {
        text(item, key)?.parse().map_err(|_| (at(key), format!("'{key}' is no whole number")))
    };
    let parameters = Parameters::parse(text(item, "algorithm")?, number("digits")?, number("period")?)
        .map_err(|why| (item.at.clone(), why.to_owned()))?;
    let seed = STANDARD
        .decode(text(item, "secret")?)
        .ok()
        .map(Zeroizing::new)
        .and_then(|base32| seed_of_base32(&base32))
        .ok_or_else(|| {
            (at("secret"), "the secret is not base64 of base32, as Authelia writes it".to_owned())
        })?;
    let time = |key: &str| -> Result<Option<NumericDate>, Wrong> {
        let text = text(item, key)?;
        if text.is_empty() {
            return Ok(None);
        }
        OffsetDateTime::parse(text, &Rfc3339)
            .map(|time| Some(time.unix_timestamp()))
            .map_err(|_| (at(key), format!("'{key}' is no time as 2024-01-31T12:00:00Z is")))
    };
    let created_at = time("created_at")?.unwrap_or(now);
    let last_used_at = time("last_used_at")?.unwrap_or(created_at).max(created_at);
    Ok(OpenDevice { username, parameters, seed, created_at, last_used_at })
}

fn parse_uris(file: &str, bytes: &[u8], now: NumericDate, exports: &mut Exports, problems: &mut Problems) {
    for (line, number) in bytes.split(|byte| *byte == b'\n').zip(1..) {
        let at = Location { file: file.into(), line: number, column: 1 };
        let Ok(line) = std::str::from_utf8(line.trim_ascii()) else {
            problems.push(wrong(&at, "", "the line is no UTF-8 text".to_owned()));
            continue;
        };
        if line.is_empty() || line.starts_with(LAST_LINE) {
            continue;
        }
        match device_of_uri(line, now) {
            Ok(device) => exports.devices.push((device, at)),
            Err(why) => problems.push(wrong(&at, "", why)),
        }
    }
}

/// The device of `otpauth://totp/ISSUER:NAME?secret=…&issuer=…&algorithm=…&digits=…&period=…`.
fn device_of_uri(line: &str, now: NumericDate) -> Result<OpenDevice, String> {
    let not_so = || "the line is not 'otpauth://totp/ISSUER:NAME?secret=…'".to_owned();
    let uri = Url::parse(line).map_err(|_| not_so())?;
    if uri.scheme() != "otpauth" || uri.host_str() != Some("totp") {
        return Err(not_so());
    }
    let parameter = |name: &str| -> Result<Option<Zeroizing<String>>, String> {
        let mut values = uri.query_pairs().filter(|(key, _)| key == name);
        let value = values.next().map(|(_, value)| Zeroizing::new(value.into_owned()));
        match values.next() {
            Some(_) => Err(format!("'{name}' stands twice in the line")),
            None => Ok(value),
        }
    };
    let number = |name: &str, default: i64| -> Result<i64, String> {
        parameter(name)?
            .map_or(Ok(default), |text| text.parse().map_err(|_| format!("'{name}' is no whole number")))
    };
    let algorithm = parameter("algorithm")?;
    let algorithm = algorithm.as_ref().map_or("SHA1", |algorithm| algorithm.as_str());
    let parameters = Parameters::parse(algorithm, number("digits", 6)?, number("period", 30)?)?;
    let secret = parameter("secret")?.ok_or_else(|| "the line has no secret".to_owned())?;
    let seed = seed_of_base32(secret.as_bytes()).ok_or_else(|| "the secret is no base32 text".to_owned())?;
    let issuer = parameter("issuer")?;
    let username = named(&name_of_label(&uri, issuer.as_ref().map(|issuer| issuer.as_str()))?)?;
    // Such a line does not tell when a code was last accepted: every code until now may have been.
    Ok(OpenDevice { username, parameters, seed, created_at: now, last_used_at: now })
}

/// The name behind the issuer in a label; the issuer may hold colons of its own.
fn name_of_label(uri: &Url, issuer: Option<&str>) -> Result<String, String> {
    let path = uri.path().strip_prefix('/').unwrap_or_default().replace('+', "%2B");
    // The one decoder at hand is that of a form, in which a plus sign is a space.
    let label = url::form_urlencoded::parse(format!("l={}", path.replace('&', "%26")).as_bytes())
        .next()
        .map(|(_, label)| label.into_owned())
        .unwrap_or_default();
    let behind_issuer =
        issuer.and_then(|issuer| label.strip_prefix(issuer)).and_then(|rest| rest.strip_prefix(':'));
    let name = behind_issuer.or_else(|| label.split_once(':').map(|(_, name)| name)).unwrap_or(&label);
    if name.is_empty() { Err("the line names nobody".to_owned()) } else { Ok(name.to_owned()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of_uris(text: &str) -> (Vec<OpenDevice>, Vec<String>) {
        let (mut exports, mut problems) = (Exports::default(), Problems::default());
        parse_totp("uris.txt", text.as_bytes(), 1000, &mut exports, &mut problems);
        let devices = exports.devices.into_iter().map(|(device, _)| device).collect();
        (devices, problems.iter().map(|problem| problem.line()).collect())
    }

    #[test]
    fn a_name_is_read_behind_its_issuer_whatever_both_hold() {
        for (label, issuer, name) in [
            ("Authelia:alice", "Authelia", "alice"),
            ("Our%20Home:bob%20smith", "Our+Home", "bob smith"),
            ("a:b:carol", "a%3Ab", "carol"),
            ("Authelia:dan+x@example.com", "Authelia", "dan+x@example.com"),
            ("Authelia:e&f=g", "Authelia", "e&f=g"),
            ("Authelia:ren%C3%A9", "Authelia", "rené"),
            ("gerd", "", "gerd"),
        ] {
            let line = format!(
                "otpauth://totp/{label}?algorithm=SHA256&digits=8&issuer={issuer}&period=60&secret=MZXW6"
            );
            let (devices, problems) = of_uris(&line);
            assert_eq!(problems, Vec::<String>::new());
            assert_eq!(devices[0].username, name);
            assert_eq!((devices[0].parameters.digits, devices[0].parameters.period), (8, 60));
        }
    }

    #[test]
    fn what_authelia_prints_around_the_lines_is_passed_over_and_nothing_else() {
        let line = "otpauth://totp/A:alice?secret=MZXW6&issuer=A";
        let (devices, problems) =
            of_uris(&format!("\n{line}\r\n\n\nSuccessfully exported 1 TOTP configurations\n"));
        assert_eq!((devices.len(), problems.len()), (1, 0));
        let (devices, problems) = of_uris(&format!("{line}\nsecret=MZXW6YTB\n"));
        assert_eq!(devices.len(), 1);
        assert!(problems[0].starts_with("uris.txt:2:1: the line is not"), "{problems:?}");
        assert!(!problems[0].contains("MZXW6YTB"));
    }

    proptest! {
        #[test]
        fn no_line_panics_and_none_is_told(secret in "[a-z]{16}[0189]", rest in "\\PC{0,60}") {
            let (devices, problems) = of_uris(&format!("otpauth://totp/A:alice?secret={secret}&issuer=A\n{rest}"));
            prop_assert!(devices.is_empty());
            prop_assert!(!problems.is_empty());
            prop_assert!(problems.iter().all(|problem| !problem.contains(&secret)));
        }
    }
}
