//! What happened can be found, and no secret with it.

mod events;
mod process;
mod refusals;
mod secrets;
