//! An installation as people have it: keys, digests, people, a database file, everything by the program itself.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use crate::Outcome;
use crate::http::{Connection, get};
use crate::process::Process;

const SIGNET: &str = env!("CARGO_BIN_EXE_signet");

/// What all clients know.
pub const SECRET: &str = "the-secret-of-a-client";
/// Who signs in.
pub const USERNAME: &str = "alice";
/// With what.
pub const PASSWORD: &str = "the-password-of-alice";
/// Where codes go.
pub const REDIRECT_URI: &str = "https://app.example.com/callback";

/// A configured provider.
pub struct Site {
    folder: TempDir,
    /// Where it listens, which is also its `Host`.
    pub address: String,
}

impl Site {
    /// Makes everything in a new folder below `target`, on a real disk.
    pub fn make() -> Outcome<Self> {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        // The port is free again at once, and nobody else hurries for it.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let site = Self { folder, address };
        let path = |name: &str| site.path(name).display().to_string();
        for (kind, folder) in [("rsa", "rsa"), ("ecdsa", "ecdsa")] {
            site.signet(&["crypto", "pair", kind, "generate", "--directory", &path(folder)])?;
        }
        let digest = |algorithm: &str, of: &str| -> Outcome<String> {
            let said = site.signet(&["crypto", "hash", "generate", algorithm, "--password", of])?;
            Ok(said.trim().trim_start_matches("Digest: ").to_owned())
        };
        let secret = digest("pbkdf2", SECRET)?;
        let password = digest("argon2", PASSWORD)?;
        fs::write(site.path("users.yml"), include_str!("users.yml").replace("DIGEST", &password))?;
        let indented = |name: &str| -> Outcome<String> {
            let pem = fs::read_to_string(site.path(name))?;
            Ok(pem.lines().map(|line| format!("          {line}\n")).collect())
        };
        let configuration = include_str!("configuration.yml")
            .replace("ADDRESS", &site.address)
            .replace("FOLDER", &site.folder.path().display().to_string())
            .replace("DIGEST", &secret)
            .replace("          RSA-KEY\n", &indented("rsa/private.pem")?)
            .replace("          ECDSA-KEY\n", &indented("ecdsa/private.pem")?);
        fs::write(site.path("configuration.yml"), configuration)?;
        Ok(site)
    }

    /// Starts the provider and waits until it answers.
    pub fn start(&self) -> Outcome<Process> {
        self.timed_start().map(|(process, _)| process)
    }

    /// Starts the provider; says how long it took until it answered.
    pub fn timed_start(&self) -> Outcome<(Process, Duration)> {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.path("log"))?;
        let begun = Instant::now();
        let child = Command::new(SIGNET)
            .args(["serve", "--config"])
            .arg(self.path("configuration.yml"))
            .stdout(Stdio::from(log))
            .spawn()?;
        let mut process = Process::of(child);
        let health = get(&self.address, "/api/health", &[]);
        while begun.elapsed() < Duration::from_secs(20) {
            let answer = Connection::open(&self.address).and_then(|mut it| it.exchange(&health));
            if answer.is_ok_and(|answer| answer.status == 200) {
                return Ok((process, begun.elapsed()));
            }
            if process.has_ended()? {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Err(format!("signet did not start:\n{}", fs::read_to_string(self.path("log"))?).into())
    }

    /// The `Authorization` header of a client.
    pub fn basic(client_id: &str) -> String {
        format!("Basic {}", STANDARD.encode(format!("{client_id}:{SECRET}")))
    }

    /// How large the database has become.
    pub fn database_bytes(&self) -> Outcome<u64> {
        Ok(fs::metadata(self.path("signet.sqlite3"))?.len())
    }

    /// The rest of the last line of the log that has these words.
    pub fn last_said(&self, words: &str) -> Outcome<String> {
        let log = fs::read_to_string(self.path("log"))?;
        let line = log.lines().rev().find_map(|line| line.split_once(words));
        let (_, said) = line.ok_or_else(|| format!("the log has no {words}"))?;
        // A message with spaces stands between quotes.
        Ok(said.split('"').next().unwrap_or(said).to_owned())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn signet(&self, arguments: &[&str]) -> Outcome<String> {
        let done = Command::new(SIGNET).args(arguments).output()?;
        if !done.status.success() {
            return Err(String::from_utf8_lossy(&done.stderr).into_owned().into());
        }
        Ok(String::from_utf8(done.stdout)?)
    }
}
