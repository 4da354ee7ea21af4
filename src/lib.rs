//! Signet: an OpenID Connect provider in one binary and one YAML file.
//!
//! The rooms and who may use whom are drawn in the README; `tests/architecture/` holds the wall.

pub mod cli;
pub mod clock;
pub mod config;
#[cfg(feature = "demo")]
pub mod demo;
pub mod expression;
pub mod jose;
pub mod model;
pub mod observe;
pub mod outbound;
pub mod protocol;
pub mod provider;
pub mod runtime;
pub mod secrets;
pub mod settings;
pub mod storage;
pub mod tasks;
pub mod users;
pub mod web;
pub mod yaml;
