//! `identity_providers.oidc.outbound`: what Signet may fetch from where.

use super::super::definitions::{Networks, resolve};
use super::super::section::Section;
use crate::settings::OutboundSettings;

pub(super) fn outbound(section: &Section<'_>, networks: &Networks) -> OutboundSettings {
    let section = section.section("outbound");
    let allowed_networks = resolve(&section.texts("allowed_networks"), networks);
    if allowed_networks.iter().any(|network| network.prefix_len() == 0) {
        section.warn(
            "allowed_networks",
            "unsafe",
            "everything may be fetched from, also from this machine and the metadata service of a cloud, and without \
             TLS",
            "name the networks that serve what clients' registrations name",
        );
    }
    OutboundSettings { allowed_networks }
}
