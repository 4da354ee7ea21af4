//! Who is locked out, and the end of it.

use super::Roster;
use crate::clock::NumericDate;
use crate::model::event::{Event, EventKind};
use crate::observe;
use crate::storage::{Lifting, Storage, StorageError};
use crate::users::counted::Counted;

/// A ban that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    /// Who or what is banned.
    pub counted: Counted,
    /// Since when.
    pub since: NumericDate,
    /// When it ends by itself.
    pub until: NumericDate,
    /// How many failures led to it; `None` for one that an earlier version made.
    pub failures: Option<i64>,
}

/// Whose bans are lifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiftTarget<'a> {
    /// All of them.
    All,
    /// A person's, wherever they are banned, by name or e-mail address; or an address's and those of the network that
    /// holds it; or a network's, by what the list shows.
    Named(&'a str),
    /// A person's alone.
    Person(&'a str),
    /// An address's alone.
    Address(&'a str),
}

/// The bans that stand, the latest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_bans(storage: &Storage, now: NumericDate) -> Result<Vec<Ban>, StorageError> {
    let rows = storage.list_bans(now).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(Ban {
                counted: Counted::parse(&row.subject)?,
                since: row.banned_at,
                until: row.banned_until,
                failures: row.failures,
            })
        })
        .collect())
}

/// Lifts bans, and forgets the failures that led to them, all in one commit. Gives what was lifted; nothing when
/// nobody of that name is banned.
///
/// # Errors
/// When the database does not store it.
pub async fn lift_bans(
    storage: &Storage,
    roster: &Roster,
    target: LiftTarget<'_>,
    by: &str,
    now: NumericDate,
) -> Result<Vec<Ban>, StorageError> {
    let mut bans = list_bans(storage, now).await?;
    bans.retain(|ban| is_meant(&ban.counted, roster, target));
    let liftings: Vec<Lifting> = bans.iter().map(|ban| lifting(&ban.counted, target, by, now)).collect();
    storage.lift_bans(&liftings, now).await?;
    liftings.iter().for_each(|lifting| observe::event(&lifting.event));
    // Whoever else lifted some of them meanwhile did the same.
    Ok(bans)
}

fn is_meant(counted: &Counted, roster: &Roster, target: LiftTarget<'_>) -> bool {
    let of_person = |typed: &str| counted.name().is_some_and(|name| roster.means(typed, name));
    match target {
        LiftTarget::All => true,
        LiftTarget::Named(typed) => of_person(typed) || counted.is_at(typed) || counted.holds(typed),
        LiftTarget::Person(typed) => of_person(typed),
        LiftTarget::Address(typed) => counted.is_at(typed),
    }
}

fn lifting(counted: &Counted, target: LiftTarget<'_>, by: &str, now: NumericDate) -> Lifting {
    let mut event = Event::new(EventKind::LoginUnlocked, now);
    event.username = counted.name().map(str::to_owned);
    if let Counted::Address(address) = counted {
        event.address = address.parse().ok();
    }
    event.detail = Some(format!("{by}: {}", counted.place()));
    let person = match counted.name() {
        Some(name) => Counted::Person(name.to_owned()).to_string(),
        None => counted.to_string(),
    };
    // A person who is let in again is let in with a clean sheet; a network's ban says nothing of other networks.
    let of_place = match target {
        LiftTarget::All | LiftTarget::Person(_) => false,
        LiftTarget::Address(_) => true,
        LiftTarget::Named(typed) => counted.is_at(typed) || counted.holds(typed),
    };
    Lifting { subject: counted.to_string(), person, whole_person: !of_place, event }
}
