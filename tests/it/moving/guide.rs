//! The move as `docs/moving-from-authelia.md` tells it: its commands are run as they are written, in its order.

use std::process::{Command, Output};

use signet::config::options::{self, Standing};
use tempfile::TempDir;

use super::processes::Move;
use super::{ALICE_SEED, BOB, dump};
use crate::support::process::{Process, SIGNET, signet};
use crate::support::secrets;

const GUIDE: &str = include_str!("../../../docs/moving-from-authelia.md");
const DIFFERENCES: &str = include_str!("../../../docs/differences-from-authelia.md");

/// Programs of the reader's machine that are no part of Signet.
const NOT_HERE: &[&str] = &["systemctl"];

/// The lines of the guide's blocks of commands; blocks that say what they hold are something else.
fn commands() -> Vec<&'static str> {
    let (mut commands, mut block) = (Vec::new(), None);
    for line in GUIDE.lines() {
        match (block, line.strip_prefix("```")) {
            (None, Some(kind)) => block = Some(kind.is_empty()),
            (Some(_), Some(_)) => block = None,
            (Some(true), None) => commands.push(line),
            _ => {}
        }
    }
    commands.retain(|line| !NOT_HERE.iter().any(|program| line.starts_with(program)));
    commands
}

/// What an entry of `clients` may say at Authelia and must not say here.
fn refused_of_clients() -> Vec<String> {
    let refused = options::all().filter_map(|option| {
        let name = option.path.strip_prefix("identity_providers.oidc.clients[].")?.to_owned();
        (option.state?.standing() == Standing::Refused).then_some(name)
    });
    refused.collect()
}

#[test]
fn whatever_a_client_is_refused_for_is_named_where_people_read_before_they_move() {
    let refused = refused_of_clients();
    for (page, text) in [("moving", GUIDE), ("differences", DIFFERENCES)] {
        for name in &refused {
            assert!(text.contains(&format!("`{name}`")), "{page}: {name}");
        }
    }
}

fn run(folder: &TempDir, line: &str) -> Output {
    let line =
        line.strip_prefix("signet ").map_or_else(|| line.to_owned(), |rest| format!("{SIGNET} {rest}"));
    let mut command = Command::new("sh");
    command.args(["-c", &line]).current_dir(folder.path()).env_clear();
    command.env("PATH", "/usr/local/bin:/usr/bin:/bin").output().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_of_the_guide_does_what_it_says() {
    let moved = Move::of(None, 1, "{}").await;
    let folder = moved.folder();
    // As a reader has them: under these names, and not readable for everyone.
    std::fs::rename(folder.path().join("users.yml"), folder.path().join("users_database.yml")).unwrap();
    let text = moved.texts[0].replace("users.yml", "users_database.yml");
    std::fs::write(folder.path().join("configuration.yml"), text).unwrap();
    run(folder, "chmod 0600 configuration.yml");
    secrets::issued("R0VaREdOQlZHWTNUUU9KUUdFWkRHTkJWR1kzVFFPSlE=");
    let before = dump(&moved.sql).await;
    let mut serving = None;
    let commands = commands();
    assert_eq!(commands.len(), 11, "{commands:#?}");
    for line in commands {
        if line.starts_with("signet serve") {
            let other = tempfile::tempdir().unwrap();
            let mut command = signet(folder);
            command.args(line.split(' ').skip(1));
            let mut process = Process::start(command, other);
            process.wait_for("ready in ");
            for told in GUIDE.lines().filter_map(|line| line.split("msg=\"").nth(1)?.split('"').next()) {
                let told = told.split(" in 120 ms").next().unwrap();
                assert!(process.output().contains(told), "{told}: {}", process.output());
            }
            serving = Some(process);
            continue;
        }
        if line.contains("storage migrate") {
            // The other way: into a new database, beside files that Authelia wrote.
            let mut process: Process = serving.take().expect("it was served before");
            process.stop();
            assert_eq!(dump(&moved.sql).await, before, "Authelia's tables are as they were");
            std::fs::remove_file(folder.path().join("db.sqlite3")).unwrap();
            let identifiers = format!(
                "identifiers:\n    - service: openid\n      sector_id: \"\"\n      username: bob\n      identifier: {BOB}\n"
            );
            std::fs::write(folder.path().join("identifiers.yml"), identifiers).unwrap();
            let totp = "totp_configurations:\n    - created_at: 2023-10-01T08:00:00Z\n      last_used_at: 2023-11-14T22:13:10Z\n      username: alice\n      issuer: Authelia\n      algorithm: SHA1\n      digits: 6\n      period: 30\n      secret: R0VaREdOQlZHWTNUUU9KUUdFWkRHTkJWR1kzVFFPSlE=\n";
            std::fs::write(folder.path().join("totp.yml"), totp).unwrap();
        }
        let output = run(folder, line);
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{line}: {said}");
        assert!(!said.contains(ALICE_SEED), "{line}");
        let expected: &[&str] = match line.split(' ').nth(1).unwrap() {
            "config" => &["The configuration is valid"],
            "user" if line.contains("totp") => &["alice     SHA1       6", "bob       SHA256     8"],
            "user" => &["alice", "bob"],
            "import" if line.contains("--dry-run") => {
                &["1 subject identifier would be imported", "1 one-time code device would be imported"]
            }
            "import" => &["1 subject identifier imported", "1 one-time code device imported"],
            _ => &[],
        };
        expected.iter().for_each(|words| assert!(said.contains(words), "{line}: {said}"));
    }
    assert!(!folder.path().join("totp.yml").exists());
    assert!(folder.path().join("before-signet/db.sqlite3").exists());
    assert_eq!(moved.sql.number("SELECT COUNT(*) FROM signet_subjects").await, 1);
}
