//! Moving from Authelia: its database becomes Signet's.

mod guide;
mod processes;
mod take_over;

use crate::support::secrets;
use crate::support::sql::Sql;

/// The `sub` of each person at Authelia.
const ALICE: &str = "11111111-aaaa-4aaa-8aaa-111111111111";
const BOB: &str = "33333333-bbbb-4bbb-8bbb-333333333333";

/// The seeds of the devices of alice and bob, in base32.
const ALICE_SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const BOB_SEED: &str = "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U";

/// A client that remembers consents, and one that asks for two factors.
const CLIENTS: &str = "
identity_providers:
  oidc:
    clients:
      - client_id: remembering
        client_secret: digest:remembering-secret
        redirect_uris: [https://rp.example.com/callback]
        authorization_policy: one_factor
        pre_configured_consent_duration: 1w
        scopes: [openid, profile, email, offline_access]
        audience: [https://api.example.com]
      - client_id: web
        client_secret: digest:web-secret
        redirect_uris: [https://rp.example.com/callback]
        authorization_policy: one_factor
        scopes: [openid, profile, email, offline_access]
      - client_id: web-2fa
        client_secret: digest:web-2fa-secret
        redirect_uris: [https://rp.example.com/2fa]
        authorization_policy: two_factor
        consent_mode: implicit
        scopes: [openid, profile]
";

/// Makes Authelia's tables in the database, with what it remembered.
async fn fill(sql: &Sql) {
    [ALICE_SEED, BOB_SEED].into_iter().for_each(secrets::issued);
    let (schema, [before, after]) = match sql {
        Sql::Sqlite(_) => (include_str!("authelia/sqlite.sql"), ["x'", "'"]),
        Sql::Postgres(_) => (include_str!("authelia/postgres.sql"), ["'\\x", "'"]),
    };
    sql.script(schema).await;
    sql.script(&include_str!("authelia/rows.sql").replace('<', before).replace('>', after)).await;
}

/// The tables that Authelia made.
const TABLES: &[&str] = &[
    "migrations",
    "encryption",
    "user_opaque_identifier",
    "user_preferences",
    "totp_configurations",
    "totp_history",
    "webauthn_credentials",
    "duo_devices",
    "oauth2_consent_preconfiguration",
];

/// Every byte of Authelia's rows, and on PostgreSQL which transaction wrote each of them, and how its tables are made.
async fn dump(sql: &Sql) -> Vec<String> {
    let mut dump = Vec::new();
    for table in TABLES {
        let rows = match sql {
            Sql::Sqlite(_) => {
                let columns = sql
                    .texts(&format!("SELECT 'typeof(' || name || ') || quote(' || name || ')' FROM pragma_table_info('{table}')"))
                    .await;
                format!("SELECT {} FROM {table} ORDER BY id", columns.join(" || ',' || "))
            }
            Sql::Postgres(_) => {
                format!("SELECT CAST((ctid, xmin, xmax, t.*) AS TEXT) FROM {table} t ORDER BY id")
            }
        };
        let rows = sql.texts(&rows).await;
        assert!(!rows.is_empty(), "{table}");
        dump.extend(rows.into_iter().map(|row| format!("{table}: {row}")));
    }
    let made = match sql {
        Sql::Sqlite(_) => {
            "SELECT COALESCE(sql, name) FROM sqlite_master WHERE name NOT LIKE 'signet%' AND \
                           name NOT LIKE 'sqlite_autoindex_signet%' ORDER BY name"
        }
        Sql::Postgres(_) => {
            "SELECT CAST((c.*) AS TEXT) FROM information_schema.columns c WHERE table_schema = 'public' AND \
             table_name NOT LIKE 'signet%' ORDER BY table_name, ordinal_position"
        }
    };
    dump.extend(sql.texts(made).await);
    assert!(dump.len() > 30, "{dump:#?}");
    dump
}

/// The code of a device at a time.
fn code(seed: &str, algorithm: totp_rs::Algorithm, digits: u8, period: u64, time: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(seed).unwrap();
    let totp = totp_rs::Builder::new()
        .with_algorithm(algorithm)
        .with_digits(digits)
        .with_step_duration(period)
        .with_secret(secret)
        .build_noncompliant();
    let code = totp.generate(u64::try_from(time).unwrap()).to_string();
    secrets::one_time_code(&code);
    code
}

/// alice's code at a time.
fn code_of_alice(time: i64) -> String {
    code(ALICE_SEED, totp_rs::Algorithm::SHA1, 6, 30, time)
}

/// bob's code at a time.
fn code_of_bob(time: i64) -> String {
    code(BOB_SEED, totp_rs::Algorithm::SHA256, 8, 60, time)
}
