//! K: pushed requests.
