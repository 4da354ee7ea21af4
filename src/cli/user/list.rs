//! `signet user list`.

use std::io::Write;

use crate::cli::database::{Desk, Failure};
use crate::cli::table::{self, date};
use crate::users::admin::{self, PersonView};

/// Shows everyone.
pub(super) async fn run(desk: &Desk, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    let roster = desk.roster();
    let people = admin::list_people(&desk.storage, &roster, desk.now).await?;
    let rows: Vec<[String; 8]> = people.iter().map(|person| row(person, roster.is_known())).collect();
    let heading =
        ["USERNAME", "NAME", "E-MAIL", "GROUPS", "STATE", "CODE DEVICE", "SESSIONS", "LAST SIGN-IN"];
    Ok(table::write(heading, &rows, out)?)
}

fn row(person: &PersonView, is_known: bool) -> [String; 8] {
    let dash = || "-".to_owned();
    let user = person.user.as_deref();
    let state = match user {
        None if is_known => "not in the users file",
        None => "unknown",
        Some(user) if user.disabled => "disabled",
        Some(_) => "enabled",
    };
    let groups = user.map(|user| user.groups.join(",")).filter(|groups| !groups.is_empty());
    [
        person.username.clone(),
        user.map_or_else(dash, |user| user.display_name.clone()),
        user.and_then(|user| user.emails.first().cloned()).unwrap_or_else(dash),
        groups.unwrap_or_else(dash),
        state.to_owned(),
        if person.has_device { "yes" } else { "no" }.to_owned(),
        person.sessions.to_string(),
        person.last_sign_in.map_or_else(dash, date),
    ]
}
