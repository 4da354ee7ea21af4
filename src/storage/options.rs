//! Where the database is, as plain values.

use std::path::PathBuf;

use secrecy::SecretString;

/// The database to open.
#[derive(Clone, Debug)]
pub enum StorageOptions {
    /// A SQLite file: one serving process.
    Sqlite {
        /// The file.
        path: PathBuf,
    },
    /// A PostgreSQL server: any number of serving processes.
    Postgres(PostgresOptions),
}

/// How to reach PostgreSQL.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// The servers, tried in turn.
    pub servers: Vec<PostgresServer>,
    /// The database's name.
    pub database: String,
    /// The schema Signet's tables live in; made when it is missing.
    pub schema: String,
    /// The role.
    pub username: String,
    /// The role's password, where the server asks for one.
    pub password: Option<SecretString>,
    /// Authorities that are trusted besides those everyone trusts, as PEM.
    pub trusted_certificates: Option<String>,
    /// How long opening may take per server, in seconds.
    pub timeout_seconds: u64,
}

/// One PostgreSQL server.
#[derive(Clone, Debug)]
pub struct PostgresServer {
    /// Where it listens.
    pub address: PostgresAddress,
    /// How the connection is encrypted; `None` leaves it plain.
    pub tls: Option<PostgresTls>,
}

/// Where a PostgreSQL server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostgresAddress {
    /// By TCP.
    Tcp {
        /// Host name or address (an IPv6 address without brackets).
        host: String,
        /// Port.
        port: u16,
    },
    /// By a socket `.s.PGSQL.PORT` in a folder of this machine.
    Unix {
        /// The folder.
        folder: PathBuf,
        /// The port in the socket's name.
        port: u16,
    },
}

impl std::fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix { folder, port } => write!(f, "{}/.s.PGSQL.{port}", folder.display()),
        }
    }
}

/// How a connection to PostgreSQL is encrypted.
#[derive(Clone, Debug, Default)]
pub struct PostgresTls {
    /// Whether the server's certificate is left unchecked.
    pub skip_verify: bool,
    /// The certificate chain this client shows, as PEM.
    pub certificate_chain: Option<String>,
    /// The key of that certificate, as PEM.
    pub private_key: Option<SecretString>,
}
