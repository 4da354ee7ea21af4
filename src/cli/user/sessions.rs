//! `signet user sessions`.

use std::io::Write;

use clap::Args;

use super::nobody;
use crate::cli::database::{Desk, Failure};
use crate::cli::table::{self, date};
use crate::model::authentication::Level;
use crate::storage::GrantView;
use crate::users::admin::{self, Roster, SessionView, Standing};

/// The arguments of `signet user sessions`.
#[derive(Args, Debug)]
pub(super) struct SessionsArgs {
    /// The person
    username: String,
}

/// Shows where a person is signed in.
pub(super) async fn run(
    args: &SessionsArgs,
    desk: &Desk,
    out: &mut (dyn Write + Send),
) -> Result<(), Failure> {
    let roster = desk.roster();
    let username = roster.canonical(&args.username);
    let sign_ins = admin::sign_ins(&desk.storage, &roster, &username, desk.now).await?;
    let nothing = sign_ins.sessions.is_empty() && sign_ins.others.is_empty();
    if nothing && roster.find(&username).is_none() {
        return Err(nobody(&username));
    }
    if sign_ins.sessions.is_empty() {
        writeln!(out, "'{}' is signed in nowhere.", table::plain(&username))?;
    } else {
        let rows: Vec<[String; 7]> = sign_ins.sessions.iter().map(session).collect();
        let heading = ["SESSION", "SIGNED IN", "LAST SEEN", "ENDS", "ADDRESS", "FACTORS", "STATE"];
        table::write(heading, &rows, out)?;
    }
    let in_sessions = sign_ins.sessions.iter().flat_map(|session| &session.grants);
    let grants = in_sessions.chain(&sign_ins.others);
    let rows: Vec<[String; 7]> = grants.map(|grant| self::grant(grant, &username, desk, &roster)).collect();
    if !rows.is_empty() {
        writeln!(out)?;
        let heading = ["APPLICATION", "SESSION", "GRANTED", "ENDS", "OFFLINE", "STATE", "SCOPE"];
        table::write(heading, &rows, out)?;
    }
    Ok(())
}

fn session(session: &SessionView) -> [String; 7] {
    let SessionView { authentication, last_seen, ends, standing, .. } = session;
    let factors = match authentication.level() {
        Level::OneFactor => "one",
        Level::TwoFactor => "two",
    };
    [
        authentication.session.clone(),
        date(authentication.auth_time),
        date(*last_seen),
        date(*ends),
        authentication.address.to_string(),
        factors.to_owned(),
        standing.as_str().to_owned(),
    ]
}

fn grant(grant: &GrantView, username: &str, desk: &Desk, roster: &Roster) -> [String; 7] {
    let is_registered = desk.settings.oidc.clients.iter().any(|client| client.client_id == grant.client_id);
    let state = match roster.standing(username, &grant.credential) {
        Standing::Stands if !is_registered => "worthless: the application is not registered",
        standing => standing.as_str(),
    };
    [
        grant.client_id.clone(),
        grant.session.clone(),
        date(grant.created_at),
        date(grant.expires_at),
        if grant.offline { "yes" } else { "no" }.to_owned(),
        state.to_owned(),
        grant.scope.clone(),
    ]
}
