//! The last moment of a connection: what the client still sends is thrown away, since closing on what was not read
//! would reset the connection, and the client might never read the answer (RFC 9112 §9.6).

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How long, and how many bytes, a client may go on.
const LONGEST: Duration = Duration::from_secs(2);
const MOST: usize = 16 * 1024 * 1024;
/// How much is read at once, in bytes.
const READ: usize = 8 * 1024;

/// Begins when it is made.
pub(super) struct Linger {
    over: Pin<Box<Sleep>>,
    thrown_away: usize,
}

impl Linger {
    /// From now on.
    pub(super) fn new() -> Self {
        Self { over: Box::pin(sleep(LONGEST)), thrown_away: 0 }
    }

    /// Ready when the client has ended, or has had its time.
    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
        socket: &mut (impl AsyncRead + Unpin),
    ) -> Poll<()> {
        if self.over.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        loop {
            let mut bytes = [0; READ];
            let mut bytes = ReadBuf::new(&mut bytes);
            let read = ready!(Pin::new(&mut *socket).poll_read(context, &mut bytes));
            self.thrown_away += bytes.filled().len();
            if read.is_err() || bytes.filled().is_empty() || self.thrown_away > MOST {
                return Poll::Ready(());
            }
        }
    }
}
