//! J: the proof key for code exchange (RFC 7636).
