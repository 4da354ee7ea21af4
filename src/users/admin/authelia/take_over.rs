//! What comes along from Authelia's tables, and who has to do something after the move.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::counted;
use super::device::{OpenDevice, Parameters, seed_of_base32};
use crate::clock::NumericDate;
use crate::model::client::Client;
use crate::model::consent::Consent;
use crate::model::event::{Event, EventKind};
use crate::model::issuer::Issuer;
use crate::observe;
use crate::protocol::scope::Scope;
use crate::secrets::random::random_token;
use crate::secrets::{AutheliaOpener, SealProblem, Sealer};
use crate::settings::Settings;
use crate::storage::{
    AutheliaConsent, AutheliaDevice, AutheliaRows, Inheritance, InheritedDevice, Remembered, Storage,
    StorageError, Subject, TakeOver,
};
use crate::users::name;

/// The last schema of Authelia whose sealing is known: later ones make their keys otherwise.
const LAST_SCHEMA: i64 = 24;

/// The one service whose identifiers are `sub`s.
const OPENID: &str = "openid";

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
    /// Consents that stay behind, by the reason: people are asked again.
    pub consents_left: BTreeMap<&'static str, usize>,
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
    for (why, consents) in &told.consents_left {
        tracing::warn!(consents, "consents of Authelia stay behind, {why}: people are asked again");
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
    ) -> (Vec<RememberedConsent>, BTreeMap<&'static str, usize>) {
        let people: HashMap<&str, &str> =
            subjects.iter().map(|each| (each.subject.as_str(), each.username.as_str())).collect();
        let clients: HashMap<&str, &Client> = self
            .settings
            .oidc
            .clients
            .iter()
            .map(|client| (client.client_id.as_str(), client.as_ref()))
            .collect();
        let (mut consents, mut left) = (Vec::new(), BTreeMap::new());
        for row in &rows.consents {
            if row.expires_at.is_some_and(|end| end <= self.now) {
                continue;
            }
            match consent(row, &people, &clients, self.now) {
                Ok(consent) => consents.push(consent),
                Err(why) => *left.entry(why).or_default() += 1,
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
            granted_at: consent.granted_at,
            remembered_until: Some(consent.remembered_until),
            revoked_at: None,
        };
        self.settings.sessions.iter().map(|session| at(&session.issuer)).collect()
    }
}

/// A consent that no issuer has yet.
#[derive(Debug)]
struct RememberedConsent {
    client_id: String,
    username: String,
    scope: Scope,
    audience: Vec<String>,
    granted_at: NumericDate,
    remembered_until: NumericDate,
}

fn subjects(rows: &AutheliaRows, people: &mut BTreeSet<LeftBehind>) -> Vec<Subject> {
    let mut subjects = Vec::new();
    for row in &rows.identifiers {
        let fault = if row.service == OPENID {
            let is_uuid = uuid::Uuid::try_parse(&row.identifier).is_ok();
            name::fault(&row.username)
                .map(|fault| format!("since nobody can have this name: {fault}"))
                .or_else(|| (!is_uuid).then(|| "since it is no UUID".to_owned()))
        } else {
            Some("since it is for another service than 'openid'".to_owned())
        };
        match fault {
            None => subjects.push(Subject {
                sector: row.sector.clone(),
                username: row.username.clone(),
                subject: row.identifier.clone(),
            }),
            Some(why) => {
                people.insert(LeftBehind {
                    username: row.username.clone(),
                    what: format!("an identifier stays behind, {why}"),
                });
            }
        }
    }
    subjects
}

fn open_device(row: &AutheliaDevice, secret: &[u8], now: NumericDate) -> Result<OpenDevice, &'static str> {
    let created_at = row.created_at.unwrap_or(now);
    Ok(OpenDevice {
        username: row.username.clone(),
        parameters: Parameters::parse(&row.algorithm, row.digits, row.period)?,
        seed: seed_of_base32(secret).ok_or("its secret is no base32 text")?,
        created_at,
        // The code that confirmed it was accepted when it was enrolled.
        last_used_at: row.last_used_at.unwrap_or(created_at).max(created_at),
    })
}

fn consent(
    row: &AutheliaConsent,
    people: &HashMap<&str, &str>,
    clients: &HashMap<&str, &Client>,
    now: NumericDate,
) -> Result<RememberedConsent, &'static str> {
    let client = clients.get(row.client_id.as_str()).ok_or("as their client is not registered")?;
    let username = people.get(row.subject.as_str()).ok_or("as they name nobody who comes along")?;
    if row.with_claims {
        return Err("as they were given for a request with the claims parameter");
    }
    let scope = Scope::parse(&listed(&row.scopes).join(" ")).map_err(|_| "as their scopes cannot be read")?;
    // Authelia counts the client itself to the audience.
    let audience: Vec<String> =
        listed(&row.audience).into_iter().filter(|member| *member != row.client_id).collect();
    let is_still_allowed =
        scope.is_subset_of(&client.scopes) && audience.iter().all(|member| client.audience.contains(member));
    if !is_still_allowed {
        return Err("as their client may not ask for all of it any more");
    }
    if client.consent_mode.remembers(&scope).is_none() {
        return Err("as their client asks each time");
    }
    Ok(RememberedConsent {
        client_id: row.client_id.clone(),
        username: (*username).to_owned(),
        scope,
        audience,
        granted_at: row.created_at.unwrap_or(now).min(now),
        remembered_until: row.expires_at.ok_or("as they have no end")?,
    })
}

/// The members of a list that Authelia writes with `|` between them, and `\|` for the sign itself.
fn listed(text: &str) -> Vec<String> {
    let (mut members, mut member) = (Vec::new(), String::new());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '|' => members.push(std::mem::take(&mut member)),
            '\\' if characters.peek() == Some(&'|') => member.extend(characters.next()),
            other => member.push(other),
        }
    }
    members.push(member);
    members.retain(|member| !member.is_empty());
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_authelia_writes_them() {
        assert_eq!(listed("openid|profile"), ["openid", "profile"]);
        assert_eq!(listed(""), Vec::<String>::new());
        assert_eq!(listed(r"a\|b|c\d||"), ["a|b", r"c\d"]);
    }
}
