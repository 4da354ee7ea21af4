//! TLS of the listener (`server.tls`): the certificate in use, its successors, and the handshake.
//!
//! TLS 1.2 and 1.3 (RFC 8446, RFC 9325 §3.1.1), HTTP/1.1 alone by ALPN (RFC 7301), no early data: a request that is
//! sent twice must not count twice.

mod handshake;
mod pair;
mod renewal;

pub(super) use handshake::Handshakes;
pub use pair::check;
pub(super) use renewal::Certificates;
