//! From a connection to a TLS connection, off the accept loop, within limits.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::Certificates;
use crate::runtime::linger::Linger;
use crate::runtime::listener::Stream;

/// The longest a handshake may take.
const LONGEST: Duration = Duration::from_secs(10);

/// How many handshakes are under way at most. One more ends the oldest: a client that wants to be served is done
/// within moments, so whoever holds connections open without a word only ever keeps itself waiting.
const MOST: usize = 256;

/// What a client reads that speaks plain HTTP to this port.
const NOT_PLAIN: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\
    content-type: text/plain; charset=utf-8\r\n\
    content-length: 58\r\n\
    cache-control: no-store\r\n\
    x-content-type-options: nosniff\r\n\
    connection: close\r\n\
    \r\n\
    This port speaks HTTPS: write https:// before the address.";

/// Handshakes under way.
pub(in crate::runtime) struct Handshakes {
    certificates: Certificates,
    turns: Arc<Mutex<Turns>>,
}

/// Dropping a sender ends the handshake that holds its other end.
#[derive(Default)]
struct Turns {
    next: u64,
    under_way: BTreeMap<u64, oneshot::Sender<()>>,
}

/// One handshake under way; dropping it frees its place.
pub(in crate::runtime) struct Handshake {
    certificates: Certificates,
    number: u64,
    gives_way: oneshot::Receiver<()>,
    turns: Arc<Mutex<Turns>>,
}

impl Handshakes {
    /// Handshakes with whatever certificate is in use when they begin.
    pub(in crate::runtime) fn new(certificates: Certificates) -> Self {
        Self { certificates, turns: Arc::default() }
    }

    /// The place of a connection that was just accepted: taken in the order of accepting, not of scheduling.
    pub(in crate::runtime) fn begin(&self) -> Handshake {
        let (sender, gives_way) = oneshot::channel();
        let mut turns = lock(&self.turns);
        let number = turns.next;
        turns.next = number.wrapping_add(1);
        turns.under_way.insert(number, sender);
        if turns.under_way.len() > MOST {
            turns.under_way.pop_first();
        }
        Handshake { certificates: self.certificates.clone(), number, gives_way, turns: self.turns.clone() }
    }
}

impl Handshake {
    /// Shakes hands. None when there is nothing to serve: the log says why, in debug lines, since anyone can make
    /// them appear.
    pub(in crate::runtime) async fn shake(
        mut self,
        stream: Stream,
        peer: SocketAddr,
    ) -> Option<TlsStream<Stream>> {
        let shaken = tokio::select! {
            shaken = tokio::time::timeout(LONGEST, accept(&self.certificates, stream)) => shaken,
            _ = &mut self.gives_way => {
                tracing::debug!(%peer, "a handshake gave way: too many are under way");
                return None;
            }
        };
        match shaken {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                tracing::debug!(%peer, %error, "a handshake failed");
                None
            }
            Err(_) => {
                tracing::debug!(%peer, "a handshake took too long");
                None
            }
        }
    }
}

async fn accept(certificates: &Certificates, stream: Stream) -> io::Result<Option<TlsStream<Stream>>> {
    // A record of a handshake begins with 22 (RFC 8446 §5.1), a request with the letter of its method.
    if stream.first_byte().await?.is_some_and(|first| first.is_ascii_uppercase()) {
        refuse_plain(stream).await?;
        return Ok(None);
    }
    TlsAcceptor::from(certificates.config()).accept(stream).await.map(Some)
}

impl Drop for Handshake {
    fn drop(&mut self) {
        lock(&self.turns).under_way.remove(&self.number);
    }
}

fn lock(turns: &Mutex<Turns>) -> std::sync::MutexGuard<'_, Turns> {
    turns.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers, says that no more comes, and lingers.
async fn refuse_plain(mut stream: Stream) -> io::Result<()> {
    stream.write_all(NOT_PLAIN).await?;
    stream.shutdown().await?;
    let mut linger = Linger::new();
    poll_fn(|context| linger.poll(context, &mut stream)).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_plain_http_is_as_long_as_it_says() {
        let text = std::str::from_utf8(NOT_PLAIN).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{}", body.len());
    }
}
