//! Where a value of the configuration came from.

use std::fmt;
use std::sync::Arc;

/// Where a value came from, so that a refusal can name the line that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A line of a configuration file.
    File {
        /// The file as it was named on the command line.
        file: Arc<str>,
        /// Line, from 1.
        line: u32,
        /// Column, from 1.
        column: u32,
    },
    /// An environment variable, or the file that a `_FILE` variable names.
    Variable(Arc<str>),
    /// Laid over the files by Signet itself: `signet demo` does this.
    Overlay,
    /// Nobody set it.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Overlay => f.write_str("command line"),
            Self::Default => f.write_str("default"),
        }
    }
}
