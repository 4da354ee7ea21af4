//! A database as whoever stole it reads it: every column of every table of Signet.

use std::collections::BTreeSet;

use sqlx::postgres::PgConnectOptions;
use sqlx::{PgPool, Row as _, SqlitePool};

use crate::support::{App, postgres};

/// One value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    pub table: String,
    pub column: String,
    pub value: String,
}

/// Every value that is not null, as text.
#[derive(Clone, Debug)]
pub struct Dump(pub Vec<Cell>);

impl Dump {
    pub async fn of(app: &App) -> Self {
        let columns = columns(app).await;
        let mut cells = Vec::new();
        for (table, column) in columns {
            let values = column_of(app, &table, &column).await;
            cells.extend(values.into_iter().map(|value| Cell {
                table: table.clone(),
                column: column.clone(),
                value,
            }));
        }
        cells.sort();
        Self(cells)
    }

    /// Without what every look changes.
    pub fn without_time(&self) -> Vec<&Cell> {
        self.0.iter().filter(|cell| cell.column != "last_seen_at").collect()
    }

    /// Every value as it stands, and every text inside of the JSON ones.
    pub fn values(&self) -> BTreeSet<String> {
        let mut values = BTreeSet::new();
        for cell in &self.0 {
            values.insert(cell.value.clone());
            if let Ok(json) = serde_json::from_str(&cell.value) {
                texts(&json, &mut values);
            }
        }
        values
    }
}

fn texts(json: &serde_json::Value, into: &mut BTreeSet<String>) {
    match json {
        serde_json::Value::String(text) => {
            into.insert(text.clone());
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        serde_json::Value::Object(members) => members.values().for_each(|member| texts(member, into)),
        _ => {}
    }
}

/// Table and column, in order. A new table is here without being named.
pub async fn columns(app: &App) -> Vec<(String, String)> {
    let rows = match app.database() {
        None => {
            let query = "SELECT m.name AS t, c.name AS c FROM sqlite_master m, pragma_table_info(m.name) c \
                         WHERE m.type = 'table' AND m.name LIKE 'signet%' ORDER BY 1, 2";
            let rows = sqlx::query(query).fetch_all(&sqlite(app).await).await.unwrap();
            rows.iter().map(|row| (row.get("t"), row.get("c"))).collect::<Vec<(String, String)>>()
        }
        Some(database) => {
            let query = "SELECT table_name::text AS t, column_name::text AS c FROM information_schema.columns \
                         WHERE table_name LIKE 'signet%' ORDER BY 1, 2";
            let rows = sqlx::query(query).fetch_all(&postgres(database).await).await.unwrap();
            rows.iter().map(|row| (row.get("t"), row.get("c"))).collect()
        }
    };
    assert!(rows.len() > 50, "{rows:?}");
    rows
}

async fn column_of(app: &App, table: &str, column: &str) -> Vec<String> {
    let select = |text: &str| {
        sqlx::AssertSqlSafe(format!("SELECT {text} AS v FROM {table} WHERE {column} IS NOT NULL"))
    };
    match app.database() {
        None => {
            let text = format!(
                "CASE typeof({column}) WHEN 'blob' THEN hex({column}) ELSE CAST({column} AS TEXT) END"
            );
            let rows = sqlx::query(select(&text)).fetch_all(&sqlite(app).await).await.unwrap();
            rows.iter().map(|row| row.get("v")).collect()
        }
        Some(database) => {
            let text = format!("{column}::text");
            let rows = sqlx::query(select(&text)).fetch_all(&postgres(database).await).await.unwrap();
            rows.iter().map(|row| row.get("v")).collect()
        }
    }
}

async fn sqlite(app: &App) -> SqlitePool {
    SqlitePool::connect(&format!("sqlite://{}", app.path("db.sqlite3").display())).await.unwrap()
}

async fn postgres(database: &postgres::TestDatabase) -> PgPool {
    let options = PgConnectOptions::new()
        .host(&database.socket_folder.display().to_string())
        .port(database.port)
        .username(postgres::ROLE)
        .database(&database.name);
    PgPool::connect_with(options).await.unwrap()
}
