//! What every decision may know of the request it answers.

use std::net::IpAddr;

use crate::clock::NumericDate;
use crate::model::event::{Event, EventKind};
use crate::model::issuer::Issuer;

/// The request a decision is made for.
#[derive(Clone, Debug)]
pub struct Context {
    /// The issuer the request came to.
    pub issuer: Issuer,
    /// The address it came from.
    pub address: IpAddr,
    /// Its id, for the log and for people.
    pub request_id: String,
    /// When it came.
    pub now: NumericDate,
}

impl Context {
    /// An event of this request.
    pub fn event(&self, kind: EventKind) -> Event {
        Event {
            issuer: Some(self.issuer.as_str().to_owned()),
            address: Some(self.address),
            request_id: Some(self.request_id.clone()),
            ..Event::new(kind, self.now)
        }
    }
}
