//! Who is locked out, and the end of it.

use std::net::IpAddr;

use super::Roster;
use crate::clock::NumericDate;
use crate::model::event::{Event, EventKind};
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
    /// A person's, wherever they are banned, by name; or an address's; or a network's, by what the list shows.
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
    let lifted = storage.lift_bans(&liftings, now).await?;
    tracing::info!(lifted, by, "bans lifted");
    // Whoever else lifted some of them meanwhile did the same.
    Ok(bans)
}

fn is_meant(counted: &Counted, roster: &Roster, target: LiftTarget<'_>) -> bool {
    let of_person = |typed: &str| counted.name().is_some_and(|name| name == roster.counted_as(typed));
    let of_place = |typed: &str| match counted {
        Counted::Address(address) => {
            typed.parse::<IpAddr>().is_ok_and(|typed| typed.to_canonical().to_string() == *address)
        }
        Counted::Network(network, _) => network == typed,
        Counted::Person(_) | Counted::Browser(..) => false,
    };
    match target {
        LiftTarget::All => true,
        LiftTarget::Named(typed) => of_person(typed) || of_place(typed),
        LiftTarget::Person(typed) => of_person(typed),
        LiftTarget::Address(typed) => of_place(typed),
    }
}

fn lifting(counted: &Counted, target: LiftTarget<'_>, by: &str, now: NumericDate) -> Lifting {
    let mut event = Event::new(EventKind::LoginUnlocked, now);
    event.username = counted.name().map(str::to_owned);
    let place = match counted {
        Counted::Address(address) => {
            event.address = address.parse().ok();
            "everyone at this address".to_owned()
        }
        Counted::Person(_) => "all networks".to_owned(),
        Counted::Network(network, _) => network.clone(),
        Counted::Browser(..) => "a known browser".to_owned(),
    };
    event.detail = Some(format!("{by}: {place}"));
    let person = match counted.name() {
        Some(name) => Counted::Person(name.to_owned()).to_string(),
        None => counted.to_string(),
    };
    // A person who is let in again is let in with a clean sheet; a network's ban says nothing of other networks.
    let of_place = matches!(target, LiftTarget::Address(_))
        || matches!((target, counted), (LiftTarget::Named(typed), Counted::Network(network, _)) if typed == network);
    Lifting { subject: counted.to_string(), person, whole_person: !of_place, event }
}
