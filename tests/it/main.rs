//! Everything that is tested from outside the crate, in one binary.

#![cfg(test)]

mod browser;
mod configuration;
mod endpoints;
mod interop;
mod proxies;
mod races;
mod running;
mod standing;
mod storage;
mod support;
mod tls;
mod users;
