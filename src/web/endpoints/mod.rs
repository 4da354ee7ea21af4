//! The endpoints that programs call. Each reads its request, asks the provider once and writes the answer.

pub(super) mod authorization;
mod client_request;
pub(super) mod device_authorization;
pub(super) mod discovery;
pub(super) mod end_session;
pub(super) mod health;
pub(super) mod introspection;
pub(super) mod pushed_authorization_request;
pub(super) mod revocation;
pub(super) mod static_files;
pub(super) mod token;
pub(super) mod userinfo;
