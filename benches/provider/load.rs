//! Load over kept connections for a bounded time, and what it cost the server.

use std::time::{Duration, Instant};

use crate::Outcome;
use crate::http::Connection;
use crate::openssl::Signature;
use crate::process::Process;
use crate::workloads::Step;

/// How many connections ask at once.
pub const CONNECTIONS: usize = 16;
/// The most that one connection does in one window.
const MOST: usize = 20_000;

/// One window.
pub struct Sample {
    done: usize,
    elapsed: Duration,
    processor: Duration,
    latencies: Vec<Duration>,
}

/// Does the steps again and again, each over a connection of its own, until the window closes.
pub fn run(
    server: &Process,
    address: &str,
    steps: &mut [Box<dyn Step>],
    window: Duration,
) -> Outcome<Sample> {
    let processor = server.processor_time()?;
    let begun = Instant::now();
    let latencies = std::thread::scope(|scope| {
        let threads: Vec<_> = steps
            .iter_mut()
            .map(|step| scope.spawn(move || repeat(step.as_mut(), address, begun, window)))
            .collect();
        let mut all = Vec::new();
        for thread in threads {
            all.extend(thread.join().map_err(|_| "a connection panicked")??);
        }
        Outcome::Ok(all)
    })?;
    let elapsed = begun.elapsed();
    let processor = server.processor_time()?.saturating_sub(processor);
    Ok(Sample { done: latencies.len(), elapsed, processor, latencies })
}

fn repeat(step: &mut dyn Step, address: &str, begun: Instant, window: Duration) -> Outcome<Vec<Duration>> {
    let mut connection = Connection::open(address)?;
    let mut latencies = Vec::new();
    while begun.elapsed() < window && latencies.len() < MOST {
        let sent = Instant::now();
        step.run(&mut connection)?;
        latencies.push(sent.elapsed());
    }
    Ok(latencies)
}

/// The windows of one workload.
pub struct Measured {
    /// Its line in the report.
    pub name: &'static str,
    /// The signature it waits for.
    pub signature: Option<Signature>,
    rates: Vec<f64>,
    costs: Vec<f64>,
    ratios: Vec<f64>,
    hello_rates: Vec<f64>,
    hello_costs: Vec<f64>,
    latencies: Vec<Duration>,
}

impl Measured {
    /// None yet.
    pub fn new(name: &'static str, signature: Option<Signature>) -> Self {
        Self {
            name,
            signature,
            rates: Vec::new(),
            costs: Vec::new(),
            ratios: Vec::new(),
            hello_rates: Vec::new(),
            hello_costs: Vec::new(),
            latencies: Vec::new(),
        }
    }

    /// One more, with the hello that ran just before.
    pub fn add(&mut self, sample: &Sample, hello: &Sample) {
        self.rates.push(sample.rate());
        self.costs.push(sample.cost());
        self.ratios.push(sample.cost() / hello.cost());
        self.hello_rates.push(hello.rate());
        self.hello_costs.push(hello.cost());
        self.latencies.extend_from_slice(&sample.latencies);
    }

    /// Median of operations per second.
    pub fn rate(&self) -> f64 {
        median(&self.rates)
    }

    /// Median of the server's processor time per operation, in microseconds.
    pub fn cost(&self) -> f64 {
        median(&self.costs)
    }

    /// Median of that cost over the cost of the hello beside it.
    pub fn ratio(&self) -> f64 {
        median(&self.ratios)
    }

    /// The same two of the hello.
    pub fn hello(&self) -> (f64, f64) {
        (median(&self.hello_rates), median(&self.hello_costs))
    }

    /// The time that this part of the operations took at most, as their caller saw it, in milliseconds.
    pub fn latency(&self, percent: usize) -> f64 {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let at = sorted.len().saturating_sub(1) * percent / 100;
        sorted.get(at).map_or(0.0, |latency| latency.as_secs_f64() * 1e3)
    }
}

impl Sample {
    fn rate(&self) -> f64 {
        count(self.done) / self.elapsed.as_secs_f64()
    }

    fn cost(&self) -> f64 {
        self.processor.as_secs_f64() * 1e6 / count(self.done.max(1))
    }
}

/// The middle one.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}
