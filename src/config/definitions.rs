//! `definitions.network`, and lists of networks that may name them.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::near::nearest;
use super::network;
use super::section::{Found, Section, list, shown};

/// The networks by name.
pub(super) type Networks = BTreeMap<String, Vec<IpNet>>;

pub(super) fn networks(root: &Section<'_>) -> Networks {
    let mut networks = Networks::new();
    let definitions = root.section("definitions").section("network");
    // The names are keys of the section itself.
    for (name, _) in root.section("definitions").named("network") {
        let found = definitions.texts(name);
        let parsed = found.iter().filter_map(|found| match network::parse(found.text) {
            Some(network) => Some(network),
            None => {
                found.error(
                    "bad_network",
                    "the value is no network",
                    "write an address or a network, for example 192.0.2.1 or 10.0.0.0/8",
                );
                None
            }
        });
        networks.insert(name.to_owned(), parsed.collect());
    }
    networks
}

/// Networks, addresses and names of networks as networks.
pub(super) fn resolve(found: &[Found<'_>], networks: &Networks) -> Vec<IpNet> {
    let mut resolved = Vec::new();
    for each in found {
        if let Some(network) = network::parse(each.text) {
            resolved.push(network);
        } else if let Some(named) = networks.get(each.text) {
            resolved.extend(named);
        } else {
            let names: Vec<&str> = networks.keys().map(String::as_str).collect();
            let mend = match nearest(each.text, names.iter().copied()) {
                Some(near) => format!("did you mean '{near}'?"),
                None if names.is_empty() => {
                    "write an address or a network, for example 10.0.0.0/8, or define the name under definitions.network"
                        .to_owned()
                }
                None => format!("write an address or a network, or one of {}", list(&names)),
            };
            each.error(
                "bad_network",
                format!("'{}' is no network and no name of definitions.network", shown(each.text)),
                mend,
            );
        }
    }
    resolved
}
