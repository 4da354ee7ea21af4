//! `certificates_directory`: authorities that are trusted besides those everyone trusts.

use std::path::Path;

use super::files_read::{has_ending, in_folder};
use super::report::Report;
use super::section::{Found, Section};
use crate::jose::certificates_in_pem;
use crate::settings::{DatabaseSettings, StorageSettings, TrustedCertificates};
use crate::yaml::{MAX_BYTES, read_file};

const ENDINGS: &[&str] = &["crt", "cer", "pem"];

/// Every certificate in the folder; what cannot be used is told by the name of its file.
pub(super) fn certificates(root: &Section<'_>, report: &Report) -> TrustedCertificates {
    let Some(found) = root.text("certificates_directory") else { return TrustedCertificates::default() };
    let folder = Path::new(found.text);
    report.reads(folder);
    let listed = if folder.is_dir() || !folder.exists() {
        in_folder(folder).map_err(|error| format!("the folder cannot be read: {error}"))
    } else {
        Err("the path is that of a file, not of a folder".to_owned())
    };
    let files = match listed {
        Ok(files) => files,
        Err(says) => {
            let mend = "write the path of a folder that the user Signet runs as may read";
            found.error("bad_certificates", says, mend);
            return TrustedCertificates::default();
        }
    };
    let files = files.iter().filter(|file| has_ending(file, ENDINGS) && !file.is_dir());
    TrustedCertificates::new(files.flat_map(|file| of_file(file, &found, report)).collect(), found.origin())
}

/// The folder is asked about the certificates of PostgreSQL servers, and of those whose documents are fetched.
pub(super) fn notice_unused(root: &Section<'_>, storage: &StorageSettings) {
    let Some(found) = root.text("certificates_directory") else { return };
    let asks_database = match &storage.database {
        DatabaseSettings::Sqlite { .. } => false,
        DatabaseSettings::Postgres(postgres) => {
            postgres.hosts.iter().any(|host| host.tls.as_ref().is_some_and(|tls| !tls.skip_verify))
        }
    };
    let clients = root.section("identity_providers").section("oidc").list("clients");
    let fetches = clients.iter().any(|client| {
        ["jwks_uri", "sector_identifier_uri", "request_uris"].iter().any(|uri| !client.lacks_items(uri))
    });
    if !asks_database && !fetches {
        found.notice(
            "no_effect",
            "the certificates are for PostgreSQL with TLS, and for servers of documents that clients name; no certificate \
             of either is checked here",
            "take it out, or set storage.postgres.tls without skip_verify",
        );
    }
}

fn of_file(file: &Path, found: &Found<'_>, report: &Report) -> Vec<String> {
    report.reads(file);
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let read = read_file(file, MAX_BYTES).map_err(|error| format!("the file {name} cannot be read: {error}"));
    let certificates = read.and_then(|bytes| {
        certificates_in_pem(&bytes)
            .ok_or_else(|| format!("the file {name} holds no certificate in PEM, or a broken one"))
    });
    certificates.unwrap_or_else(|says| {
        let mend = "put certificates in PEM into it that the user Signet runs as may read, or take it out of the folder";
        found.error("bad_certificates", says, mend);
        Vec::new()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_an_end_does_not_fill_the_memory() {
        let folder = tempfile::tempdir().unwrap();
        let large = std::fs::File::create(folder.path().join("large.crt")).unwrap();
        large.set_len(u64::try_from(MAX_BYTES).unwrap() + 1).unwrap();
        std::os::unix::fs::symlink("/dev/zero", folder.path().join("zero.pem")).unwrap();
        let text = format!("certificates_directory: '{}'\n", folder.path().display());
        let (root, report) = (crate::yaml::read("x.yml", &text).unwrap(), Report::default());
        certificates(&Section::root(&root, &report), &report);
        let told = report.into_problems().to_string();
        assert!(told.contains("the file large.crt cannot be read: it is larger than"), "{told}");
        assert!(told.contains("the file zero.pem cannot be read: it is a pipe or a device"), "{told}");
    }
}
