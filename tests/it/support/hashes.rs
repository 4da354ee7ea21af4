//! How many slow hashes this thread's requests cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Metadata, Subscriber};

/// Where every slow hash is computed, passwords and secrets alike; it traces each.
const PLACE: &str = "signet::users::password";

/// Counts from its making to its end, for apps of the thread that made it.
pub struct Hashes {
    counted: Arc<AtomicUsize>,
    _guard: DefaultGuard,
}

impl Hashes {
    pub fn counted() -> Self {
        let counted = Arc::new(AtomicUsize::new(0));
        let guard = tracing::subscriber::set_default(Counter(Arc::clone(&counted)));
        Self { counted, _guard: guard }
    }

    /// How many there were since it was last asked.
    pub fn take(&self) -> usize {
        self.counted.swap(0, Ordering::SeqCst)
    }
}

struct Counter(Arc<AtomicUsize>);

impl Subscriber for Counter {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == PLACE
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
