//! `signet serve`.

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use super::ConfigArgs;
use super::settings::{block_on, fail, load};
use crate::clock::Stopwatch;
use crate::runtime::{self, Reloader, start_logging};
use crate::settings::Settings;
use crate::yaml::Problems;

/// Serves until a signal ends it.
pub(super) fn run(args: ConfigArgs) -> ExitCode {
    let stopwatch = Stopwatch::start();
    let (settings, problems) = match load(args.clone()) {
        Ok(loaded) => loaded,
        Err(code) => return code,
    };
    if let Err(error) = start_logging(&settings.log) {
        return fail(error);
    }
    report(&problems);
    block_on(serve(args, settings, stopwatch)).unwrap_or_else(|code| code)
}

async fn serve(args: ConfigArgs, settings: Settings, stopwatch: Stopwatch) -> ExitCode {
    let issuers: Vec<String> = settings.sessions.iter().map(|session| session.issuer.to_string()).collect();
    let running = match runtime::serve(settings, None).await {
        Ok(running) => running,
        Err(error) => return fail(error),
    };
    tracing::info!(
        address = %running.address,
        issuers = issuers.join(" "),
        "ready in {} ms",
        stopwatch.milliseconds()
    );
    let reloads = tokio::spawn(reload_at_signal(args, running.reloader()));
    running.until(stop_signal()).await;
    reloads.abort();
    tracing::info!("stopped");
    ExitCode::SUCCESS
}

/// Reads the configuration again at each SIGHUP.
async fn reload_at_signal(args: ConfigArgs, reloader: Reloader) {
    let Ok(mut hangups) = signal(SignalKind::hangup()) else { return };
    while hangups.recv().await.is_some() {
        let (args, reloader) = (args.clone(), reloader.clone());
        let reloaded = tokio::task::spawn_blocking(move || {
            let Ok((settings, problems)) = load(args) else {
                tracing::error!("the configuration was not reloaded: the former one goes on");
                return;
            };
            report(&problems);
            match reloader.reload(settings) {
                Ok(()) => tracing::info!("the configuration was reloaded"),
                Err(error) => tracing::error!("the configuration was not reloaded: {error}"),
            }
        });
        let _ = reloaded.await;
    }
}

/// Ends when the process is asked to stop: SIGTERM, or Ctrl-C.
pub(super) async fn stop_signal() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        tracing::warn!("SIGTERM cannot be listened for; only Ctrl-C stops in good order");
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// Writes what the configuration deserves to be told to the log.
pub(super) fn report(problems: &Problems) {
    for problem in problems.iter() {
        tracing::warn!("{problem}");
    }
}
