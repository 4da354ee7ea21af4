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
// Moving from Authelia: its database becomes Signet's.
mod moving;
mod operations;
mod proxies;
// What an administrator does from the command line, beside a program that serves and without one.
mod rescue;
// Signet as those who run it see it: figures, logs, addresses, and the recipes it is installed by.
mod running;
// What is signed and encrypted for a client, read by libraries of others.
mod sealed;
mod standards;
// What was proven, granted or issued ends with what it stood on: the sign-in, the registration.
mod standing;
mod storage;
mod support;
mod tls;
mod users;
mod verifiers;
