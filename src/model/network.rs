//! Whom an address stands for.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// What one subscriber has, in words: an address of IPv4, the /64 of one of IPv6.
#[must_use]
pub fn subscriber(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        address @ IpAddr::V6(_) => neighbourhood(address).to_string(),
    }
}

/// A subscriber and their neighbours: the /24 of an address of IPv4, the /64 of one of IPv6.
#[must_use]
pub fn neighbourhood(address: IpAddr) -> IpNet {
    match address.to_canonical() {
        IpAddr::V4(address) => Ipv4Net::new_assert(address, 24).trunc().into(),
        IpAddr::V6(address) => Ipv6Net::new_assert(address, 64).trunc().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stands_for_its_subscriber_and_its_neighbourhood() {
        for (address, one, near) in [
            ("192.0.2.7", "192.0.2.7", "192.0.2.0/24"),
            ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1:2::/64"),
            ("::1", "::/64", "::/64"),
        ] {
            let address = address.parse().unwrap();
            assert_eq!(subscriber(address), one);
            assert_eq!(neighbourhood(address).to_string(), near);
        }
    }
}
