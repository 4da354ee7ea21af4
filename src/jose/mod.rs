//! Keys, key sets and signed tokens. Knows no OAuth.
