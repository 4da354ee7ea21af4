//! The configuration changes while Signet serves: by itself, whole or not at all, and nobody notices.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use super::written;
use crate::support::counts::{is_long, rounds};
use crate::support::fleet::Fleet;
use crate::support::process::shell;
use crate::support::wait::{PATIENCE, until};
use crate::support::{Browser, Client, Process, Site};

const TAKEN: &str = "the configuration was reloaded";
const REFUSED: &str = "the configuration was not reloaded";

fn told(process: &Process, words: &str) -> usize {
    process.output().matches(words).count()
}

/// A valid configuration that differs from that of another number.
fn numbered(number: usize) -> String {
    format!("totp: {{issuer: 'Signet {number}'}}\nsession: {{inactivity: 1h}}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reloads_under_load_cost_no_request_and_no_session() {
    let (reloads, per_second) = (rounds(20, 100), if is_long() { 200 } else { 50 });
    let fleet = Fleet::on_sqlite(&numbered(0));
    let mut browser = Browser::new(&fleet.site);
    browser.sign_in_at_home("alice").await;
    let (over, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let load = tokio::spawn({
        let (site, browser) = (fleet.site.clone(), browser.clone());
        let (over, asked) = (over.clone(), asked.clone());
        async move {
            let mut turns = tokio::time::interval(Duration::from_secs(1) / per_second);
            let mut requests = tokio::task::JoinSet::new();
            while !over.load(Ordering::SeqCst) {
                turns.tick().await;
                let number = asked.fetch_add(1, Ordering::SeqCst);
                requests.spawn(one(number, site.clone(), browser.clone()));
            }
            requests.join_all().await
        }
    });
    let process = &fleet.processes[0];
    for turn in 1..=reloads {
        let valid = turn % 2 == 1;
        let words = if valid { TAKEN } else { REFUSED };
        let before = told(process, words);
        fleet.put(&numbered(turn), if valid { "" } else { "nonsense: true\n" });
        until(&format!("reload {turn} is told: {words}"), PATIENCE, || told(process, words) > before);
    }
    over.store(true, Ordering::SeqCst);
    let failed: Vec<String> = load.await.unwrap().into_iter().flatten().collect();
    let asked = asked.load(Ordering::SeqCst);
    println!(
        "{reloads} reloads, {asked} requests meant to come at {per_second} a second, {} failed",
        failed.len()
    );
    assert!(failed.is_empty(), "{} of {asked} failed: {:?}", failed.len(), failed.first());
    assert!(asked > reloads * 10, "{asked}");
    assert_eq!(browser.open("/").await.heading(), "You are signed in", "the session stands");
}

/// One of several kinds of request; what went wrong.
async fn one(number: usize, site: Site, mut browser: Browser) -> Option<String> {
    let answer = match number % 4 {
        0 => site.get("/jwks.json").send().await,
        1 => Client::new(&site, "service").token(&[("grant_type", "client_credentials")]).await,
        2 => {
            let page = browser.open("/").await;
            let signed_in = page.heading() == "You are signed in";
            return (!signed_in).then(|| format!("signed out: {}", page.text()));
        }
        _ => site.get("/.well-known/openid-configuration").send().await,
    };
    (answer.status != 200).then(|| format!("{}: {}", answer.status, answer.text()))
}

/// A process of its own folder, which reads these files.
fn begun(folder: TempDir, before: &str, files: &str) -> Process {
    let mut command = shell(&folder, before);
    command.args(["serve", "--config", files]);
    let mut process = Process::start(command, folder);
    process.wait_for("ready in ");
    process
}

#[test]
fn a_change_is_taken_once_and_what_cannot_be_used_is_told_once() {
    let process = begun(written("{}", |text| text), "true", "configuration.yml");
    let path = process.folder().join("configuration.yml");
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{whole}\ntheme: dark\n")).unwrap();
    until("it is taken", PATIENCE, || told(&process, TAKEN) == 1);
    // Cut off in the middle of a key: elsewhere what is left may be a whole configuration.
    fs::write(&path, whole.split_once("-----END").unwrap().0).unwrap();
    until("half of it is told", PATIENCE, || told(&process, REFUSED) == 1);
    // Long enough for a few more looks.
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!((told(&process, TAKEN), told(&process, REFUSED)), (1, 1), "{}", process.output());
    fs::remove_file(&path).unwrap();
    until("that it is gone is told", PATIENCE, || told(&process, REFUSED) == 2);
    fs::write(&path, &whole).unwrap();
    until("it is back", PATIENCE, || told(&process, TAKEN) == 2);
    process.signal("HUP");
    until("the signal reads it too", PATIENCE, || told(&process, TAKEN) == 3);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!((told(&process, TAKEN), told(&process, REFUSED)), (3, 2), "{}", process.output());
}

#[test]
fn a_file_that_is_still_being_written_is_waited_for() {
    let process = begun(written("{}", |text| text), "true", "configuration.yml");
    let path = process.folder().join("configuration.yml");
    let whole = fs::read_to_string(&path).unwrap();
    for length in (0..8).map(|part| whole.len() * part / 8) {
        fs::write(&path, whole.split_at(length).0).unwrap();
        std::thread::sleep(Duration::from_millis(100));
    }
    fs::write(&path, &whole).unwrap();
    until("the whole is taken", PATIENCE, || told(&process, TAKEN) > 0);
    // On a machine that stands still in between, a part may look as if it were all.
    assert!(told(&process, REFUSED) <= 1, "{}", process.output());
}

#[test]
fn files_of_a_folder_and_secret_files_count_and_other_files_do_not() {
    let folder = written("{}", |text| text);
    fs::create_dir(folder.path().join("more")).unwrap();
    fs::write(folder.path().join("more/a.yml"), "theme: dark\n").unwrap();
    fs::write(folder.path().join("secret"), "a secret of the session that nobody needs").unwrap();
    let process = begun(folder, "export SIGNET_SESSION_SECRET_FILE=secret", "configuration.yml,more");
    let path = |name: &str| process.folder().join(name);
    for (turn, (name, text)) in [
        ("more/a.yml", "theme: light\n"),
        ("more/b.yml", "theme: auto\n"),
        ("secret", "another secret of the session that nobody needs"),
    ]
    .into_iter()
    .enumerate()
    {
        fs::write(path("next"), text).unwrap();
        fs::rename(path("next"), path(name)).unwrap();
        until(&format!("{name} is read"), PATIENCE, || told(&process, TAKEN) == turn + 1);
    }
    fs::remove_file(path("more/b.yml")).unwrap();
    until("a file that is gone", PATIENCE, || told(&process, TAKEN) == 4);
    fs::write(path("more/notes.txt"), "nothing").unwrap();
    fs::write(path("notes.yml"), "nothing").unwrap();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!((told(&process, TAKEN), told(&process, REFUSED)), (4, 0), "{}", process.output());
}

#[test]
fn a_pipe_is_read_once_and_keeps_neither_a_reload_nor_the_end_waiting() {
    let give = "mkfifo given.yml secret && export SIGNET_SESSION_SECRET_FILE=secret \
                && { cat configuration.yml > given.yml & echo 'a secret that nobody needs' > secret & }";
    let mut process = begun(written("{}", |text| text), give, "given.yml");
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(told(&process, "the files of the configuration changed"), 0, "{}", process.output());
    process.signal("HUP");
    until("the signal is taken", PATIENCE, || told(&process, TAKEN) == 1);
    let kept = "it is a pipe or a device, so what it gave when Signet started goes on";
    assert_eq!(told(&process, kept), 2, "{}", process.output());
    process.signal("TERM");
    assert!(process.wait_for_end().success(), "{}", process.output());
}
