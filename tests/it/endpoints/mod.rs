//! Every endpoint, grant and page, through the whole router: what a relying party and a browser see.

mod access_token;
mod acr_values;
mod authorization;
mod authorization_code;
mod authorization_post;
mod client_authentication;
mod client_credentials;
mod consent;
mod cors;
mod csrf;
mod discovery;
mod id_token;
mod id_token_hint;
mod introspection;
mod issuer;
mod limits;
mod pages;
mod policy;
mod prompt;
mod pushed_authorization_request;
mod refresh_token;
mod response_mode;
mod revocation;
mod session;
mod userinfo;
