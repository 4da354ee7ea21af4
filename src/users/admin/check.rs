//! Whether a database is sound: a finding per question.

use crate::clock::NumericDate;
use crate::secrets::Sealer;
use crate::storage::{CLOCK_TOLERANCE, Storage, StorageError};
use crate::users::totp;

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub what: &'static str,
    /// What there is to say, or what is wrong and how to mend it.
    pub result: Result<String, String>,
}

impl Finding {
    fn of(what: &'static str, result: Result<String, String>) -> Self {
        Self { what, result }
    }
}

/// Asks every question. A damaged database and tables of another version are asked no further.
///
/// # Errors
/// When the database does not answer.
pub async fn check(
    storage: &Storage,
    sealer: &Sealer,
    now: NumericDate,
) -> Result<Vec<Finding>, StorageError> {
    let damage = storage.damage().await?;
    let mut findings = vec![Finding::of(
        "integrity",
        if damage.is_empty() {
            Ok("every page and row can be read".to_owned())
        } else {
            Err(format!("{}; stop Signet and restore a backup", damage.join("; ")))
        },
    )];
    if !damage.is_empty() {
        return Ok(findings);
    }
    let schema = storage.schema_state().await?;
    let judged = schema.judge();
    let is_ours = judged.is_ok();
    findings.push(Finding::of(
        "schema",
        judged.map(|()| format!("migration {}, that of this version", schema.present)),
    ));
    if !is_ours {
        return Ok(findings);
    }
    findings.push(check_sealed(storage, sealer).await?);
    let unsound = storage.unsound_rows(now).await?;
    findings.push(Finding::of(
        "rows",
        if unsound.is_empty() {
            Ok("every row is sane and has what it hangs from".to_owned())
        } else {
            let list: Vec<String> =
                unsound.iter().map(|found| format!("{} {}", found.rows, found.what)).collect();
            Err(format!(
                "{}; restore a backup, or ask where they come from before they are deleted",
                list.join(", ")
            ))
        },
    ));
    let ahead = storage.clock_difference(now).await?;
    findings.push(Finding::of(
        "clock",
        if ahead.abs() <= CLOCK_TOLERANCE {
            Ok("this machine and the database agree about the time".to_owned())
        } else {
            Err(format!("the database's clock is {ahead} seconds ahead of this machine's: set both by NTP"))
        },
    ));
    findings.push(Finding::of(
        "writable",
        match storage.check_writable().await {
            Ok(()) => Ok("the database takes writes".to_owned()),
            Err(error) => Err(format!("{error}; make room or give this user the right to write")),
        },
    ));
    Ok(findings)
}

/// Whether every sealed value opens under the configured key, at its own place.
///
/// # Errors
/// When the database does not answer.
pub async fn check_sealed(storage: &Storage, sealer: &Sealer) -> Result<Finding, StorageError> {
    let devices = storage.list_totp().await?;
    let enrolments = storage.list_enrolments().await?;
    let sealed = devices
        .iter()
        .map(|device| (&device.username, &device.sealed_seed))
        .chain(enrolments.iter().map(|begun| (&begun.username, &begun.sealed_seed)));
    let (mut count, mut problems) = (0_usize, Vec::new());
    for (username, seed) in sealed {
        count += 1;
        if let Err(problem) = totp::opens(sealer, username, seed) {
            problems.push(format!("the one-time code seed of '{username}': {problem}"));
        }
    }
    let result = if problems.is_empty() {
        Ok(format!("each of {count} sealed values opens under storage.encryption_key"))
    } else {
        let mend = "configure the key they were sealed with, or remove what is lost with `signet user totp delete NAME`";
        Err(format!("{} of {count} do not open: {}; {mend}", problems.len(), problems.join("; ")))
    };
    Ok(Finding::of("sealed values", result))
}
