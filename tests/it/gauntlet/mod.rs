//! The gauntlet: what real providers got wrong, or a standard names, tried at every endpoint and grant that reaches
//! the same thing. `docs/security.md` shows its rows; a test function's name begins with the id of its row.

mod assertions;
mod at_rest;
mod binding;
mod client_authentication;
mod cors;
mod device_codes;
mod dump;
mod exhaustion;
mod failing_store;
mod forms;
mod grant_types;
mod guessing;
mod injection;
mod jwt;
mod outbound;
mod pkce;
mod policy;
mod post_logout;
mod pushed_request;
mod races;
mod redirect_uri;
mod request_object;
mod response_type;
mod sealed_request;
mod sessions;
mod shape;
mod sign_in_ended;
mod single_use;
mod standing;
mod table;
mod timing;
pub mod ways;
