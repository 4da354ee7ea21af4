//! What was proven, granted or issued ends with what it stood on: the person, the password, the device, the sign-in,
//! the registration.

mod password;
mod people;
mod registration;
mod sessions;
mod sign_out;

use sqlx::{Row, SqlitePool};

use crate::support::App;

/// The database as a stranger reads it.
async fn database(app: &App) -> SqlitePool {
    SqlitePool::connect(&format!("sqlite://{}", app.path("db.sqlite3").display())).await.unwrap()
}

/// The details of every event of a kind.
async fn events(app: &App, kind: &str) -> Vec<String> {
    let rows = sqlx::query("SELECT detail FROM signet_events WHERE kind = $1 ORDER BY rowid");
    let rows = rows.bind(kind.to_owned()).fetch_all(&database(app).await).await.unwrap();
    rows.iter().map(|row| row.get::<Option<String>, _>("detail").unwrap_or_default()).collect()
}
