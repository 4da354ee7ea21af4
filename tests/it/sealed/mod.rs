//! What is signed and encrypted for a client, read by libraries of others.

mod answers;
pub mod jarm;
mod metadata;
mod options;
mod readers;
pub mod registered;
pub mod request_objects;
