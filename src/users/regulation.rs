//! How guessing is slowed down: under which keys an attempt is counted, and within which limits.
//!
//! A person is counted per network, so that a stranger elsewhere locks nobody out; a browser in which the person
//! signed in before is counted apart from its network; and over all networks a person is counted more slowly, each
//! network up to a share.
//! An attempt counts from the moment it begins, so attempts side by side cannot pass the limit.

use super::Users;
use super::counted::Counted;
use crate::clock::{NumericDate, Seconds, in_utc};
use crate::model::event::{Event, EventKind, Source};
use crate::observe;
use crate::settings::Regulation;
use crate::storage::{Attempt, AttemptKeys, AttemptLimits, StorageError};

/// The span over which a person is counted over all networks, in seconds.
const SLOW_TIME: Seconds = 3600;
/// How many times `max_retries` a person is allowed in that span.
const SLOW_FACTOR: i64 = 10;
/// How many times `max_retries` one network adds to that by guessing at the password: four networks together do not reach
/// it, so whoever has few addresses locks nobody out everywhere.
const SHARE_FACTOR: i64 = 2;

/// Someone tries to prove to be a person.
pub(super) struct Guess {
    /// What the attempt is counted under: the canonical name, or a stand-in for a name nobody has.
    pub(super) counted_as: String,
    /// The person, when there is one.
    pub(super) username: Option<String>,
    /// Where it comes from.
    pub(super) source: Source,
    /// The hash of the cookie that marks the browser.
    pub(super) browser: Option<String>,
    /// Whether the password was proven before: no stranger comes so far, and whoever does may guess no more often from one
    /// network than from many.
    pub(super) knows_password: bool,
}

/// What a right guess proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Everything the person has to prove: earlier failures are forgiven, and the browser becomes known.
    Whole,
    /// The first of two factors. Forgiving failures now would give whoever has the password endless codes.
    Partial,
}

/// What an attempt was counted under, until its outcome is told.
#[derive(Debug, Default)]
pub(super) struct Turn {
    address: Option<(String, Counted)>,
    person: Option<(String, Counted)>,
    banned: bool,
}

impl Guess {
    /// A guess about a person whose canonical name is known from a session.
    pub(super) fn of_person(username: &str, source: Source, browser: Option<&str>) -> Self {
        Self {
            counted_as: username.to_owned(),
            username: Some(username.to_owned()),
            source,
            browser: browser.map(str::to_owned),
            knows_password: true,
        }
    }

    fn limits(&self, regulation: &Regulation) -> AttemptLimits {
        let max_retries = i64::from(regulation.max_retries);
        let share = if self.knows_password { 0 } else { max_retries.saturating_mul(SHARE_FACTOR) };
        AttemptLimits {
            max_retries,
            find_seconds: regulation.find_time,
            ban_seconds: regulation.ban_time,
            person_max: max_retries.saturating_mul(SLOW_FACTOR),
            person_find_seconds: SLOW_TIME,
            person_max_of_network: share,
        }
    }

    /// An event about this guess.
    pub(super) fn event(&self, kind: EventKind, now: NumericDate) -> Event {
        Event { username: self.username.clone(), ..self.source.event(kind, now) }
    }
}

impl Turn {
    /// Whether the guess must be refused, right or not.
    pub(super) fn is_banned(&self) -> bool {
        self.banned
    }
}

impl Users {
    /// Counts a guess before it is judged.
    pub(super) async fn begin(&self, guess: &Guess) -> Result<Turn, StorageError> {
        let regulation = &self.0.regulation;
        let now = self.0.clock.now();
        let mut turn = Turn::default();
        if regulation.max_retries == 0 {
            return Ok(turn);
        }
        let known_browser = match &guess.browser {
            Some(browser) => {
                self.0.storage.is_known_browser(&guess.counted_as, browser, now).await?.then_some(browser)
            }
            None => None,
        };
        let address = guess.source.address.to_canonical().to_string();
        // A browser of the person's own answers for itself, or a neighbour could lock its owner out.
        if regulation.by_ip && known_browser.is_none() {
            let counted = Counted::at(guess.source.address);
            let key = counted.to_string();
            let keys =
                AttemptKeys { person_network: &key, person: &key, ip: Some(&address), known_browser: true };
            match self.0.storage.begin_attempt(keys, guess.limits(regulation), now).await? {
                Attempt::Allowed(id) => turn.address = Some((id, counted)),
                Attempt::Banned { .. } => turn.banned = true,
            }
        }
        if regulation.by_user && !turn.banned {
            let person = Counted::Person(guess.counted_as.clone()).to_string();
            let place = match known_browser {
                None => Counted::near(guess.source.address, &guess.counted_as),
                Some(browser) => Counted::Browser(browser.clone(), guess.counted_as.clone()),
            };
            let key = place.to_string();
            let keys = AttemptKeys {
                person_network: &key,
                person: &person,
                ip: Some(&address),
                known_browser: known_browser.is_some(),
            };
            match self.0.storage.begin_attempt(keys, guess.limits(regulation), now).await? {
                Attempt::Allowed(id) => turn.person = Some((id, place)),
                Attempt::Banned { .. } => turn.banned = true,
            }
        }
        Ok(turn)
    }

    /// Tells that a guess was right.
    pub(super) async fn accept(
        &self,
        turn: Turn,
        guess: &Guess,
        proof: Proof,
        events: &[Event],
    ) -> Result<(), StorageError> {
        let now = self.0.clock.now();
        // Whoever knows one password must not make room for guesses at others from the same address.
        if let Some((id, _)) = turn.address {
            self.0.storage.withdraw_attempt(&id).await?;
        }
        match (turn.person, proof) {
            (Some((id, _)), Proof::Whole) => {
                let limits = guess.limits(&self.0.regulation);
                self.0.storage.finish_attempt(&id, true, limits, events, None, now).await?;
            }
            (Some((id, _)), Proof::Partial) => {
                self.0.storage.append_events(events).await?;
                self.0.storage.withdraw_attempt(&id).await?;
            }
            (None, _) => self.0.storage.append_events(events).await?,
        }
        events.iter().for_each(observe::event);
        match (&guess.browser, proof) {
            (Some(browser), Proof::Whole) => {
                self.0.storage.remember_browser(&guess.counted_as, browser, now).await
            }
            _ => Ok(()),
        }
    }

    /// Takes a guess back: it turned out to be none. What is left of the turn counts nothing.
    pub(super) async fn withdraw(&self, turn: Turn) -> Result<Turn, StorageError> {
        for (id, _) in [turn.address, turn.person].into_iter().flatten() {
            self.0.storage.withdraw_attempt(&id).await?;
        }
        Ok(Turn::default())
    }

    /// Tells that a guess was refused, and why.
    pub(super) async fn refuse(
        &self,
        turn: Turn,
        guess: &Guess,
        kind: EventKind,
        reason: &'static str,
    ) -> Result<(), StorageError> {
        let now = self.0.clock.now();
        let mut event = guess.event(kind, now);
        event.detail = Some(reason.to_owned());
        observe::event(&event);
        let mut untold = std::slice::from_ref(&event);
        let until = in_utc(now + self.0.regulation.ban_time);
        for (id, place) in [turn.address, turn.person].into_iter().flatten() {
            let locked = [place, Counted::Person(guess.counted_as.clone())].map(|counted| Event {
                detail: Some(format!("{}, until {until}", counted.place())),
                ..guess.event(EventKind::LoginLocked, now)
            });
            let told = std::mem::take(&mut untold);
            let limits = guess.limits(&self.0.regulation);
            let ban = self.0.storage.finish_attempt(&id, false, limits, told, Some(&locked), now).await?;
            let [of_place, of_person] = &locked;
            match ban {
                Some(ban) if ban.everywhere => observe::event(of_person),
                Some(_) => observe::event(of_place),
                None => {}
            }
        }
        if !untold.is_empty() {
            self.0.storage.append_events(untold).await?;
        }
        Ok(())
    }
}
