//! What the service manager is told (sd_notify(3)); nothing happens when none listens.

use sd_notify::NotifyState;

/// It serves.
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The configuration is read again; [`ready`] follows.
pub fn reloading() {
    // `Type=notify-reload` wants to know when it began.
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// It is on its way out.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
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
