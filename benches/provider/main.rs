//! What Signet costs: start, memory, and processor time per request, each beside an axum server that only says hello
//! and beside `openssl speed`, all in one run. Everything happens on the loopback address, bounded in count and time.
//!
//! `make bench` measures everything, `make bench ARGS=token` only what has "token" in its name.
//! Compare the columns of one run: rates of two machines, or of one machine on two days, tell nothing.

#![allow(clippy::print_stdout, reason = "the report of a benchmark")]

mod browser;
mod flood;
mod hello;
mod http;
mod load;
mod openssl;
mod process;
mod report;
mod signer;
mod site;
mod workloads;

use std::error::Error;
use std::time::Duration;

use load::Measured;
use process::Process;
use site::Site;

/// What a part of the benchmark gives, or why it could not.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How often each workload is measured; the report shows medians.
const ROUNDS: usize = 3;
/// How long a workload is measured each time.
const WINDOW: Duration = Duration::from_millis(1200);
/// How long the hello before it is measured.
const HELLO_WINDOW: Duration = Duration::from_millis(500);
/// How often the program is started anew on the data that the load left behind.
const STARTS: usize = 10;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with("--")).collect();
    match arguments.first().map(String::as_str) {
        Some(hello::ARGUMENT) => hello::serve(),
        wanted => measure(wanted.unwrap_or_default()),
    }
}

fn measure(wanted: &str) -> Outcome<()> {
    let openssl_before = openssl::speed()?;
    let kept_before = signer::speed()?;
    let (hello, hello_address) = hello::start()?;
    let site = Site::make()?;
    let signet = site.start()?;
    std::thread::sleep(Duration::from_secs(1));
    let idle = signet.memory()?;

    let mut hello_steps = workloads::hello(&hello_address);
    let mut workloads = workloads::all(&site, wanted)?;
    let mut measured: Vec<Measured> =
        workloads.iter().map(|workload| Measured::new(workload.name, workload.signature)).collect();
    for _ in 0..ROUNDS {
        for (workload, measured) in workloads.iter_mut().zip(&mut measured) {
            let beside = load::run(&hello, &hello_address, &mut hello_steps, HELLO_WINDOW)?;
            let sample = load::run(&signet, &site.address, &mut workload.steps, WINDOW)?;
            measured.add(&sample, &beside);
        }
    }
    let loaded = signet.memory()?;
    hello.stop()?;
    signet.stop()?;
    let flood = workloads::name_fits(flood::NAME, wanted).then(|| flood::run(&site)).transpose()?;
    let starts = starts(&site)?;
    let openssl = openssl_before.faster(openssl::speed()?);
    let kept = kept_before.faster(signer::speed()?);
    report::print(&report::Report {
        starts,
        idle,
        loaded,
        measured,
        flood,
        openssl,
        kept,
        database: site.database_bytes()?,
    });
    Ok(())
}

/// How long each start takes until the program answers, with the database that the load filled.
fn starts(site: &Site) -> Outcome<Vec<Duration>> {
    let mut starts = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let (signet, took): (Process, Duration) = site.timed_start()?;
        starts.push(took);
        signet.stop()?;
    }
    Ok(starts)
}
