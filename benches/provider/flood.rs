//! A flood of sign-ins: what it takes of memory and processors, and what it leaves to programs.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::browser::Browser;
use crate::http::{Connection, get, post};
use crate::process::Memory;
use crate::site::{PASSWORD, Site, USERNAME};
use crate::workloads::client_credentials;

/// Its line in the report, and the name it is asked for by.
pub const NAME: &str = "login flood";
/// How many sign in at once.
pub const SIGN_INS: usize = 500;
/// What one hash takes, in kibibytes: argon2id as Authelia's default has it.
pub const HASH: u64 = 64 * 1024;
/// What everything but the hashes may take on top, in kibibytes: 500 connections with their requests.
pub const MARGIN: u64 = 32 * 1024;
/// How long the flood, and the quiet before it, last.
const WINDOW: Duration = Duration::from_secs(8);
/// How many programs ask for tokens meanwhile, and how long each rests between two.
const PROGRAMS: usize = 2;
const REST: Duration = Duration::from_millis(5);
/// How long somebody who is told to come again waits.
const AGAIN: Duration = Duration::from_secs(1);

/// What came of it.
pub struct Flood {
    /// Memory before.
    pub before: Memory,
    /// Memory after; its peak is the flood's.
    pub after: Memory,
    /// How many hashes the server may compute at once.
    pub permits: usize,
    /// How many signed in, and how often one was told to come again.
    pub signed_in: usize,
    /// How often one was told to come again.
    pub told_to_wait: usize,
    /// What the token endpoint took before and meanwhile, sorted.
    pub quiet: Vec<Duration>,
    /// The same during the flood.
    pub flooded: Vec<Duration>,
    /// What the server said of its queue when it stopped.
    pub tally: String,
}

/// Floods a provider that was just started.
pub fn run(site: &Site) -> Outcome<Flood> {
    let signet = site.start()?;
    let host = site.address.as_str();
    let form = form(site)?;
    let token = client_credentials(host, "service");
    Connection::open(host)?.expect(&token, 200)?;
    let over = AtomicBool::new(false);
    let quiet = std::thread::scope(|scope| {
        let programs: Vec<_> = (0..PROGRAMS).map(|_| scope.spawn(|| ask(host, &token, &over))).collect();
        sleep(WINDOW);
        over.store(true, Ordering::Relaxed);
        joined(programs)
    })?;
    let before = signet.memory()?;
    over.store(false, Ordering::Relaxed);
    let (signed_in, told_to_wait) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let begin = Barrier::new(SIGN_INS + 1);
    let flooded = std::thread::scope(|scope| {
        let mut people = Vec::with_capacity(SIGN_INS);
        for _ in 0..SIGN_INS {
            let (form, over, begin) = (&form, &over, &begin);
            let (signed_in, told_to_wait) = (&signed_in, &told_to_wait);
            let small = std::thread::Builder::new().stack_size(256 * 1024);
            people.push(small.spawn_scoped(scope, move || -> Outcome<()> {
                let connection = Connection::open(host);
                begin.wait();
                let mut connection = connection?;
                while !over.load(Ordering::Relaxed) {
                    match connection.exchange(form)?.status {
                        303 => signed_in.fetch_add(1, Ordering::Relaxed),
                        503 => {
                            sleep(AGAIN);
                            told_to_wait.fetch_add(1, Ordering::Relaxed)
                        }
                        status => return Err(format!("a sign-in was answered {status}").into()),
                    };
                }
                Ok(())
            })?);
        }
        begin.wait();
        let programs: Vec<_> = (0..PROGRAMS).map(|_| scope.spawn(|| ask(host, &token, &over))).collect();
        sleep(WINDOW);
        over.store(true, Ordering::Relaxed);
        for person in people {
            person.join().map_err(|_| "a person panicked")??;
        }
        joined(programs)
    })?;
    let after = signet.memory()?;
    signet.stop()?;
    Ok(Flood {
        before,
        after,
        permits: std::thread::available_parallelism()?.get(),
        signed_in: signed_in.into_inner(),
        told_to_wait: told_to_wait.into_inner(),
        quiet,
        flooded,
        tally: site.last_said("passwords: ")?,
    })
}

/// The sign-in form of the person's own page, filled in, as bytes.
fn form(site: &Site) -> Outcome<Vec<u8>> {
    let host = site.address.as_str();
    let mut browser = Browser::default();
    let page = browser.visit(site, &mut Connection::open(host)?, "/", None)?;
    let page = String::from_utf8_lossy(&page.body).into_owned();
    let token = page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let fields =
        [("csrf", token.ok_or("a page without a form")?), ("username", USERNAME), ("password", PASSWORD)];
    let origin = format!("http://{host}");
    Ok(post(host, "/", &[("Cookie", &browser.cookie()), ("Origin", &origin)], &fields))
}

/// Asks for a token and for the keys again and again; how long each token took.
fn ask(host: &str, token: &[u8], over: &AtomicBool) -> Outcome<Vec<Duration>> {
    let mut connection = Connection::open(host)?;
    let keys = get(host, "/jwks.json", &[]);
    let mut took = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        connection.expect(token, 200)?;
        took.push(begun.elapsed());
        connection.expect(&keys, 200)?;
        sleep(REST);
    }
    Ok(took)
}

fn joined(
    programs: Vec<std::thread::ScopedJoinHandle<'_, Outcome<Vec<Duration>>>>,
) -> Outcome<Vec<Duration>> {
    let mut all = Vec::new();
    for program in programs {
        all.extend(program.join().map_err(|_| "a program panicked")??);
    }
    all.sort_unstable();
    Ok(all)
}

impl Flood {
    /// The time that this part of the tokens took at most, in milliseconds.
    pub fn within(sorted: &[Duration], percent: usize) -> f64 {
        let at = sorted.len().saturating_sub(1) * percent / 100;
        sorted.get(at).map_or(f64::NAN, |took| took.as_secs_f64() * 1e3)
    }

    /// The most memory it may have taken, in kibibytes.
    pub fn allowance(&self) -> u64 {
        let permits = u64::try_from(self.permits).unwrap_or(u64::MAX);
        self.before.resident.saturating_add(permits.saturating_mul(HASH)).saturating_add(MARGIN)
    }
}
