//! What attempts are counted under and bans are put on: the texts that the database holds as keys.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What attempts are counted under. A name is canonical, or a stand-in for one that nobody has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Everyone at an address.
    Address(String),
    /// A person, over all networks.
    Person(String),
    /// A person at a network.
    Network(String, String),
    /// A person at a browser they signed in with before, which is named by its hash.
    Browser(String, String),
}

impl Counted {
    /// Everyone at an address.
    pub(super) fn at(address: IpAddr) -> Self {
        Self::Address(address.to_canonical().to_string())
    }

    /// A person at the network of an address: /24 of IPv4, /64 of IPv6, which is what one subscriber has.
    pub(super) fn near(address: IpAddr, name: &str) -> Self {
        let network = match address.to_canonical() {
            IpAddr::V4(address) => {
                format!("{}/24", Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << 8)))
            }
            IpAddr::V6(address) => {
                format!("{}/64", Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
            }
        };
        Self::Network(network, name.to_owned())
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
            Self::Address(address) => format!("address {address}"),
            Self::Network(network, _) => format!("network {network}"),
            Self::Browser(..) => "a known browser".to_owned(),
            Self::Person(_) => "all networks".to_owned(),
        }
    }

    /// Whether it is that of a typed address or network, with or without the word before it that [`Self::place`]
    /// writes.
    pub(super) fn is_at(&self, typed: &str) -> bool {
        let typed = typed.trim();
        match self {
            Self::Address(address) => typed_address(typed.strip_prefix("address ").unwrap_or(typed))
                .is_some_and(|typed| typed.to_string() == *address),
            Self::Network(network, _) => typed.strip_prefix("network ").unwrap_or(typed).trim() == network,
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
        }
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
