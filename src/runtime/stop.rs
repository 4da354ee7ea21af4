//! Stopping so that nobody notices: whoever spreads requests over replicas sees that this one is going before it goes.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::notify;
use crate::provider::Provider;

/// How long new connections are still accepted after a balancer was told to send no more.
const DRAIN: Duration = Duration::from_secs(5);

/// How long a stopping Signet waits for the requests under way.
const UNDER_WAY: Duration = Duration::from_secs(30);

/// How to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Say it first, when a balancer asks whether this replica is ready; then answer what is under way.
    Drained,
    /// Answer what is under way.
    Answered,
    /// Leave it unanswered.
    AtOnce,
}

/// The way from serving to the end.
pub(super) struct Stopping {
    orders: mpsc::Receiver<Stop>,
    provider: Arc<ArcSwap<Provider>>,
    /// Told to the connections: their next answer is the last.
    begun: Arc<AtomicBool>,
    drained_at: Option<Instant>,
    at_once: bool,
}

impl Stopping {
    /// Begins with the first order. When nobody can give one any more, it never begins.
    pub(super) fn new(orders: mpsc::Receiver<Stop>, provider: Arc<ArcSwap<Provider>>) -> Self {
        Self { orders, provider, begun: Arc::default(), drained_at: None, at_once: false }
    }

    /// What tells a connection that it is over.
    pub(super) fn last_answers(&self) -> LastAnswers {
        LastAnswers(self.begun.clone())
    }

    /// Ends when no connection is to be accepted any more. Dropped and called again, it goes on.
    pub(super) async fn accepting_ends(&mut self) {
        loop {
            let order = match self.drained_at {
                None => next(&mut self.orders).await,
                Some(at) => tokio::select! {
                    order = next(&mut self.orders) => order,
                    () = sleep_until(at) => return,
                },
            };
            self.begin();
            let (provider, first) = (self.provider.load(), self.drained_at.is_none());
            match order {
                Stop::Drained if first && provider.readiness.is_watched(provider.clock.now()) => {
                    tracing::info!("stopping: no longer ready, going on for {} seconds", DRAIN.as_secs());
                    self.drained_at = Some(Instant::now() + DRAIN);
                }
                Stop::Drained | Stop::Answered => return,
                Stop::AtOnce => {
                    self.at_once = true;
                    return;
                }
            }
        }
    }

    fn begin(&self) {
        if !self.begun.swap(true, Ordering::SeqCst) {
            self.provider.load().readiness.stop();
            notify::stopping();
        }
    }

    /// Waits for what is under way, as long as that may take.
    pub(super) async fn finish(mut self, under_way: impl Future<Output = ()>) {
        let at_once = async { while !self.at_once && next(&mut self.orders).await != Stop::AtOnce {} };
        tokio::select! {
            biased;
            () = at_once => tracing::warn!("stopping at once: what was under way is not answered"),
            () = under_way => {}
            () = tokio::time::sleep(UNDER_WAY) => tracing::warn!("some requests did not end in time"),
        }
    }
}

async fn next(orders: &mut mpsc::Receiver<Stop>) -> Stop {
    match orders.recv().await {
        Some(order) => order,
        None => pending().await,
    }
}

/// Whether an answer is the last of its connection. A connection that rests is not closed while others may still
/// send: a request that meets the closing halfway would be lost.
#[derive(Clone)]
pub(super) struct LastAnswers(Arc<AtomicBool>);

impl LastAnswers {
    /// Writes it into the answer (RFC 9112 §9.6).
    pub(super) fn tell(&self, response: &mut Response) {
        if self.0.load(Ordering::SeqCst) {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}
