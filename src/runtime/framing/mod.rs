//! Where one request ends and the next begins (RFC 9112): judged before hyper reads it, so that no two programs can
//! take one connection for different requests.
//!
//! [`Framed`] stands between the socket and hyper. It hands on a head only whole and only when it is sound, and of
//! its body exactly the bytes that belong to it. In the place of a head that is not sound it hands on one of its own
//! that carries the reason, so the answer has the right face, its headers and its id like every other.

mod chunks;
mod head;
mod stream;

use axum::http::{Request, StatusCode};

use crate::web::Unreadable;

pub(super) use stream::Framed;

/// The header of a head that stands in the place of a refused one: its value is the status. Nobody else can send
/// it, since a head that has it is refused.
const REFUSED: &str = "signet-refused";

/// Turns the mark of a refused head into what the router reads.
pub(super) fn unmark<B>(request: &mut Request<B>) {
    if let Some(mark) = request.headers_mut().remove(REFUSED) {
        let status = StatusCode::from_bytes(mark.as_bytes()).unwrap_or(StatusCode::BAD_REQUEST);
        request.extensions_mut().insert(Unreadable::of(status));
    }
}
