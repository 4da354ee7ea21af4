//! Moving from Authelia: its tables at the first start, or its exports.

mod device;
mod export;
mod import;
mod rows;
mod take_over;

pub use export::{Exports, read_exports};
pub use import::{ImportError, Imported, import};
pub use take_over::{ConsentsLeft, LeftBehind, TakeOverError, TakenOver, take_over};

/// The one service whose identifiers are `sub`s.
const OPENID: &str = "openid";

/// Whether an identifier is a `sub` that Authelia made: a UUID in its one usual form (RFC 9562 §4).
fn is_sub(identifier: &str) -> bool {
    identifier.len() == 36 && uuid::Uuid::try_parse(identifier).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sub_is_a_uuid_in_its_usual_form_alone() {
        const USUAL: &str = "11111111-aaaa-4aaa-8aaa-111111111111";
        assert!(is_sub(USUAL));
        let bare = USUAL.replace('-', "");
        for other in [&bare, &format!("urn:uuid:{USUAL}"), &format!("{{{USUAL}}}"), "", "not-a-uuid"] {
            assert!(!is_sub(other), "{other}");
        }
    }
}
