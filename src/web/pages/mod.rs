//! The pages people see: one template in `templates/` and one file here of the same stem.
//!
//! A page struct holds plain values and knows no other room; `askama::Template::render` makes its HTML. Everything
//! that reaches a page is escaped there: no template marks a value as safe.

pub mod consent;
mod context;
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
pub mod second_factor;
pub mod select_account;
pub mod sign_in;
pub mod sign_out;
pub mod signed_out;

pub use context::{PageContext, Theme};
pub use identity::{ClientIdentity, PersonIdentity};
