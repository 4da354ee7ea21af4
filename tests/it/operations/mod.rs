//! What happened can be found, and no secret with it.

mod events;
mod keys;
mod process;
mod refusals;
mod secrets;
