//! What a row of Authelia's tables becomes, or why it stays behind.

use std::collections::{BTreeSet, HashMap};

use super::device::{OpenDevice, Parameters, seed_of_base32};
use super::take_over::LeftBehind;
use super::{OPENID, is_sub};
use crate::clock::NumericDate;
use crate::model::client::Client;
use crate::protocol::scope::Scope;
use crate::storage::{AutheliaConsent, AutheliaDevice, AutheliaRows, Subject};
use crate::users::name;

/// A consent that no issuer has yet.
#[derive(Debug)]
pub(super) struct RememberedConsent {
    pub(super) client_id: String,
    pub(super) username: String,
    pub(super) scope: Scope,
    pub(super) audience: Vec<String>,
    pub(super) granted_at: NumericDate,
    pub(super) remembered_until: NumericDate,
}

/// The `sub`s that come along; of the others their people are told.
pub(super) fn subjects(rows: &AutheliaRows, people: &mut BTreeSet<LeftBehind>) -> Vec<Subject> {
    let mut subjects = Vec::new();
    for row in &rows.identifiers {
        let fault = if row.service == OPENID {
            name::fault(&row.username)
                .map(|fault| format!("since nobody can have this name: {fault}"))
                .or_else(|| (!is_sub(&row.identifier)).then(|| "since it is no UUID".to_owned()))
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

/// A device whose secret was opened, or why it stays behind.
pub(super) fn open_device(
    row: &AutheliaDevice,
    secret: &[u8],
    now: NumericDate,
) -> Result<OpenDevice, &'static str> {
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

/// A consent as Signet remembers it, or why it stays behind.
pub(super) fn consent(
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
