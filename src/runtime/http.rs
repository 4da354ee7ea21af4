//! How connections are served: HTTP/1.1, within the times and sizes of the configuration.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;

use super::framing::Framed;
use crate::settings::Timeouts;
use crate::web::MAX_URI;

/// The longest a client may take to send the head of a request, whatever the configuration says.
const MOST_READ: Duration = Duration::from_secs(10);

/// What the buffer of a connection holds besides the target and the headers, in bytes.
const ROOM: usize = 16 * 1024;

/// What a connection may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// How long.
    pub timeouts: Timeouts,
    /// The largest header section that is read, in bytes.
    pub header_bytes: usize,
}

/// Requests of one connection that are being answered.
#[derive(Clone, Debug, Default)]
pub(super) struct UnderWay(Arc<AtomicUsize>);

/// One of them; it ends with this value.
pub(super) struct Answering(UnderWay);

impl UnderWay {
    /// One more.
    pub(super) fn begin(&self) -> Answering {
        self.0.fetch_add(1, Ordering::SeqCst);
        Answering(self.clone())
    }

    /// Whether there is any.
    pub(super) fn any(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What serves the connections of one listener.
#[derive(Clone)]
pub(super) struct Http {
    /// Serves one.
    pub builder: Arc<Builder<TokioExecutor>>,
    bounds: Bounds,
}

impl Http {
    /// Within these bounds.
    pub(super) fn new(mut bounds: Bounds) -> Self {
        bounds.timeouts.read = bounds.timeouts.read.min(MOST_READ);
        let mut builder = Builder::new(TokioExecutor::new()).http1_only();
        // Whether a head comes in time is watched where it is read.
        builder
            .http1()
            .header_read_timeout(None)
            .max_buf_size(MAX_URI + bounds.header_bytes + ROOM)
            .keep_alive(true);
        Self { builder: Arc::new(builder), bounds }
    }

    /// A connection as hyper sees it.
    pub(super) fn framed<S>(&self, stream: S, under_way: UnderWay) -> TokioIo<Framed<S>> {
        TokioIo::new(Framed::new(stream, self.bounds, under_way))
    }
}
