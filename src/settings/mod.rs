//! What a valid configuration is.
