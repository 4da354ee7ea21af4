//! `lifespans`: global ones, and those that clients name.

use std::collections::BTreeMap;

use super::super::duration::Span;
use super::super::section::Section;
use crate::clock::Seconds;
use crate::model::lifespans::{DEVICE_CODE_LIFESPAN, Lifespans, TokenLifespans};

/// The global lifespans, and the custom ones by name.
pub(super) struct LifespansByName {
    pub(super) global: Lifespans,
    pub(super) custom: BTreeMap<String, Lifespans>,
}

impl LifespansByName {
    pub(super) fn read(section: &Section<'_>) -> Self {
        let section = section.section("lifespans");
        let all = tokens(&section, &TokenLifespans::default());
        let device_code = device_code(&section, DEVICE_CODE_LIFESPAN);
        let global = Lifespans {
            authorization_code: all,
            implicit: all,
            refresh_token: all,
            client_credentials: all,
            device: all,
            device_code,
        };
        let custom = section.named("custom").into_iter().map(|(name, custom)| {
            let own = tokens(&custom, &all);
            let grants = custom.section("grants");
            let lifespans = Lifespans {
                authorization_code: tokens(&grants.section("authorize_code"), &own),
                implicit: tokens(&grants.section("implicit"), &own),
                refresh_token: tokens(&grants.section("refresh_token"), &own),
                client_credentials: tokens(&grants.section("client_credentials"), &own),
                device: tokens(&grants.section("device_code"), &own),
                device_code: self::device_code(&custom, device_code),
            };
            (name.to_owned(), lifespans)
        });
        Self { global, custom: custom.collect() }
    }
}

fn device_code(section: &Section<'_>, above: Seconds) -> Seconds {
    section.time_if("device_code").map_or(above, Span::seconds)
}

/// What is absent, zero or negative comes from the level above.
fn tokens(section: &Section<'_>, above: &TokenLifespans) -> TokenLifespans {
    let seconds = |key: &str, above: Seconds| section.time_if(key).map_or(above, Span::seconds);
    TokenLifespans {
        authorize_code: seconds("authorize_code", above.authorize_code),
        access_token: seconds("access_token", above.access_token),
        refresh_token: seconds("refresh_token", above.refresh_token),
        id_token: seconds("id_token", above.id_token),
    }
}
