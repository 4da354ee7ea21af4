//! Where lines go: through a bounded buffer to a thread that writes. Whoever logs never waits for a disk or a pipe;
//! what does not fit is lost, counted and told.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::file_name;
use super::line::lost_lines;
use crate::clock::wall_time;
use crate::settings::LogFormat;

/// The most bytes that wait to be written.
const WAITING: usize = 4 * 1024 * 1024;
/// How long a process that ends waits for its last lines to be written.
const LAST_LINES: Duration = Duration::from_secs(2);

/// The way to the writing thread. Cheap to clone.
#[derive(Clone)]
pub(super) struct Sink(Arc<Shared>);

struct Shared {
    buffer: Mutex<Buffer>,
    changed: Condvar,
}

#[derive(Default)]
struct Buffer {
    waiting: String,
    lost: u64,
    reopen: bool,
    /// The thread is writing what it took out.
    busy: bool,
}

impl Sink {
    /// Opens the file, if there is one, and starts the thread.
    pub(super) fn start(
        path: Option<&Path>,
        stdout: bool,
        format: LogFormat,
    ) -> Result<Self, (PathBuf, io::Error)> {
        let file = path.map(|path| open(path).map_err(|error| (path.to_owned(), error))).transpose()?;
        let sink = Self(Arc::new(Shared { buffer: Mutex::default(), changed: Condvar::new() }));
        let writer =
            Writer { sink: sink.clone(), path: path.map(Path::to_owned), file, stdout, format, lost: 0 };
        let started = thread::Builder::new().name("log".to_owned()).spawn(move || writer.run());
        match started {
            Ok(_) => Ok(sink),
            Err(error) => Err((path.unwrap_or(Path::new("standard output")).to_owned(), error)),
        }
    }

    /// Hands a line on, its end included.
    pub(super) fn write(&self, line: &str) {
        let mut buffer = self.buffer();
        if buffer.waiting.len() + line.len() > WAITING {
            buffer.lost += 1;
            return;
        }
        buffer.waiting.push_str(line);
        drop(buffer);
        self.0.changed.notify_all();
    }

    fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.0.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The log of this process.
#[must_use = "the last lines are written when it is dropped"]
pub struct LogHandle(Sink);

impl LogHandle {
    pub(super) fn new(sink: Sink) -> Self {
        Self(sink)
    }

    /// What opens the log file anew.
    pub fn reopener(&self) -> impl Fn() + Send + Sync + use<> {
        let sink = self.0.clone();
        move || {
            sink.buffer().reopen = true;
            sink.0.changed.notify_all();
        }
    }
}

impl Drop for LogHandle {
    fn drop(&mut self) {
        let buffer = self.0.buffer();
        // A pipe that nobody reads must not keep the process alive.
        let _ = self
            .0
            .0
            .changed
            .wait_timeout_while(buffer, LAST_LINES, |buffer| buffer.busy || !buffer.waiting.is_empty());
    }
}

struct Writer {
    sink: Sink,
    path: Option<PathBuf>,
    file: Option<File>,
    stdout: bool,
    format: LogFormat,
    /// Lines that could not be written.
    lost: u64,
}

impl Writer {
    fn run(mut self) {
        let mut lines = String::new();
        loop {
            let reopen = self.take(&mut lines);
            if reopen {
                self.reopen();
            }
            if self.lost > 0 {
                lines.insert_str(0, &lost_lines(self.format, self.lost));
            }
            // What is written again after a failure is at most the news of it.
            self.lost = match self.write(lines.as_bytes()) {
                Ok(()) => 0,
                Err(_) => self.lost + lines.lines().count() as u64 - u64::from(self.lost > 0),
            };
            lines.clear();
        }
    }

    /// Waits for something to do; whether the file is to be opened anew.
    fn take(&mut self, lines: &mut String) -> bool {
        let mut buffer = self.sink.buffer();
        buffer.busy = false;
        self.sink.0.changed.notify_all();
        let mut buffer = self
            .sink
            .0
            .changed
            .wait_while(buffer, |buffer| buffer.waiting.is_empty() && !buffer.reopen)
            .unwrap_or_else(PoisonError::into_inner);
        buffer.busy = true;
        std::mem::swap(&mut buffer.waiting, lines);
        self.lost += std::mem::take(&mut buffer.lost);
        std::mem::take(&mut buffer.reopen)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let to_file = self.file.as_mut().map_or(Ok(()), |file| file.write_all(bytes));
        if self.stdout {
            let mut stdout = io::stdout().lock();
            stdout.write_all(bytes).and_then(|()| stdout.flush()).and(to_file)
        } else {
            to_file
        }
    }

    /// Opens the file anew, as logrotate wants it; when that fails, the former one goes on.
    fn reopen(&mut self) {
        let Some(path) = &self.path else { return };
        match open(path) {
            Ok(file) => self.file = Some(file),
            Err(error) => {
                tracing::error!(path = %path.display(), %error, "the log file cannot be opened anew; the former one goes on");
            }
        }
    }
}

/// Opens a log file to append to: who logs in, and from where, is not for everyone to read.
fn open(path: &Path) -> io::Result<File> {
    let (now, _) = wall_time();
    OpenOptions::new().create(true).append(true).mode(0o600).open(file_name::at(path, now))
}
