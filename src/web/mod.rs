//! HTTP and pages.

mod admission;
mod authorization_response;
mod consents;
mod cookies;
mod cors;
mod csrf;
mod endpoints;
mod error;
mod flow;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod headers;
mod home;
mod limits;
pub mod pages;
mod parameters;
mod rate_limit;
mod refusal;
mod router;
pub mod session;
mod sessions;
mod sign_in;
mod sign_out;
mod state;
pub mod static_files;
pub mod texts;
mod user_code;

pub use limits::{MAX_URI, Unreadable};
pub use rate_limit::RateLimiter;
pub use router::router;
pub use sessions::{RotatingStore, Sessions};
pub use state::{Incoming, WebState};
