//! The running program: its log file, its signals, and the command line beside it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::process::{Process, log_everything, signet};
use crate::support::wait::{PATIENCE, until};
use crate::support::{Ask, Person, Site, configuration};

/// A folder with a configuration that serves at a free port.
struct Place {
    folder: tempfile::TempDir,
    origin: String,
}

impl Place {
    fn new(fragment: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("users.yml"), Person::file(&Person::all())).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let place = Self { folder, origin: format!("http://127.0.0.1:{port}") };
        place.configure(fragment);
        place
    }

    fn configure(&self, fragment: &str) {
        let (folder, origin) = (self.folder.path(), &self.origin);
        let port = origin.rsplit(':').next().unwrap();
        let own = format!(
            "server: {{address: 'tcp://127.0.0.1:{port}/'}}\nsession: {{cookies: [{{domain: 127.0.0.1, authelia_url: '{origin}'}}]}}\n"
        );
        let text = configuration::text(&format!("{own}{fragment}"), folder, None);
        std::fs::write(folder.join("configuration.yml"), text).unwrap();
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = signet(&self.folder);
        command.args(arguments).args(["--config", "configuration.yml"]);
        command
    }

    fn serve(&self) -> Process {
        Process::start(self.command(&["serve"]), tempfile::tempdir().unwrap())
    }

    fn site(&self) -> Site {
        Site::over_http(&self.origin, std::slice::from_ref(&self.origin))
    }

    /// What a command prints; on standard error when it fails.
    fn say(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        let text = if output.status.success() { output.stdout } else { output.stderr };
        String::from_utf8(text).unwrap()
    }
}

/// What was written so far; the last line may be on its way.
fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ten_characters_are_looked_up_at_the_command_line() {
    let place = Place::new("");
    let mut process = place.serve();
    process.wait_for("ready in ");
    let wrong = Ask::of("web").set("redirect_uri", "https://rp.example.com/callback/");
    let answer = place.site().get(&wrong.path()).send().await.expect(400);
    let id = answer.header("x-request-id").to_owned();
    // At once: what waits is kept while it stops.
    process.stop();
    let said = place.say(&["refusals", "show", &id]);
    for words in [
        &id,
        "400 redirect_uri",
        "client    web",
        "'https://rp.example.com/callback/' is none of",
        "to mend   add",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(place.say(&["refusals", "list", "--client", "web", "--since", "1h"]).contains(&id));
    assert_eq!(place.say(&["refusals", "list", "--client", "spa"]), "Nothing was refused.\n");
    assert!(place.say(&["refusals", "show", "AAAAAAAAAA"]).contains("no refusal 'AAAAAAAAAA' is kept"));
}

#[test]
fn a_hangup_opens_the_log_anew_and_tells_of_new_keys() {
    const LOG: &str = "log: {file_path: signet.log, level: info, format: json}\n";
    let place = Place::new(LOG);
    let process = place.serve();
    let (log, old) = (place.path("signet.log"), place.path("signet.log.1"));
    let told = |path: &Path, message: &str| lines(path).iter().any(|line| line["msg"] == message);
    until("it is ready", PATIENCE, || {
        lines(&log).iter().any(|line| line["msg"].as_str().unwrap().starts_with("ready in"))
    });

    std::fs::rename(&log, &old).unwrap();
    process.signal("HUP");
    until("the new file has the reload", PATIENCE, || told(&log, "config.reloaded"));
    assert!(!told(&old, "config.reloaded"), "the old file is let go");
    assert!(!told(&log, "key.rotated"), "nothing else changed");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&log).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);

    place.configure(&format!(
        "{LOG}identity_providers: {{oidc: {{jwks: [{{key: 'key:other-rsa'}}, {{key: 'key:p256'}}]}}}}\n"
    ));
    process.signal("HUP");
    until("the keys are told", PATIENCE, || told(&log, "key.rotated"));

    std::fs::write(place.path("configuration.yml"), "nonsense: true\n").unwrap();
    process.signal("HUP");
    until("the refused reload is told", PATIENCE, || {
        lines(&log).iter().any(|line| line["event"] == "config.reloaded" && line["outcome"] == "failure")
    });
    let reloads: Vec<Value> =
        lines(&log).into_iter().filter(|line| line["event"] == "config.reloaded").collect();
    // A change of the file is noticed by itself as well, when the signal takes its time.
    assert!((3..=5).contains(&reloads.len()), "{reloads:?}");
    assert!(reloads.iter().all(|line| line["actor"] == "administrator"), "{reloads:?}");
}

#[test]
fn a_log_that_nobody_reads_holds_up_no_request() {
    let place = Place::new("");
    let mut command = place.command(&["serve"]);
    log_everything(&mut command);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let address = place.origin.strip_prefix("http://").unwrap().to_owned();
    let ask = |path: &str| -> std::io::Result<String> {
        let mut stream = TcpStream::connect(&address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let checked = std::panic::catch_unwind(|| {
        until("it is ready", PATIENCE, || {
            ask("/api/health").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
        });
        // A pipe holds 64 KiB; this is several times as much.
        for _ in 0..600 {
            let answer = ask(&format!("/{}", "nowhere/".repeat(20))).unwrap();
            assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
        }
    });
    let _ = child.kill();
    let _ = child.wait();
    checked.unwrap();
}

#[test]
fn a_full_disk_holds_up_nothing_either() {
    let place = Place::new("log: {file_path: /dev/full, level: trace, keep_stdout: true}\n");
    let mut process = place.serve();
    process.wait_for("ready in ");
    process.signal("HUP");
    process.wait_for("lines of the log were lost");
    process.stop();
}
