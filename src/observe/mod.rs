//! Events become log lines.
