//! What comes along from Authelia's tables, and who has to do something after the move.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::rows::{RememberedConsent, consent, open_device, subjects};
use crate::clock::NumericDate;
use crate::model::client::Client;
use crate::model::consent::Consent;
use crate::model::event::{Event, EventKind};
use crate::model::issuer::Issuer;
use crate::observe::{self, counted};
use crate::secrets::random::random_token;
use crate::secrets::{AutheliaOpener, SealProblem, Sealer};
use crate::settings::Settings;
use crate::storage::{
    AutheliaRows, Inheritance, InheritedDevice, Remembered, Storage, StorageError, Subject, TakeOver,
};
use crate::users::name;

/// The last schema of Authelia whose sealing is known: later ones make their keys otherwise.
const LAST_SCHEMA: i64 = 24;

/// How many people a line of the log names.
const MOST_NAMES: usize = 20;

/// Why nothing was taken over, and Signet does not start.
#[derive(Debug, thiserror::Error)]
pub enum TakeOverError {
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// What Authelia sealed does not open.
    #[error(
        "storage.encryption_key is not the one that Authelia sealed this database with, so nothing was taken over from \
         it; configure the key that Authelia had, or name a new database under storage to begin without what Authelia \
         remembers"
    )]
    OtherKey,
    /// A later Authelia made the tables.
    #[error(
        "Authelia's tables in this database have schema {0}, and this version of Signet reads those up to {LAST_SCHEMA} \
         (Authelia 4.39), so nothing was taken over; name a new database under storage, and bring along what Authelia \
         exports with `signet import authelia`"
    )]
    LaterSchema(i64),
    /// A seed.
    #[error("a one-time code seed: {0}")]
    Seal(#[from] SealProblem),
}

/// A person of whom something stays behind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftBehind {
    /// The person, as Authelia names them.
    pub username: String,
    /// What stays behind, and what the person does now.
    pub what: String,
}

/// Consents that stay behind for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsentsLeft {
    /// How many.
    pub consents: usize,
    /// Whose they are, as far as Authelia's identifiers tell: they are asked again.
    pub people: BTreeSet<String>,
}

/// What was taken over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenOver {
    /// Subject identifiers.
    pub subjects: usize,
    /// One-time code devices.
    pub devices: usize,
    /// Consents that Authelia remembered.
    pub consents: usize,
    /// People of whom something stays behind, by name.
    pub people: Vec<LeftBehind>,
    /// Consents that stay behind, by the reason.
    pub consents_left: BTreeMap<&'static str, ConsentsLeft>,
}

impl TakenOver {
    fn in_words(&self) -> String {
        format!(
            "{}, {} and {}",
            counted(self.subjects, "subject identifier"),
            counted(self.devices, "one-time code device"),
            counted(self.consents, "remembered consent")
        )
    }
}

/// Takes over what Authelia remembers, once, when its tables lie in the database and Signet has no subject identifier
/// yet; says in the log what came along and who has to do something. `None` when there was nothing to do.
///
/// # Errors
/// Every [`TakeOverError`]; then nothing was written.
pub async fn take_over(
    storage: &Storage,
    settings: &Settings,
    is_known: impl Fn(&str) -> bool,
    now: NumericDate,
) -> Result<Option<TakenOver>, TakeOverError> {
    let heir = Heir { settings, sealer: Sealer::new(&settings.storage.encryption_key), now };
    let mut taken = None;
    let what = storage
        .take_over(now, |rows, remembered| {
            let (mut inheritance, told) = heir.judge(rows, remembered, &is_known)?;
            let mut event = Event::new(EventKind::AutheliaTakenOver, now);
            event.detail = Some(told.in_words());
            inheritance.events.push(event.clone());
            taken = Some((told, event));
            Ok::<_, TakeOverError>(inheritance)
        })
        .await?;
    match (what, taken) {
        (TakeOver::Done, Some((told, event))) => {
            observe::event(&event);
            tell(&told);
            Ok(Some(told))
        }
        (TakeOver::OwnSubjects, _) => {
            tracing::info!(
                "Authelia's tables lie in this database, and Signet has subject identifiers of its own: nothing is \
                 taken over"
            );
            Ok(None)
        }
        _ => Ok(None),
    }
}

fn tell(told: &TakenOver) {
    tracing::info!("taken over from Authelia: {}; its tables are left as they are", told.in_words());
    for LeftBehind { username, what } in &told.people {
        tracing::warn!(username, "not everything comes along from Authelia: {what}");
    }
    for (why, ConsentsLeft { consents, people }) in &told.consents_left {
        let people = (!people.is_empty()).then(|| named(people));
        tracing::warn!(consents, people, "consents of Authelia stay behind, {why}: people are asked again");
    }
}

/// The first names, safe to write anywhere, and how many there are besides.
fn named(people: &BTreeSet<String>) -> String {
    let names: Vec<String> =
        people.iter().take(MOST_NAMES).map(|name| name.escape_debug().to_string()).collect();
    let names = names.join(", ");
    match people.len().saturating_sub(MOST_NAMES) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}

/// Judges what comes along.
struct Heir<'a> {
    settings: &'a Settings,
    sealer: Sealer,
    now: NumericDate,
}

impl Heir<'_> {
    fn judge(
        &self,
        rows: &AutheliaRows,
        remembered: &Remembered,
        is_known: &dyn Fn(&str) -> bool,
    ) -> Result<(Inheritance, TakenOver), TakeOverError> {
        if let Some(schema) = rows.schema.filter(|schema| *schema > LAST_SCHEMA) {
            return Err(TakeOverError::LaterSchema(schema));
        }
        let opener = AutheliaOpener::new(&self.settings.storage.encryption_key);
        if rows.check.as_ref().is_some_and(|check| opener.open(check).is_none()) {
            return Err(TakeOverError::OtherKey);
        }
        let mut people = BTreeSet::new();
        let subjects = subjects(rows, &mut people);
        let devices = self.devices(rows, remembered, &opener, &mut people)?;
        let (consents, consents_left) = self.consents(rows, &subjects);
        self.without_a_factor(rows, remembered, &devices, &mut people);
        let named: BTreeSet<&String> = subjects
            .iter()
            .map(|subject| &subject.username)
            .chain(devices.iter().map(|inherited| &inherited.device.username))
            .collect();
        people.extend(named.into_iter().filter(|name| !is_known(name)).map(|name| LeftBehind {
            username: name.clone(),
            what: "the users file names nobody so; what was taken over waits for that name".to_owned(),
        }));
        let told = TakenOver {
            subjects: subjects.len(),
            devices: devices.len(),
            consents: consents.len(),
            people: people.into_iter().collect(),
            consents_left,
        };
        let consents = consents.into_iter().flat_map(|consent| self.at_every_issuer(consent)).collect();
        Ok((Inheritance { subjects, devices, consents, events: Vec::new() }, told))
    }

    fn devices(
        &self,
        rows: &AutheliaRows,
        remembered: &Remembered,
        opener: &AutheliaOpener,
        people: &mut BTreeSet<LeftBehind>,
    ) -> Result<Vec<InheritedDevice>, TakeOverError> {
        let has_own: HashSet<&String> = remembered.devices.iter().map(|device| &device.username).collect();
        let mut devices = Vec::new();
        let mut opened = 0;
        for row in &rows.devices {
            let mut leave = |why: &str| {
                let what = format!("the one-time code device stays behind, {why}");
                people.insert(LeftBehind { username: row.username.clone(), what });
            };
            let Some(secret) = opener.open(&row.secret) else {
                leave(
                    "since its secret does not open under storage.encryption_key; a new one is set up at the next \
                     sign-in that asks for a code",
                );
                continue;
            };
            opened += 1;
            if has_own.contains(&row.username) {
                leave("since there is one already");
            } else if let Some(fault) = name::fault(&row.username) {
                leave(&format!("since nobody can have this name: {fault}"));
            } else {
                match open_device(row, &secret, self.now) {
                    Ok(device) => {
                        devices.push(device.sealed(&self.sealer, self.settings.totp.skew, self.now)?);
                    }
                    Err(why) => leave(&format!("since {why}")),
                }
            }
        }
        // Without a value to check the key by, devices of which none opens tell the same.
        if rows.check.is_none() && opened == 0 && !rows.devices.is_empty() {
            return Err(TakeOverError::OtherKey);
        }
        Ok(devices)
    }

    /// Who had a second factor and has none any more.
    fn without_a_factor(
        &self,
        rows: &AutheliaRows,
        remembered: &Remembered,
        devices: &[InheritedDevice],
        people: &mut BTreeSet<LeftBehind>,
    ) {
        let with_codes: HashSet<&String> = rows
            .devices
            .iter()
            .map(|device| &device.username)
            .chain(remembered.devices.iter().map(|device| &device.username))
            .chain(devices.iter().map(|inherited| &inherited.device.username))
            .collect();
        for username in rows.webauthn.union(&rows.duo).filter(|username| !with_codes.contains(username)) {
            let factor = match (rows.webauthn.contains(username), rows.duo.contains(username)) {
                (true, true) => "a security key and Duo",
                (true, false) => "a security key (WebAuthn)",
                (false, _) => "Duo",
            };
            let what = format!(
                "the only second factor was {factor}; a one-time code device is set up at the next sign-in that asks \
                 for a code"
            );
            people.insert(LeftBehind { username: username.clone(), what });
        }
    }

    fn consents(
        &self,
        rows: &AutheliaRows,
        subjects: &[Subject],
    ) -> (Vec<RememberedConsent>, BTreeMap<&'static str, ConsentsLeft>) {
        let owners: HashMap<&str, &String> =
            rows.identifiers.iter().map(|row| (row.identifier.as_str(), &row.username)).collect();
        let people: HashMap<&str, &str> =
            subjects.iter().map(|each| (each.subject.as_str(), each.username.as_str())).collect();
        let clients: HashMap<&str, &Client> = self
            .settings
            .oidc
            .clients
            .iter()
            .map(|client| (client.client_id.as_str(), client.as_ref()))
            .collect();
        let (mut consents, mut left) = (Vec::new(), BTreeMap::<_, ConsentsLeft>::new());
        for row in &rows.consents {
            if row.expires_at.is_some_and(|end| end <= self.now) {
                continue;
            }
            match consent(row, &people, &clients, self.now) {
                Ok(consent) => consents.push(consent),
                Err(why) => {
                    let left = left.entry(why).or_default();
                    left.consents += 1;
                    left.people.extend(owners.get(row.subject.as_str()).map(|name| (*name).clone()));
                }
            }
        }
        (consents, left)
    }

    /// Authelia's consents hold at every issuer, Signet's at one.
    fn at_every_issuer(&self, consent: RememberedConsent) -> Vec<Consent> {
        let at = |issuer: &Issuer| Consent {
            id: format!("{:012x}{}", self.now, random_token(12)),
            issuer: issuer.clone(),
            client_id: consent.client_id.clone(),
            username: consent.username.clone(),
            scope: consent.scope.clone(),
            audience: consent.audience.clone(),
            asked_claims: Vec::new(),
            claims: Vec::new(),
            granted_at: consent.granted_at,
            remembered_until: Some(consent.remembered_until),
            revoked_at: None,
        };
        self.settings.sessions.iter().map(|session| at(&session.issuer)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_so_many_people_that_it_can_be_read_and_none_of_them_breaks_it() {
        let people = |count: usize| (0..count).map(|number| format!("person-{number:02}")).collect();
        assert_eq!(named(&people(2)), "person-00, person-01");
        assert!(named(&people(20)).ends_with(", person-19"));
        assert!(named(&people(23)).ends_with(", person-19 and 3 more"));
        assert_eq!(named(&BTreeSet::from(["a\nb\u{202e}".to_owned()])), r"a\nb\u{202e}");
    }
}
