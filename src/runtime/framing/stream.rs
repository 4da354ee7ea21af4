//! The socket as hyper sees it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::chunks::Chunks;
use super::head::{self, Content};
use crate::runtime::http::{Bounds, UnderWay};
use crate::runtime::linger::Linger;

/// How much is read at once, in bytes.
const READ: usize = 8 * 1024;

/// A socket whose reads give sound requests only.
pub(in crate::runtime) struct Framed<S> {
    socket: S,
    /// What was read and not handed on yet.
    held: Vec<u8>,
    /// How much at the beginning of `held` may be handed on.
    cleared: usize,
    /// How much at the end of `held` was not looked at yet.
    fresh: usize,
    at: At,
    bounds: Bounds,
    under_way: UnderWay,
    /// Whether a request came before.
    served: bool,
    /// Until when the next head may be awaited.
    patience: Option<Pin<Box<Sleep>>>,
    stall: Option<Pin<Box<Sleep>>>,
    linger: Option<Linger>,
}

/// What comes next.
enum At {
    Head,
    Length(u64),
    Chunks(Chunks),
    /// A head was refused or a body broke: nothing more is handed on.
    Refused,
}

impl<S> Framed<S> {
    /// A connection at its beginning.
    pub fn new(socket: S, bounds: Bounds, under_way: UnderWay) -> Self {
        Self {
            socket,
            held: Vec::new(),
            cleared: 0,
            fresh: 0,
            at: At::Head,
            bounds,
            under_way,
            served: false,
            patience: None,
            stall: None,
            linger: None,
        }
    }

    /// Looks at what is held and not cleared; whether something is cleared now.
    fn clear(&mut self) -> io::Result<bool> {
        match &mut self.at {
            At::Head => match head::judge(&self.held, self.fresh, self.bounds.header_bytes) {
                Ok(Some(head)) => {
                    self.served = true;
                    self.patience = None;
                    self.cleared = head.length;
                    self.at = match head.content {
                        Content::Length(0) => At::Head,
                        Content::Length(length) => At::Length(length),
                        Content::Chunked => At::Chunks(Chunks::new()),
                    };
                }
                Ok(None) => {}
                Err(unreadable) => {
                    self.held = head::refusal(&self.held, unreadable);
                    self.cleared = self.held.len();
                    self.at = At::Refused;
                }
            },
            At::Length(left) => {
                let held = u64::try_from(self.held.len()).unwrap_or(u64::MAX);
                let here = held.min(*left);
                *left -= here;
                self.cleared = usize::try_from(here).unwrap_or_default();
                if *left == 0 {
                    self.at = At::Head;
                }
            }
            At::Chunks(chunks) => match chunks.follow(&self.held) {
                Ok(here) => {
                    self.cleared = here;
                    if chunks.is_over() {
                        self.at = At::Head;
                    }
                }
                Err(_) => {
                    self.at = At::Refused;
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "the body is not chunked as it says",
                    ));
                }
            },
            At::Refused => {}
        }
        self.fresh = 0;
        Ok(self.cleared > 0)
    }

    /// Nothing comes at present: whether the client had its time. Between requests that is the time to stay idle, which
    /// does not pass while an answer is made; before the first, and within a head, the time to send one.
    fn waits_in_vain(&mut self, context: &mut Context<'_>) -> bool {
        if !matches!(self.at, At::Head) {
            return false;
        }
        let idle = self.served && self.held.is_empty();
        let timeouts = self.bounds.timeouts;
        let time = if idle { timeouts.idle } else { timeouts.read };
        let patience = self.patience.get_or_insert_with(|| Box::pin(sleep(time)));
        while patience.as_mut().poll(context).is_ready() {
            if !(idle && self.under_way.any()) {
                return true;
            }
            patience.as_mut().reset(Instant::now() + time);
        }
        false
    }

    /// An answer is written: the time to stay idle begins anew. The timer is moved, not made again, for whoever waits is
    /// woken by it.
    fn answered(&mut self) {
        if self.served
            && self.held.is_empty()
            && let Some(patience) = &mut self.patience
        {
            patience.as_mut().reset(Instant::now() + self.bounds.timeouts.idle);
        }
    }

    /// Hands on what is cleared, as far as there is room.
    fn hand_on(&mut self, room: &mut ReadBuf<'_>) {
        let here = self.cleared.min(room.remaining());
        room.put_slice(self.held.get(..here).unwrap_or_default());
        self.cleared -= here;
        if here == self.held.len() {
            // An idle connection holds no memory.
            self.held = Vec::new();
        } else {
            self.held.drain(..here);
        }
        if self.cleared == 0 {
            self.fresh = self.held.len();
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Framed<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if room.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        loop {
            if this.cleared > 0 || (this.fresh > 0 && this.clear()?) {
                this.hand_on(room);
                return Poll::Ready(Ok(()));
            }
            if matches!(this.at, At::Refused) {
                // No end either: hyper would take it for a client that no longer waits for the answer.
                return Poll::Pending;
            }
            let mut bytes = [0; READ];
            let mut bytes = ReadBuf::new(&mut bytes);
            match Pin::new(&mut this.socket).poll_read(context, &mut bytes) {
                Poll::Ready(read) => read?,
                // As if it had ended: hyper has nothing of a head that is not whole, and closes without a word.
                Poll::Pending if this.waits_in_vain(context) => return Poll::Ready(Ok(())),
                Poll::Pending => return Poll::Pending,
            }
            if bytes.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            if this.held.is_empty() && this.served {
                this.patience = None;
            }
            this.held.extend_from_slice(bytes.filled());
            this.fresh = bytes.filled().len();
        }
    }
}

impl<S: AsyncWrite + Unpin> Framed<S> {
    /// Passes on what the socket says of a write; a socket that takes nothing for too long is an error.
    fn unless_stalled<T>(
        &mut self,
        context: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let written = write(Pin::new(&mut self.socket), context);
        if written.is_ready() {
            self.stall = None;
            return written;
        }
        let stall = self.stall.get_or_insert_with(|| Box::pin(sleep(self.bounds.timeouts.write)));
        stall.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Framed<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.answered();
        this.unless_stalled(context, |socket, context| socket.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.answered();
        this.unless_stalled(context, |socket, context| socket.poll_write_vectored(context, bytes))
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().unless_stalled(context, |socket, context| socket.poll_flush(context))
    }

    /// Ends the answer, then lingers.
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.linger.is_none() {
            std::task::ready!(this.unless_stalled(context, |socket, context| socket.poll_shutdown(context)))?;
            if matches!(this.at, At::Head) && this.held.is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.held = Vec::new();
        }
        let linger = this.linger.get_or_insert_with(Linger::new);
        linger.poll(context, &mut this.socket).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio::time::timeout;

    use super::*;
    use crate::settings::Timeouts;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    #[tokio::test]
    async fn a_connection_is_not_idle_while_an_answer_is_made() {
        let timeouts = Timeouts {
            read: Duration::from_secs(60),
            write: Duration::from_secs(60),
            idle: Duration::from_millis(20),
        };
        let (mut client, server) = duplex(1024);
        let under_way = UnderWay::default();
        let mut framed = Framed::new(server, Bounds { timeouts, header_bytes: 1024 }, under_way.clone());
        client.write_all(REQUEST).await.unwrap();
        let mut head = vec![0; REQUEST.len()];
        framed.read_exact(&mut head).await.unwrap();
        let answering = under_way.begin();
        let mut next = [0];
        let waited = timeout(Duration::from_millis(200), framed.read(&mut next)).await;
        assert!(waited.is_err(), "it ends in the middle of an answer");
        drop(answering);
        let ended = timeout(Duration::from_secs(60), framed.read(&mut next)).await;
        assert_eq!(ended.expect("it ends").unwrap(), 0);
    }
}
