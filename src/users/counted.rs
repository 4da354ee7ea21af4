//! What attempts are counted under and bans are put on: the texts that the database holds as keys.

use std::fmt;
use std::net::IpAddr;

use crate::model::network::{neighbourhood, subscriber};

/// What attempts are counted under. A name is canonical, or a stand-in for one that nobody has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Everyone at an address of IPv4, or at a /64 of IPv6, which is what one subscriber has.
    Address(String),
    /// A person, over all networks.
    Person(String),
    /// A person at a network.
    Network(String, String),
    /// A person at a browser they signed in with before, which is named by its hash.
    Browser(String, String),
}

impl Counted {
    /// Everyone who has the address, or could take it the next moment.
    pub(super) fn at(address: IpAddr) -> Self {
        Self::Address(subscriber(address))
    }

    /// A person at the network of an address: /24 of IPv4, /64 of IPv6.
    pub(super) fn near(address: IpAddr, name: &str) -> Self {
        Self::Network(neighbourhood(address).to_string(), name.to_owned())
    }

    /// Reads a key.
    pub(super) fn parse(key: &str) -> Option<Self> {
        let (kind, rest) = key.split_once('|')?;
        // Only the name, which is last, may hold the separator.
        let two = || rest.split_once('|').map(|(place, name)| (place.to_owned(), name.to_owned()));
        match kind {
            "address" => Some(Self::Address(rest.to_owned())),
            "person" => Some(Self::Person(rest.to_owned())),
            "network" => two().map(|(network, name)| Self::Network(network, name)),
            "browser" => two().map(|(browser, name)| Self::Browser(browser, name)),
            _ => None,
        }
    }

    /// Where it holds, in words.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Address(network) | Self::Network(network, _) if network.contains('/') => {
                format!("network {network}")
            }
            Self::Address(address) | Self::Network(address, _) => format!("address {address}"),
            Self::Browser(..) => "a known browser".to_owned(),
            Self::Person(_) => "all networks".to_owned(),
        }
    }

    /// Whether it is that of a typed address or network, with or without the word before it that [`Self::place`]
    /// writes.
    pub(super) fn is_at(&self, typed: &str) -> bool {
        let typed = typed.trim();
        let named = |word: &str| typed.strip_prefix(word).unwrap_or(typed).trim();
        match self {
            Self::Address(address) => {
                let holds = |typed| Self::at(typed) == *self;
                named("network ") == address || typed_address(named("address ")).is_some_and(holds)
            }
            Self::Network(network, _) => named("network ") == network,
            Self::Person(_) | Self::Browser(..) => false,
        }
    }

    /// Whether a typed address lies in the network that it is of.
    pub(super) fn holds(&self, typed: &str) -> bool {
        match (self, typed_address(typed)) {
            (Self::Network(network, name), Some(address)) => {
                Self::near(address, name) == Self::Network(network.clone(), name.clone())
            }
            _ => false,
        }
    }

    /// Whose attempts they are; `None` when they are everyone's.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Address(_) => None,
            Self::Person(name) | Self::Network(_, name) | Self::Browser(_, name) => Some(name),
        }
    }
}

fn typed_address(typed: &str) -> Option<IpAddr> {
    typed.trim().parse().ok().map(|address: IpAddr| address.to_canonical())
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(f, "address|{address}"),
            Self::Person(name) => write!(f, "person|{name}"),
            Self::Network(network, name) => write!(f, "network|{network}|{name}"),
            Self::Browser(browser, name) => write!(f, "browser|{browser}|{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_counted_by_their_network() {
        for (address, expected) in [
            ("192.0.2.7", "network|192.0.2.0/24|alice"),
            ("192.0.2.255", "network|192.0.2.0/24|alice"),
            ("::ffff:192.0.2.7", "network|192.0.2.0/24|alice"),
            ("2001:db8:1:2:3:4:5:6", "network|2001:db8:1:2::/64|alice"),
            ("::1", "network|::/64|alice"),
        ] {
            assert_eq!(Counted::near(address.parse().unwrap(), "alice").to_string(), expected);
        }
    }

    #[test]
    fn a_place_is_named_as_it_is_shown_and_an_address_by_its_network() {
        for (address, network, others) in [
            ("192.0.2.7", "192.0.2.0/24", "192.0.3.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1:3::6"),
        ] {
            let near = Counted::near(address.parse().unwrap(), "alice");
            assert!(
                near.is_at(network)
                    && near.is_at(&near.place())
                    && near.is_at(&format!(" network {network} "))
            );
            assert!(
                near.holds(address) && !near.holds(others) && !near.holds(network) && !near.is_at(address)
            );
            let at = Counted::at(address.parse().unwrap());
            assert!(at.is_at(address) && at.is_at(&at.place()) && !at.is_at(others) && !at.holds(address));
            assert!(at.is_at(&format!("address {address}")));
        }
        let at = Counted::at("2001:db8:1:2:3:4:5:6".parse().unwrap());
        assert_eq!(
            (at.to_string().as_str(), at.place().as_str()),
            ("address|2001:db8:1:2::/64", "network 2001:db8:1:2::/64")
        );
        assert!(at.is_at("2001:db8:1:2::1") && at.is_at("2001:db8:1:2::/64") && !at.is_at("2001:db8:1:3::1"));
        assert!(Counted::near("192.0.2.7".parse().unwrap(), "a").holds("::ffff:192.0.2.9"));
        assert!(!Counted::Person("192.0.2.7".to_owned()).is_at("192.0.2.7"));
    }

    #[test]
    fn what_is_written_is_read() {
        for name in ["alice", "unknown:abc", "a|b", ""] {
            for counted in [
                Counted::at("2001:db8::1".parse().unwrap()),
                Counted::Person(name.to_owned()),
                Counted::near("192.0.2.7".parse().unwrap(), name),
                Counted::Browser("hash".to_owned(), name.to_owned()),
            ] {
                assert_eq!(Counted::parse(&counted.to_string()), Some(counted));
            }
        }
        for key in ["", "person", "network|alice", "other|alice"] {
            assert_eq!(Counted::parse(key), None, "{key}");
        }
    }
}
