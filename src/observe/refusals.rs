//! Refusals on their way to the table: `web` puts them in, `tasks` takes them out.
//!
//! Memory is bounded, nobody waits, and whoever makes a flood is cut short before the others are: what does not fit is
//! counted and told.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::clock::NumericDate;
use crate::model::refusal::Refusal;

/// How many may wait.
const WAITING: usize = 1000;
/// How many of one network are kept in a minute.
const OF_NETWORK: u32 = 60;
/// How many networks are told apart in a minute.
const NETWORKS: usize = 4096;

/// The queue. Cheap to clone; every clone is the same queue.
#[derive(Clone)]
pub struct Refusals(Arc<Shared>);

struct Shared {
    queue: Mutex<Queue>,
    closed: watch::Sender<bool>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Refusal>,
    dropped: u64,
    minute: NumericDate,
    networks: HashMap<String, u32>,
}

/// What was taken out.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The refusals, in order.
    pub refusals: Vec<Refusal>,
    /// How many were dropped since the last batch.
    pub dropped: u64,
}

impl Default for Refusals {
    fn default() -> Self {
        Self(Arc::new(Shared { queue: Mutex::default(), closed: watch::channel(false).0 }))
    }
}

impl Refusals {
    /// Puts a refusal in, or drops it when the queue is full or its network has had its share of this minute.
    pub fn put(&self, refusal: Refusal) {
        let mut queue = self.queue();
        if queue.waiting.len() >= WAITING || !queue.has_room(&refusal) {
            queue.dropped += 1;
            return;
        }
        queue.waiting.push_back(refusal);
    }

    /// Takes out at most `most`.
    #[must_use]
    pub fn take(&self, most: usize) -> Batch {
        let mut queue = self.queue();
        let many = queue.waiting.len().min(most);
        Batch { refusals: queue.waiting.drain(..many).collect(), dropped: std::mem::take(&mut queue.dropped) }
    }

    /// Puts back what could not be kept, before everything else; what no longer fits is dropped.
    pub fn put_back(&self, refusals: Vec<Refusal>) {
        let mut queue = self.queue();
        for refusal in refusals.into_iter().rev() {
            if queue.waiting.len() >= WAITING {
                queue.dropped += 1;
            } else {
                queue.waiting.push_front(refusal);
            }
        }
    }

    /// No more will come: who takes them out keeps the rest and ends.
    pub fn close(&self) {
        self.0.closed.send_replace(true);
    }

    /// Ends when no more will come.
    pub async fn closed(&self) {
        // The sender lives as long as the queue.
        let _ = self.0.closed.subscribe().wait_for(|closed| *closed).await;
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn has_room(&mut self, refusal: &Refusal) -> bool {
        let minute = refusal.at.div_euclid(60);
        if minute != self.minute {
            self.minute = minute;
            self.networks.clear();
        }
        let network = refusal.network();
        let told_apart = self.networks.len() < NETWORKS;
        match self.networks.get_mut(&network) {
            Some(count) if *count >= OF_NETWORK => false,
            Some(count) => {
                *count += 1;
                true
            }
            None if told_apart => self.networks.insert(network, 1).is_none(),
            // Too many to tell apart: the queue itself is bounded.
            None => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(number: usize, address: &str, at: NumericDate) -> Refusal {
        Refusal {
            id: format!("{number:010}"),
            at,
            issuer: None,
            endpoint: "GET /".to_owned(),
            status: 400,
            error: "invalid_request".to_owned(),
            client_id: None,
            username: None,
            address: address.parse().unwrap(),
            reason: "a test".to_owned(),
        }
    }

    #[test]
    fn one_network_has_its_share_of_a_minute_and_leaves_room_for_others() {
        let queue = Refusals::default();
        for number in 0..5000 {
            queue.put(refusal(number, &format!("2001:db8::{:x}", number % 500), 600));
        }
        queue.put(refusal(5000, "192.0.2.7", 600));
        let batch = queue.take(usize::MAX);
        assert_eq!((batch.refusals.len(), batch.dropped), (61, 4940));
        assert_eq!(batch.refusals.last().unwrap().address.to_string(), "192.0.2.7");
        queue.put(refusal(5001, "2001:db8::1", 660));
        assert_eq!(queue.take(usize::MAX).refusals.len(), 1, "the next minute");
    }

    #[test]
    fn what_does_not_fit_is_dropped_and_counted_once() {
        let queue = Refusals::default();
        for number in 0..2500_usize {
            queue.put(refusal(number, &format!("10.0.{}.{}", number / 250, number % 250), 600));
        }
        let batch = queue.take(400);
        assert_eq!((batch.refusals.len(), batch.dropped), (400, 1500));
        queue.put_back(batch.refusals);
        let batch = queue.take(usize::MAX);
        assert_eq!((batch.refusals.len(), batch.dropped), (1000, 0));
        let ids: Vec<String> = batch.refusals.iter().map(|refusal| refusal.id.clone()).collect();
        assert!(ids.is_sorted(), "what was put back comes first");
        assert_eq!(queue.take(1), Batch::default());
    }
}
