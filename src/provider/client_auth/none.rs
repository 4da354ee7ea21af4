//! `none`: a public client says who it is; nothing proves it (RFC 6749 §2.1).

use std::sync::Arc;

use crate::model::client::Client;

/// A client without a secret is who it says; one with a secret must use it.
pub(super) fn check(client: Option<&Arc<Client>>) -> bool {
    client.is_some_and(|client| client.client_secret.is_none())
}
