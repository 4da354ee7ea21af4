//! Everything that is tested from outside the crate, in one binary.

#![cfg(test)]

mod browser;
mod configuration;
mod conformance;
mod crash;
mod cross_site;
mod endpoints;
mod framing;
mod gauntlet;
mod grant_life;
mod interop;
mod moving;
mod operations;
mod proxies;
mod rescue;
mod running;
mod sealed;
mod standards;
mod standing;
mod storage;
mod support;
mod tls;
mod users;
mod verifiers;
