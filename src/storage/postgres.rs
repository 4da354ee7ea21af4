//! Connections to PostgreSQL: each is given back whole or closed, and a server that says nothing is not waited for.

use std::ops::{Deref, DerefMut};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Executor as _, PgPool, Postgres};
use tokio::sync::Semaphore;

use super::database::{Transaction, Work};
use super::error::{StorageError, may_be_retried};

/// How long a transaction waits for its turn.
const TURN: Duration = Duration::from_secs(5);
/// How often a transaction that met another is run.
const RUNS: usize = 3;
/// How often it is asked whether the server said anything.
const LISTEN: Duration = Duration::from_millis(500);
/// After how many of these the server is taken for hung, when it said nothing to anybody. A statement may wait 2 seconds
/// for a lock, so it answers within that time.
const SILENT: usize = 5;
/// After how many of these nobody waits any longer, whatever it says to others: it ends a statement after 5 seconds.
const MOST: usize = 20;

/// The servers, and what is known of the one that the pool connects to.
pub(super) struct Servers {
    pool: PgPool,
    pub(super) options: Vec<PgConnectOptions>,
    pub(super) current: AtomicUsize,
    /// The transactions that may be under way.
    turns: Semaphore,
    /// Counts what the server answered.
    answers: AtomicU64,
}

impl Servers {
    /// A pool that connects to the server of an index first.
    pub(super) fn new(
        pool: PgPool,
        options: Vec<PgConnectOptions>,
        current: usize,
        transactions: usize,
    ) -> Self {
        Self {
            pool,
            options,
            current: AtomicUsize::new(current),
            turns: Semaphore::new(transactions),
            answers: AtomicU64::new(0),
        }
    }

    /// Runs a transaction in its turn, again when it met another that it could not be fitted beside.
    pub(super) async fn transaction<D, T>(
        self: &Arc<Self>,
        data: &D,
        work: Work<D, T>,
    ) -> Result<T, StorageError> {
        self.unless_silent(async {
            let turn = tokio::time::timeout(TURN, self.turns.acquire()).await;
            let Ok(Ok(_turn)) = turn else {
                return Err(StorageError::Unavailable("no transaction ended in time".to_owned()));
            };
            let mut run = 1;
            loop {
                match self.run_once(data, work).await {
                    Err(error) if may_be_retried(&error) && run < RUNS => run += 1,
                    result => return result,
                }
            }
        })
        .await
    }

    async fn run_once<D, T>(self: &Arc<Self>, data: &D, work: Work<D, T>) -> Result<T, StorageError> {
        let mut lease = self.lease().await?;
        lease.execute("BEGIN").await?;
        lease.answered();
        let mut transaction = Transaction::Postgres(lease);
        match work(&mut transaction, data).await {
            Ok(value) => {
                transaction.commit().await?;
                Ok(value)
            }
            Err(error) => {
                transaction.roll_back().await;
                Err(error)
            }
        }
    }

    /// A connection; when none comes, the next attempt is made at the next server.
    pub(super) async fn lease(self: &Arc<Self>) -> Result<Lease, StorageError> {
        let seen = self.current.load(Ordering::SeqCst);
        match self.pool.acquire().await {
            Ok(connection) => Ok(Lease { connection, servers: self.clone(), whole: false }),
            Err(error) => {
                let error = StorageError::from(error);
                if error.is_unavailable() {
                    self.turn_from(seen);
                }
                Err(error)
            }
        }
    }

    /// Turned to once, for all the requests that missed the same one.
    fn turn_from(&self, seen: usize) {
        let next = (seen + 1) % self.options.len().max(1);
        if next != seen
            && self.current.compare_exchange(seen, next, Ordering::SeqCst, Ordering::SeqCst).is_ok()
            && let Some(options) = self.options.get(next)
        {
            tracing::warn!(server = next + 1, "the PostgreSQL server does not answer; trying the next one");
            self.pool.set_connect_options(options.clone());
        }
    }

    /// Does work with the server to its end, unless it says nothing any more: a machine that hangs keeps its
    /// connections open, and no error ever comes. What was begun is dropped, its connection closed.
    pub(super) async fn unless_silent<T>(
        &self,
        work: impl Future<Output = Result<T, StorageError>>,
    ) -> Result<T, StorageError> {
        let mut work = pin!(work);
        let (mut heard, mut silent) = (self.answers.load(Ordering::Relaxed), 0);
        for _ in 0..MOST {
            if let Ok(result) = tokio::time::timeout(LISTEN, work.as_mut()).await {
                return result;
            }
            let now = self.answers.load(Ordering::Relaxed);
            silent = if now == heard { silent + 1 } else { 0 };
            heard = now;
            if silent >= SILENT {
                break;
            }
        }
        Err(StorageError::Unavailable("PostgreSQL does not answer".to_owned()))
    }

    /// Lets go of every connection.
    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

/// A connection in use. Dropped in the middle of something it is closed, and with it goes what it had begun: the pool
/// would ask it how it is, and wait for the answer.
pub(super) struct Lease {
    connection: PoolConnection<Postgres>,
    servers: Arc<Servers>,
    /// Nothing is under way on it.
    whole: bool,
}

impl Lease {
    /// The server said something.
    pub(super) fn answered(&self) {
        self.servers.answers.fetch_add(1, Ordering::Relaxed);
    }

    /// What was begun has ended: others may use the connection.
    pub(super) fn give_back(mut self) {
        self.answered();
        self.whole = true;
    }

    /// Keeps everything that was done.
    pub(super) async fn commit(mut self) -> Result<(), StorageError> {
        self.connection.execute("COMMIT").await?;
        self.give_back();
        Ok(())
    }

    /// Undoes everything that was done.
    pub(super) async fn roll_back(mut self) {
        if self.connection.execute("ROLLBACK").await.is_ok() {
            self.give_back();
        }
    }
}

impl Deref for Lease {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.whole {
            self.connection.close_on_drop();
        }
    }
}
