//! What must be true of the tables after everything: nothing was stored by halves.

use sqlx::{Connection as _, Row as _};

use super::replicas::Replicas;
use crate::support::postgres::ROLE;

/// What no database may hold, as queries that count it. Offline, each redemption and each rotation gives one access token
/// and one refresh token; otherwise a redemption gives one access token.
const NEVER: &[(&str, &str)] = &[
    (
        "a grant with other numbers of access and refresh tokens",
        "SELECT COUNT(*) FROM signet_grants g WHERE g.offline AND \
         (SELECT COUNT(*) FROM signet_access_tokens a WHERE a.grant_id = g.id) <> \
         (SELECT COUNT(*) FROM signet_refresh_tokens r WHERE r.grant_id = g.id)",
    ),
    (
        "a code that gave two access tokens",
        "SELECT COUNT(*) FROM signet_grants g WHERE NOT g.offline AND \
         (SELECT COUNT(*) FROM signet_access_tokens a WHERE a.grant_id = g.id) > 1",
    ),
    (
        "a grant with two refresh tokens that work",
        "SELECT COUNT(*) FROM (SELECT grant_id FROM signet_refresh_tokens WHERE spent_at IS NULL \
         GROUP BY grant_id HAVING COUNT(*) > 1) twice",
    ),
    (
        "a code that is spent and gave nothing, or gave something and is not spent",
        "SELECT COUNT(*) FROM signet_authorization_codes c WHERE (c.spent_at IS NOT NULL) <> \
         EXISTS (SELECT 1 FROM signet_access_tokens a WHERE a.grant_id = c.grant_id)",
    ),
    (
        "a grant without its one code",
        "SELECT COUNT(*) FROM signet_grants g WHERE \
         (SELECT COUNT(*) FROM signet_authorization_codes c WHERE c.grant_id = g.id) <> 1",
    ),
    (
        "a code or token without its grant",
        "SELECT (SELECT COUNT(*) FROM signet_authorization_codes c WHERE NOT EXISTS \
         (SELECT 1 FROM signet_grants g WHERE g.id = c.grant_id)) + \
         (SELECT COUNT(*) FROM signet_refresh_tokens t WHERE NOT EXISTS \
         (SELECT 1 FROM signet_grants g WHERE g.id = t.grant_id)) + \
         (SELECT COUNT(*) FROM signet_access_tokens t WHERE t.grant_id IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM signet_grants g WHERE g.id = t.grant_id))",
    ),
];

/// Looks through the tables of a running Signet; on SQLite through the file too.
pub async fn audit(replicas: &Replicas) {
    match replicas.database() {
        None => {
            let url = format!("sqlite://{}", replicas.file().display());
            let mut file = sqlx::SqliteConnection::connect(&url).await.unwrap();
            let check = sqlx::query("PRAGMA integrity_check").fetch_all(&mut file).await.unwrap();
            let said: Vec<String> = check.iter().map(|row| row.get(0)).collect();
            assert_eq!(said, ["ok"]);
            let foreign = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut file).await.unwrap();
            assert!(foreign.is_empty());
            for (what, count) in NEVER {
                let found: i64 = sqlx::query_scalar(*count).fetch_one(&mut file).await.unwrap();
                assert_eq!(found, 0, "{what}");
            }
        }
        Some(database) => {
            let options = sqlx::postgres::PgConnectOptions::new_without_pgpass()
                .host("127.0.0.1")
                .port(database.port)
                .username(ROLE)
                .database(&database.name);
            let mut server = sqlx::PgConnection::connect_with(&options).await.unwrap();
            for (what, count) in NEVER {
                let found: i64 = sqlx::query_scalar(*count).fetch_one(&mut server).await.unwrap();
                assert_eq!(found, 0, "{what}");
            }
        }
    }
}
