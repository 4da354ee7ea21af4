//! The subcommands, one file each.

pub mod crypto;
pub mod user;
