//! What holds a running Signet together: snapshot, reload, listeners, signals.

pub mod assembly;
mod connections;
mod framing;
mod http;
mod linger;
mod listener;
mod logging;
mod metrics;
pub mod notify;
mod reload;
mod serve;
mod session_store;
mod stop;
pub mod tls;

pub use assembly::{Assembly, StartError};
pub use logging::{LogHandle, LogLayer, start_logging, targets};
pub use reload::{ReloadError, Reloaded, Reloader};
pub use serve::{Running, serve};
pub use session_store::DatabaseSessions;
pub use stop::Stop;
