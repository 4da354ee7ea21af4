//! The wall: which room of `src/` may use which, and which outside crate lives where.
//!
//! It reads tokens rather than a syntax tree, so a path inside a macro counts like any other, and links nothing of
//! Signet, so it says what is wrong even while the crate does not compile.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};

/// Every room with the rooms it may use. Arrows point only downward, so there are no circles.
const ROOMS: &[(&str, &[&str])] = &[
    ("expression", &[]),
    ("clock", &[]),
    ("protocol", &[]),
    ("jose", &[]),
    ("secrets", &[]),
    ("yaml", &[]),
    ("model", &["clock", "expression", "protocol", "jose", "secrets", "yaml"]),
    ("settings", &["clock", "protocol", "jose", "secrets", "yaml", "model"]),
    ("config", &["clock", "expression", "protocol", "jose", "secrets", "yaml", "model", "settings"]),
    ("storage", &["clock", "protocol", "secrets", "model"]),
    ("outbound", &["clock", "protocol", "settings"]),
    ("observe", &["clock", "model", "settings"]),
    ("users", &["clock", "protocol", "jose", "secrets", "yaml", "model", "settings", "storage", "observe"]),
    (
        "provider",
        &[
            "clock",
            "expression",
            "protocol",
            "jose",
            "secrets",
            "yaml",
            "model",
            "settings",
            "storage",
            "outbound",
            "observe",
            "users",
        ],
    ),
    (
        "tasks",
        &[
            "clock", "protocol", "jose", "secrets", "yaml", "model", "settings", "storage", "observe",
            "users", "provider",
        ],
    ),
    ("web", &["clock", "protocol", "secrets", "model", "settings", "observe", "users", "provider"]),
    (
        "runtime",
        &[
            "clock", "protocol", "jose", "secrets", "yaml", "model", "settings", "config", "storage",
            "outbound", "observe", "users", "provider", "tasks", "web",
        ],
    ),
    (
        "cli",
        &[
            "clock", "protocol", "jose", "secrets", "yaml", "model", "settings", "config", "storage",
            "outbound", "observe", "users", "provider", "tasks", "web", "runtime",
        ],
    ),
    ("demo", &[]),
];

/// Files and folders that may do more than their room.
const DOORS: &[(&str, &str)] = &[("src/cli/demo/", "demo")];

/// Outside crates and the rooms they are pinned to. A crate that is not named here may be used anywhere.
const CRATES: &[(&[&str], &[&str])] = &[
    (&["sqlx"], &["storage"]),
    (&["axum", "axum_extra", "tower", "tower_http"], &["web", "runtime", "demo"]),
    (&["hyper", "hyper_util"], &["web", "runtime", "demo", "outbound"]),
    (&["rustls", "tokio_rustls"], &["runtime", "outbound"]),
    (&["rustls_native_certs"], &["outbound"]),
    (&["tower_sessions"], &["web", "runtime"]),
    (&["josekit", "rsa", "p256", "p384", "p521"], &["jose"]),
    (&["openssl"], &["jose", "secrets"]),
    (&["argon2", "pbkdf2", "scrypt", "bcrypt", "sha_crypt", "yescrypt"], &["secrets"]),
    (&["totp_rs"], &["users"]),
    (&["cel"], &["expression"]),
    (&["httparse"], &["runtime"]),
    (&["rustix"], &["runtime", "users"]),
    (&["listenfd"], &["runtime"]),
    (&["serde_yaml", "serde_saphyr"], &["yaml"]),
    (&["askama"], &["web", "demo"]),
    (&["qrcode"], &["web"]),
    (&["metrics", "metrics_exporter_prometheus", "metrics_process"], &["observe"]),
    (&["openidconnect", "oauth2"], &["demo"]),
    (&["reqwest"], &["demo"]),
    (&["clap"], &["cli"]),
];

/// Parts of the standard library that are pinned, outside of tests: the path, the rooms, and what to do instead.
const STANDARD: &[(&str, &[&str], &str)] = &[
    ("std::env", &["config"], "only config reads the environment"),
    ("SystemTime::now", &["clock"], "time is handed in: use clock::Clock"),
    ("OffsetDateTime::now_utc", &["clock"], "time is handed in: use clock::Clock"),
    ("Instant::now", &["clock"], "time is handed in: use clock::Clock"),
];

/// Files (or folders, with a slash at the end) that may use a pinned part of the standard library, and why.
const JUSTIFIED: &[(&str, &str, &str)] = &[
    ("src/demo/", "OffsetDateTime::now_utc", "a stranger has a clock of its own"),
    ("src/demo/", "Instant::now", "a stranger has a clock of its own"),
    ("src/cli/", "Instant::now", "says how long the start took"),
    ("src/runtime/", "Instant::now", "measures waiting, which a wall clock that is set must not disturb"),
];

/// Lines of code, unit tests not counted, from which a file is named, and above which it is refused.
const LONG: usize = 400;
const TOO_LONG: usize = 450;

#[test]
fn every_room_keeps_to_its_neighbours_and_its_crates() {
    let violations: Vec<String> = sources()
        .iter()
        .flat_map(|(file, text)| violations(file, text))
        .map(|violation| violation.to_string())
        .collect();
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn every_folder_is_a_room_and_every_room_a_folder() {
    let known: BTreeSet<String> = ROOMS.iter().map(|(room, _)| (*room).to_owned()).collect();
    let found: BTreeSet<String> = sources().iter().filter_map(|(file, _)| room_of(file)).collect();
    assert_eq!(found, known, "src/ and the table of rooms differ");
}

#[test]
fn the_table_has_no_circle() {
    let mut above: BTreeSet<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    while !above.is_empty() {
        let free: Vec<&str> = ROOMS
            .iter()
            .filter(|(room, uses)| above.contains(room) && uses.iter().all(|used| !above.contains(used)))
            .map(|(room, _)| *room)
            .collect();
        assert!(!free.is_empty(), "these rooms use each other: {above:?}");
        free.iter().for_each(|room| {
            above.remove(room);
        });
    }
}

#[test]
fn no_file_holds_two_things() {
    let mut too_long = Vec::new();
    for (file, text) in sources() {
        let lines = lines_of_code(&text);
        if lines > LONG {
            println!("{file}: {lines} lines of code; about 300 read well");
        }
        if lines > TOO_LONG {
            too_long.push(format!("{file}: {lines} lines of code, at most {TOO_LONG}: split it"));
        }
    }
    assert!(too_long.is_empty(), "\n{}\n", too_long.join("\n"));
}

/// A broken rule, with its place.
struct Violation {
    file: String,
    line: usize,
    message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// A path as written, in the module it stands in.
struct Mention {
    module: Vec<String>,
    segments: Vec<String>,
    line: usize,
    in_tests: bool,
}

/// All Rust files under src/, with forward slashes, relative to the crate.
fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("src/ is readable") {
            let path = entry.expect("src/ is readable").path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    walk(&root.join("src"), &mut files);
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let name =
                path.strip_prefix(root).expect("below the crate").display().to_string().replace('\\', "/");
            (name, fs::read_to_string(&path).expect("a source is UTF-8"))
        })
        .collect()
}

/// `src/storage/grants.rs` → `storage`; `src/lib.rs` → none.
fn room_of(file: &str) -> Option<String> {
    module_of(file).into_iter().next()
}

/// `src/web/pages/mod.rs` → `web`, `pages`.
fn module_of(file: &str) -> Vec<String> {
    let inner = file.trim_start_matches("src/").trim_end_matches(".rs");
    let mut module: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        module.pop();
    }
    module
}

fn lines_of_code(text: &str) -> usize {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text).lines().count()
}

fn violations(file: &str, text: &str) -> Vec<Violation> {
    let tokens: TokenStream = match text.parse() {
        Ok(tokens) => tokens,
        Err(error) => {
            let message = format!("is not Rust: {error}");
            return vec![Violation { file: file.to_owned(), line: error.span().start().line, message }];
        }
    };
    let mut mentions = Vec::new();
    scan(tokens, &module_of(file), false, &mut mentions);
    let mut found: Vec<Violation> = mentions
        .iter()
        .filter_map(|mention| {
            let message = judge(file, mention)?;
            Some(Violation { file: file.to_owned(), line: mention.line, message })
        })
        .collect();
    found.dedup_by(|a, b| a.line == b.line && a.message == b.message);
    found
}

/// What is wrong with a path, if anything.
fn judge(file: &str, mention: &Mention) -> Option<String> {
    let first = mention.segments.first()?.as_str();
    let room = room_of(file);
    match first {
        "crate" | "super" | "self" => {
            let Some(target) = resolve(mention) else {
                return Some(format!("`{}` leaves the crate", mention.segments.join("::")));
            };
            let here = room?;
            match target.first().map(String::as_str) {
                None | Some("*") => Some(format!("{here} must name the room it uses, not the whole crate")),
                Some(used) if used == here => None,
                Some(used) if DOORS.iter().any(|(door, to)| *to == used && file.starts_with(door)) => None,
                Some(used) if !ROOMS.iter().any(|(known, _)| *known == used) => {
                    Some(format!("{here} uses crate::{used}, which is no room"))
                }
                Some(used) => {
                    let allowed = ROOMS.iter().any(|(known, uses)| *known == here && uses.contains(&used));
                    (!allowed).then(|| format!("{here} must not use {used}"))
                }
            }
        }
        "signet" => match (room, mention.segments.get(1).map(String::as_str)) {
            (None, Some("cli")) => None,
            (None, _) => Some("main must not use anything but cli".to_owned()),
            (Some(here), _) => Some(format!("{here} must say crate, not signet")),
        },
        _ => pinned_crate(room.as_deref(), first).or_else(|| pinned_standard(file, room.as_deref(), mention)),
    }
}

fn pinned_crate(room: Option<&str>, name: &str) -> Option<String> {
    let (_, homes) = CRATES.iter().find(|(names, _)| names.contains(&name))?;
    let here = room.unwrap_or("the crate root");
    (!homes.contains(&here))
        .then(|| format!("{here} must not use the crate {name}, it belongs to {}", homes.join(", ")))
}

fn pinned_standard(file: &str, room: Option<&str>, mention: &Mention) -> Option<String> {
    if mention.in_tests {
        return None;
    }
    let written = format!("::{}::", mention.segments.join("::"));
    let (path, homes, instead) =
        STANDARD.iter().find(|(path, _, _)| written.contains(&format!("::{path}::")))?;
    let here = room.unwrap_or("the crate root");
    let justified = JUSTIFIED.iter().any(|(place, what, _)| what == path && file.starts_with(place));
    (!homes.contains(&here) && !justified).then(|| format!("{here} must not use {path}: {instead}"))
}

/// The path from the crate's root, or nothing when it has more `super` than there are modules.
fn resolve(mention: &Mention) -> Option<Vec<String>> {
    let mut at = mention.module.clone();
    let mut rest = mention.segments.as_slice();
    while let [first, tail @ ..] = rest {
        match first.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => {
                at.pop()?;
            }
            _ => break,
        }
        rest = tail;
    }
    at.extend_from_slice(rest);
    Some(at)
}

/// Collects every path of two or more segments, and every single name after `use` or `extern crate`.
fn scan(tokens: TokenStream, module: &[String], in_tests: bool, mentions: &mut Vec<Mention>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut test_attribute = false;
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Punct(punct) if punct.as_char() == ';' => test_attribute = false,
            TokenTree::Group(group) => {
                let text = group.stream().to_string().replace(' ', "");
                if group.delimiter() == Delimiter::Bracket && text.starts_with("cfg(test") {
                    test_attribute = true;
                }
                scan(group.stream(), module, in_tests || test_attribute, mentions);
                if group.delimiter() == Delimiter::Brace {
                    test_attribute = false;
                }
            }
            TokenTree::Ident(word) if *word == "mod" => {
                if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
                    (tokens.get(at + 1), tokens.get(at + 2))
                {
                    let mut inner = module.to_vec();
                    inner.push(name.to_string());
                    scan(body.stream(), &inner, in_tests || test_attribute, mentions);
                    test_attribute = false;
                    at += 3;
                    continue;
                }
            }
            TokenTree::Ident(_) if starts_a_path(&tokens, at) => {
                let line = tokens[at].span().start().line;
                let (paths, next) = path(&tokens, at, in_tests, module, mentions);
                let named = at > 0 && matches!(&tokens[at - 1], TokenTree::Ident(word) if *word == "use");
                let external = at > 1
                    && matches!(&tokens[at - 1], TokenTree::Ident(word) if *word == "crate")
                    && matches!(&tokens[at - 2], TokenTree::Ident(word) if *word == "extern");
                let many = paths.len() > 1;
                for segments in paths {
                    if many || segments.len() > 1 || named || external {
                        let module = module.to_vec();
                        mentions.push(Mention {
                            module,
                            segments,
                            line,
                            in_tests: in_tests || test_attribute,
                        });
                    }
                }
                at = next;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
}

/// Words after which `::name` begins a path instead of going on with one.
fn is_keyword(word: &Ident) -> bool {
    const KEYWORDS: &[&str] = &[
        "use", "pub", "return", "break", "in", "as", "dyn", "impl", "for", "where", "mut", "ref", "const",
        "if", "else", "match", "while", "let", "move", "unsafe",
    ];
    KEYWORDS.contains(&word.to_string().as_str())
}

/// An identifier that is not a keyword, the tail of a path, a field, a macro's variable or a lifetime.
fn starts_a_path(tokens: &[TokenTree], at: usize) -> bool {
    if matches!(&tokens[at], TokenTree::Ident(word) if is_keyword(word)) {
        return false;
    }
    let Some(before) = at.checked_sub(1).map(|before| &tokens[before]) else { return true };
    let TokenTree::Punct(punct) = before else { return true };
    match punct.as_char() {
        '.' | '\'' => false,
        '$' => matches!(&tokens[at], TokenTree::Ident(word) if *word == "crate"),
        // `::sqlx::query` starts a path, `a::b` has its start before, `x: crate::y` is a type.
        ':' => {
            let double = at >= 2
                && matches!(&tokens[at - 2], TokenTree::Punct(first)
                    if first.as_char() == ':' && first.spacing() == Spacing::Joint);
            let continues = at >= 3
                && match &tokens[at - 3] {
                    TokenTree::Ident(word) => !is_keyword(word),
                    TokenTree::Punct(angle) => angle.as_char() == '>',
                    _ => false,
                };
            !(double && continues)
        }
        _ => true,
    }
}

/// All paths that begin at `at` (several when a `use` tree branches) and the index of the first token after them.
fn path(
    tokens: &[TokenTree],
    mut at: usize,
    in_tests: bool,
    module: &[String],
    mentions: &mut Vec<Mention>,
) -> (Vec<Vec<String>>, usize) {
    let mut segments = Vec::new();
    while let Some(TokenTree::Ident(word)) = tokens.get(at) {
        segments.push(word.to_string().trim_start_matches("r#").to_owned());
        at += 1;
        if !is_double_colon(tokens, at) {
            return (vec![segments], at);
        }
        match tokens.get(at + 2) {
            Some(TokenTree::Ident(_)) => at += 2,
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                return (branches(&segments, group, in_tests, module, mentions), at + 3);
            }
            Some(TokenTree::Punct(star)) if star.as_char() == '*' => {
                segments.push("*".to_owned());
                return (vec![segments], at + 3);
            }
            // A turbofish: the path ends here for our purpose, its arguments are scanned as tokens of their own.
            _ => return (vec![segments], at + 2),
        }
    }
    (vec![segments], at)
}

/// `a::{b, c::d}` → `a::b`, `a::c::d`.
fn branches(
    stem: &[String],
    group: &Group,
    in_tests: bool,
    module: &[String],
    mentions: &mut Vec<Mention>,
) -> Vec<Vec<String>> {
    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
    let mut all = Vec::new();
    for branch in inner.split(|token| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',')) {
        let tails = match branch.first() {
            None => continue,
            Some(TokenTree::Ident(_)) => path(branch, 0, in_tests, module, mentions).0,
            Some(TokenTree::Punct(star)) if star.as_char() == '*' => vec![vec!["*".to_owned()]],
            Some(_) => {
                scan(branch.iter().cloned().collect(), module, in_tests, mentions);
                continue;
            }
        };
        for mut tail in tails {
            // `a::{self}` is `a`.
            if tail.first().is_some_and(|word| word == "self") {
                tail.remove(0);
            }
            all.push(stem.iter().cloned().chain(tail).collect());
        }
    }
    all
}

fn is_double_colon(tokens: &[TokenTree], at: usize) -> bool {
    matches!(
        (tokens.get(at), tokens.get(at + 1)),
        (Some(TokenTree::Punct(first)), Some(TokenTree::Punct(second)))
            if first.as_char() == ':' && first.spacing() == Spacing::Joint && second.as_char() == ':'
    )
}

mod the_wall {
    use super::{lines_of_code, violations};

    fn found(file: &str, text: &str) -> Vec<String> {
        violations(file, text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_use_of_a_room_above_is_found_with_its_line() {
        let text = "//! Rows.\n\nuse crate::web::State;\n";
        assert_eq!(
            found("src/storage/grants.rs", text),
            ["src/storage/grants.rs:3: storage must not use web"]
        );
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
        assert_eq!(
            found("src/model/mod.rs", "use super::web;"),
            ["src/model/mod.rs:1: model must not use web"]
        );
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
        assert!(
            found("src/web/a.rs", "fn f() { let sqlx = self.sqlx; crate::model::sqlx::x(); }").is_empty()
        );
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
}
