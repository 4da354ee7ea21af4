//! The built program as a process of its own: started, read, and gone with the test, however the test ends.

use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::secrets;
use super::wait::PATIENCE;

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
    readers: Vec<JoinHandle<()>>,
    /// Dropped after the process has ended.
    folder: TempDir,
}

impl Process {
    /// Starts a program in a process group of its own and keeps what it says. Its folder goes when it goes.
    #[track_caller]
    pub fn start(command: Command, folder: TempDir) -> Self {
        Self::start_with(command, folder, Stdio::null())
    }

    /// The same, with something at its standard input.
    #[track_caller]
    pub fn start_with(mut command: Command, folder: TempDir, input: Stdio) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        if name == SIGNET {
            log_everything(&mut command);
        }
        let mut child = command
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let watchdog = watch(child.id(), &folder);
        let output = Arc::new(Mutex::new(String::new()));
        let readers = vec![
            keep(child.stdout.take().expect("piped"), output.clone()),
            keep(child.stderr.take().expect("piped"), output.clone()),
        ];
        Self { name, child, watchdog, output, readers, folder }
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory in bytes.
    pub fn memory(&self) -> u64 {
        self.memory_of("VmRSS:")
    }

    /// The most resident memory since it was [looked at anew](Self::watch_memory), in bytes.
    pub fn most_memory(&self) -> u64 {
        self.memory_of("VmHWM:")
    }

    /// From now on the most of its memory counts.
    pub fn watch_memory(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.id()), "5").expect("it runs");
    }

    fn memory_of(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix(field)).expect("a line of memory");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("kibibytes") * 1024
    }

    /// How many files and sockets it has open.
    pub fn open_files(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.id())).expect("it runs").count()
    }

    /// Asks it to stop.
    pub fn terminate(&self) {
        let asked =
            Command::new("sh").args(["-c", "kill -s TERM \"$1\"", "sh", &self.id().to_string()]).status();
        assert!(asked.expect("sh runs").success());
    }

    /// Asks it to stop and waits until it has.
    #[track_caller]
    pub fn stop(&mut self) {
        self.signal("TERM");
        self.wait_for_end();
    }

    /// Everything it said so far, on both streams.
    pub fn output(&self) -> String {
        self.output.lock().expect("nobody panics with it").clone()
    }

    /// Its working folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Sends it a signal: `TERM`, `KILL`, `STOP`.
    pub fn signal(&self, name: &str) {
        // The shell's own: a program of that name need not be installed.
        let sent = Command::new("sh")
            .args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, &self.child.id().to_string()])
            .status();
        assert!(sent.is_ok_and(|status| status.success()), "{} could not be sent {name}", self.name);
    }

    /// Ends it with SIGKILL at this very moment: no other program is started for it.
    pub fn kill(&mut self) {
        self.child.kill().unwrap_or_else(|error| panic!("{} could not be killed: {error}", self.name));
    }

    /// Waits until it ends.
    #[track_caller]
    pub fn wait_for_end(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            // Its last words may be read a moment after its end.
            let all_said = self.readers.iter().all(JoinHandle::is_finished);
            if let (true, Ok(Some(status))) = (all_said, self.child.try_wait()) {
                return status;
            }
            let waited = begun.elapsed();
            assert!(waited < PATIENCE, "{} does not end:\n{}", self.name, self.output());
            sleep(Duration::from_millis(5));
        }
    }

    /// Waits until it says these words and gives the rest of that line.
    #[track_caller]
    pub fn wait_for(&mut self, words: &str) -> String {
        let begun = Instant::now();
        let mut ended = None;
        loop {
            let output = self.output();
            if let Some((_, after)) = output.split_once(words)
                && let Some((rest, _)) = after.split_once('\n')
            {
                return rest.trim().to_owned();
            }
            // Its last words may be read a moment after its end.
            let before = ended;
            ended = self.child.try_wait().ok().flatten();
            if let Some(status) = before {
                panic!("{} ended with {status} before it said {words:?}:\n{}", self.name, self.output());
            }
            let waited = begun.elapsed();
            assert!(waited < PATIENCE, "{} never said {words:?}:\n{output}", self.name);
            sleep(Duration::from_millis(20));
        }
    }
}

impl Process {
    /// Waits until its log says these words and gives a field of that line.
    #[track_caller]
    pub fn wait_for_field(&mut self, words: &str, field: &str) -> String {
        let rest = self.wait_for(words);
        let value = rest.split_once(&format!("\"{field}\":\"")).and_then(|(_, rest)| rest.split('"').next());
        value.unwrap_or_else(|| panic!("no {field} after {words:?}: {rest}")).to_owned()
    }
}

/// Lets Signet log at trace, as JSON, whatever its configuration says: so that everything is searched for secrets.
pub fn log_everything(command: &mut Command) {
    command.env("AUTHELIA_LOG_LEVEL", "trace").env("AUTHELIA_LOG_FORMAT", "json");
}

impl Drop for Process {
    fn drop(&mut self) {
        // The watchdog first: afterwards the number may be another process's.
        let _ = self.watchdog.kill();
        let _ = self.watchdog.wait();
        let _ = Command::new("sh")
            .args(["-c", "kill -s KILL -- -\"$1\" 2>/dev/null", "sh", &self.child.id().to_string()])
            .status();
        let _ = self.child.wait();
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
        let output = self.output.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // What is no line of the log was printed to be read: `signet demo` shows its passwords.
        let log = output.lines().filter(|line| line.starts_with("{\"time\":"));
        secrets::assert_no_leak(&format!("the log of {}", self.name), log);
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

fn keep(stream: impl Read + Send + 'static, output: Arc<Mutex<String>>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut output = output.lock().expect("nobody panics with it");
            output.push_str(&line);
            output.push('\n');
        }
    })
}

/// `signet` with an environment of its own, in a folder.
pub fn signet(folder: &TempDir) -> Command {
    let mut command = Command::new(SIGNET);
    command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").current_dir(folder.path());
    command
}

/// The same, started by a shell after these words.
pub fn shell(folder: &TempDir, before: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{before} && exec \"$0\" \"$@\""), SIGNET]);
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
