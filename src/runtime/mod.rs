//! What holds a running Signet together: snapshot, reload, listeners, signals.

pub mod assembly;
mod logging;
mod metrics;
mod reload;
mod serve;
mod session_store;
pub mod tls;

pub use assembly::{Assembly, StartError};
pub use logging::start_logging;
pub use reload::{ReloadError, Reloader};
pub use serve::{Running, serve};
pub use session_store::DatabaseSessions;
