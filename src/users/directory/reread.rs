//! The directory in use: an immutable snapshot that is replaced when the file changes.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use arc_swap::ArcSwap;
use tokio::sync::Mutex;

use super::file;
use super::people::People;
use crate::clock::{Clock, NumericDate};
use crate::settings;
use crate::yaml::Problems;

/// How long a changed file must hold still before it is read: it may be in the middle of being written.
const HOLD_STILL: Duration = Duration::from_millis(200);
/// How often that is waited for; then the next use tries again.
const PATIENCE: u32 = 5;

/// Who there is. Cloning shares it.
#[derive(Clone, Debug)]
pub(crate) struct Directory(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: settings::Directory,
    clock: Clock,
    people: ArcSwap<People>,
    /// The second in which the file was last looked at.
    looked: AtomicI64,
    /// What the file was like when it was last read, or last failed to be read.
    seen: Mutex<Option<Stamp>>,
}

/// What changes when a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: (i64, i64),
    size: u64,
    inode: u64,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            size: metadata.size(),
            inode: metadata.ino(),
        }
    }
}

/// When a file was last modified.
pub(super) fn modified_at(metadata: &Metadata) -> NumericDate {
    metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| NumericDate::try_from(since.as_secs()).ok())
        .unwrap_or(0)
}

impl Directory {
    /// Reads the file for the first time.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub(crate) fn open(settings: settings::Directory, clock: Clock) -> Result<Self, Problems> {
        let stamp = std::fs::metadata(&settings.path).ok().map(|metadata| Stamp::of(&metadata));
        let (people, warnings) = file::read(&settings)?;
        for warning in warnings.iter() {
            tracing::warn!(warning = warning.line(), "the users file has a weakness");
        }
        Ok(Self(Arc::new(Inner {
            looked: AtomicI64::new(clock.now()),
            settings,
            clock,
            people: ArcSwap::from_pointee(people),
            seen: Mutex::new(stamp),
        })))
    }

    /// Everyone, as last read.
    pub(crate) fn people(&self) -> Arc<People> {
        self.0.people.load_full()
    }

    /// Everyone, as of at most a second ago: whoever comes first in a second looks at the file, and whoever comes
    /// while it is looked at waits for what is found.
    pub(crate) async fn fresh_people(&self) -> Arc<People> {
        let now = self.0.clock.now();
        if self.0.looked.load(Ordering::Acquire) != now {
            let mut seen = self.0.seen.lock().await;
            if self.0.looked.load(Ordering::Acquire) != now {
                self.look(&mut seen).await;
                self.0.looked.store(now, Ordering::Release);
            }
        }
        self.people()
    }

    async fn look(&self, seen: &mut Option<Stamp>) {
        if let Some(mut stamp) = self.changed_from(*seen).await {
            for _ in 0..PATIENCE {
                tokio::time::sleep(HOLD_STILL).await;
                match self.changed_from(Some(stamp)).await {
                    Some(later) => stamp = later,
                    None => {
                        self.read(stamp).await;
                        *seen = Some(stamp);
                        return;
                    }
                }
            }
        }
    }

    /// What the file is like now, when it differs. A file that is gone has not changed: the old people stay.
    async fn changed_from(&self, seen: Option<Stamp>) -> Option<Stamp> {
        match tokio::fs::metadata(&self.0.settings.path).await {
            Ok(metadata) => Some(Stamp::of(&metadata)).filter(|stamp| seen != Some(*stamp)),
            Err(why) => {
                tracing::warn!(
                    file = %self.0.settings.path.display(),
                    %why,
                    "the users file cannot be read; everyone known before stays"
                );
                None
            }
        }
    }

    async fn read(&self, stamp: Stamp) {
        let directory = self.clone();
        let read = tokio::task::spawn_blocking(move || {
            let result = file::read(&directory.0.settings);
            let after =
                std::fs::metadata(&directory.0.settings.path).ok().map(|metadata| Stamp::of(&metadata));
            (result, after)
        });
        match read.await {
            Ok((_, after)) if after != Some(stamp) => {
                tracing::info!("the users file changed while it was read; it is read again at the next use");
            }
            Ok((Ok((people, warnings)), _)) => {
                for warning in warnings.iter() {
                    tracing::warn!(warning = warning.line(), "the users file has a weakness");
                }
                tracing::info!(people = people.len(), "the users file was read again");
                self.0.people.store(Arc::new(people));
            }
            Ok((Err(problems), _)) => {
                for problem in problems.errors() {
                    tracing::warn!(
                        problem = problem.line(),
                        "the users file is broken; everyone known before stays"
                    );
                }
            }
            Err(why) => tracing::warn!(%why, "the users file was not read; everyone known before stays"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::users::testing;

    struct File {
        _folder: tempfile::TempDir,
        path: PathBuf,
        clock: Clock,
        directory: Directory,
    }

    fn users(names: &[&str]) -> String {
        let digest = testing::digest("password");
        let entry = |name: &&str| format!("  {name}:\n    displayname: X\n    password: '{digest}'\n");
        format!("users:\n{}", names.iter().map(entry).collect::<String>())
    }

    fn file(names: &[&str]) -> File {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.yml");
        std::fs::write(&path, users(names)).unwrap();
        let clock = Clock::movable(1_700_000_000);
        let directory = Directory::open(testing::directory(&path), clock.clone()).unwrap();
        File { _folder: folder, path, clock, directory }
    }

    impl File {
        async fn knows(&self, name: &str) -> bool {
            self.directory.fresh_people().await.named(name).is_some()
        }
    }

    #[tokio::test]
    async fn a_changed_file_is_read_again_after_a_second() {
        let file = file(&["alice"]);
        std::fs::write(&file.path, users(&["alice", "bob"])).unwrap();
        assert!(!file.knows("bob").await, "the file was looked at in this very second");
        file.clock.advance(1);
        assert!(file.knows("bob").await);
        std::fs::write(&file.path, users(&["bob"])).unwrap();
        file.clock.advance(1);
        assert!(!file.knows("alice").await);
    }

    #[tokio::test]
    async fn whoever_asks_while_the_file_is_looked_at_is_told_what_is_found() {
        let file = file(&["alice"]);
        std::fs::write(&file.path, users(&["alice", "bob"])).unwrap();
        file.clock.advance(1);
        let (first, second, third) = tokio::join!(file.knows("bob"), file.knows("bob"), file.knows("bob"));
        assert!(first && second && third);
    }

    #[tokio::test]
    async fn a_broken_half_written_or_missing_file_leaves_everyone_known() {
        let file = file(&["alice"]);
        let whole = users(&["alice", "bob"]);
        for broken in ["", "users:\n", "users: [", whole.get(..whole.len() - 40).unwrap()] {
            std::fs::write(&file.path, broken).unwrap();
            file.clock.advance(1);
            assert!(file.knows("alice").await, "{broken:?}");
            assert!(!file.knows("bob").await, "{broken:?}");
        }
        std::fs::remove_file(&file.path).unwrap();
        file.clock.advance(1);
        assert!(file.knows("alice").await);
        std::fs::write(&file.path, whole).unwrap();
        file.clock.advance(1);
        assert!(file.knows("bob").await);
    }

    #[tokio::test]
    async fn a_file_that_is_still_being_written_is_waited_for() {
        let file = file(&["alice", "bob"]);
        let path = file.path.clone();
        // Cut between two people, the first half is a whole file with fewer people.
        std::fs::write(&path, users(&["alice"])).unwrap();
        let writer = tokio::spawn(async move {
            tokio::time::sleep(HOLD_STILL / 2).await;
            std::fs::write(&path, users(&["alice", "bob", "carol"])).unwrap();
        });
        file.clock.advance(1);
        assert!(file.knows("carol").await && file.knows("bob").await);
        writer.await.unwrap();
    }
}
