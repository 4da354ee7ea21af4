//! The pages people see: one template in `templates/` and one file here of the same stem.
//!
//! A page struct holds plain values and knows no other room; `askama::Template::render` makes its HTML. Everything
//! that reaches a page is escaped there: no template marks a value as safe.

pub mod consent;
pub mod consents;
mod context;
pub mod device;
pub mod device_answered;
pub mod enrol;
pub mod error;
pub mod form_post;
pub mod home;
mod identity;
#[cfg(test)]
mod markup;
#[cfg(test)]
mod rendered;
#[cfg(test)]
mod samples;
pub mod scopes;
pub mod second_factor;
pub mod select_account;
pub mod sign_in;
pub mod sign_out;
pub mod signed_out;
pub mod user_code;
pub mod withdraw;

pub use crate::settings::Theme;
pub use context::PageContext;
pub use identity::{ClientIdentity, PersonIdentity};
