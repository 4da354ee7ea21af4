//! People at Chromium, from the demo's relying party through Signet's pages and back.

pub mod chromium;
mod keyboard;
mod png;
mod screenshots;
mod walk;
mod walks;
