//! The log of this process, at trace: what every provider in it writes.

use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use signet::runtime::{LogLayer, targets};
use signet::settings::{LogFormat, LogLevel};
use tracing_subscriber::layer::SubscriberExt as _;

use super::secrets;

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn lines() -> MutexGuard<'static, Vec<String>> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A stretch of the log, from when it was begun. When it is dropped, it must hold no secret.
pub struct Stretch {
    begin: usize,
}

impl Stretch {
    /// Begins to look.
    pub fn begin() -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let layer = LogLayer::new(LogFormat::Json, |line: &str| lines().push(line.trim_end().to_owned()));
            let subscriber = tracing_subscriber::registry().with(targets(LogLevel::Trace)).with(layer);
            tracing::subscriber::set_global_default(subscriber).expect("nobody else listens");
        });
        Self { begin: lines().len() }
    }

    /// The lines of a request, in order. Other tests write into the same log.
    pub fn of_request(&self, request_id: &str) -> Vec<serde_json::Value> {
        let mark = format!("\"request_id\":\"{request_id}\"");
        let lines = lines();
        lines[self.begin..]
            .iter()
            .filter(|line| line.contains(&mark))
            .map(|line| serde_json::from_str(line).expect("a line is JSON"))
            .collect()
    }
}

impl Drop for Stretch {
    fn drop(&mut self) {
        let stretch: Vec<String> = lines()[self.begin..].to_vec();
        secrets::assert_no_leak("the log", stretch.iter().map(String::as_str));
    }
}
