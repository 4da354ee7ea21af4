//! The built program as a process of its own: started, read, and gone with the test, however the test ends.

use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The program under test.
pub const SIGNET: &str = env!("CARGO_BIN_EXE_signet");

/// A running program. Dropping it ends it and every process it started.
///
/// Not `PR_SET_PDEATHSIG`: that one fires when the thread ends that started the process, and a test's thread ends
/// before the tests that share the process do.
pub struct Process {
    name: String,
    child: Child,
    watchdog: Child,
    output: Arc<Mutex<String>>,
    /// Dropped after the process has ended.
    _folder: TempDir,
}

impl Process {
    /// Starts a program in a process group of its own and keeps what it says. Its folder goes when it goes.
    #[track_caller]
    pub fn start(mut command: Command, folder: TempDir) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let watchdog = watch(child.id(), &folder);
        let output = Arc::new(Mutex::new(String::new()));
        keep(child.stdout.take().expect("piped"), output.clone());
        keep(child.stderr.take().expect("piped"), output.clone());
        Self { name, child, watchdog, output, _folder: folder }
    }

    /// Everything it said so far, on both streams.
    pub fn output(&self) -> String {
        self.output.lock().expect("nobody panics with it").clone()
    }

    /// Sends it a signal: `TERM`, `KILL`, `STOP`.
    pub fn signal(&self, name: &str) {
        // The shell's own: a program of that name need not be installed.
        let sent = Command::new("sh")
            .args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, &self.child.id().to_string()])
            .status();
        assert!(sent.is_ok_and(|status| status.success()), "{} could not be sent {name}", self.name);
    }

    /// Waits until it says these words and gives the rest of that line.
    #[track_caller]
    pub fn wait_for(&mut self, words: &str) -> String {
        let begun = Instant::now();
        loop {
            let output = self.output();
            if let Some((_, after)) = output.split_once(words)
                && let Some((rest, _)) = after.split_once('\n')
            {
                return rest.trim().to_owned();
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("{} ended with {status} before it said {words:?}:\n{}", self.name, self.output());
            }
            let waited = begun.elapsed();
            assert!(waited < Duration::from_secs(60), "{} never said {words:?}:\n{output}", self.name);
            sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The watchdog first: afterwards the number may be another process's.
        let _ = self.watchdog.kill();
        let _ = self.watchdog.wait();
        let _ = Command::new("sh")
            .args(["-c", "kill -s KILL -- -\"$1\"", "sh", &self.child.id().to_string()])
            .status();
        let _ = self.child.wait();
    }
}

/// Ends the group and removes the folder when this process ends without dropping anything: then the pipe closes.
fn watch(group: u32, folder: &TempDir) -> Child {
    Command::new("sh")
        .args([
            "-c",
            "cat >/dev/null; kill -s KILL -- -\"$1\"; rm -rf \"$2\"",
            "watchdog",
            &group.to_string(),
        ])
        .arg(folder.path())
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("sh runs")
}

fn keep(stream: impl Read + Send + 'static, output: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut output = output.lock().expect("nobody panics with it");
            output.push_str(&line);
            output.push('\n');
        }
    });
}

/// `signet` with an environment of its own, in a folder.
pub fn signet(folder: &TempDir) -> Command {
    let mut command = Command::new(SIGNET);
    command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").current_dir(folder.path());
    command
}

/// `signet demo` on free ports, with data of its own.
pub struct Demo {
    /// The issuer, without a slash at its end.
    pub issuer: String,
    /// Where the demo's relying party is.
    pub relying_party: String,
    process: Process,
}

impl Demo {
    /// Starts it and waits until it is ready.
    #[track_caller]
    pub fn start() -> Self {
        Self::start_at("127.0.0.1:0")
    }

    /// The same with an address for the provider.
    #[track_caller]
    pub fn start_at(address: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = signet(&folder);
        command.args(["demo", "--address", address, "--data", "data"]);
        let mut process = Process::start(command, folder);
        process.wait_for("ready in ");
        let relying_party = process.wait_for("try it here ");
        let issuer = process.wait_for("issuer  ");
        Self { issuer, relying_party, process }
    }

    /// What it printed and logged so far.
    pub fn log(&self) -> String {
        self.process.output()
    }
}
