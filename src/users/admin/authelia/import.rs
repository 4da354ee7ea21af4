//! What Authelia exported becomes what Signet remembers: all of it or nothing, and never against what is in use.

use std::collections::{BTreeSet, HashMap};

use super::export::Exports;
use crate::clock::NumericDate;
use crate::model::event::{Actor, Event, EventKind};
use crate::model::second_factor::Totp;
use crate::observe::{self, counted};
use crate::secrets::{SealProblem, Sealer};
use crate::settings::Settings;
use crate::storage::{Inheritance, Remembered, Storage, StorageError, Subject};
use crate::yaml::{Location, Problem, Problems};

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// What the exports say stands against what is remembered, or against itself.
    #[error("{0}")]
    Problems(Problems),
    /// A seed.
    #[error("a one-time code seed: {0}")]
    Seal(#[from] SealProblem),
}

/// What was imported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Subject identifiers that are new.
    pub subjects: usize,
    /// Subject identifiers that stood already.
    pub known_subjects: usize,
    /// One-time code devices that are new.
    pub devices: usize,
    /// One-time code devices that stood already.
    pub known_devices: usize,
    /// Names that the users file does not have: what is imported waits for them.
    pub unknown: BTreeSet<String>,
}

/// Imports exports in one transaction; with `keep` off nothing stays of it. `by` says who did it, for the events.
///
/// # Errors
/// Every [`ImportError`]; then nothing was written.
pub async fn import(
    storage: &Storage,
    settings: &Settings,
    exports: &Exports,
    is_known: impl Fn(&str) -> bool,
    by: &str,
    keep: bool,
    now: NumericDate,
) -> Result<Imported, ImportError> {
    let sealer = Sealer::new(&settings.storage.encryption_key);
    let (mut imported, mut told) = (Imported::default(), None);
    storage
        .inherit(keep, now, |remembered| {
            let mut inheritance = Inheritance::default();
            let mut problems = Problems::default();
            subjects(exports, remembered, &mut inheritance, &mut imported, &mut problems);
            let new = new_devices(exports, remembered, &sealer, &mut imported, &mut problems);
            problems.sort();
            if problems.has_errors() {
                return Err(ImportError::Problems(problems));
            }
            for device in new {
                inheritance.devices.push(device.sealed(&sealer, settings.totp.skew, now)?);
            }
            if !inheritance.subjects.is_empty() || !inheritance.devices.is_empty() {
                let mut event = Event::new(EventKind::AutheliaTakenOver, now);
                event.actor = Actor::Administrator;
                event.detail = Some(format!(
                    "{by}: {} and {} from exports",
                    counted(inheritance.subjects.len(), "subject identifier"),
                    counted(inheritance.devices.len(), "one-time code device")
                ));
                inheritance.events.push(event.clone());
                told = Some(event);
            }
            imported.subjects = inheritance.subjects.len();
            imported.devices = inheritance.devices.len();
            Ok(inheritance)
        })
        .await?;
    if let Some(event) = told.filter(|_| keep) {
        observe::event(&event);
    }
    let names = exports.subjects.iter().map(|(subject, _)| &subject.username);
    let names = names.chain(exports.devices.iter().map(|(device, _)| &device.username));
    imported.unknown = names.filter(|name| !is_known(name)).cloned().collect();
    Ok(imported)
}

fn subjects(
    exports: &Exports,
    remembered: &Remembered,
    inheritance: &mut Inheritance,
    imported: &mut Imported,
    problems: &mut Problems,
) {
    // Who has which, and which is whose, with the place of what an export says.
    let mut of_person: HashMap<(&str, &str), (&str, Option<&Location>)> = HashMap::new();
    let mut of_subject: HashMap<(&str, &str), (&str, Option<&Location>)> = HashMap::new();
    for Subject { sector, username, subject } in &remembered.subjects {
        of_person.insert((sector, username), (subject, None));
        of_subject.insert((sector, subject), (username, None));
    }
    for (new, at) in &exports.subjects {
        let Subject { sector, username, subject } = new;
        let name = username.escape_debug();
        if let Some((present, place)) = of_person.get(&(sector.as_str(), username.as_str())) {
            if present == subject {
                imported.known_subjects += usize::from(place.is_none());
            } else {
                problems.push(stands_against(at, *place, &format!("'{name}' has another identifier")));
            }
        } else if let Some((other, place)) = of_subject.get(&(sector.as_str(), subject.as_str())) {
            let why = format!("the identifier of '{name}' is that of '{}'", other.escape_debug());
            problems.push(stands_against(at, *place, &why));
        } else {
            inheritance.subjects.push(new.clone());
            of_person.insert((sector, username), (subject, Some(at)));
            of_subject.insert((sector, subject), (username, Some(at)));
        }
    }
}

fn new_devices<'a>(
    exports: &'a Exports,
    remembered: &Remembered,
    sealer: &Sealer,
    imported: &mut Imported,
    problems: &mut Problems,
) -> Vec<&'a super::device::OpenDevice> {
    let present: HashMap<&str, &Totp> =
        remembered.devices.iter().map(|device| (device.username.as_str(), device)).collect();
    let mut told: HashMap<&str, &Location> = HashMap::new();
    let mut new = Vec::new();
    for (device, at) in &exports.devices {
        let name = device.username.escape_debug();
        if let Some(first) = told.insert(&device.username, at) {
            problems.push(stands_against(at, Some(first), &format!("'{name}' has a device already")));
            continue;
        }
        match present.get(device.username.as_str()) {
            None => new.push(device),
            Some(same) if device.is_same(same, sealer) => imported.known_devices += 1,
            Some(_) => problems.push(
                Problem::error("in_use", "")
                    .at(at)
                    .says(format!("'{name}' has another one-time code device already"))
                    .mend(format!(
                        "take the entry out of the file, or remove the present device with `signet user totp delete \
                         {name}`"
                    )),
            ),
        }
    }
    new
}

/// Something else is said elsewhere: in the database, or earlier in the exports.
fn stands_against(at: &Location, place: Option<&Location>, why: &str) -> Problem {
    match place {
        None => Problem::error("in_use", "")
            .at(at)
            .says(format!("{why} already, which applications know"))
            .mend("take the entry out of the file: an identifier that is in use is never changed"),
        Some(first) => Problem::error("stands_twice", "")
            .at(at)
            .says(format!("{why} at {first}"))
            .mend("take one of the two entries out of the file"),
    }
}
