//! Where everything remembered is kept.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use crate::model::origin::Origin;

/// The database and the key that seals what is in it.
#[derive(Clone, Debug)]
pub struct StorageSettings {
    /// Which database.
    pub database: DatabaseSettings,
    /// Seals one-time code seeds at rest; at least 20 characters.
    pub encryption_key: SecretString,
    /// Where the database is named.
    pub origin: Origin,
}

/// One of the two databases.
#[derive(Clone, Debug)]
pub enum DatabaseSettings {
    /// A file (`storage.local`).
    Sqlite {
        /// The file; its directory exists.
        path: PathBuf,
    },
    /// A server (`storage.postgres`).
    Postgres(PostgresSettings),
}

/// How PostgreSQL is reached.
#[derive(Clone, Debug)]
pub struct PostgresSettings {
    /// The first is preferred, the others are tried when it fails; never empty.
    pub hosts: Vec<PostgresHost>,
    /// The database.
    pub database: String,
    /// The schema, `public` by default.
    pub schema: String,
    /// The role.
    pub username: String,
    /// Its password, if it needs one.
    pub password: Option<SecretString>,
    /// How long a connection may take to open.
    pub timeout: Duration,
}

/// One server.
#[derive(Clone, Debug)]
pub struct PostgresHost {
    /// A host name, an IP address, or the absolute path of the directory of a Unix socket.
    pub host: String,
    /// The port.
    pub port: u16,
    /// TLS; `None` connects in the clear.
    pub tls: Option<PostgresTls>,
}

/// TLS to PostgreSQL.
#[derive(Clone, Debug)]
pub struct PostgresTls {
    /// Whether certificate and name of the server are left unchecked.
    pub skip_verify: bool,
    /// The client's certificate and chain, PEM.
    pub certificate_chain: Option<String>,
    /// The client's private key, PEM.
    pub private_key: Option<SecretString>,
}
