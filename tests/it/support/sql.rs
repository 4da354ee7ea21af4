//! The database of a test as a stranger reads and writes it.

use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use super::postgres::{ROLE, TestDatabase};

/// Where it is.
#[derive(Clone, Debug)]
pub enum Sql {
    Sqlite(PathBuf),
    Postgres(TestDatabase),
}

impl Sql {
    /// The one number that a query gives.
    pub async fn number(&self, query: &str) -> i64 {
        let query = AssertSqlSafe(query.to_owned());
        match self {
            Self::Sqlite(path) => {
                let mut connection = sqlite(path).await;
                sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
            }
            Self::Postgres(database) => {
                let mut connection = postgres(database).await;
                sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
            }
        }
    }

    /// Runs a statement; says how many rows it changed.
    pub async fn execute(&self, statement: &str) -> u64 {
        let statement = AssertSqlSafe(statement.to_owned());
        match self {
            Self::Sqlite(path) => {
                let mut connection = sqlite(path).await;
                sqlx::query(statement).execute(&mut connection).await.unwrap().rows_affected()
            }
            Self::Postgres(database) => {
                let mut connection = postgres(database).await;
                sqlx::query(statement).execute(&mut connection).await.unwrap().rows_affected()
            }
        }
    }

    /// Runs a script of several statements.
    pub async fn script(&self, script: &str) {
        let script = sqlx::raw_sql(AssertSqlSafe(script.to_owned()));
        match self {
            Self::Sqlite(path) => drop(script.execute(&mut sqlite(path).await).await.unwrap()),
            Self::Postgres(database) => drop(script.execute(&mut postgres(database).await).await.unwrap()),
        }
    }

    /// The texts that a query gives.
    pub async fn texts(&self, query: &str) -> Vec<String> {
        let query = AssertSqlSafe(query.to_owned());
        match self {
            Self::Sqlite(path) => sqlx::query_scalar(query).fetch_all(&mut sqlite(path).await).await.unwrap(),
            Self::Postgres(database) => {
                sqlx::query_scalar(query).fetch_all(&mut postgres(database).await).await.unwrap()
            }
        }
    }

    /// How many events of a kind there are, with this detail or, when it is empty, with any.
    pub async fn events(&self, kind: &str, detail: &str) -> i64 {
        let detail = if detail.is_empty() { String::new() } else { format!(" AND detail = '{detail}'") };
        self.number(&format!("SELECT COUNT(*) FROM signet_events WHERE kind = '{kind}'{detail}")).await
    }
}

async fn sqlite(path: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap()
}

async fn postgres(database: &TestDatabase) -> PgConnection {
    let options = PgConnectOptions::new_without_pgpass()
        .socket(&database.socket_folder)
        .port(database.port)
        .username(ROLE)
        .database(&database.name);
    PgConnection::connect_with(&options).await.unwrap()
}
