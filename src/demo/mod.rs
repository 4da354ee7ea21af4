//! The relying party of `signet demo`: a stranger that uses no room of Signet.
