//! The one room that knows YAML crates.
