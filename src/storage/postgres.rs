//! Connections to PostgreSQL: each is given back whole or closed.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Executor as _, PgPool, Postgres};
use tokio::sync::Semaphore;

use super::database::{Transaction, Work};
use super::error::StorageError;
use super::silence::Silence;

/// How long a transaction waits for its turn.
const TURN: Duration = Duration::from_secs(5);
/// How often a transaction that met another is run.
const RUNS: usize = 3;

/// The servers, and what is known of the one that the pool connects to.
pub(super) struct Servers {
    pool: PgPool,
    pub(super) options: Vec<PgConnectOptions>,
    pub(super) current: AtomicUsize,
    /// The transactions that may be under way.
    turns: Semaphore,
    pub(super) silence: Silence,
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
            silence: Silence::new(),
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
                    Err(StorageError::Collided(_)) if run < RUNS => run += 1,
                    result => return result,
                }
            }
        })
        .await
    }

    async fn run_once<D, T>(self: &Arc<Self>, data: &D, work: Work<D, T>) -> Result<T, StorageError> {
        let mut lease = self.lease().await?;
        let begun = lease.execute("BEGIN").await;
        lease.answered(begun)?;
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
    pub(super) fn turn_from(&self, seen: usize) {
        let next = (seen + 1) % self.options.len().max(1);
        if next != seen
            && self.current.compare_exchange(seen, next, Ordering::SeqCst, Ordering::SeqCst).is_ok()
            && let Some(options) = self.options.get(next)
        {
            tracing::warn!(server = next + 1, "the PostgreSQL server does not answer; trying the next one");
            self.pool.set_connect_options(options.clone());
        }
    }

    /// The server that the pool connects to, and its number.
    pub(super) fn present(&self) -> (usize, Option<&PgConnectOptions>) {
        let current = self.current.load(Ordering::SeqCst);
        (current, self.options.get(current))
    }

    /// Whether every connection was let go.
    pub(super) fn is_closed(&self) -> bool {
        self.pool.is_closed()
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
    /// What came of a statement: the server said something, unless the connection broke.
    pub(super) fn answered<T>(&self, result: Result<T, sqlx::Error>) -> Result<T, StorageError> {
        if is_an_answer(&result) {
            self.servers.silence.heard();
        }
        Ok(result?)
    }

    /// What came of a statement that leaves nothing begun: others may use the connection, unless it broke.
    pub(super) fn give_back<T>(mut self, result: Result<T, sqlx::Error>) -> Result<T, StorageError> {
        self.whole = is_an_answer(&result);
        self.answered(result)
    }

    /// Keeps everything that was done.
    pub(super) async fn commit(mut self) -> Result<(), StorageError> {
        let kept = self.connection.execute("COMMIT").await;
        self.whole = kept.is_ok();
        self.answered(kept).map(drop)
    }

    /// Undoes everything that was done.
    pub(super) async fn roll_back(mut self) {
        let undone = self.connection.execute("ROLLBACK").await;
        self.whole = undone.is_ok();
        drop(self.answered(undone));
    }
}

fn is_an_answer<T>(result: &Result<T, sqlx::Error>) -> bool {
    use sqlx::Error::{Io, Protocol, Tls, WorkerCrashed};
    !matches!(result, Err(Io(_) | Protocol(_) | Tls(_) | WorkerCrashed))
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
