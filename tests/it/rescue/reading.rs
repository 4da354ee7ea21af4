//! Commands that only read leave the database as it is.

use super::{On, Place, on_both};

on_both!(commands_that_only_read_leave_the_tables_of_another_version_as_they_are);

/// Every command that changes nothing.
const READING: &[&[&str]] = &[
    &["refusals", "list"],
    &["refusals", "show", "ABCDEFGHJK"],
    &["bans", "list"],
    &["user", "list"],
    &["user", "sessions", "alice"],
    &["user", "totp", "list"],
    &["storage", "bans", "user", "list"],
    &["storage", "bans", "ip", "list"],
    &["storage", "user", "totp", "list"],
];

async fn commands_that_only_read_leave_the_tables_of_another_version_as_they_are(on: On) {
    let place = Place::new(on, "");
    let tables = match on {
        On::Sqlite => {
            std::fs::write(place.path("db.sqlite3"), "").unwrap();
            "SELECT COUNT(*) FROM sqlite_master"
        }
        On::Postgres => "SELECT COUNT(*) FROM pg_tables WHERE tablename LIKE 'signet_%'",
    };
    for command in READING {
        place.run(command).refused(&["this version has", "run `signet storage migrate`"]);
        assert_eq!(place.number(tables).await, 0, "{command:?} makes tables");
    }
    place.run(&["storage", "migrate"]);
    for command in READING {
        let said = place.run(command);
        assert!(said.ok || command.contains(&"show"), "{command:?}: {}{}", said.out, said.err);
    }
    let one_more = "INSERT INTO signet_migrations (version, description, success, checksum, execution_time) \
                    VALUES (9999, 'of a newer Signet', TRUE, 'x', 1)";
    assert_eq!(place.sql(one_more).await, 1);
    for command in READING {
        place.run(command).refused(&["migration 9999 of a newer Signet", "use that version"]);
    }
}
