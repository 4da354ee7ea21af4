//! Everything that is tested from outside the crate, in one binary.

#![cfg(test)]

mod browser;
mod configuration;
mod cross_site;
mod endpoints;
mod gauntlet;
mod grant_life;
mod interop;
mod races;
mod rescue;
mod running;
mod standing;
mod storage;
mod support;
mod users;
