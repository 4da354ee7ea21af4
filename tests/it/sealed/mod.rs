//! What is signed and encrypted for a client, read by libraries of others; and what strangers send in its place.

mod answers;
mod hostile;
mod hostile_keys;
pub mod jarm;
mod large_keys;
mod memory;
mod metadata;
mod options;
mod readers;
pub mod registered;
pub mod request_objects;
mod served_keys;
mod shapes;
mod unpromised;
