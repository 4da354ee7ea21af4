//! SQLite's one writer. Transactions that wait for it at the same time are committed together: a commit waits for the
//! disk and costs many times what a row does. Nobody is answered before the commit.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::SqlitePool;
use tokio::sync::oneshot;

use super::database::{BoxFuture, Statement, Transaction, Work};
use super::error::StorageError;

/// The most transactions in one commit.
const TOGETHER: usize = 128;

/// The connection that writes, and who waits for it.
pub(super) struct Writer {
    pool: SqlitePool,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Box<dyn Job>>,
    at_work: bool,
}

impl Writer {
    /// A writer over a pool of one connection.
    pub(super) fn new(pool: SqlitePool) -> Self {
        Self { pool, queue: Mutex::default() }
    }

    /// The connection itself: for what runs before anything else.
    pub(super) fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// Runs a transaction, perhaps together with others. It is run once more, alone, when one of them failed.
    /// A caller that goes away abandons nothing.
    pub(super) async fn transaction<D, T>(
        self: &Arc<Self>,
        data: D,
        work: Work<D, T>,
    ) -> Result<T, StorageError>
    where
        D: Send + Sync + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.enqueue(Box::new(Task { data, work, value: None, reply }));
        answer.await.unwrap_or_else(|_| Err(StorageError::Internal("a transaction ended early".to_owned())))
    }

    /// Inserts rows, all of them or none, perhaps together with others.
    pub(super) async fn insert(self: &Arc<Self>, statements: Vec<Statement>) -> Result<(), StorageError> {
        let (reply, answer) = oneshot::channel();
        self.enqueue(Box::new(Insert { statements, reply }));
        answer.await.unwrap_or_else(|_| Err(StorageError::Internal("an insertion ended early".to_owned())))
    }

    fn enqueue(self: &Arc<Self>, job: Box<dyn Job>) {
        let mut queue = self.queue();
        queue.waiting.push(job);
        if !queue.at_work {
            queue.at_work = true;
            tokio::spawn(self.clone().work());
        }
    }

    /// Works until nobody waits.
    async fn work(self: Arc<Self>) {
        let mut shift = Shift { writer: &self, over: false };
        while let Some(jobs) = shift.next() {
            self.write(jobs).await;
        }
    }

    async fn write(&self, mut jobs: Vec<Box<dyn Job>>) {
        match self.commit(&mut jobs).await {
            Err(Failure::Job(_)) if jobs.len() > 1 => {
                for mut job in jobs {
                    let outcome = self.commit(std::slice::from_mut(&mut job)).await;
                    job.answer(outcome.map_err(Failure::into_error));
                }
            }
            outcome => {
                let outcome = outcome.map_err(Failure::into_error);
                jobs.into_iter().for_each(|job| job.answer(outcome.clone()));
            }
        }
    }

    /// One transaction of the database for all the jobs: all of them are stored, or none.
    async fn commit(&self, jobs: &mut [Box<dyn Job>]) -> Result<(), Failure> {
        // IMMEDIATE takes the write lock at once; a lock taken halfway cannot be waited for.
        let begun = self.pool.begin_with("BEGIN IMMEDIATE").await;
        let mut transaction = Transaction::Sqlite(begun.map_err(Failure::database)?);
        if let Err(error) = run(jobs, &mut transaction).await {
            transaction.roll_back().await;
            return Err(Failure::Job(error));
        }
        transaction.commit().await.map_err(Failure::Database)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does what each job does, the insertions first, those of one kind together. Nobody was answered yet, so every order
/// is right.
async fn run(jobs: &mut [Box<dyn Job>], transaction: &mut Transaction) -> Result<(), StorageError> {
    let mut insertions: Vec<Statement> = jobs.iter().flat_map(|job| job.insertions()).cloned().collect();
    insertions.sort_by_key(|statement| statement.sql);
    for kind in insertions.chunk_by(|one, other| one.sql == other.sql) {
        let mut rest = kind;
        // A text for each power of two stays prepared.
        while let Some(power) = rest.len().checked_ilog2() {
            let (now, later) = rest.split_at_checked(1 << power).unwrap_or((rest, &[]));
            transaction.execute_all(now.to_vec()).await?;
            rest = later;
        }
    }
    for job in jobs.iter_mut().filter(|job| job.insertions().is_empty()) {
        job.run(transaction).await?;
    }
    Ok(())
}

/// Why jobs were not committed.
enum Failure {
    /// One of them failed: nothing is stored, and the others may succeed without it.
    Job(StorageError),
    /// The transaction could not be begun or committed.
    Database(StorageError),
}

impl Failure {
    fn database(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }

    fn into_error(self) -> StorageError {
        match self {
            Self::Job(error) | Self::Database(error) => error,
        }
    }
}

/// One run of the writer, from the first that waits to the last.
struct Shift<'w> {
    writer: &'w Writer,
    over: bool,
}

impl Shift<'_> {
    /// Those who wait now; `None` ends the shift.
    fn next(&mut self) -> Option<Vec<Box<dyn Job>>> {
        let mut queue = self.writer.queue();
        let many = queue.waiting.len().min(TOGETHER);
        let jobs: Vec<_> = queue.waiting.drain(..many).collect();
        if jobs.is_empty() {
            queue.at_work = false;
            self.over = true;
        }
        (!self.over).then_some(jobs)
    }
}

impl Drop for Shift<'_> {
    /// A shift that was cut off leaves nobody waiting and lets the next begin.
    fn drop(&mut self) {
        if !self.over {
            let mut queue = self.writer.queue();
            queue.at_work = false;
            queue.waiting.clear();
        }
    }
}

/// A transaction that waits, whatever its types.
trait Job: Send {
    /// Its rows, when all it does is to insert them; then it is not run.
    fn insertions(&self) -> &[Statement];

    /// Does its statements and keeps what they give.
    fn run<'t>(&'t mut self, transaction: &'t mut Transaction) -> BoxFuture<'t, Result<(), StorageError>>;

    /// Tells its caller.
    fn answer(self: Box<Self>, outcome: Result<(), StorageError>);
}

struct Task<D, T> {
    data: D,
    work: Work<D, T>,
    value: Option<T>,
    reply: oneshot::Sender<Result<T, StorageError>>,
}

impl<D: Send + Sync, T: Send> Job for Task<D, T> {
    fn insertions(&self) -> &[Statement] {
        &[]
    }

    fn run<'t>(&'t mut self, transaction: &'t mut Transaction) -> BoxFuture<'t, Result<(), StorageError>> {
        Box::pin(async move {
            self.value = Some((self.work)(transaction, &self.data).await?);
            Ok(())
        })
    }

    fn answer(self: Box<Self>, outcome: Result<(), StorageError>) {
        let Self { value, reply, .. } = *self;
        let nothing = || StorageError::Internal("a transaction gave nothing".to_owned());
        // Its caller may have gone.
        drop(reply.send(outcome.and_then(|()| value.ok_or_else(nothing))));
    }
}

struct Insert {
    statements: Vec<Statement>,
    reply: oneshot::Sender<Result<(), StorageError>>,
}

impl Job for Insert {
    fn insertions(&self) -> &[Statement] {
        &self.statements
    }

    fn run<'t>(&'t mut self, transaction: &'t mut Transaction) -> BoxFuture<'t, Result<(), StorageError>> {
        Box::pin(transaction.execute_all(self.statements.clone()))
    }

    fn answer(self: Box<Self>, outcome: Result<(), StorageError>) {
        // Its caller may have gone.
        drop(self.reply.send(outcome));
    }
}

#[cfg(test)]
mod tests {
    use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

    use super::super::connect::sqlite_pool;
    use super::super::database::values;
    use super::*;

    const STATEMENT: Work<&'static str, u64> = |transaction, sql| Box::pin(transaction.execute(sql, vec![]));

    async fn writer() -> Arc<Writer> {
        let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
        let writer = Arc::new(Writer::new(pool));
        for table in [
            "CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY)",
            "CREATE TABLE part (of BIGINT REFERENCES thing (id) DEFERRABLE INITIALLY DEFERRED)",
        ] {
            writer.transaction(table, STATEMENT).await.unwrap();
        }
        writer
    }

    async fn stored(writer: &Writer) -> Vec<i64> {
        sqlx::query_scalar("SELECT id FROM thing ORDER BY id").fetch_all(writer.pool()).await.unwrap()
    }

    #[tokio::test]
    async fn one_that_fails_leaves_those_beside_it_alone() {
        let writer = writer().await;
        let (first, failed, last) = tokio::join!(
            writer.transaction("INSERT INTO thing VALUES (1)", STATEMENT),
            writer.transaction("INSERT INTO thing VALUES (2), (2)", STATEMENT),
            writer.transaction("INSERT INTO thing VALUES (3), (4)", STATEMENT),
        );
        assert_eq!((first, last), (Ok(1), Ok(2)));
        assert!(matches!(failed, Err(StorageError::Internal(_))), "{failed:?}");
        assert_eq!(stored(&writer).await, [1, 3, 4]);
    }

    #[tokio::test]
    async fn what_waits_together_is_committed_together() {
        let writer = writer().await;
        // The commit fails for what the second did: then nothing of the first is stored, and both are told.
        let (first, second) = tokio::join!(
            writer.transaction("INSERT INTO thing VALUES (1)", STATEMENT),
            writer.transaction("INSERT INTO part VALUES (9)", STATEMENT),
        );
        assert!(first.is_err() && second.is_err(), "{first:?} {second:?}");
        assert_eq!(writer.transaction("INSERT INTO thing VALUES (5)", STATEMENT).await, Ok(1));
        assert_eq!(stored(&writer).await, [5]);
    }

    #[tokio::test]
    async fn rows_inserted_together_are_all_there_but_the_one_that_fails() {
        let writer = writer().await;
        let insert = |id: i64| {
            let (writer, values) = (writer.clone(), values![id]);
            tokio::spawn(async move {
                writer.insert(vec![Statement { sql: "INSERT INTO thing VALUES ($1)", values }]).await
            })
        };
        let sound: Vec<_> = (0..11).map(insert).collect();
        for each in sound {
            assert_eq!(each.await.unwrap(), Ok(()));
        }
        let mixed: Vec<_> = [20, 21, 5, 22].into_iter().map(insert).collect();
        let mut outcomes = Vec::new();
        for each in mixed {
            outcomes.push(each.await.unwrap().is_ok());
        }
        assert_eq!(outcomes, [true, true, false, true]);
        assert_eq!(stored(&writer).await, (0..11).chain(20..23).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_full_database_serves_again_when_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new().filename(folder.path().join("db")).create_if_missing(true);
        let pool = sqlite_pool().max_connections(1).connect_with(options).await.unwrap();
        let writer = Arc::new(Writer::new(pool));
        writer.transaction("CREATE TABLE thing (id BIGINT, part TEXT)", STATEMENT).await.unwrap();
        writer.transaction("PRAGMA max_page_count = 4", STATEMENT).await.unwrap();
        let large = "INSERT INTO thing VALUES (1, hex(zeroblob(100000)))";
        let full = writer.transaction(large, STATEMENT).await;
        assert!(full.as_ref().is_err_and(StorageError::is_unavailable), "{full:?}");
        // SQLite undid the transaction by itself; the bound was the connection's own and goes with it.
        assert_eq!(writer.transaction(large, STATEMENT).await, Ok(1));
        assert_eq!(stored(&writer).await, [1]);
    }

    #[tokio::test]
    async fn a_panic_leaves_nobody_waiting_and_nothing_stored() {
        let writer = writer().await;
        let panics: Work<(), u64> = |_, ()| Box::pin(async { panic!("for the test") });
        let (first, panicked) = tokio::join!(
            writer.transaction("INSERT INTO thing VALUES (1)", STATEMENT),
            writer.transaction((), panics)
        );
        assert!(first.is_err() && panicked.is_err(), "{first:?} {panicked:?}");
        assert_eq!(writer.transaction("INSERT INTO thing VALUES (2)", STATEMENT).await, Ok(1));
        assert_eq!(stored(&writer).await, [2]);
    }
}
