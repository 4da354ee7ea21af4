//! What Signet remembers: values with legal states, no input or output.

pub mod attributes;
pub mod authentication;
pub mod authorization_code;
pub mod authorization_request;
pub mod client;
pub mod consent;
pub mod decision;
pub mod device_code;
pub mod event;
pub mod grant;
pub mod interaction;
pub mod issuer;
pub mod lifespans;
pub mod line;
pub mod network;
pub mod origin;
pub mod policy;
pub mod refusal;
pub mod scope_definition;
pub mod sealing;
pub mod second_factor;
pub mod token;
pub mod user;
