//! Digests, handles, sealing and constant-time comparison.
