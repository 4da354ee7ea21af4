//! Moving from Authelia: its tables at the first start, or its exports.

mod device;
mod export;
mod import;
mod take_over;

pub use export::{Exports, read_exports};
pub use import::{ImportError, Imported, import};
pub use take_over::{LeftBehind, TakeOverError, TakenOver, take_over};

/// A number of things, in words.
fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
