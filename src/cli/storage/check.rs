//! `signet storage check` and `signet storage encryption check`.

use std::io::Write;

use crate::cli::database::{Desk, Failure};
use crate::cli::settings::counted;
use crate::cli::table::plain;
use crate::secrets::Sealer;
use crate::users::admin::{self, Finding};

/// Says whether the database is sound.
pub(super) async fn run(desk: &Desk, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    let sealer = Sealer::new(&desk.settings.storage.encryption_key);
    tell(&admin::check(&desk.storage, &sealer, desk.now).await?, out)
}

/// Says whether what is sealed opens.
pub(super) async fn run_sealed(desk: &Desk, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    let sealer = Sealer::new(&desk.settings.storage.encryption_key);
    tell(&[admin::check_sealed(&desk.storage, &sealer).await?], out)
}

fn tell(findings: &[Finding], out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    for Finding { what, result } in findings {
        match result {
            Ok(said) => writeln!(out, "ok      {what}: {}", plain(said))?,
            Err(wrong) => writeln!(out, "FAILED  {what}: {}", plain(wrong))?,
        }
    }
    match findings.iter().filter(|finding| finding.result.is_err()).count() {
        0 => Ok(()),
        failed => Err(Failure::Refused(format!("{} failed", counted(failed, "check")))),
    }
}
