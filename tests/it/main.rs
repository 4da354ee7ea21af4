//! Everything that is tested from outside the crate, in one binary.

#![cfg(test)]

mod configuration;
mod endpoints;
mod storage;
mod support;
mod users;
