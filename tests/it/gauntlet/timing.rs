//! The time that a wrong secret takes tells nothing of how much of it is right.

use std::hint::black_box;
use std::time::Instant;

use signet::jose::{MacAlgorithm, MacKey};
use signet::secrets::Digest;

use crate::support::counts::rounds;

/// How often a series is measured anew before it counts: one in a hundred differs by chance.
const SERIES: usize = 5;

/// The two-sample Kolmogorov-Smirnov test: how likely samples of one distribution differ as much as these.
fn likelihood(mut one: Vec<u64>, mut other: Vec<u64>) -> f64 {
    one.sort_unstable();
    other.sort_unstable();
    let (n, m) = (one.len() as f64, other.len() as f64);
    let (mut i, mut j, mut distance) = (0, 0, 0.0_f64);
    while i < one.len() && j < other.len() {
        let at = one[i].min(other[j]);
        while one.get(i).is_some_and(|time| *time <= at) {
            i += 1;
        }
        while other.get(j).is_some_and(|time| *time <= at) {
            j += 1;
        }
        distance = distance.max((i as f64 / n - j as f64 / m).abs());
    }
    let size = (n * m / (n + m)).sqrt();
    let lambda = (size + 0.12 + 0.11 / size) * distance;
    if lambda < 0.2 {
        return 1.0;
    }
    let term =
        |k: i32| (-2.0 * f64::from(k * k) * lambda * lambda).exp() * if k % 2 == 1 { 2.0 } else { -2.0 };
    (1..=100).map(term).sum::<f64>().clamp(0.0, 1.0)
}

/// Measures two guesses in turn, so that whatever else the machine does befalls both alike.
fn measured(guesses: [&[u8]; 2], fits: impl Fn(&[u8]) -> bool) -> f64 {
    let count = rounds(3_000, 100_000);
    let mut times = [Vec::with_capacity(count), Vec::with_capacity(count)];
    let mut guess = guesses[0].to_vec();
    for round in 0..2 * count {
        // Each is the first of the two as often as the second.
        let which = (round + round / 2) % 2;
        // One place for both: where a text lies in memory has a time of its own.
        guess.copy_from_slice(guesses[which]);
        let begun = Instant::now();
        assert!(!black_box(fits(black_box(&guess))));
        times[which].push(u64::try_from(begun.elapsed().as_nanos()).unwrap());
    }
    let [first, last] = times;
    likelihood(first, last)
}

fn tells_nothing(what: &str, right: &[u8], fits: impl Fn(&[u8]) -> bool) {
    assert!(fits(right), "{what}");
    let mut guesses = [right.to_vec(), right.to_vec()];
    guesses[0][0] ^= 1;
    *guesses[1].last_mut().unwrap() ^= 1;
    let mut seen = Vec::new();
    while seen.len() < SERIES && seen.last().is_none_or(|likelihood| *likelihood <= 0.01) {
        seen.push(measured([&guesses[0], &guesses[1]], &fits));
    }
    println!("{what}: p {seen:?}");
    assert!(*seen.last().unwrap() > 0.01, "{what}: {seen:?}");
}

#[test]
fn g18_the_time_of_a_wrong_secret_does_not_tell_how_much_of_it_is_right() {
    // Long enough that a comparison which stops early would be seen.
    let secret = "s".repeat(4_000);
    let digest = Digest::parse(&format!("$plaintext${secret}")).unwrap();
    tells_nothing("a secret", secret.as_bytes(), |guess| digest.verify(guess));
}

#[test]
fn g18_the_time_of_a_wrong_mac_does_not_tell_how_much_of_it_is_right() {
    for algorithm in MacAlgorithm::ALL {
        let key = MacKey::new(algorithm, b"the secret of a client");
        let token = key.sign("JWT", &serde_json::json!({"sub": "svc"})).unwrap();
        let (input, signature) = token.rsplit_once('.').unwrap();
        use base64::Engine as _;
        let right = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(signature).unwrap();
        tells_nothing(algorithm.as_str(), &right, |guess| key.verifies(input.as_bytes(), guess));
    }
}

#[test]
fn g18_the_statistics_see_what_differs_and_nothing_else() {
    let even: Vec<u64> = (0..2_000).map(|number| 100 + number % 7).collect();
    assert!(likelihood(even.clone(), even.iter().rev().copied().collect()) > 0.99);
    assert!(likelihood(even.clone(), even.iter().map(|time| time + 2).collect()) < 0.001);
}
