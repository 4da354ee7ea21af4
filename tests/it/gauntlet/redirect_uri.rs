//! A: where answers go, and that they go nowhere else.
