//! `signet crypto`: key pairs, digests and random texts, with the flags that Authelia's guides name.

mod charset;
mod hash;
mod pair;
mod password;
mod rand;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::jose::generate::GenerateProblem;
use crate::secrets::digest::DigestProblem;
use crate::secrets::make_digest::MakeDigestProblem;

/// The arguments of `signet crypto`.
#[derive(Args, Debug)]
pub struct CryptoCommand {
    #[command(subcommand)]
    command: Crypto,
}

#[derive(Subcommand, Debug)]
enum Crypto {
    /// Make key pairs that sign tokens
    #[command(subcommand)]
    Pair(pair::PairCommand),
    /// Make and check digests of passwords and client secrets
    #[command(subcommand)]
    Hash(hash::HashCommand),
    /// Make a random text, for hmac_secret and other secrets
    Rand(rand::RandCommand),
}

/// Why a crypto command did not do its work.
#[derive(Debug, thiserror::Error)]
enum CryptoError {
    #[error("cannot {doing} {}: {source}", path.display())]
    File { doing: &'static str, path: PathBuf, source: io::Error },
    #[error("{} exists already and stays as it is: choose another --directory or file name, or remove it yourself", .0.display())]
    Exists(PathBuf),
    #[error(transparent)]
    Generate(#[from] GenerateProblem),
    #[error(transparent)]
    MakeDigest(#[from] MakeDigestProblem),
    #[error(transparent)]
    Digest(#[from] DigestProblem),
    #[error("{flag} must be at least {least}")]
    TooLow { flag: &'static str, least: String },
    #[error("cannot read the password: {0}")]
    Input(io::Error),
    #[error(
        "there is no password: give one at the prompt, on standard input or with --password, or let --random make one"
    )]
    NoPassword,
    #[error("the two passwords differ")]
    Confirmation,
    #[error("--random.characters has no characters")]
    NoCharacters,
    #[error("cannot write the answer: {0}")]
    Output(#[from] io::Error),
    #[error("the password does not match the digest")]
    NoMatch,
}

/// Runs `signet crypto`: the answer goes to standard output, a problem to standard error with exit status 1.
#[must_use]
pub fn run(command: CryptoCommand) -> ExitCode {
    match execute(command, &mut password::Terminal, &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn execute(
    command: CryptoCommand,
    input: &mut dyn password::Input,
    out: &mut dyn Write,
) -> Result<(), CryptoError> {
    match command.command {
        Crypto::Pair(command) => pair::run(command, out),
        Crypto::Hash(command) => hash::run(command, input, out),
        Crypto::Rand(command) => rand::run(&command, out),
    }
}

#[cfg(test)]
mod tests;
