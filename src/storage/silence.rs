//! Whether the PostgreSQL server says anything: found out once, for everybody who waits for it.
//!
//! A machine that hangs keeps its connections open, and no error ever comes; one that is gone refuses each new
//! connection, and each request would try for itself. When nobody was answered for a while, one connection is tried for
//! all. As long as it fails, requests are refused at once; when it is answered, they are let through again, and those
//! under way have all the time that the server gives a statement.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::connect::refuse_standby;
use super::error::StorageError;
use super::postgres::Servers;
use crate::clock::Stopwatch;

/// How often it is asked whether the server said anything. When it said nothing to anybody meanwhile, it is tried
/// whether it is there.
const LISTEN: Duration = Duration::from_millis(500);
/// For how long that is tried before the server is taken for gone: who asks is told within 2 seconds.
const TRIED: Duration = Duration::from_millis(900);
/// How soon it is tried again.
const AGAIN: Duration = Duration::from_millis(100);
/// After how many of these a request gives up, though new connections are answered. The server ends a statement after
/// 5 seconds and says so: whoever is still told nothing has a connection that broke silently.
const SILENT: usize = 13;
/// After how many of these nobody waits any longer, whatever it says to others.
const MOST: usize = 20;

/// What is known of the server.
pub(super) struct Silence {
    /// Counts what it answered.
    answers: AtomicU64,
    /// Somebody tries whether it is there.
    tried: AtomicBool,
    /// It is not.
    gone: watch::Sender<bool>,
}

impl Silence {
    /// Nothing is held against it.
    pub(super) fn new() -> Self {
        Self { answers: AtomicU64::new(0), tried: AtomicBool::new(false), gone: watch::Sender::new(false) }
    }

    /// The server said something.
    pub(super) fn heard(&self) {
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }
}

impl Servers {
    /// Does work with the server to its end, unless it says nothing any more; at once when that is known. What was
    /// begun is dropped, its connection closed.
    pub(super) async fn unless_silent<T>(
        self: &Arc<Self>,
        work: impl Future<Output = Result<T, StorageError>>,
    ) -> Result<T, StorageError> {
        let mut gone = self.silence.gone.subscribe();
        let known = async { drop(gone.wait_for(|gone| *gone).await) };
        let result = tokio::select! {
            biased;
            () = known => None,
            result = self.listening(work) => result,
        };
        result.unwrap_or_else(|| Err(StorageError::Unavailable("PostgreSQL does not answer".to_owned())))
    }

    /// The result of the work; nothing when there was silence for too long.
    async fn listening<T>(self: &Arc<Self>, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        let (mut heard, mut silent) = (self.silence.answers(), 0);
        for _ in 0..MOST {
            if let Ok(result) = timeout(LISTEN, work.as_mut()).await {
                return Some(result);
            }
            let now = self.silence.answers();
            silent = if now == heard { silent + 1 } else { 0 };
            heard = now;
            if silent >= SILENT {
                break;
            }
            // A slow statement on a server that is there is waited for, even when it is the only one.
            if silent > 0 {
                self.doubt();
            }
        }
        None
    }

    /// Has it tried whether the server is there, unless somebody does.
    fn doubt(self: &Arc<Self>) {
        if !self.silence.tried.swap(true, Ordering::SeqCst) {
            tokio::spawn(self.clone().find_out());
        }
    }

    /// Tries until the server answers.
    async fn find_out(self: Arc<Self>) {
        let trial = Trial(&self.silence);
        let (begun, heard) = (Stopwatch::start(), self.silence.answers());
        while !self.is_closed() && !self.takes_a_connection().await {
            if !*trial.0.gone.borrow() && begun.elapsed() >= TRIED {
                if self.silence.answers() != heard {
                    return;
                }
                tracing::warn!("PostgreSQL does not answer: requests are refused until it does");
                trial.0.gone.send_replace(true);
            }
            sleep(AGAIN).await;
        }
        if *trial.0.gone.borrow() {
            tracing::info!("PostgreSQL answers again");
        }
    }

    /// Whether the present server takes one more connection; else the next trial is made at the next server.
    async fn takes_a_connection(&self) -> bool {
        let (seen, server) = self.present();
        let tried = async {
            let mut connection = PgConnection::connect_with(server?).await.ok()?;
            if self.options.len() > 1 {
                refuse_standby(&mut connection).await.ok()?;
            }
            connection.close().await.ok()
        };
        let taken = matches!(timeout(TRIED, tried).await, Ok(Some(())));
        if !taken {
            self.turn_from(seen);
        }
        taken
    }
}

/// A trial under way. However it ends, requests are let through then.
struct Trial<'s>(&'s Silence);

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        self.0.gone.send_replace(false);
        self.0.tried.store(false, Ordering::SeqCst);
    }
}
