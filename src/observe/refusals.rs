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
/// How many of all the networks of one neighbourhood: somebody who has a /48 of IPv6 has 65,536 of them.
const OF_NEIGHBOURHOOD: u32 = 240;
/// How many networks and neighbourhoods are told apart in a minute.
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
        let shares = [(refusal.network(), OF_NETWORK), (refusal.neighbourhood(), OF_NEIGHBOURHOOD)];
        let had = |network: &str| self.networks.get(network).copied();
        let is_new = |(network, _): &&(String, u32)| had(network).is_none();
        // Of those that are too many to tell apart nothing is kept: together they would have no bound.
        if shares.iter().any(|(network, share)| had(network).unwrap_or_default() >= *share)
            || self.networks.len() + shares.iter().filter(is_new).count() > NETWORKS
        {
            return false;
        }
        for (network, _) in shares {
            *self.networks.entry(network).or_default() += 1;
        }
        true
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
    fn one_neighbourhood_of_many_networks_has_its_share_and_leaves_room_for_others() {
        let queue = Refusals::default();
        for number in 0..65_536_usize {
            queue.put(refusal(number, &format!("2001:db8:7:{number:x}::1"), 600));
            queue.put(refusal(number, &format!("198.51.100.{}", number % 256), 600));
        }
        queue.put(refusal(65_536, "192.0.2.7", 600));
        let batch = queue.take(usize::MAX);
        assert_eq!((batch.refusals.len(), batch.dropped), (240 + 240 + 1, 2 * (65_536 - 240)));
        assert_eq!(batch.refusals.last().unwrap().address.to_string(), "192.0.2.7");
    }

    #[test]
    fn of_networks_that_are_too_many_to_tell_apart_nothing_is_kept() {
        let queue = Refusals::default();
        let mut kept = 0;
        for number in 0..100_000_u32 {
            let address = std::net::Ipv4Addr::from_bits(0x0a00_0000 + (number << 8));
            queue.put(refusal(0, &address.to_string(), 600));
            kept += queue.take(1).refusals.len();
        }
        assert_eq!(kept, 2048, "each is a network and a neighbourhood");
        queue.put(refusal(0, "10.0.0.0", 600));
        assert_eq!(queue.take(1).refusals.len(), 1, "one that was told apart goes on");
        queue.put(refusal(0, "10.255.255.1", 660));
        assert_eq!(queue.take(1).refusals.len(), 1, "the next minute");
    }

    #[test]
    fn what_does_not_fit_is_dropped_and_counted_once() {
        let queue = Refusals::default();
        for number in 0..2500_usize {
            queue.put(refusal(number, &format!("10.0.{}.{}", number % 250, number / 250), 600));
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
