//! Networks as the configuration writes them: an address, or an address and the length of its prefix.

use std::net::IpAddr;

use ipnet::IpNet;

/// Reads a network; the bits after the prefix are dropped. None when the text is none.
pub(super) fn parse(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse::<IpAddr>()
        .map(IpNet::from)
        .or_else(|_| text.parse::<IpNet>())
        .ok()
        .map(|network| network.trunc())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::parse;

    #[test]
    fn addresses_and_networks_are_read_and_host_bits_dropped() {
        assert_eq!(parse("10.1.2.3").unwrap().to_string(), "10.1.2.3/32");
        assert_eq!(parse("10.1.2.3/8").unwrap().to_string(), "10.0.0.0/8");
        assert_eq!(parse("fd00::1/16").unwrap().to_string(), "fd00::/16");
        for text in ["10.1.2.3/33", "10.1.2", "office", "", "10.0.0.0/8/8"] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[0-9a-f.:/ ]{0,40}|\\PC{0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn every_ipv6_network_reads_back(address in any::<std::net::Ipv6Addr>(), length in 0u8..=128) {
            let network = parse(&format!("{address}/{length}")).unwrap();
            prop_assert_eq!(parse(&network.to_string()), Some(network));
        }

        #[test]
        fn what_is_printed_reads_back(address in any::<std::net::IpAddr>(), length in 0u8..=32) {
            let network = parse(&format!("{address}/{length}")).unwrap();
            prop_assert_eq!(parse(&network.to_string()), Some(network));
        }
    }
}
