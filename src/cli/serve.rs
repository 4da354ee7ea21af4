//! `signet serve`.

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::ConfigArgs;
use super::settings::{block_on, counted, fail, judged, refuse, say, say_no_configuration, sources};
use crate::clock::Stopwatch;
use crate::config::{FilesRead, Look};
use crate::runtime::{
    self, LogHandle, ReloadError, Reloaded, Reloader, StartError, Stop, notify, start_logging,
};
use crate::settings::Settings;
use crate::yaml::{Problems, Severity};

/// How often the files of the configuration are looked at. What changed is read when it looks the same twice.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Serves until a signal ends it.
pub(super) fn run(args: ConfigArgs) -> ExitCode {
    let stopwatch = Stopwatch::start();
    let files_read = FilesRead::default();
    let Some(sources) = sources(args.clone()) else { return say_no_configuration() };
    let sources = sources.noting(&files_read);
    let (settings, problems) = match judged(&sources) {
        Ok(judged) => judged,
        Err(problems) => return refuse(&problems),
    };
    let log = match start_logging(&settings.log) {
        Ok(log) => log,
        Err(error) => return fail(error),
    };
    report(&problems);
    let current = Current { args, files_read };
    block_on(serve(current, settings, stopwatch, &log)).unwrap_or_else(|code| code)
}

/// The configuration in use: what it is read from.
#[derive(Clone)]
struct Current {
    args: ConfigArgs,
    /// Its files, as they were when it was read.
    files_read: FilesRead,
}

async fn serve(current: Current, settings: Settings, stopwatch: Stopwatch, log: &LogHandle) -> ExitCode {
    let issuers: Vec<String> = settings.sessions.iter().map(|session| session.issuer.to_string()).collect();
    let orders = stop_orders();
    let running = match runtime::serve(settings, None).await {
        Ok(running) => running,
        Err(error) => return cannot_start(error),
    };
    // Before anybody is told that it is ready: a signal that nobody listens for ends the process.
    let hangups = signal(SignalKind::hangup());
    tracing::info!(
        address = %running.address,
        issuers = issuers.join(" "),
        "ready in {} ms",
        stopwatch.milliseconds()
    );
    let reloads = tokio::spawn(keep(current, hangups, running.reloader(), log.reopener()));
    let watchdog = tokio::spawn(notify::watchdog());
    running.until(orders).await;
    reloads.abort();
    watchdog.abort();
    tracing::info!("stopped");
    ExitCode::SUCCESS
}

/// Reads the configuration again at each SIGHUP, which opens the log file anew as well, and when its files change.
async fn keep(current: Current, hangups: io::Result<Signal>, reloader: Reloader, reopen_log: impl Fn()) {
    let mut hangups = hangups.ok();
    let mut watch = Watch::default();
    loop {
        tokio::select! {
            () = arrives(&mut hangups) => reopen_log(),
            () = watch.change(&current.files_read) => tracing::info!("the files of the configuration changed"),
        }
        notify::reloading();
        let (beside, again) = (reloader.clone(), current.clone());
        let reloaded = tokio::task::spawn_blocking(move || reload(again, &beside)).await;
        let outcome = reloaded.unwrap_or_else(|_| Err("a fault of Signet".to_owned()));
        match &outcome {
            Ok(_) => tracing::info!("the configuration was reloaded"),
            Err(reason) => {
                tracing::error!("the configuration was not reloaded: {reason}; the former one goes on");
            }
        }
        reloader.remember(outcome).await;
        notify::ready();
    }
}

/// What was seen of the files.
#[derive(Default)]
struct Watch {
    last: Option<Look>,
    /// What was acted on: what cannot be read is told once.
    taken: Option<Look>,
}

impl Watch {
    /// Ends when the files are others than were read, and hold still: what is being written, or put in place file by
    /// file, is waited for.
    async fn change(&mut self, files_read: &FilesRead) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let files = files_read.clone();
            let looked = tokio::task::spawn_blocking(move || {
                let look = files.look();
                let same = files.are_as_in(&look);
                (look, same)
            });
            let Ok((look, same)) = looked.await else { continue };
            let still = self.last.as_ref() == Some(&look);
            self.last = Some(look.clone());
            if still && !same && self.taken.as_ref() != Some(&look) {
                self.taken = Some(look);
                return;
            }
        }
    }
}

/// Reads the configuration again; says what became of it, or in one line why nothing did.
fn reload(current: Current, reloader: &Reloader) -> Result<Reloaded, String> {
    let Some(sources) = sources(current.args) else { return Err("its file is gone".to_owned()) };
    let sources = sources.noting(&current.files_read);
    let refused = |problems: Problems| {
        report(&problems);
        format!("it is not valid: {}", counted(problems.errors().count(), "error"))
    };
    let (settings, problems) = judged(&sources).map_err(refused)?;
    report(&problems);
    reloader.reload(settings).map_err(|error| match error {
        ReloadError::Start(StartError::Users(problems) | StartError::Tls(problems)) => refused(problems),
        error => error.to_string(),
    })
}

/// How the signals that come ask to stop: SIGTERM in good order, Ctrl-C without waiting for a balancer, a second one of
/// either at once.
pub(super) fn stop_orders() -> mpsc::Receiver<Stop> {
    let (give, orders) = mpsc::channel(4);
    let listen =
        |kind| signal(kind).inspect_err(|error| tracing::warn!(%error, "a signal cannot be listened for"));
    let (mut terminate, mut interrupt) =
        (listen(SignalKind::terminate()).ok(), listen(SignalKind::interrupt()).ok());
    tokio::spawn(async move {
        let mut begun = false;
        loop {
            let first = tokio::select! {
                () = arrives(&mut terminate) => Stop::Drained,
                () = arrives(&mut interrupt) => Stop::Answered,
            };
            let order = if begun { Stop::AtOnce } else { first };
            begun = true;
            if give.send(order).await.is_err() {
                return;
            }
        }
    });
    orders
}

/// Ends when the signal comes; never when it cannot be listened for.
async fn arrives(signal: &mut Option<Signal>) {
    let came = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if came.is_none() {
        std::future::pending::<()>().await;
    }
}

/// Writes what there is to say about the configuration to the log, a line each.
pub(super) fn report(problems: &Problems) {
    for problem in problems.iter() {
        match problem.severity {
            Severity::Error => tracing::error!("{}", problem.line()),
            Severity::Warning => tracing::warn!("{}", problem.line()),
            Severity::Notice => tracing::info!("{}", problem.line()),
        }
    }
}

/// Says why Signet did not start.
pub(super) fn cannot_start(error: StartError) -> ExitCode {
    match error {
        StartError::Users(problems) | StartError::Tls(problems) => {
            say(&problems.to_string());
            ExitCode::FAILURE
        }
        error => fail(error),
    }
}
