//! What Signet fetches from others: the one HTTP client, behind a fence.
//!
//! It asks by GET, over https, and only hosts of the internet: what a name stands for is judged after it is resolved, and
//! what was judged is what is connected to. It follows no redirect, uses no proxy, sends nothing secret, takes three
//! seconds and 64 KiB at most, and asks one URL once at a time and once in half a minute, whatever comes of it. A request
//! object, which may be another for each person, is used again only as far as its hash or its server says so, and its URL
//! is asked a few times a second at most: those who come meanwhile wait, and share what comes.

mod errand;
mod error;
mod fence;
mod fetch;
mod freshness;
mod slot;
#[cfg(test)]
mod tests;
mod trust;

pub use errand::{Errand, ErrandError, Reply};
pub use error::OutboundError;
pub use hyper::body::Bytes;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use url::Url;

use crate::clock::{Clock, NumericDate, Seconds};
use crate::protocol::logged_uri::without_query;
use crate::settings::Settings;
use fence::Fence;
use fetch::Fetch;
use slot::{Answer, PACE, Slot};
use trust::Trust;

/// How long an answer stands before its URL is asked again, in seconds, and how much is added at random, so that
/// processes that began together do not ask together.
const INTERVAL: Seconds = 30;
const JITTER: Range<Seconds> = 0..6;
/// How many URLs are remembered for so long.
const MAX_URLS: usize = 1024;
/// How many are asked at once.
const AT_ONCE: usize = 16;

/// The one HTTP client. Cheap to clone; clones share what they remember.
#[derive(Clone)]
pub struct Outbound {
    fetch: Fetch,
    clock: Clock,
    memory: Arc<Memory>,
}

/// What was fetched lately, over every configuration.
struct Memory {
    slots: Mutex<HashMap<Url, Arc<Slot>>>,
    permits: Semaphore,
}

impl Default for Memory {
    fn default() -> Self {
        Self { slots: Mutex::default(), permits: Semaphore::new(AT_ONCE) }
    }
}

impl Outbound {
    /// A client within the fence of a configuration.
    #[must_use]
    pub fn new(settings: &Settings, clock: Clock) -> Self {
        let fetch = Fetch {
            fence: Arc::new(Fence::new(settings.oidc.outbound.allowed_networks.clone())),
            resolver: fetch::system(),
            trust: Arc::new(Trust::new(settings.certificates.pem())),
        };
        Self { fetch, clock, memory: Arc::default() }
    }

    /// This client with the memory of another: a reload is no reason to ask anybody again.
    #[must_use]
    pub fn with_memory_of(self, other: &Self) -> Self {
        Self { memory: other.memory.clone(), ..self }
    }

    /// What a URL gives, or gave within the last half minute. Concurrent calls for one URL share one fetch, which goes on
    /// when its caller hangs up.
    ///
    /// # Errors
    /// With what kept it from being fetched, for the log; a failure stands for half a minute too.
    pub async fn get(&self, url: &Url) -> Result<Bytes, OutboundError> {
        self.ask(url, |_, _, _| true, false).await
    }

    /// What a URL gives now: what was asked of it after this call, which those that wait together share. An answer of
    /// before serves where the given function knows what it gave for the very thing that is wanted, or where nothing is
    /// known and its server lets it be used again (`Cache-Control`), for half a minute at most. Its caller judges what
    /// came.
    ///
    /// # Errors
    /// As [`Outbound::get`], failures of half a minute included.
    pub async fn get_anew(
        &self,
        url: &Url,
        is_wanted: Option<impl Fn(&[u8]) -> bool + Send + 'static>,
    ) -> Result<Bytes, OutboundError> {
        let serves = move |answer: &Answer, is_shared: bool, now: NumericDate| match (&answer.got, &is_wanted)
        {
            (Err(_), _) => true,
            (Ok(bytes), Some(is_wanted)) => is_shared || is_wanted(bytes),
            (Ok(_), None) => is_shared || now.saturating_sub(answer.stands.start) < answer.fresh,
        };
        self.ask(url, serves, true).await
    }

    /// Asks, unless what is remembered serves: of the last answer is told whether it was asked for after this call.
    async fn ask(
        &self,
        url: &Url,
        serves: impl Fn(&Answer, bool, NumericDate) -> bool + Send + 'static,
        is_paced: bool,
    ) -> Result<Bytes, OutboundError> {
        let mut url = url.clone();
        url.set_fragment(None);
        let slot = self.slot(&url)?;
        let this = self.clone();
        let begun = slot.begun();
        let asking = tokio::spawn(async move {
            let mut asked = slot.asked().await;
            let now = this.clock.now();
            let standing = asked.answer.as_ref().filter(|answer| answer.stands.contains(&now));
            if let Some(answer) = standing.filter(|answer| serves(answer, answer.number > begun, now)) {
                return answer.got.clone();
            }
            if is_paced && !asked.bucket.take(now) {
                tokio::time::sleep(PACE).await;
            }
            let _permit = this.memory.permits.try_acquire().map_err(|_| OutboundError::Busy)?;
            let number = slot.begin();
            let (got, fresh) = this.fetch.get(&url).await.map_or_else(
                |error| {
                    tracing::warn!(url = without_query(url.as_str()), %error, "nothing was fetched");
                    (Err(error), 0)
                },
                |(bytes, fresh)| (Ok(bytes), fresh),
            );
            let until = now.saturating_add(INTERVAL + rand::random_range(JITTER));
            asked.answer = Some(Answer { got: got.clone(), stands: now..until, fresh, number });
            got
        });
        asking.await.unwrap_or_else(|error| Err(OutboundError::Broken(error.to_string())))
    }

    /// The slot of a URL. Where too many are remembered, those whose answer no longer stands make room.
    fn slot(&self, url: &Url) -> Result<Arc<Slot>, OutboundError> {
        let mut slots = self.memory.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(url) {
            return Ok(slot.clone());
        }
        let now = self.clock.now();
        slots.retain(|_, slot| Arc::strong_count(slot) > 1 || slot.is_in_use(now));
        if slots.len() >= MAX_URLS {
            return Err(OutboundError::Busy);
        }
        Ok(slots.entry(url.clone()).or_default().clone())
    }
}
