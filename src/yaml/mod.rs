//! The one room that knows YAML crates: text becomes nodes that know their place, values become text.
//!
//! `config` reads configurations with it, `users` the users file; both speak of what they find in [`Problems`].

mod compose;
mod file;
mod node;
mod problems;
mod read;
mod scalar;
mod syntax;
mod write;

pub use compose::{MAX_BYTES, PlaceInFile};
pub use file::{is_stream, read_file, read_once};
pub use node::{Key, Location, Node, NodeValue};
pub use problems::{Problem, Problems, Severity};
pub use read::{examine, examine_made, read, read_bytes};
pub use write::{WriteError, write};
