//! Where a person is signed in, what clients hold, and the end of it.

use super::{Roster, Standing};
use crate::clock::NumericDate;
use crate::model::authentication::{Authentication, IN_SESSION};
use crate::model::event::{Event, EventKind};
use crate::observe;
use crate::storage::{Ended, Ending, GrantView, SessionRow, Storage, StorageError, Whose};

/// A session that has not ended.
#[derive(Clone, Debug)]
pub struct SessionView {
    /// Who signed in, when, how and from where.
    pub authentication: Authentication,
    /// When it was last used, to within a minute.
    pub last_seen: NumericDate,
    /// When it ends at the latest, or unless it is used before.
    pub ends: NumericDate,
    /// Whether it still proves anything.
    pub standing: Standing,
    /// The grants made in it.
    pub grants: Vec<GrantView>,
}

/// Everything a person is signed in with.
#[derive(Clone, Debug)]
pub struct SignIns {
    /// The sessions, the latest used first.
    pub sessions: Vec<SessionView>,
    /// Grants whose session has ended.
    pub others: Vec<GrantView>,
}

/// Where a person is signed in.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_ins(
    storage: &Storage,
    roster: &Roster,
    username: &str,
    now: NumericDate,
) -> Result<SignIns, StorageError> {
    let rows = storage.sessions_of(username, now).await?;
    let mut others = storage.standing_grants_of(username, now).await?;
    let mut sessions = Vec::new();
    for row in rows {
        let Some(authentication) = authentication(&row) else { continue };
        let of_this = |grant: &GrantView| grant.session == authentication.session;
        let (grants, rest) = others.into_iter().partition(of_this);
        others = rest;
        let standing = roster.standing(username, &authentication.credential);
        let rests_until = row.idle_seconds.map(|idle| row.last_seen_at.saturating_add(idle));
        sessions.push(SessionView {
            authentication,
            last_seen: row.last_seen_at,
            ends: rests_until.map_or(row.expires_at, |rests| rests.min(row.expires_at)),
            standing,
            grants,
        });
    }
    Ok(SignIns { sessions, others })
}

fn authentication(row: &SessionRow) -> Option<Authentication> {
    serde_json::from_value(row.data.get(IN_SESSION)?.clone()).ok()
}

/// Ends sign-ins and what hangs from them, as a person's own sign-out does; with `everything` offline access too, and
/// browsers are known no longer.
///
/// # Errors
/// When the database does not store it.
pub async fn end_sessions(
    storage: &Storage,
    whose: Whose<'_>,
    everything: bool,
    by: &str,
    now: NumericDate,
) -> Result<Ended, StorageError> {
    let mut event = Event::new(EventKind::AdminSessionsEnded, now);
    let which = match whose {
        Whose::Everyone => "every sign-in of everyone",
        Whose::Person(_) => "every sign-in",
        Whose::SignIn(..) => "one sign-in",
    };
    event.username = match whose {
        Whose::Everyone => None,
        Whose::Person(username) | Whose::SignIn(username, _) => Some(username.to_owned()),
    };
    let and = if everything { ", offline access too" } else { "" };
    event.detail = Some(format!("{by}: {which}{and}"));
    let ended =
        storage.end_sessions_of(Ending { whose, everything }, std::slice::from_ref(&event), now).await?;
    if ended != Ended::default() {
        observe::event(&event);
    }
    Ok(ended)
}
