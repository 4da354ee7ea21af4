//! The log as the configuration wants it.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::StartError;
use crate::settings::{Log, LogFormat};

/// Starts the log; once in a process.
///
/// # Errors
/// When the log file cannot be written.
pub fn start_logging(log: &Log) -> Result<(), StartError> {
    let file = match &log.file_path {
        Some(path) => {
            let file = OpenOptions::new().create(true).append(true).open(path);
            let path = path.display().to_string();
            Some(Mutex::new(file.map_err(|error| StartError::Log { path, error })?))
        }
        None => None,
    };
    let stdout = file.is_none() || log.keep_stdout;
    let sink = Sink { file, stdout };
    // What libraries say below a warning is theirs; trace asks for all of it.
    let level = log.level.as_str();
    // tower-sessions warns at each cookie of a session that has ended: anyone could fill the log.
    let filter = if level == "trace" {
        "trace".to_owned()
    } else {
        format!("warn,tower_sessions_core=error,signet={level}")
    };
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(EnvFilter::new(filter)).with_writer(sink).with_ansi(false);
    let started = match log.format {
        LogFormat::Text => subscriber.try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
    };
    if started.is_err() {
        tracing::debug!("a log was started before");
    }
    Ok(())
}

/// Where lines go.
struct Sink {
    file: Option<Mutex<std::fs::File>>,
    stdout: bool,
}

/// One line on its way.
struct Line<'a>(&'a Sink);

impl<'a> MakeWriter<'a> for Sink {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        Line(self)
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.stdout {
            io::stdout().lock().write_all(bytes)?;
        }
        if let Some(Ok(mut file)) = self.0.file.as_ref().map(Mutex::lock) {
            file.write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().lock().flush()
    }
}
