//! `signet token`: a token for a program, from a running issuer; or what a token says and whether it is good.

mod issuer;
mod obtain;
mod shown;

use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use url::Url;
use zeroize::Zeroizing;

use self::issuer::Issuer;
use super::settings::{block_on, fail};
use crate::clock::Clock;
use crate::jose::SignatureAlgorithm;
use crate::outbound::{Errand, ErrandError};

/// The longest token, secret or key that is read, in bytes.
const LONGEST: u64 = 64 * 1024;

/// The arguments of `signet token`.
#[derive(Args, Debug)]
pub(super) struct TokenArgs {
    /// The issuer, as tokens and applications name it: https://auth.example.com
    #[arg(long, value_name = "URL", value_parser = issuer::url)]
    issuer: Url,
    /// The client that gets a token for itself (client_credentials)
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Whom the token is for, once for each; with --decode one of them must be named in it
    #[arg(long, value_name = "AUDIENCE")]
    audience: Vec<String>,
    /// The scopes to ask for, with spaces between
    #[arg(long, value_name = "SCOPES", requires = "client_id")]
    scope: Option<String>,
    /// The file with the client's secret; otherwise the variable OIDC_CLIENT_SECRET holds it
    #[arg(long, value_name = "FILE", requires = "client_id", conflicts_with = "private_key_file")]
    client_secret_file: Option<PathBuf>,
    /// The file with the client's private key, in PEM, when it proves itself by one (private_key_jwt)
    #[arg(long, value_name = "FILE", requires = "client_id")]
    private_key_file: Option<PathBuf>,
    /// The name by which the issuer knows that key (kid); without it the issuer takes the client's one key that fits
    #[arg(long, value_name = "NAME", requires = "private_key_file")]
    key_id: Option<String>,
    /// What that key signs with [default: RS256, or that of its curve]
    #[arg(long, value_name = "ALGORITHM", requires = "private_key_file", value_parser = super::keys::algorithm)]
    algorithm: Option<SignatureAlgorithm>,
    /// How the client sends its secret
    #[arg(long, value_enum, default_value_t = Method::Basic)]
    auth_method: Method,
    /// Certificate authorities that are trusted besides the system's: a file in PEM, or a folder of such files
    #[arg(long, value_name = "PATH")]
    ca: Option<PathBuf>,
    /// Show what a token says and whether it is good: the one that was got, or without --client-id one at standard input
    #[arg(long)]
    decode: bool,
}

/// RFC 6749 §2.3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Method {
    /// client_secret_basic: in the Authorization header
    Basic,
    /// client_secret_post: in the form
    Post,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
enum TokenError {
    #[error(transparent)]
    Errand(#[from] ErrandError),
    #[error("{path}: {error}")]
    File { path: String, error: io::Error },
    #[error("{0}")]
    Words(String),
}

fn words(text: impl Into<String>) -> TokenError {
    TokenError::Words(text.into())
}

pub(super) fn run(args: TokenArgs) -> ExitCode {
    match block_on(answer(args)) {
        Ok(Ok(code)) | Err(code) => code,
        Ok(Err(error)) => fail(error),
    }
}

async fn answer(args: TokenArgs) -> Result<ExitCode, TokenError> {
    if args.client_id.is_none() && !args.decode {
        return Err(words(
            "name the client that gets the token with --client-id, or show a token with --decode",
        ));
    }
    let errand = Errand::new(args.ca.as_deref().map(authorities).transpose()?);
    let issuer = Issuer::discover(&errand, &args.issuer).await?;
    let token = match &args.client_id {
        Some(client_id) => obtain::token(&errand, &issuer, client_id, &args).await?,
        None => Zeroizing::new(at_standard_input()?.trim().to_owned()),
    };
    let mut out = io::stdout().lock();
    let written = if args.decode {
        let keys = issuer.keys(&errand).await?;
        let now = Clock::system().now();
        let (text, good) = shown::shown(&token, issuer.name(), &keys, &args.audience, now);
        out.write_all(text.as_bytes()).map(|()| if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    } else {
        // The token and nothing else: what reads it may take it as a password.
        writeln!(out, "{}", *token).map(|()| ExitCode::SUCCESS)
    };
    written.map_err(|error| words(format!("nothing could be written: {error}")))
}

fn at_standard_input() -> Result<Zeroizing<String>, TokenError> {
    limited(io::stdin().lock()).map_err(|error| words(format!("no token at standard input: {error}")))
}

/// A secret of a file, without the end of its line.
fn secret(path: &Path) -> Result<Zeroizing<String>, TokenError> {
    let read = std::fs::File::open(path).and_then(limited);
    let text = read.map_err(|error| TokenError::File { path: path.display().to_string(), error })?;
    Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn limited(reader: impl Read) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    reader.take(LONGEST + 1).read_to_string(&mut text)?;
    if u64::try_from(text.len()).is_ok_and(|length| length <= LONGEST) {
        Ok(text)
    } else {
        Err(io::Error::other(format!("it is longer than {LONGEST} bytes")))
    }
}

/// The certificates of a file, or of the files of a folder that end in `.pem`, `.crt` or `.cer`, as one text.
fn authorities(path: &Path) -> Result<String, TokenError> {
    let failed = |path: &Path, error| TokenError::File { path: path.display().to_string(), error };
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let listed = std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        files = listed.map_err(|error| failed(path, error))?.into_iter().map(|entry| entry.path()).collect();
        files.retain(|file| {
            file.extension().is_some_and(|end| ["pem", "crt", "cer"].iter().any(|known| end == *known))
        });
        files.sort();
    }
    let mut text = String::new();
    for file in &files {
        text += &std::fs::read_to_string(file).map_err(|error| failed(file, error))?;
        text.push('\n');
    }
    match crate::jose::certificates_in_pem(text.as_bytes()) {
        Some(_) => Ok(text),
        None => {
            Err(words(format!("{}: there is no certificate in PEM in it, or a broken one", path.display())))
        }
    }
}
