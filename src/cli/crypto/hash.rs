//! `signet crypto hash`.

use std::fmt;
use std::io::Write;

use clap::{Args, Subcommand, ValueEnum};
use zeroize::Zeroizing;

use super::CryptoError;
use super::password::{Input, PasswordSource, read};
use crate::secrets::Digest;
use crate::secrets::make_digest::{
    Argon2Parameters, Argon2Variant, Pbkdf2Parameters, Pbkdf2Variant, make_argon2, make_pbkdf2,
};

#[derive(Subcommand, Debug)]
pub(super) enum HashCommand {
    /// Make a digest; argon2 when no algorithm is named
    Generate(Generate),
    /// Check a password against a digest; exit status 1 when it does not match
    Validate(Validate),
}

#[derive(Args, Debug)]
pub(super) struct Generate {
    #[command(flatten)]
    password: PasswordSource,
    #[command(subcommand)]
    algorithm: Option<Algorithm>,
}

#[derive(Subcommand, Debug)]
enum Algorithm {
    /// For passwords of people: slow and hungry for memory
    Argon2(Argon2),
    /// For client secrets
    Pbkdf2(Pbkdf2),
}

#[derive(Args, Debug, Default)]
struct Argon2 {
    /// Variant [default: argon2id]
    #[arg(short, long, value_enum)]
    variant: Option<Argon2Name>,
    /// Passes over the memory [default: 3]
    #[arg(short, long)]
    iterations: Option<u32>,
    /// Memory in KiB [default: 65536]
    #[arg(short, long)]
    memory: Option<u32>,
    /// Lanes [default: 4]
    #[arg(short, long)]
    parallelism: Option<u32>,
    /// Bytes of the result [default: 32]
    #[arg(short, long)]
    key_size: Option<u32>,
    /// Bytes of salt [default: 16]
    #[arg(short, long)]
    salt_size: Option<u32>,
    /// Cost as one of the two of RFC 9106 §4; other flags change it further
    #[arg(long, value_enum)]
    profile: Option<Profile>,
}

#[derive(Args, Debug)]
struct Pbkdf2 {
    /// Hash
    #[arg(short, long, value_enum, default_value_t = Pbkdf2Name::Sha512)]
    variant: Pbkdf2Name,
    /// How often the hash is applied
    #[arg(short, long, default_value_t = 310_000)]
    iterations: u32,
    /// Bytes of salt
    #[arg(short, long, default_value_t = 16)]
    salt_size: u32,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Argon2Name {
    Argon2id,
    Argon2i,
    Argon2d,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Pbkdf2Name {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Profile {
    /// 64 MiB, 3 passes
    LowMemory,
    /// 2 GiB, 1 pass
    Recommended,
}

#[derive(Args)]
pub(super) struct Validate {
    /// The digest; put it in single quotes
    #[arg(value_name = "DIGEST")]
    digest: String,
    /// The password; asked for when absent
    #[arg(long, value_name = "PASSWORD")]
    password: Option<String>,
}

impl fmt::Debug for Validate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Validate")
    }
}

pub(super) fn run(
    command: HashCommand,
    input: &mut dyn Input,
    out: &mut dyn Write,
) -> Result<(), CryptoError> {
    match command {
        HashCommand::Generate(command) => generate(&command, input, out),
        HashCommand::Validate(command) => validate(command, input, out),
    }
}

fn generate(command: &Generate, input: &mut dyn Input, out: &mut dyn Write) -> Result<(), CryptoError> {
    match &command.algorithm {
        None => {}
        Some(Algorithm::Argon2(flags)) => check_argon2(&flags.parameters())?,
        Some(Algorithm::Pbkdf2(flags)) => check_pbkdf2(&flags.parameters())?,
    }
    let password = command.password.obtain(input)?;
    let secret = password.text.as_bytes();
    let digest = match &command.algorithm {
        None => make_argon2(secret, &Argon2Parameters::default())?,
        Some(Algorithm::Argon2(flags)) => make_argon2(secret, &flags.parameters())?,
        Some(Algorithm::Pbkdf2(flags)) => make_pbkdf2(secret, &flags.parameters())?,
    };
    if password.random {
        writeln!(out, "Random Password: {}", password.text.as_str())?;
        let encoded = url_encoded(&password.text);
        if encoded != *password.text {
            writeln!(out, "Random Password (URL Encoded): {encoded}")?;
        }
    }
    writeln!(out, "Digest: {digest}")?;
    Ok(())
}

/// The least values of RFC 9106 §3.1, known before a password is asked for.
fn check_argon2(parameters: &Argon2Parameters) -> Result<(), CryptoError> {
    at_least("--iterations", parameters.iterations, 1, "")?;
    at_least("--parallelism", parameters.parallelism, 1, "")?;
    let memory = parameters.parallelism.saturating_mul(8);
    at_least("--memory", parameters.memory_kib, memory, " KiB, eight for each lane of --parallelism")?;
    at_least("--key-size", parameters.key_length, 4, " bytes")?;
    at_least("--salt-size", parameters.salt_length, 8, " bytes")
}

/// The least values of NIST SP 800-132 §5.
fn check_pbkdf2(parameters: &Pbkdf2Parameters) -> Result<(), CryptoError> {
    at_least("--iterations", parameters.iterations, 1000, "; 310000 is the default")?;
    at_least("--salt-size", parameters.salt_length, 8, " bytes")
}

fn at_least(flag: &'static str, value: u32, least: u32, of: &str) -> Result<(), CryptoError> {
    if value < least { Err(CryptoError::TooLow { flag, least: format!("{least}{of}") }) } else { Ok(()) }
}

fn validate(command: Validate, input: &mut dyn Input, out: &mut dyn Write) -> Result<(), CryptoError> {
    let digest = Digest::parse(&command.digest)?;
    let password = match command.password {
        Some(password) => Zeroizing::new(password),
        None => read(input, false)?,
    };
    if password.is_empty() {
        return Err(CryptoError::NoPassword);
    }
    if !digest.verify(password.as_bytes()) {
        return Err(CryptoError::NoMatch);
    }
    writeln!(out, "The password matches the digest.")?;
    Ok(())
}

impl Argon2 {
    fn parameters(&self) -> Argon2Parameters {
        let mut parameters = Argon2Parameters::default();
        match self.profile {
            Some(Profile::Recommended) => (parameters.memory_kib, parameters.iterations) = (2_097_152, 1),
            Some(Profile::LowMemory) => (parameters.memory_kib, parameters.iterations) = (65_536, 3),
            None => {}
        }
        Argon2Parameters {
            variant: match self.variant {
                Some(Argon2Name::Argon2i) => Argon2Variant::Argon2i,
                Some(Argon2Name::Argon2d) => Argon2Variant::Argon2d,
                Some(Argon2Name::Argon2id) | None => Argon2Variant::Argon2id,
            },
            iterations: self.iterations.unwrap_or(parameters.iterations),
            memory_kib: self.memory.unwrap_or(parameters.memory_kib),
            parallelism: self.parallelism.unwrap_or(parameters.parallelism),
            key_length: self.key_size.unwrap_or(parameters.key_length),
            salt_length: self.salt_size.unwrap_or(parameters.salt_length),
        }
    }
}

impl Pbkdf2 {
    const fn parameters(&self) -> Pbkdf2Parameters {
        Pbkdf2Parameters {
            variant: match self.variant {
                Pbkdf2Name::Sha1 => Pbkdf2Variant::Sha1,
                Pbkdf2Name::Sha224 => Pbkdf2Variant::Sha224,
                Pbkdf2Name::Sha256 => Pbkdf2Variant::Sha256,
                Pbkdf2Name::Sha384 => Pbkdf2Variant::Sha384,
                Pbkdf2Name::Sha512 => Pbkdf2Variant::Sha512,
            },
            iterations: self.iterations,
            salt_length: self.salt_size,
        }
    }
}

/// As a form would send it: what clients put into Basic credentials (RFC 6749 §2.3.1).
fn url_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b' ' => "+".to_owned(),
            _ if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
