//! The commands as a person types them.

use std::collections::VecDeque;
use std::fs;

use clap::Parser;

use super::password::Input;
use super::*;
use crate::jose::{KeyOptions, SignatureAlgorithm, SigningKey};
use crate::secrets::Digest;

#[derive(Parser)]
struct Typed {
    #[command(flatten)]
    crypto: CryptoCommand,
}

struct Keyboard {
    terminal: bool,
    lines: VecDeque<&'static str>,
    asked: Vec<String>,
}

impl Input for Keyboard {
    fn is_terminal(&self) -> bool {
        self.terminal
    }

    fn ask(&mut self, prompt: &str) -> io::Result<String> {
        self.asked.push(prompt.to_owned());
        self.line()
    }

    fn line(&mut self) -> io::Result<String> {
        Ok(self.lines.pop_front().unwrap_or_default().to_owned())
    }
}

fn keyboard(terminal: bool, lines: &[&'static str]) -> Keyboard {
    Keyboard { terminal, lines: lines.iter().copied().collect(), asked: Vec::new() }
}

fn typed(line: &str, keyboard: &mut Keyboard) -> Result<String, String> {
    let words = std::iter::once("crypto").chain(line.split_whitespace());
    let command = Typed::try_parse_from(words).map_err(|error| error.to_string())?.crypto;
    let mut out = Vec::new();
    execute(command, keyboard, &mut out).map_err(|error| error.to_string())?;
    Ok(String::from_utf8(out).unwrap())
}

fn type_in(line: &str) -> Result<String, String> {
    typed(line, &mut keyboard(false, &[]))
}

fn digest_of(answer: &str) -> Digest {
    let line = answer.lines().last().unwrap();
    Digest::parse(line.strip_prefix("Digest: ").unwrap()).unwrap()
}

#[test]
fn a_digest_of_a_given_password_is_one_line() {
    let answer = type_in("hash generate argon2 -i 1 -m 64 -p 2 -v argon2i --password secret").unwrap();
    assert!(answer.starts_with("Digest: $argon2i$v=19$m=64,t=1,p=2$"), "{answer}");
    assert_eq!(answer.lines().count(), 1);
    assert!(digest_of(&answer).verify(b"secret"));
    let answer =
        type_in("hash generate --password secret pbkdf2 --variant sha256 --iterations 1000").unwrap();
    assert!(answer.starts_with("Digest: $pbkdf2-sha256$1000$"), "{answer}");
    assert!(digest_of(&answer).verify(b"secret"));
}

#[test]
fn without_an_algorithm_it_is_argon2_at_its_defaults() {
    let answer = type_in("hash generate --password secret").unwrap();
    assert!(answer.starts_with("Digest: $argon2id$v=19$m=65536,t=3,p=4$"), "{answer}");
}

#[test]
fn a_random_password_is_printed_above_its_digest() {
    let line = "hash generate pbkdf2 -i 1000 --random --random.length 40 --random.charset rfc3986";
    let answer = type_in(line).unwrap();
    let (first, _) = answer.split_once('\n').unwrap();
    let password = first.strip_prefix("Random Password: ").unwrap();
    assert_eq!(password.len(), 40);
    assert_eq!(answer.lines().count(), 2);
    assert!(digest_of(&answer).verify(password.as_bytes()));
    let answer = type_in("hash generate pbkdf2 -i 1000 --random").unwrap();
    assert_eq!(answer.lines().next().unwrap().len(), "Random Password: ".len() + 72);
    let answer = type_in("hash generate pbkdf2 -i 1000 --random.characters ä --random.length 1").unwrap();
    assert!(
        answer.contains("Random Password: ä\nRandom Password (URL Encoded): %C3%A4\nDigest: "),
        "{answer}"
    );
}

#[test]
fn a_password_is_asked_for_twice_at_a_terminal() {
    let line = "hash generate pbkdf2 -i 1000";
    let mut same = keyboard(true, &["secret", "secret"]);
    assert!(digest_of(&typed(line, &mut same).unwrap()).verify(b"secret"));
    assert_eq!(same.asked, ["Enter Password: ", "Confirm Password: "]);
    let mut other = keyboard(true, &["secret", "secreT"]);
    assert_eq!(typed(line, &mut other).unwrap_err(), "the two passwords differ");
    let mut once = keyboard(true, &["secret"]);
    assert!(typed("hash generate pbkdf2 -i 1000 --no-confirm", &mut once).is_ok());
    let mut nothing = keyboard(true, &["", ""]);
    assert!(typed(line, &mut nothing).unwrap_err().starts_with("there is no password"));
}

#[test]
fn standard_input_gives_one_line() {
    let mut pipe = keyboard(false, &["secret", "other"]);
    assert!(digest_of(&typed("hash generate pbkdf2 -i 1000", &mut pipe).unwrap()).verify(b"secret"));
    assert!(pipe.asked.is_empty());
}

#[test]
fn cost_below_bounds_is_an_error_with_the_least_value() {
    for (line, least) in [
        ("argon2 -m 1", "--memory must be at least 32 KiB"),
        ("argon2 -i 0", "--iterations must be at least 1"),
        ("argon2 -p 0", "--parallelism must be at least 1"),
        ("argon2 -s 1", "--salt-size must be at least 8 bytes"),
        ("pbkdf2 -i 1", "--iterations must be at least 1000"),
        ("pbkdf2 -s 1", "--salt-size must be at least 8 bytes"),
    ] {
        let problem = type_in(&format!("hash generate {line} --password secret")).unwrap_err();
        assert!(problem.contains(least), "{line}: {problem}");
    }
}

#[test]
fn cost_beyond_bounds_is_an_error_that_says_so() {
    let problem = type_in("hash generate argon2 --password secret -m 4294967295").unwrap_err();
    assert!(problem.contains("4194304 KiB"), "{problem}");
    assert!(type_in("hash generate argon2 --password a --random").is_err());
    assert!(type_in("hash generate pbkdf2 -v md5 --password a").is_err());
}

#[test]
fn a_digest_is_checked_against_a_password() {
    let digest = "$2b$04$abcdefghijklmnopqrstuuetD7pPjMsPVYFWFIUUorW53cGfvCW.u";
    let right = type_in(&format!("hash validate {digest} --password insecure_secret")).unwrap();
    assert_eq!(right, "The password matches the digest.\n");
    let wrong = type_in(&format!("hash validate --password wrong -- {digest}")).unwrap_err();
    assert_eq!(wrong, "the password does not match the digest");
    let mut typing = keyboard(true, &["insecure_secret"]);
    assert!(typed(&format!("hash validate {digest}"), &mut typing).is_ok());
    assert!(type_in("hash validate $2b$04$short --password a").is_err());
}

#[test]
fn a_random_text_has_length_and_characters() {
    let answer = type_in("rand -n 64 -x numeric-hex").unwrap();
    let text = answer.strip_prefix("Random Value: ").unwrap().trim_end();
    assert_eq!(text.len(), 64);
    assert!(text.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte)));
    assert!(type_in("rand --length 64 --charset alphanumeric").is_ok());
    assert!(type_in("rand --length 0").is_err());
}

#[test]
fn a_pair_is_written_private_and_never_over_another() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("keys");
    let line = format!("pair rsa generate --bits 2048 --directory {} --legacy", directory.display());
    let answer = type_in(&line).unwrap();
    assert!(answer.starts_with("Algorithm: RSA 2048 bits\nPrivate Key: "), "{answer}");
    let read = |name: &str| fs::read_to_string(directory.join(name)).unwrap();
    let key = SigningKey::from_pem(&read("private.pem"), &KeyOptions::at(0)).unwrap();
    let legacy = SigningKey::from_pem(&read("private.legacy.pem"), &KeyOptions::at(0)).unwrap();
    assert_eq!(key.kid(), legacy.kid());
    assert!(read("public.pem").starts_with("-----BEGIN PUBLIC KEY-----"));
    assert!(read("public.legacy.pem").starts_with("-----BEGIN RSA PUBLIC KEY-----"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |name: &str| fs::metadata(directory.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("private.pem"), mode("private.legacy.pem")), (0o600, 0o600));
    }
    let before = read("private.pem");
    let problem = type_in(&line).unwrap_err();
    assert!(problem.contains("private.pem exists already and stays as it is"), "{problem}");
    assert_eq!(read("private.pem"), before);
    fs::remove_file(directory.join("private.pem")).unwrap();
    assert!(type_in(&line).unwrap_err().contains("public.pem exists already"));
    assert!(!directory.join("private.pem").exists());
}

#[test]
fn elliptic_pairs_take_their_curve_and_names() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().display();
    for (curve, algorithm) in [("P256", "ES256"), ("p384", "ES384"), ("P521", "ES512")] {
        let line = format!(
            "pair ecdsa generate -b {curve} -d {at} --file.private-key {curve}.key --file.public-key {curve}.pub --pkcs8"
        );
        type_in(&line).unwrap();
        let pem = fs::read_to_string(folder.path().join(format!("{curve}.key"))).unwrap();
        let key = SigningKey::from_pem(&pem, &KeyOptions::at(0)).unwrap();
        assert_eq!(key.algorithm(), SignatureAlgorithm::parse(algorithm).unwrap());
    }
    assert!(type_in("pair ecdsa generate -b P224").is_err());
    assert!(type_in("pair rsa generate -b 1024").unwrap_err().contains("2048 to 16384"));
}
