//! The wall itself, against pieces of source.

use super::scan::lines_of_code;
use super::{unused, violations};

fn found(file: &str, text: &str) -> Vec<String> {
    violations(file, text).iter().map(ToString::to_string).collect()
}

#[test]
fn a_use_of_a_room_above_is_found_with_its_line() {
    let text = "//! Rows.\n\nuse crate::web::State;\n";
    assert_eq!(found("src/storage/grants.rs", text), ["src/storage/grants.rs:3: storage must not use web"]);
}

#[test]
fn a_room_below_and_the_room_itself_are_free() {
    let text = "use crate::model::Grant;\nuse super::database::Database;\nuse crate::storage::codes;\n";
    assert!(found("src/storage/grants.rs", text).is_empty());
}

#[test]
fn each_branch_of_a_use_tree_is_judged() {
    let text = "use crate::{clock::NumericDate, users::{self, totp}, model};";
    assert_eq!(found("src/storage/mod.rs", text), ["src/storage/mod.rs:1: storage must not use users"]);
}

#[test]
fn expressions_types_and_macros_are_read() {
    for text in [
        "fn f() { crate::web::go(); }",
        "fn f(x: crate::web::State) {}",
        "fn f(x: &Vec<crate::web::State>) {}",
        "fn f() { assert!(a == crate::web::go(1)); }",
        "macro_rules! m { () => { $crate::web::go() } }",
        "fn f() { let x = Vec::<crate::web::State>::new(); }",
        "#[derive(crate::web::Go)] struct X;",
        "impl crate::web::Go for X {}",
    ] {
        assert_eq!(found("src/model/x.rs", text), ["src/model/x.rs:1: model must not use web"], "{text}");
    }
}

#[test]
fn super_is_followed_through_files_and_inner_modules() {
    assert_eq!(found("src/model/mod.rs", "use super::web;"), ["src/model/mod.rs:1: model must not use web"]);
    assert_eq!(
        found("src/model/a.rs", "use super::super::web::X;"),
        ["src/model/a.rs:1: model must not use web"]
    );
    let inner = "mod tests { use super::super::super::web::X; }";
    assert_eq!(found("src/model/a.rs", inner), ["src/model/a.rs:1: model must not use web"]);
    assert!(
        found("src/model/a.rs", "mod tests { use super::*; use super::super::grant::Grant; }").is_empty()
    );
}

#[test]
fn the_root_of_the_crate_is_not_a_way_round() {
    for text in ["use crate::*;", "use crate as signet;", "use super::super as root;"] {
        assert_eq!(found("src/model/a.rs", text).len(), 1, "{text}");
    }
    assert_eq!(found("src/model/a.rs", "use crate::tools::x;").len(), 1);
    assert_eq!(found("src/model/a.rs", "use signet::web::x;").len(), 1);
    assert_eq!(found("src/main.rs", "fn main() { signet::runtime::go() }").len(), 1);
    assert!(found("src/main.rs", "fn main() { signet::cli::run() }").is_empty());
}

#[test]
fn outside_crates_stay_in_their_rooms() {
    for text in [
        "use sqlx::Row;",
        "use sqlx;",
        "use ::sqlx::Row;",
        "extern crate sqlx;",
        "fn f() { sqlx::query(\"\"); }",
        "fn f() -> Result<(), sqlx::Error> { }",
        "use {serde::Serialize, sqlx::Row};",
    ] {
        assert_eq!(
            found("src/web/a.rs", text),
            ["src/web/a.rs:1: web must not use the crate sqlx, it belongs to storage"],
            "{text}"
        );
    }
    assert!(found("src/storage/a.rs", "use sqlx::Row;").is_empty());
    assert!(found("src/web/a.rs", "fn f() { let sqlx = self.sqlx; crate::model::sqlx::x(); }").is_empty());
}

#[test]
fn the_environment_and_the_clock_are_pinned_outside_of_tests() {
    assert_eq!(found("src/web/a.rs", "use std::{env, fs};").len(), 1);
    assert_eq!(found("src/web/a.rs", "fn f() { std::env::var(\"X\"); }").len(), 1);
    assert_eq!(found("src/web/a.rs", "fn f() { std::time::SystemTime::now(); }").len(), 1);
    assert_eq!(found("src/web/a.rs", "fn f() { Instant::now(); }").len(), 1);
    assert!(found("src/clock/mod.rs", "fn f() { SystemTime::now(); }").is_empty());
    assert!(found("src/web/a.rs", "#[cfg(test)]\nmod tests { fn f() { Instant::now(); } }").is_empty());
    assert_eq!(
        found("src/web/a.rs", "#[cfg(test)]\nmod tests {}\nfn f() { Instant::now(); }"),
        ["src/web/a.rs:3: web must not use Instant::now: time is handed in: use clock::Clock"]
    );
}

#[test]
fn the_demo_is_a_stranger_and_only_one_door_leads_to_it() {
    assert_eq!(found("src/demo/mod.rs", "use crate::protocol::Scope;").len(), 1);
    assert_eq!(found("src/cli/serve.rs", "use crate::demo::serve;").len(), 1);
    assert_eq!(found("src/runtime/mod.rs", "use crate::demo::serve;").len(), 1);
    assert!(found("src/cli/demo/mod.rs", "use crate::demo::serve;").is_empty());
}

#[test]
fn unit_tests_do_not_make_a_file_long() {
    assert_eq!(lines_of_code("fn a() {}\n\n#[cfg(test)]\nmod tests {\n}\n"), 2);
    assert_eq!(lines_of_code("fn a() {}\n"), 1);
}

#[test]
fn a_permission_is_used_by_its_own_room_or_named() {
    let wall = |file: &str, text: &str| unused(&[(file.to_owned(), text.to_owned())]);
    let of_room = "storage may use model, but does not".to_owned();
    assert!(wall("src/web/a.rs", "use crate::model::Grant;").contains(&of_room));
    assert!(!wall("src/storage/a.rs", "use crate::model::Grant;").contains(&of_room));
    let of_crate = "storage may use sqlx, but does not".to_owned();
    assert!(wall("src/web/a.rs", "use sqlx::Row;").contains(&of_crate));
    assert!(!wall("src/storage/a.rs", "use sqlx::Row;").contains(&of_crate));
    let of_standard = "config may use std::env, but does not".to_owned();
    assert!(wall("src/config/a.rs", "#[cfg(test)]\nmod tests { use std::env; }").contains(&of_standard));
    assert!(!wall("src/config/a.rs", "use std::env;").contains(&of_standard));
    let of_door = "src/cli/demo/ may use demo, but does not".to_owned();
    assert!(wall("src/cli/serve.rs", "use crate::demo::serve;").contains(&of_door));
    assert!(!wall("src/cli/demo/mod.rs", "use crate::demo::serve;").contains(&of_door));
}
