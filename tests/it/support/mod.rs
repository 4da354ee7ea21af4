//! What tests stand on.

pub mod answer;
pub mod app;
pub mod ask;
pub mod authenticator;
pub mod browser;
pub mod certificates;
pub mod client;
pub mod configuration;
pub mod counts;
pub mod fleet;
pub mod hashes;
pub mod log;
pub mod page;
pub mod people;
pub mod postgres;
pub mod process;
pub mod relay;
pub mod secrets;
pub mod site;
pub mod sql;
pub mod tls;
pub mod token;
pub mod totp;
pub mod view;
pub mod wait;
pub mod wire;

pub use answer::Answer;
pub use app::App;
pub use ask::{Ask, VERIFIER};
pub use browser::Browser;
pub use client::Client;
pub use people::Person;
pub use process::Process;
pub use site::Site;
pub use view::View;
pub use wire::Wire;
