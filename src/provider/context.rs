//! What every decision may know of the request it answers.

use std::net::IpAddr;

use crate::clock::NumericDate;
use crate::model::event::{Event, EventKind, Source};
use crate::model::issuer::Issuer;
use crate::secrets::mac::sha256_base64url;

/// How many letters of a hash tell one program from another.
const HASH_LETTERS: usize = 16;

/// The request a decision is made for.
#[derive(Clone, Debug)]
pub struct Context {
    /// The issuer the request came to.
    pub issuer: Issuer,
    /// The address it came from.
    pub address: IpAddr,
    /// Its id, for the log and for people.
    pub request_id: String,
    /// The program that sent it, as it names itself (`User-Agent`).
    pub user_agent: Option<String>,
    /// When it came.
    pub now: NumericDate,
}

impl Context {
    /// An event of this request.
    pub fn event(&self, kind: EventKind) -> Event {
        self.source().event(kind, self.now)
    }

    /// Where this request came from, for what is remembered of it.
    pub fn source(&self) -> Source {
        let hash = |text: &String| sha256_base64url(text.as_bytes()).chars().take(HASH_LETTERS).collect();
        Source {
            issuer: Some(self.issuer.as_str().to_owned()),
            address: self.address,
            request_id: self.request_id.clone(),
            user_agent: self.user_agent.as_ref().map(hash),
        }
    }
}
