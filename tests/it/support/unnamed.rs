//! The database of a test that names none: SQLite in `make test`, PostgreSQL where `SIGNET_ON=postgres` asks for it.

use super::postgres::{TestDatabase, passing};

/// A PostgreSQL database of the test's own when it was asked for.
#[allow(clippy::disallowed_methods, reason = "the database is asked for by the environment of the tests")]
pub fn database() -> Option<TestDatabase> {
    match std::env::var("SIGNET_ON").as_deref() {
        Ok("postgres") => Some(passing()),
        Ok("sqlite") | Err(_) => None,
        Ok(other) => panic!("SIGNET_ON is {other}: it is postgres or sqlite"),
    }
}
