//! The gauntlet: what real providers got wrong, or a standard names, tried at every endpoint and grant that reaches
//! the same thing. `docs/security.md` shows its rows; a test function's name begins with the id of its row.

mod binding;
mod client_authentication;
mod exhaustion;
mod failing_store;
mod guessing;
mod races;
mod sign_in_ended;
mod single_use;
mod standing;
