//! The decisions of the OpenID provider.
