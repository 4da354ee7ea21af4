//! What the service manager is told (sd_notify(3)); nothing happens when none listens.

use std::sync::{Mutex, PoisonError};

use sd_notify::NotifyState;

/// Whether the end was told: a process that ends is never ready again, and a reload under way must not say so.
static ENDS: Mutex<bool> = Mutex::new(false);

/// It serves.
pub fn ready() {
    unless_it_ends(&[NotifyState::Ready]);
}

/// The configuration is read again; [`ready`] follows.
pub fn reloading() {
    // `Type=notify-reload` wants to know when it began.
    match NotifyState::monotonic_usec_now() {
        Ok(now) => unless_it_ends(&[NotifyState::Reloading, now]),
        Err(_) => unless_it_ends(&[NotifyState::Reloading]),
    }
}

/// It is on its way out: from now on neither [`ready`] nor [`reloading`] says anything.
pub(super) fn stopping() {
    let mut ends = ENDS.lock().unwrap_or_else(PoisonError::into_inner);
    tell(&[NotifyState::Stopping]);
    *ends = true;
}

fn unless_it_ends(states: &[NotifyState<'_>]) {
    // Held while it is told, so that nothing can be told in between.
    let ends = ENDS.lock().unwrap_or_else(PoisonError::into_inner);
    if !*ends {
        tell(states);
    }
}

/// Says twice in the time that `WatchdogSec=` allows that the program still runs its tasks, for as long as it is let
/// run; never when no watchdog waits. It does not speak of the database: a restart would not bring that back.
pub async fn watchdog() {
    let Some(allowed) = sd_notify::watchdog_enabled() else { return };
    let half = allowed / 2;
    if half.is_zero() {
        return;
    }
    let mut turns = tokio::time::interval(half);
    loop {
        turns.tick().await;
        tell(&[NotifyState::Watchdog]);
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}
