//! The log of this process, at trace: what every provider in it writes.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use signet::runtime::{LogLayer, targets};
use signet::settings::{LogFormat, LogLevel};
use tracing_subscriber::layer::SubscriberExt as _;

use super::secrets;

static LINES: Mutex<Vec<Line>> = Mutex::new(Vec::new());

/// A line and the request it belongs to.
struct Line {
    request_id: Option<String>,
    text: String,
}

impl Line {
    fn new(text: &str) -> Self {
        let after = text.split_once("\"request_id\":\"").and_then(|(_, after)| after.split('"').next());
        Self { request_id: after.map(str::to_owned), text: text.trim_end().to_owned() }
    }
}

fn lines() -> MutexGuard<'static, Vec<Line>> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A stretch of the log, from when it was begun. When it is dropped, its lines of these requests and those of none must
/// hold no secret: those of other requests are other tests', which look at them themselves.
pub struct Stretch {
    begin: usize,
    request_ids: Arc<Mutex<Vec<String>>>,
}

impl Stretch {
    /// Begins to look; the ids come when requests are answered.
    pub fn begin(request_ids: Arc<Mutex<Vec<String>>>) -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let layer = LogLayer::new(LogFormat::Json, |line: &str| lines().push(Line::new(line)));
            let subscriber = tracing_subscriber::registry().with(targets(LogLevel::Trace)).with(layer);
            tracing::subscriber::set_global_default(subscriber).expect("nobody else listens");
        });
        Self { begin: lines().len(), request_ids }
    }

    /// The lines of a request, in order. Other tests write into the same log.
    pub fn of_request(&self, request_id: &str) -> Vec<serde_json::Value> {
        let lines = lines();
        lines[self.begin..]
            .iter()
            .filter(|line| line.request_id.as_deref() == Some(request_id))
            .map(|line| serde_json::from_str(&line.text).expect("a line is JSON"))
            .collect()
    }
}

impl Drop for Stretch {
    fn drop(&mut self) {
        let ids: HashSet<String> =
            self.request_ids.lock().map(|ids| ids.iter().cloned().collect()).unwrap_or_default();
        let own: Vec<String> = lines()[self.begin..]
            .iter()
            .filter(|line| line.request_id.as_ref().is_none_or(|id| ids.contains(id)))
            .map(|line| line.text.clone())
            .collect();
        secrets::assert_no_leak("the log", own.iter().map(String::as_str));
    }
}
