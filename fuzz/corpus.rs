//! Runs a fuzz target on stable Rust: over its corpus, and over changed copies of it, the same ones each time.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How many changed copies are made of each input; where `FUZZ_SECONDS` is set, they are made anew until so much time is
/// over, further ones each time.
const CASES: u64 = 64;

/// How much processor time one input may take: some twenty times of what it may in a built Signet, which are a tenth of a
/// second, and a hundredth for an encrypted token.
fn limit(name: &str) -> Duration {
    Duration::from_millis(if name == "f7_envelope" { 200 } else { 2000 })
}

/// How often what was slow is tried again before it counts as slow: each time it must be.
const AGAIN: usize = 3;

/// What parsers stumble over.
const WORDS: &[&[u8]] = &[
    b"%",
    b"%00",
    b"%zz",
    b"%C3%28",
    b"&",
    b"=",
    b";",
    b"\0",
    b"\r\n",
    b" ",
    b"\t",
    b"\"",
    b"'",
    b"\\",
    b"/",
    b"//",
    b"@",
    b"#",
    b"?",
    b":",
    b":0",
    b":65536",
    b"[::1]",
    b"127.0.0.1",
    b"..",
    b"{",
    b"}",
    b"[",
    b"*a",
    b"&a",
    b"!!",
    b"<<:",
    b"|",
    b"\xff",
    b"\xf0\x9f\x92\xa9",
    b"\xe2\x80\xae",
    b"9999999999999999999999",
    b"-1",
    b"1e300",
    b"null",
    b"true",
    b"Basic ",
    b"Bearer ",
    b"\n",
];

/// Every input of `fuzz/corpus/NAME`, and changed copies.
pub fn run(name: &str, target: fn(&[u8])) {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "fuzz", "corpus", name].iter().collect();
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let inputs: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    run_from(name, &inputs, target);
}

/// These inputs, and changed copies.
pub fn run_from(name: &str, inputs: &[Vec<u8>], target: fn(&[u8])) {
    assert!(!inputs.is_empty(), "{name} has a corpus");
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (start, time) = (Instant::now(), time());
    let mut runs = 0;
    for input in inputs {
        check(name, input, target);
        runs += 1;
    }
    loop {
        for input in inputs {
            let mut changed = input.clone();
            for case in 0..CASES {
                // Changes add up for a while, so that copies stray further from what they were.
                if case % 8 == 0 {
                    changed.clone_from(input);
                }
                change(&mut changed, inputs, &mut random);
                check(name, &changed, target);
                runs += 1;
            }
        }
        if start.elapsed() >= time {
            break;
        }
    }
    println!("{name}: {} inputs, {runs} runs in {:.0?}", inputs.len(), start.elapsed());
}

#[allow(clippy::disallowed_methods, reason = "how long to try is asked for by the environment of the tests")]
fn time() -> Duration {
    let seconds =
        std::env::var("FUZZ_SECONDS").ok().map(|seconds| seconds.parse().expect("FUZZ_SECONDS is a number"));
    Duration::from_secs(seconds.unwrap_or(0))
}

fn check(name: &str, input: &[u8], target: fn(&[u8])) {
    let run = || {
        if catch_unwind(AssertUnwindSafe(|| target(input))).is_err() {
            panic!("{name} fails on b\"{}\"", input.escape_ascii());
        }
    };
    let begun = Instant::now();
    run();
    // On a busy machine anything may take long by the clock, so only then the processor time is looked at.
    if begun.elapsed() < limit(name) {
        return;
    }
    let took: Vec<Duration> =
        (0..AGAIN).map(|_| processor_time_of(run)).take_while(|took| *took >= limit(name)).collect();
    assert!(took.len() < AGAIN, "{name} takes {took:?} for b\"{}\"", input.escape_ascii());
}

/// What a run takes of this thread's processor time, to a hundredth of a second; where the system does not tell, by the
/// clock.
fn processor_time_of(run: impl Fn()) -> Duration {
    let (begun, before) = (Instant::now(), processor_time());
    run();
    let taken = processor_time().zip(before).map(|(after, before)| after.saturating_sub(before));
    taken.unwrap_or_else(|| begun.elapsed())
}

fn processor_time() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/thread-self/stat").ok()?;
    // The name, in brackets, may hold spaces; utime and stime are the 14th and 15th field of all.
    let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.map(str::parse::<u64>).sum::<Result<_, _>>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

fn change(bytes: &mut Vec<u8>, others: &[Vec<u8>], random: &mut Random) {
    let place = random.below(bytes.len() + 1);
    match random.below(7) {
        0 if place < bytes.len() => bytes[place] ^= 1 << random.below(8),
        1 if place < bytes.len() => bytes[place] = u8::try_from(random.below(256)).unwrap(),
        2 if place < bytes.len() => {
            let end = (place + 1 + random.below(8)).min(bytes.len());
            bytes.drain(place..end);
        }
        3 => {
            let end = (place + 1 + random.below(16)).min(bytes.len());
            let again = bytes[place..end].to_vec();
            bytes.splice(place..place, again);
        }
        4 => {
            let other = &others[random.below(others.len())];
            let from = random.below(other.len() + 1);
            bytes.truncate(place);
            bytes.extend_from_slice(&other[from..]);
        }
        _ => {
            let word = WORDS[random.below(WORDS.len())];
            bytes.splice(place..place, word.iter().copied());
        }
    }
    bytes.truncate(128 * 1024);
}

/// xorshift64*: the same numbers each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).unwrap() % limit.max(1)
    }
}
