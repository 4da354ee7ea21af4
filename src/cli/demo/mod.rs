//! `signet demo`: a provider to try, with people, clients and a relying party.

mod address;
mod content;
mod files;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tokio::net::TcpListener;
use tokio::sync::watch;

use self::address::DemoAddress;
use super::serve::{cannot_start, report, stop_orders};
use super::settings::{block_on, fail, judged, refuse};
use crate::clock::Stopwatch;
use crate::config::Sources;
use crate::demo;
use crate::runtime::{self, start_logging};

/// The arguments of `signet demo`.
#[derive(Args, Debug)]
pub(super) struct DemoArgs {
    /// Where the provider listens, and its issuer: 127.0.0.1, [::1] or localhost with a port
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9091")]
    address: DemoAddress,
    /// Where configuration, people, keys and the database are kept; made when missing
    #[arg(long, value_name = "DIR", default_value = "./demo-data")]
    data: PathBuf,
}

/// Where the relying party would like to listen.
const RELYING_PARTY: &str = "127.0.0.1:9092";

/// Serves the demo until a signal ends it.
pub(super) fn run(args: DemoArgs) -> ExitCode {
    let stopwatch = Stopwatch::start();
    block_on(start(args, stopwatch)).unwrap_or_else(|code| code)
}

async fn start(args: DemoArgs, stopwatch: Stopwatch) -> ExitCode {
    match serve(args, stopwatch).await {
        Ok(code) => code,
        Err(error) => fail(error),
    }
}

async fn serve(args: DemoArgs, stopwatch: Stopwatch) -> Result<ExitCode, String> {
    let listener = TcpListener::bind(args.address.to_string()).await.map_err(|error| {
        format!("cannot listen on {}: {error}; choose another with --address", args.address)
    })?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let (relying_party, wished) = relying_party_listener().await.map_err(|error| error.to_string())?;
    let relying_party_address = relying_party.local_addr().map_err(|error| error.to_string())?;
    let place = content::Place {
        provider: address,
        issuer: DemoAddress { host: args.address.host, port: address.port() },
        relying_party: relying_party_address,
    };

    let data = args.data;
    let made = tokio::task::spawn_blocking(move || files::make_missing(&data)).await;
    let files = made.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    let sources = Sources::from_process(vec![files.configuration.clone(), files.keys.clone()])
        .with_top(place.overlay(&files));
    let (settings, problems) = match judged(&sources) {
        Ok(judged) => judged,
        Err(problems) => return Ok(refuse(&problems)),
    };
    let _log = start_logging(&settings.log).map_err(|error| error.to_string())?;
    report(&problems);
    let running = match runtime::serve(settings, Some(listener)).await {
        Ok(running) => running,
        Err(error) => return Ok(cannot_start(error)),
    };

    let orders = stop_orders();
    let (stop, stopped) = watch::channel(());
    let party = tokio::spawn(demo::serve(relying_party, place.demo_settings(), ended(stopped)));
    let banner = content::banner(&place, &files, stopwatch.milliseconds(), wished);
    io::stdout().lock().write_all(banner.as_bytes()).map_err(|error| error.to_string())?;
    running.until(orders).await;
    drop(stop);
    match party.await {
        Ok(Err(error)) => Err(error.to_string()),
        Ok(Ok(())) | Err(_) => Ok(ExitCode::SUCCESS),
    }
}

/// The relying party's listener, and whether it got the address it is known by.
async fn relying_party_listener() -> io::Result<(TcpListener, bool)> {
    match TcpListener::bind(RELYING_PARTY).await {
        Ok(listener) => Ok((listener, true)),
        Err(_) => Ok((TcpListener::bind("127.0.0.1:0").await?, false)),
    }
}

/// Ends when the other side is dropped.
async fn ended(mut stopped: watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}
