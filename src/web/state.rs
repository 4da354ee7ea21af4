//! What every handler shares, and what is known of the request it answers.

use std::sync::Arc;

use axum::http::Method;

use super::pages::PageContext;
use super::rate_limit::RateLimiter;
use super::sessions::Sessions;
use crate::model::issuer::Issuer;
use crate::observe::Refusals;
use crate::provider::Provider;
use crate::provider::context::Context;
use crate::settings::IssuerSettings;
use arc_swap::ArcSwap;

/// What every handler shares. Cheap to clone.
#[derive(Clone)]
pub struct WebState {
    /// The provider of the present configuration; a reload swaps it.
    pub provider: Arc<ArcSwap<Provider>>,
    /// Where sessions are kept.
    pub sessions: Arc<Sessions>,
    /// Where refusals wait to be kept.
    pub refusals: Refusals,
    /// Who failed how often of late.
    pub rate_limiter: RateLimiter,
}

/// A request that was let in: its issuer is known. Put into the request's extensions by `admission`.
#[derive(Clone)]
pub struct Incoming {
    /// The provider this request began with; a reload does not change it.
    pub provider: Arc<Provider>,
    /// The request, for decisions.
    pub context: Context,
    /// Where sessions are kept.
    pub sessions: Arc<Sessions>,
    /// How it was sent.
    pub method: Method,
    /// Index of the issuer's settings.
    session_settings: usize,
}

impl Incoming {
    /// A request to the issuer at an index of `settings.sessions`.
    pub(super) fn new(
        provider: Arc<Provider>,
        context: Context,
        sessions: Arc<Sessions>,
        method: Method,
        session_settings: usize,
    ) -> Self {
        Self { provider, context, sessions, method, session_settings }
    }

    /// The issuer.
    pub fn issuer(&self) -> &Issuer {
        &self.context.issuer
    }

    /// The issuer's cookies and lives.
    pub fn settings(&self) -> Option<&IssuerSettings> {
        self.provider.snapshot.settings.sessions.get(self.session_settings)
    }

    /// A path of this issuer for a browser: the base path goes before it.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.issuer().base_path())
    }

    /// What every page of this request knows.
    pub fn page(&self) -> PageContext {
        PageContext::new(
            self.issuer().base_path(),
            self.provider.snapshot.settings.theme,
            self.issuer().authority(),
        )
    }
}
