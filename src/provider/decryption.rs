//! Opening what is encrypted to the provider. Its keys are published, so anybody can send something to be opened, before
//! anything is proven of anyone. What takes a key of more than 3072 bits several milliseconds waits in a line of its own,
//! which has an end, and nothing that is signed waits behind it; what takes no longer than a signature is opened at once.

use std::net::IpAddr;
use std::num::NonZero;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;

use secrecy::ExposeSecret;
use tokio::sync::Semaphore;

use super::Provider;
use super::context::Context;
use crate::jose::{DecryptProblem, Decrypter, envelope};
use crate::model::client::Client;
use crate::model::line::{Line, Share};
use crate::model::network::neighbourhood;
use crate::protocol::error::OAuthError;

/// How many may wait for their turn beside those that are being opened.
const WAITING: usize = 64;

/// The line of what a costly key opens, over every configuration: half of the processors work at it, and nobody's
/// network can take more than half of the places.
#[derive(Debug)]
pub struct DecryptionLine {
    places: Mutex<Line<()>>,
    turns: Arc<Semaphore>,
}

/// A place in the line; given back with it.
struct Place {
    line: Arc<DecryptionLine>,
    shares: [Share; 1],
}

impl Default for DecryptionLine {
    fn default() -> Self {
        Self::new(available_parallelism().map_or(1, NonZero::get) / 2)
    }
}

impl DecryptionLine {
    fn new(turns: usize) -> Self {
        let turns = turns.max(1);
        let places = Mutex::new(Line::new(turns.saturating_add(WAITING)));
        Self { places, turns: Arc::new(Semaphore::new(turns)) }
    }

    /// Does something of several milliseconds on a thread of its own, when it is its turn.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the line is full, or half full of those from the network of `address`.
    async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        address: IpAddr,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, OAuthError> {
        let gone = || OAuthError::server_error("The operation with the private key did not come to its end.");
        let place = self.enter(address).ok_or_else(|| {
            OAuthError::temporarily_unavailable(
                "Too much that is encrypted waits to be opened. Try again in a few seconds.",
            )
        })?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| gone())?;
        // Whoever asked may be gone before it is done, and it counts until then.
        let task = tokio::task::spawn_blocking(move || {
            let done = work();
            drop((turn, place));
            done
        });
        task.await.map_err(|_| gone())
    }

    fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let shares = [Share::Network(neighbourhood(address))];
        self.places().enter(&shares).then(|| Place { line: self.clone(), shares })
    }

    fn places(&self) -> MutexGuard<'_, Line<()>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.line.places().leave(&self.shares);
    }
}

impl Provider {
    /// The signed token within one that is encrypted to a key of this provider, or with the secret of a client.
    ///
    /// # Errors
    /// The outer when it cannot be tried now, the inner when it cannot be opened.
    pub(super) async fn decrypted(
        &self,
        context: &Context,
        client: Option<&Client>,
        token: &str,
    ) -> Result<Result<String, DecryptProblem>, OAuthError> {
        let keys = &self.snapshot.settings.oidc.keys;
        let algorithm = match envelope::parse(token) {
            Ok(envelope) => envelope.algorithm,
            Err(problem) => return Ok(Err(problem.into())),
        };
        if algorithm.key_type().is_none() {
            let secret = client.and_then(|client| client.client_secret.as_ref()?.plaintext());
            let decrypter =
                secret.and_then(|it| Decrypter::with_secret(algorithm, it.expose_secret().as_bytes()));
            return Ok(decrypter.ok_or(DecryptProblem::UnknownKey).and_then(|it| it.open(token)));
        }
        match keys.decryption_key(token) {
            Ok(key) if key.is_heavy() => {
                let (keys, token) = (keys.clone(), token.to_owned());
                self.decryptions.run(context.address, move || keys.decrypt(&token)).await
            }
            Ok(_) => Ok(keys.decrypt(token)),
            Err(problem) => Ok(Err(problem)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::super::seal::heavy;
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));
    const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 7));

    #[tokio::test]
    async fn the_line_has_an_end_half_of_it_is_left_to_others_and_what_is_signed_does_not_wait() {
        let line = Arc::new(DecryptionLine::new(1));
        let (hold, held) = mpsc::channel::<()>();
        let at_work = {
            let line = line.clone();
            tokio::spawn(async move { line.run(HERE, move || held.recv().is_err()).await })
        };
        let mut waiting = Vec::new();
        for _ in 0..31 {
            let line = line.clone();
            waiting.push(tokio::spawn(async move { line.run(HERE, || true).await }));
        }
        tokio::task::yield_now().await;
        assert_eq!(line.run(HERE, || true).await.unwrap_err().status(), 503);
        let others: Vec<Place> = (0..33).map_while(|_| line.enter(ELSEWHERE)).collect();
        assert_eq!(others.len(), 32, "what one network leaves");
        assert_eq!(heavy(|| "signed").await.unwrap(), "signed");
        drop((hold, others));
        assert!(at_work.await.unwrap().unwrap());
        for each in waiting {
            assert!(each.await.unwrap().unwrap());
        }
        assert!(line.run(HERE, || true).await.unwrap(), "every place is given back");
    }

    #[tokio::test]
    async fn who_hangs_up_gives_the_place_back() {
        let line = Arc::new(DecryptionLine::new(1));
        let turn = line.turns.clone().acquire_owned().await.unwrap();
        for _ in 0..100 {
            let waiting = line.run(HERE, || true);
            let waited = tokio::time::timeout(std::time::Duration::ZERO, waiting).await;
            assert!(waited.is_err(), "it is nobody's turn: {waited:?}");
        }
        drop(turn);
        assert!(line.run(HERE, || true).await.unwrap());
    }
}
