//! Which addresses may be connected to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::OutboundError;

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(segments: [u16; 8], prefix: u8) -> Ipv6Net {
    let [a, b, c, d, e, f, g, h] = segments;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), prefix)
}

/// Networks of IPv4 that are no hosts of the internet, and what they are (IANA's registry of special-purpose addresses,
/// RFC 6890).
const INSIDE_V4: &[(Ipv4Net, &str)] = &[
    (v4(0, 0, 0, 0, 8), "this machine"),
    (v4(10, 0, 0, 0, 8), "a private network"),
    (v4(100, 64, 0, 0, 10), "a provider's inner network"),
    (v4(127, 0, 0, 0, 8), "this machine"),
    (v4(168, 63, 129, 16, 32), "a cloud's metadata service"),
    (v4(169, 254, 0, 0, 16), "link-local, where clouds serve metadata"),
    (v4(172, 16, 0, 0, 12), "a private network"),
    (v4(192, 0, 0, 0, 24), "reserved for protocols"),
    (v4(192, 0, 2, 0, 24), "for documentation"),
    (v4(192, 88, 99, 0, 24), "a relay to IPv6"),
    (v4(192, 168, 0, 0, 16), "a private network"),
    (v4(198, 18, 0, 0, 15), "for measurements"),
    (v4(198, 51, 100, 0, 24), "for documentation"),
    (v4(203, 0, 113, 0, 24), "for documentation"),
    (v4(224, 0, 0, 0, 4), "multicast"),
    (v4(240, 0, 0, 0, 4), "reserved"),
];

/// Where the hosts of the internet are in IPv6 (RFC 4291 §2.5.4); everything outside is refused.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// What is in it and yet no host of the internet.
const INSIDE_V6: &[(Ipv6Net, &str)] = &[
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), "reserved for protocols"),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), "for documentation"),
    (v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), "a tunnel to an address of IPv4"),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), "for documentation"),
];

/// What else is told by its name.
const NAMED_V6: &[(Ipv6Net, &str)] = &[
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 127), "this machine"),
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 96), "an address of IPv4 in disguise"),
    (v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), "a translation of private networks"),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), "a private network"),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), "link-local"),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), "multicast"),
];

/// Where a translator writes an address of IPv4 into the last 32 bits (RFC 6052 §2.1).
const NAT64: Ipv6Net = v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);

/// Lets through what is outside, and what the configuration allows.
#[derive(Clone, Debug, Default)]
pub(super) struct Fence {
    allowed: Vec<IpNet>,
}

impl Fence {
    /// `allowed` are the networks of `identity_providers.oidc.outbound.allowed_networks`.
    pub(super) fn new(allowed: Vec<IpNet>) -> Self {
        Self { allowed }
    }

    /// Whether an address may be connected to; without TLS only within the allowed networks.
    ///
    /// # Errors
    /// With what the address is, or that it is outside while the URL is http.
    pub(super) fn judge(&self, address: IpAddr, encrypted: bool) -> Result<(), OutboundError> {
        let address = address.to_canonical();
        if self.allowed.iter().any(|network| network.contains(&address)) {
            return Ok(());
        }
        match inside(address) {
            Some(what) => Err(OutboundError::Inside { address, what }),
            None if encrypted => Ok(()),
            None => Err(OutboundError::Readable { address }),
        }
    }
}

/// What an address is when it is no host of the internet.
fn inside(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => {
            INSIDE_V4.iter().find(|(network, _)| network.contains(&address)).map(|(_, what)| *what)
        }
        IpAddr::V6(address) if NAT64.contains(&address) => {
            let [.., a, b, c, d] = address.octets();
            inside(Ipv4Addr::new(a, b, c, d).into())
        }
        IpAddr::V6(address) => {
            let mut named = INSIDE_V6.iter().chain(NAMED_V6);
            match named.find(|(network, _)| network.contains(&address)) {
                Some((_, what)) => Some(what),
                None if GLOBAL_V6.contains(&address) => None,
                None => Some("reserved"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INSIDE: &[&str] = &[
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.100.100.200",
        "100.127.255.255",
        "127.0.0.1",
        "127.1.2.3",
        "168.63.129.16",
        "169.254.169.254",
        "169.254.170.2",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::2",
        "::127.0.0.1",
        "::8.8.8.8",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0.0.0.0",
        "::ffff:0:8.8.8.8",
        "64:ff9b::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::8.8.8.8",
        "100::1",
        "2001::1",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "ffff::1",
    ];

    const OUTSIDE: &[&str] = &[
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "168.63.129.15",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2606:4700:4700::1111",
        "2a00:1450::1",
        "3ffe::1",
    ];

    #[test]
    fn only_hosts_of_the_internet_are_outside() {
        let fence = Fence::default();
        for text in INSIDE {
            let judged = fence.judge(text.parse().unwrap(), true);
            assert!(matches!(judged, Err(OutboundError::Inside { .. })), "{text}: {judged:?}");
        }
        for text in OUTSIDE {
            assert_eq!(fence.judge(text.parse().unwrap(), true), Ok(()), "{text}");
        }
    }

    #[test]
    fn http_reaches_the_allowed_networks_alone() {
        let fence = Fence::new(vec!["10.1.0.0/16".parse().unwrap(), "fd00:1::/32".parse().unwrap()]);
        for text in ["10.1.2.3", "::ffff:10.1.2.3", "fd00:1::7"] {
            let address: IpAddr = text.parse().unwrap();
            assert_eq!(fence.judge(address, true), Ok(()), "{text}");
            assert_eq!(fence.judge(address, false), Ok(()), "{text}");
        }
        for text in OUTSIDE {
            let judged = fence.judge(text.parse().unwrap(), false);
            assert!(matches!(judged, Err(OutboundError::Readable { .. })), "{text}: {judged:?}");
        }
        for text in ["10.2.0.1", "64:ff9b::10.1.2.3", "::10.1.2.3", "fd00:2::1", "127.0.0.1"] {
            let judged = fence.judge(text.parse().unwrap(), true);
            assert!(matches!(judged, Err(OutboundError::Inside { .. })), "{text}: {judged:?}");
        }
    }

    proptest! {
        /// Compared with what the standard library says of an address.
        #[test]
        fn what_the_standard_library_calls_inside_is_refused(bits: u32) {
            let address = Ipv4Addr::from(bits);
            let known = address.is_loopback() || address.is_private() || address.is_link_local()
                || address.is_multicast() || address.is_broadcast() || address.is_documentation()
                || address.is_unspecified();
            for disguise in [IpAddr::V4(address), address.to_ipv6_mapped().into()] {
                prop_assert!(!known || inside(disguise.to_canonical()).is_some(), "{disguise}");
            }
        }
    }
}
