//! `cors`: which endpoints browsers may call from other origins.

use std::sync::Arc;

use url::Url;

use super::super::section::{Found, Section};
use crate::model::client::Client;
use crate::settings::{AllowedOrigins, Cors, CorsEndpoint};

pub(super) fn cors(section: &Section<'_>, clients: &[Arc<Client>]) -> Cors {
    let section = section.section("cors");
    let mut endpoints = Vec::new();
    for found in section.texts("endpoints") {
        match CorsEndpoint::ALL.into_iter().find(|endpoint| endpoint.as_str() == found.text) {
            Some(endpoint) if endpoints.contains(&endpoint) => {
                found.warn("duplicate", "the endpoint stands twice", "take one of the two out");
            }
            Some(endpoint) => endpoints.push(endpoint),
            None => {}
        }
    }
    Cors { endpoints, allowed_origins: origins(&section, clients) }
}

fn origins(section: &Section<'_>, clients: &[Arc<Client>]) -> AllowedOrigins {
    let found = section.texts("allowed_origins");
    let from_clients = section.flag("allowed_origins_from_client_redirect_uris");
    if let Some(any) = found.iter().find(|found| found.text == "*") {
        if found.len() > 1 || from_clients {
            any.error(
                "bad_origin",
                "'*' must stand alone, and without allowed_origins_from_client_redirect_uris",
                "take the other origins out, or '*'",
            );
        }
        return AllowedOrigins::Any;
    }
    let mut origins: Vec<String> = found.iter().filter_map(origin).collect();
    if from_clients {
        let uris = clients.iter().flat_map(|client| &client.redirect_uris);
        for uri in uris.filter(|uri| uri.host() != Some("localhost")) {
            if let Some(origin) = uri.origin()
                && !origins.contains(&origin)
            {
                origins.push(origin);
            }
        }
    }
    if found.is_empty() && !from_clients { AllowedOrigins::AnyHttps } else { AllowedOrigins::Listed(origins) }
}

fn origin(found: &Found<'_>) -> Option<String> {
    let says = match Url::parse(found.text) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() => {
            "an origin is http:// or https:// and a host"
        }
        Ok(url) if url.query().is_some() || url.fragment().is_some() => {
            "an origin has no query and no fragment"
        }
        // `Url` adds a path of its own, so the text is asked for one.
        Ok(_) if found.text.matches('/').count() > 2 => "an origin has no path, not even a slash at its end",
        Ok(url) if !url.username().is_empty() || url.password().is_some() => "an origin has no user",
        Ok(url) => return Some(url.origin().ascii_serialization()),
        Err(_) => "the value is no origin",
    };
    found.error("bad_origin", says, "write for example https://app.example.com");
    None
}
