//! The report.

use std::time::Duration;

use crate::flood::{Flood, HASH, MARGIN, SIGN_INS};
use crate::load::{CONNECTIONS, Measured, median};
use crate::openssl::{Signature, Speed};
use crate::process::Memory;
use crate::signer::Kept;

/// Everything that was measured.
pub struct Report {
    pub starts: Vec<Duration>,
    pub idle: Memory,
    pub loaded: Memory,
    pub measured: Vec<Measured>,
    pub flood: Option<Flood>,
    pub openssl: Speed,
    pub kept: Kept,
    pub database: u64,
}

/// Prints it as tables of Markdown.
pub fn print(report: &Report) {
    let hellos: Vec<(f64, f64)> = report.measured.iter().map(Measured::hello).collect();
    let hello_rate = median(&hellos.iter().map(|(rate, _)| *rate).collect::<Vec<_>>());
    let hello_cost = median(&hellos.iter().map(|(_, cost)| *cost).collect::<Vec<_>>());
    println!(
        "\n{CONNECTIONS} connections; medians; processor time is the server's, its kernel's part included.\n"
    );
    println!(
        "| operation | per second | µs of processor | × hello | × openssl | median ms | 99 % within ms |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    if !report.measured.is_empty() {
        println!("| axum hello | {hello_rate:.0} | {hello_cost:.1} | 1.0 | | | |");
    }
    for measured in &report.measured {
        let openssl = measured.signature.map(|it| format!("{:.2}", measured.cost() / report.openssl.of(it)));
        println!(
            "| {} | {:.0} | {:.1} | {:.1} | {} | {:.1} | {:.1} |",
            measured.name,
            measured.rate(),
            measured.cost(),
            measured.ratio(),
            openssl.unwrap_or_default(),
            measured.latency(50),
            measured.latency(99)
        );
    }
    let megabytes = |kibibytes: u64| kibibytes / 1024;
    let starts: Vec<f64> = report.starts.iter().map(|start| start.as_secs_f64() * 1e3).collect();
    println!("\n| | |\n|---|---:|");
    println!("| openssl: RSA-2048 signature | {:.0} µs |", report.openssl.of(Signature::Rs256));
    println!("| openssl: ECDSA P-256 signature | {:.0} µs |", report.openssl.of(Signature::Es256));
    println!("| start, median of {} | {:.0} ms |", starts.len(), median(&starts));
    println!("| resident memory, idle | {} MiB |", megabytes(report.idle.resident));
    println!("| resident memory after the load | {} MiB |", megabytes(report.loaded.resident));
    println!(
        "| resident memory at most (argon2id of one sign-in takes 64 MiB) | {} MiB |",
        megabytes(report.loaded.peak)
    );
    println!("| database after the load | {} MiB |\n", report.database / (1024 * 1024));
    print_signatures(report);
    if let Some(flood) = &report.flood {
        print_flood(flood);
    }
}

/// How near the token endpoint comes to doing nothing but sign, both by one processor: what it answers of what the kept
/// signer signs. It cannot be more than all of it.
fn print_signatures(report: &Report) {
    println!("| per second of one processor | signatures | token requests | share |\n|---|---:|---:|---:|");
    for (signature, name) in [(Signature::Rs256, "RS256"), (Signature::Es256, "ES256")] {
        let kept = report.kept.of(signature);
        let token = format!("token client_credentials, {name}");
        let answered = report.measured.iter().find(|measured| measured.name == token);
        let (requests, share) = answered.map_or_else(Default::default, |measured| {
            let requests = 1e6 / measured.cost();
            (format!("{requests:.0}"), format!("{:.0} %", 100.0 * requests / kept))
        });
        println!(
            "| {name}: josekit's kept signer, and JWT access tokens | {kept:.0} | {requests} | {share} |"
        );
    }
    println!();
}

fn print_flood(flood: &Flood) {
    let megabytes = |kibibytes: u64| kibibytes / 1024;
    let (quiet, flooded) = (&flood.quiet, &flood.flooded);
    let of = |percent| (Flood::within(quiet, percent), Flood::within(flooded, percent));
    let ((quiet_median, flooded_median), (quiet_99, flooded_99)) = (of(50), of(99));
    println!("| login flood: {SIGN_INS} people at once | before | meanwhile | × |\n|---|---:|---:|---:|");
    println!("| token requests | {} | {} | |", quiet.len(), flooded.len());
    println!(
        "| token, median ms | {quiet_median:.1} | {flooded_median:.1} | {:.1} |",
        flooded_median / quiet_median
    );
    println!(
        "| token, 99 % within ms | {quiet_99:.1} | {flooded_99:.1} | {:.1} (at most 3) |",
        flooded_99 / quiet_99
    );
    println!(
        "| resident memory, at most | {} MiB | {} MiB | {} MiB allowed: before + {} × {} MiB + {} MiB |",
        megabytes(flood.before.resident),
        megabytes(flood.after.peak),
        megabytes(flood.allowance()),
        flood.permits,
        megabytes(HASH),
        megabytes(MARGIN)
    );
    println!("| signed in, told to come again | | {}, {} | |", flood.signed_in, flood.told_to_wait);
    println!("| passwords | | {} | at most {} at once |\n", flood.tally, flood.permits);
}
