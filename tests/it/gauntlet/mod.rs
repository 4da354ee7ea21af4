//! The gauntlet: what real providers got wrong, or a standard names, tried at every endpoint and grant that reaches
//! the same thing. `docs/security.md` shows its rows; a test function's name begins with the id of its row.

mod at_rest;
mod dump;
mod forms;
mod injection;
mod pkce;
mod pushed_request;
mod redirect_uri;
mod sessions;
mod shape;
mod table;
mod ways;
