//! The wall: which room of `src/` may use which, and which outside crate lives where.
//!
//! It reads tokens rather than a syntax tree, so a path inside a macro counts like any other, and links nothing of
//! Signet, so it says what is wrong even while the crate does not compile.

#![cfg(test)]

mod scan;
mod table;
mod the_wall;

use std::collections::BTreeSet;
use std::fmt;

use scan::{Mention, lines_of_code, mentions, resolve, room_of, sources};
use table::{CRATES, DOORS, JUSTIFIED, LONG, ROOMS, STANDARD, TOO_LONG};

#[test]
fn every_room_keeps_to_its_neighbours_and_its_crates() {
    let violations: Vec<String> = sources()
        .iter()
        .flat_map(|(file, text)| violations(file, text))
        .map(|violation| violation.to_string())
        .collect();
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn every_permission_is_used() {
    let unused = unused(&sources());
    assert!(unused.is_empty(), "\n{}\ntake it out of the table\n", unused.join("\n"));
}

#[test]
fn every_folder_is_a_room_and_every_room_a_folder() {
    let known: BTreeSet<String> = ROOMS.iter().map(|(room, _)| (*room).to_owned()).collect();
    let found: BTreeSet<String> = sources().iter().filter_map(|(file, _)| room_of(file)).collect();
    assert_eq!(found, known, "src/ and the table of rooms differ");
}

#[test]
fn the_table_has_no_circle() {
    let mut above: BTreeSet<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    while !above.is_empty() {
        let free: Vec<&str> = ROOMS
            .iter()
            .filter(|(room, uses)| above.contains(room) && uses.iter().all(|used| !above.contains(used)))
            .map(|(room, _)| *room)
            .collect();
        assert!(!free.is_empty(), "these rooms use each other: {above:?}");
        free.iter().for_each(|room| {
            above.remove(room);
        });
    }
}

#[test]
fn no_file_holds_two_things() {
    let mut too_long = Vec::new();
    for (file, text) in sources() {
        let lines = lines_of_code(&text);
        if lines > LONG {
            println!("{file}: {lines} lines of code; about 300 read well");
        }
        if lines > TOO_LONG {
            too_long.push(format!("{file}: {lines} lines of code, at most {TOO_LONG}: split it"));
        }
    }
    assert!(too_long.is_empty(), "\n{}\n", too_long.join("\n"));
}

/// A broken rule, with its place.
struct Violation {
    file: String,
    line: usize,
    message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

fn violations(file: &str, text: &str) -> Vec<Violation> {
    let mentions = match mentions(file, text) {
        Ok(mentions) => mentions,
        Err((line, message)) => return vec![Violation { file: file.to_owned(), line, message }],
    };
    let mut found: Vec<Violation> = mentions
        .iter()
        .filter_map(|mention| {
            let message = judge(file, mention)?;
            Some(Violation { file: file.to_owned(), line: mention.line, message })
        })
        .collect();
    found.dedup_by(|a, b| a.line == b.line && a.message == b.message);
    found
}

/// What is wrong with a path, if anything.
fn judge(file: &str, mention: &Mention) -> Option<String> {
    let first = mention.segments.first()?.as_str();
    let room = room_of(file);
    match first {
        "crate" | "super" | "self" => {
            let Some(target) = resolve(mention) else {
                return Some(format!("`{}` leaves the crate", mention.segments.join("::")));
            };
            let here = room?;
            match target.first().map(String::as_str) {
                None | Some("*") => Some(format!("{here} must name the room it uses, not the whole crate")),
                Some(used) if used == here => None,
                Some(used) if DOORS.iter().any(|(door, to)| *to == used && file.starts_with(door)) => None,
                Some(used) if !ROOMS.iter().any(|(known, _)| *known == used) => {
                    Some(format!("{here} uses crate::{used}, which is no room"))
                }
                Some(used) => {
                    let allowed = ROOMS.iter().any(|(known, uses)| *known == here && uses.contains(&used));
                    (!allowed).then(|| format!("{here} must not use {used}"))
                }
            }
        }
        "signet" => match (room, mention.segments.get(1).map(String::as_str)) {
            (None, Some("cli")) => None,
            (None, _) => Some("main must not use anything but cli".to_owned()),
            (Some(here), _) => Some(format!("{here} must say crate, not signet")),
        },
        _ => pinned_crate(room.as_deref(), first).or_else(|| pinned_standard(file, room.as_deref(), mention)),
    }
}

fn pinned_crate(room: Option<&str>, name: &str) -> Option<String> {
    let (_, homes) = CRATES.iter().find(|(names, _)| names.contains(&name))?;
    let here = room.unwrap_or("the crate root");
    (!homes.contains(&here))
        .then(|| format!("{here} must not use the crate {name}, it belongs to {}", homes.join(", ")))
}

fn pinned_standard(file: &str, room: Option<&str>, mention: &Mention) -> Option<String> {
    let (path, homes, instead) = standard(mention)?;
    let here = room.unwrap_or("the crate root");
    let justified = JUSTIFIED.iter().any(|(place, what, _)| what == path && file.starts_with(place));
    (!homes.contains(&here) && !justified).then(|| format!("{here} must not use {path}: {instead}"))
}

/// The pinned part of the standard library that a path names.
fn standard(mention: &Mention) -> Option<&'static (&'static str, &'static [&'static str], &'static str)> {
    let written = format!("::{}::", mention.segments.join("::"));
    let names = |path: &str| !mention.in_tests && written.contains(&format!("::{path}::"));
    STANDARD.iter().find(|(path, _, _)| names(path))
}

/// What the tables permit and none of these files does: such a row would let a wrong turn pass.
fn unused(files: &[(String, String)]) -> Vec<String> {
    let done: BTreeSet<(&str, String)> = files
        .iter()
        .flat_map(|(file, text)| {
            let mentions = mentions(file, text).unwrap_or_default();
            mentions.into_iter().filter_map(|mention| Some((file.as_str(), permission(&mention)?)))
        })
        .collect();
    let does =
        |place: &str, what: &str| done.iter().any(|(file, done)| file.starts_with(place) && done == what);
    let in_room = |room: &str, what: &str| does(&format!("src/{room}/"), what);

    let mut unused = Vec::new();
    for (room, uses) in ROOMS {
        let idle = uses.iter().filter(|used| !in_room(room, &format!("crate::{used}")));
        unused.extend(idle.map(|used| format!("{room} may use {used}, but does not")));
    }
    for (door, room) in DOORS {
        if !does(door, &format!("crate::{room}")) {
            unused.push(format!("{door} may use {room}, but does not"));
        }
    }
    for (names, homes) in CRATES {
        let idle = homes.iter().filter(|home| !names.iter().any(|name| in_room(home, name)));
        unused.extend(idle.map(|home| format!("{home} may use {}, but does not", names.join(", "))));
    }
    for (path, homes, _) in STANDARD {
        let idle = homes.iter().filter(|home| !in_room(home, path));
        unused.extend(idle.map(|home| format!("{home} may use {path}, but does not")));
    }
    for (place, path, _) in JUSTIFIED {
        if !does(place, path) {
            unused.push(format!("{place} may use {path}, but does not"));
        }
    }
    unused
}

/// What a path needs to be permitted: a room as `crate::room`, a part of the standard library or an outside crate.
fn permission(mention: &Mention) -> Option<String> {
    match mention.segments.first()?.as_str() {
        "crate" | "super" | "self" => Some(format!("crate::{}", resolve(mention)?.first()?)),
        first => Some(standard(mention).map_or(first, |(path, _, _)| path).to_owned()),
    }
}
