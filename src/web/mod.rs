//! HTTP and pages.

pub mod pages;
pub mod static_files;
pub mod texts;
