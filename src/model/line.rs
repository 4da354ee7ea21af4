//! A bounded line in which nobody holds more than their share.

use std::collections::{HashMap, VecDeque};

use ipnet::IpNet;

/// What places are counted under. Half of a line is left to others by a network, three quarters by anybody else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Share {
    /// Everyone at a network.
    Network(IpNet),
    /// A client, wherever its id comes from.
    Client(String),
    /// All who are refused whatever their secret is.
    Strangers,
}

/// Those who have a place, and the work of those among them who wait.
#[derive(Debug)]
pub struct Line<T> {
    places: usize,
    taken: usize,
    shares: HashMap<Share, usize>,
    waiting: VecDeque<T>,
}

impl<T> Line<T> {
    /// An empty line.
    pub fn new(places: usize) -> Self {
        Self { places, taken: 0, shares: HashMap::new(), waiting: VecDeque::new() }
    }

    /// Takes a place, if one is free and none of these shares is used up.
    #[must_use]
    pub fn enter(&mut self, shares: &[Share]) -> bool {
        let free = self.taken < self.places && shares.iter().all(|share| self.held(share) < self.most(share));
        if free {
            self.taken += 1;
            shares.iter().for_each(|share| *self.shares.entry(share.clone()).or_default() += 1);
        }
        free
    }

    /// Gives a place back that was taken with these shares.
    pub fn leave(&mut self, shares: &[Share]) {
        self.taken = self.taken.saturating_sub(1);
        for share in shares {
            match self.shares.get_mut(share) {
                Some(held) if *held > 1 => *held -= 1,
                _ => {
                    self.shares.remove(share);
                }
            }
        }
    }

    /// Waits.
    pub fn push(&mut self, work: T) {
        self.waiting.push_back(work);
    }

    /// Whoever waits longest.
    pub fn pop(&mut self) -> Option<T> {
        self.waiting.pop_front()
    }

    fn held(&self, share: &Share) -> usize {
        self.shares.get(share).copied().unwrap_or_default()
    }

    fn most(&self, share: &Share) -> usize {
        let part = match share {
            Share::Network(_) => 2,
            Share::Client(_) | Share::Strangers => 4,
        };
        (self.places / part).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Share {
        Share::Network(text.parse().unwrap())
    }

    #[test]
    fn a_network_holds_half_of_a_line_a_client_and_all_strangers_a_quarter() {
        let mut line = Line::<()>::new(16);
        let enter = |line: &mut Line<()>, shares: &[Share]| (0..20).filter(|_| line.enter(shares)).count();
        let (here, there) = (network("192.0.2.0/24"), network("2001:db8::/64"));
        assert_eq!(enter(&mut line, &[here.clone(), Share::Strangers]), 4);
        assert_eq!(enter(&mut line, &[there.clone(), Share::Strangers]), 0);
        assert_eq!(enter(&mut line, &[here.clone(), Share::Client("web".to_owned())]), 4);
        assert_eq!(enter(&mut line, &[here.clone(), Share::Client("other".to_owned())]), 0, "half");
        assert_eq!(enter(&mut line, &[there.clone(), Share::Client("web".to_owned())]), 0);
        assert_eq!(enter(&mut line, std::slice::from_ref(&there)), 8);
        assert_eq!(enter(&mut line, &[]), 0, "full");
        line.leave(&[here.clone(), Share::Strangers]);
        assert_eq!(enter(&mut line, &[here, Share::Strangers]), 1);
    }

    #[test]
    fn what_is_given_back_leaves_nothing_behind() {
        let mut line = Line::<()>::new(2);
        let shares = [network("192.0.2.0/24"), Share::Strangers];
        for _ in 0..10 {
            assert!(line.enter(&shares));
            assert!(!line.enter(&shares), "of two places a half is one");
            line.leave(&shares);
        }
        assert!(line.shares.is_empty() && line.taken == 0);
    }
}
