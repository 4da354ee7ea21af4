//! What a browser shows.

use serde::Deserialize;

/// What is looked at, over and over, until it is what was waited for.
pub const LOOK: &str = "
    const root = document.documentElement;
    return {
        url: location.href,
        ready: document.readyState === 'complete' && !root.hasAttribute('data-left'),
        transit: location.protocol === 'about:' || document.querySelector('[data-transit]') !== null,
        ids: [...document.querySelectorAll('[id]')].map((element) => element.id),
        told: (document.querySelector('#login, #refused') ?? {}).textContent ?? '',
        code: (document.getElementById('error-code') ?? {}).textContent ?? '',
        text: document.body ? document.body.innerText : '',
    };";

/// What the browser shows.
#[derive(Clone, Debug, Deserialize)]
pub struct Sight {
    pub url: String,
    pub ready: bool,
    transit: bool,
    ids: Vec<String>,
    pub told: String,
    pub code: String,
    pub text: String,
}

impl Sight {
    pub fn has(&self, id: &str) -> bool {
        self.ids.iter().any(|own| own == id)
    }

    /// Whether the page stays as it is until somebody does something.
    pub fn is_final(&self) -> bool {
        self.ready && !self.transit
    }

    pub fn is_at(&self, host: &str) -> bool {
        self.url.strip_prefix("https://").and_then(|rest| rest.split('/').next()) == Some(host)
    }
}
