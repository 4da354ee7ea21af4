//! The log as the configuration wants it: one line per thing that happened, the same names in both formats.

mod file_name;
mod line;
mod sink;

use std::panic;
use std::path::Path;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

pub use line::LogLayer;
pub use sink::LogHandle;

use super::StartError;
use crate::settings::{Log, LogLevel};
use sink::Sink;

/// Starts the log; once in a process. What waits to be written is written when the handle is dropped.
///
/// # Errors
/// When the log file cannot be written.
pub fn start_logging(log: &Log) -> Result<LogHandle, StartError> {
    let not_written = |path: &Path, error| StartError::Log { path: path.display().to_string(), error };
    let file = log.file_path.as_deref();
    let sink = Sink::start(file, file.is_none() || log.keep_stdout, log.format)
        .map_err(|(path, error)| not_written(&path, error))?;
    let writer = sink.clone();
    let layer = LogLayer::new(log.format, move |line: &str| writer.write(line));
    if tracing_subscriber::registry().with(targets(log.level)).with(layer).try_init().is_err() {
        tracing::debug!("a log was started before");
    }
    // What a panic says may quote what was being worked on.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "a task panicked: a fault of Signet; please report the place");
    }));
    Ok(LogHandle::new(sink))
}

/// What is written at a level. Libraries are held to warnings, at trace to what they tell at info, whatever the level:
/// below that some quote what they carry, and they change with every update.
#[must_use]
pub fn targets(level: LogLevel) -> Targets {
    let own = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let libraries = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn | LogLevel::Info | LogLevel::Debug => LevelFilter::WARN,
        LogLevel::Trace => LevelFilter::INFO,
    };
    Targets::new()
        .with_default(libraries)
        .with_target("signet", own)
        // It warns at each cookie of a session that has ended: anyone could fill the log.
        .with_target("tower_sessions_core", LevelFilter::ERROR)
}
