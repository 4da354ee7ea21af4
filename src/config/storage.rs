//! `storage`: exactly one database, and the key that seals what is in it.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use secrecy::SecretString;

use super::address::{self, Address};
use super::duration::Span;
use super::section::{Found, Section, what_and_mend};
use crate::settings::{DatabaseSettings, PostgresHost, PostgresSettings, PostgresTls, StorageSettings};

const BACKENDS: [&str; 3] = ["local", "postgres", "mysql"];
const KEY_LENGTH: usize = 20;
const POSTGRES_PORT: u16 = 5432;

pub(super) fn storage(root: &Section<'_>) -> Option<StorageSettings> {
    let section = root.section("storage");
    let key = section.required(
        "encryption_key",
        "write a random text of at least 20 characters, for example from `signet crypto rand`",
    );
    if let Some(key) = &key
        && (key.is_blank() || key.text.chars().count() < KEY_LENGTH)
    {
        let says = if key.is_blank() {
            "the key is blank".to_owned()
        } else {
            format!("the key must have at least {KEY_LENGTH} characters")
        };
        key.error("too_short", says, "write a longer random text, for example from `signet crypto rand`");
    }
    let present: Vec<&str> = BACKENDS.into_iter().filter(|backend| section.has(backend)).collect();
    // MySQL beside another is told as what this version cannot use.
    let usable: Vec<&str> = present.iter().copied().filter(|backend| *backend != "mysql").collect();
    match (present.as_slice(), usable.as_slice()) {
        ([], _) => section.error(
            "",
            "missing",
            "no database is named",
            "add `local: {path: 'signet.sqlite3'}` or `postgres:` under storage",
        ),
        (_, [_, second, ..]) => section.error(
            second,
            "two_backends",
            format!("only one database can be used, but there are {}", usable.join(" and ")),
            "keep one of them",
        ),
        _ => {}
    }
    let database = if section.has("postgres") {
        postgres(&section.section("postgres")).map(DatabaseSettings::Postgres)
    } else if section.has("local") {
        local(&section.section("local"))
    } else {
        None
    };
    let origin = present.first().map(|backend| section.origin(backend));
    Some(StorageSettings {
        database: database?,
        encryption_key: SecretString::from(key?.text),
        origin: origin?,
    })
}

fn local(section: &Section<'_>) -> Option<DatabaseSettings> {
    let found = section.required(
        "path",
        "write the path of the database file, for example /var/lib/signet/signet.sqlite3",
    )?;
    let path = Path::new(found.text);
    if let Some((says, mend)) = unwritable(path) {
        found.error("unwritable_database", says, mend);
    }
    Some(DatabaseSettings::Sqlite { path: path.to_owned() })
}

/// Why a database file could not be written there; the database itself is not created to find out.
fn unwritable(path: &Path) -> Option<(String, &'static str)> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let permission = "let the user Signet runs as write there";
    match fs::metadata(path) {
        Ok(file) if file.is_dir() => {
            return Some(("the path is a directory".to_owned(), "write the path of a file in it"));
        }
        Ok(_) => {
            if let Err(error) = OpenOptions::new().append(true).open(path) {
                return Some((format!("the database file cannot be written: {error}"), permission));
            }
        }
        Err(_) => {}
    }
    match fs::metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some((
            "the directory of the database file does not exist".to_owned(),
            "create the directory, or correct the path",
        )),
        Err(error) => {
            Some((format!("the directory of the database file cannot be reached: {error}"), permission))
        }
        Ok(found) if !found.is_dir() => {
            Some(("what should be the directory of the database file is none".to_owned(), "correct the path"))
        }
        Ok(_) => refuses_files(folder).map(|error| {
            (format!("the directory of the database file cannot be written: {error}"), permission)
        }),
    }
}

/// Why a folder takes no files. Opens one without a name; where the system cannot, one that is removed at once.
fn refuses_files(folder: &Path) -> Option<io::Error> {
    let error = nameless_file(folder)?;
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Some(error),
        _ => {
            let probe = folder.join(format!(".signet-{}", std::process::id()));
            let opened = OpenOptions::new().write(true).create_new(true).open(&probe);
            let removed = fs::remove_file(&probe);
            opened.and(removed).err()
        }
    }
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn nameless_file(folder: &Path) -> Option<io::Error> {
    use std::os::unix::fs::OpenOptionsExt;
    // O_TMPFILE of Linux: __O_TMPFILE together with the architecture's O_DIRECTORY.
    const O_TMPFILE: i32 = 0o20_000_000 | if cfg!(target_arch = "aarch64") { 0o40_000 } else { 0o200_000 };
    OpenOptions::new().write(true).custom_flags(O_TMPFILE).open(folder).err()
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn nameless_file(_: &Path) -> Option<io::Error> {
    Some(io::ErrorKind::Unsupported.into())
}

fn postgres(section: &Section<'_>) -> Option<PostgresSettings> {
    let address = section.required("address", "write for example tcp://127.0.0.1:5432");
    let first = address.and_then(|address| host(&address, tls(section)));
    let others = section.list("servers");
    let others: Vec<Option<PostgresHost>> = others
        .iter()
        .map(|server| {
            let address = server.required("address", "write for example tcp://db2.example.com:5432");
            let own = server.section("tls").is_present();
            address.and_then(|address| host(&address, if own { tls(server) } else { tls(section) }))
        })
        .collect();
    let database = section.required("database", "write the name of the database");
    let username = section.required("username", "write the name of the role");
    let schema = section.text_or("schema", "public");
    if let Some(found) = section.text("schema")
        && !found.text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    {
        found.error(
            "bad_value",
            "the schema has a character that is not allowed",
            "use letters, digits and _",
        );
    }
    let mut hosts = vec![first?];
    for other in others {
        hosts.push(other?);
    }
    Some(PostgresSettings {
        hosts,
        database: database?.text.to_owned(),
        schema,
        username: username?.text.to_owned(),
        password: section.text("password").map(|found| SecretString::from(found.text)),
        timeout: section.time("timeout", Span::of_seconds(5)).duration(),
    })
}

fn host(found: &Found<'_>, tls: Option<PostgresTls>) -> Option<PostgresHost> {
    let mend = "write for example tcp://127.0.0.1:5432 or unix:///run/postgresql";
    match address::parse(found.text) {
        Ok(Address::Network { scheme, host: Some(host), port, path })
            if matches!(scheme.as_str(), "tcp" | "tcp4" | "tcp6") && path.len() <= 1 =>
        {
            Some(PostgresHost { host, port: port.unwrap_or(POSTGRES_PORT), tls })
        }
        Ok(Address::Unix { path, .. }) => {
            Some(PostgresHost { host: path.display().to_string(), port: POSTGRES_PORT, tls: None })
        }
        Ok(_) => {
            found.error("bad_address", "the address is none of a PostgreSQL server", mend);
            None
        }
        Err(problem) => {
            found.error("bad_address", what_and_mend(problem).0, mend);
            None
        }
    }
}

fn tls(section: &Section<'_>) -> Option<PostgresTls> {
    let tls = section.section("tls");
    if !tls.is_present() {
        return None;
    }
    if tls.flag("skip_verify") {
        tls.warn(
            "skip_verify",
            "unsafe",
            "the database server's certificate is not checked",
            "take skip_verify out",
        );
    }
    if tls.has("certificate_chain") != tls.has("private_key") {
        tls.error("", "missing", "certificate_chain and private_key belong together", "set both, or neither");
    }
    Some(PostgresTls {
        skip_verify: tls.flag("skip_verify"),
        certificate_chain: tls.text("certificate_chain").map(|found| found.text.to_owned()),
        private_key: tls.text("private_key").map(|found| SecretString::from(found.text)),
    })
}
