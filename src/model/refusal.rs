//! Why a request was refused, kept so that somebody who was shown ten characters can be helped.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::network::subscriber;
use crate::clock::NumericDate;

/// A refused request. Never holds a value of a parameter that can be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The request's id: ten characters, shown on the page and sent in `X-Request-Id`.
    pub id: String,
    /// When.
    pub at: NumericDate,
    /// At which issuer; `None` when the Host named none.
    pub issuer: Option<String>,
    /// Method and path, without the query.
    pub endpoint: String,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The error code that went out, or the name of the page.
    pub error: String,
    /// The client, when it is a registered one.
    pub client_id: Option<String>,
    /// The person, when one was signed in.
    pub username: Option<String>,
    /// The address it came from.
    pub address: IpAddr,
    /// What was found, the rule, and where the option stands that decided.
    pub reason: String,
}

impl Refusal {
    /// What a flood is counted under: an IPv4 address, or the /64 that one IPv6 subscriber has.
    #[must_use]
    pub fn network(&self) -> String {
        subscriber(self.address)
    }

    /// The network around that one, which a single customer may have whole: the /24 of IPv4, the /48 of IPv6.
    #[must_use]
    pub fn neighbourhood(&self) -> String {
        match self.address.to_canonical() {
            IpAddr::V4(address) => {
                format!("{}/24", Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << 8)))
            }
            IpAddr::V6(address) => {
                format!("{}/48", Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 80)))
            }
        }
    }
}

/// Letters of a request's id: none is mistaken for another when read aloud or typed.
pub const REQUEST_ID_LETTERS: &str = "ABCDEFGHJKMNPQRSTVWXYZ23456789";

/// How many letters a request's id has.
pub const REQUEST_ID_LENGTH: usize = 10;
