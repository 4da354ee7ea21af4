//! `signet keys`: the keys that sign, and the next step of changing one for another.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::ConfigArgs;
use super::settings::{fail, load};
use super::table;
use crate::clock::Seconds;
use crate::jose::{Curve, KeyState, SignatureAlgorithm, SigningKey, generate_ecdsa_pem, generate_rsa_pem};
use crate::model::client::Client;
use crate::model::lifespans::SIGNED_METADATA_LIFESPAN;
use crate::settings::Oidc;

/// How long a key is published before it signs, in words: the key set may be kept for a quarter of an hour, and some
/// programs ask for a new one once in five minutes at most.
const PUBLISHED: &str = "an hour";

/// The subcommands of `signet keys`.
#[derive(Subcommand, Debug)]
pub(super) enum KeysCommand {
    /// Show the keys of the configuration, what they sign, and what comes next
    List(ConfigArgs),
    /// Make a key and write its entry of `jwks`, in the state publish
    Make(MakeArgs),
}

/// What to make.
#[derive(Args, Debug)]
pub(super) struct MakeArgs {
    /// What the key signs with: RS256, ES256 or one of their like
    #[arg(long, default_value = "RS256", value_parser = algorithm)]
    algorithm: SignatureAlgorithm,
    /// The name of the key (`kid`); made from the key when it is left out
    #[arg(long, value_name = "NAME", value_parser = key_id)]
    key_id: Option<String>,
}

pub(super) fn algorithm(word: &str) -> Result<SignatureAlgorithm, String> {
    SignatureAlgorithm::parse(&word.to_uppercase()).ok_or_else(|| {
        let known: Vec<&str> = SignatureAlgorithm::ALL.iter().map(|it| it.as_str()).collect();
        format!("the algorithms are {}", known.join(", "))
    })
}

fn key_id(name: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._~-".contains(c);
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let good = name.len() <= 100
        && name.chars().all(plain)
        && ends(name.chars().next())
        && ends(name.chars().last());
    good.then(|| name.to_owned()).ok_or_else(|| {
        "a name has letters, digits and . _ ~ -, begins and ends with a letter or digit".to_owned()
    })
}

pub(super) fn run(command: KeysCommand) -> ExitCode {
    match command {
        KeysCommand::List(args) => match load(args) {
            Ok(settings) => written(list(&settings.oidc, &mut io::stdout())),
            Err(code) => code,
        },
        KeysCommand::Make(args) => match entry(&args) {
            Ok(entry) => written(io::stdout().lock().write_all(entry.as_bytes())),
            Err(error) => fail(error),
        },
    }
}

fn written(result: io::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(error),
    }
}

/// An entry of `jwks`, indented as it stands there.
fn entry(args: &MakeArgs) -> Result<String, String> {
    let curve = match args.algorithm {
        SignatureAlgorithm::Es256 => Some(Curve::P256),
        SignatureAlgorithm::Es384 => Some(Curve::P384),
        SignatureAlgorithm::Es512 => Some(Curve::P521),
        _ => None,
    };
    let pair = match curve {
        Some(curve) => generate_ecdsa_pem(curve),
        None => generate_rsa_pem(2048),
    };
    let pair = pair.map_err(|problem| problem.to_string())?;
    let mut lines = Vec::new();
    lines.extend(args.key_id.as_ref().map(|name| format!("key_id: '{name}'")));
    lines.push(format!("algorithm: '{}'", args.algorithm));
    lines.push(format!("state: '{}'", KeyState::Publish.as_str()));
    lines.push("key: |".to_owned());
    lines.extend(pair.private.lines().map(|line| format!("  {line}")));
    let mut entry = String::new();
    for (number, line) in lines.iter().enumerate() {
        entry += if number == 0 { "      - " } else { "        " };
        entry += line;
        entry.push('\n');
    }
    Ok(entry)
}

fn list(oidc: &Oidc, out: &mut (dyn Write + Send)) -> io::Result<()> {
    let keys = oidc.keys.keys();
    let rows: Vec<[String; 5]> = keys
        .iter()
        .map(|key| {
            let clients = oidc.clients.iter().filter(|client| signs_for(key, client)).count();
            [
                key.kid().to_owned(),
                key.algorithm().to_string(),
                key.state().as_str().to_owned(),
                clients.to_string(),
                next(key, keys, longest(oidc)),
            ]
        })
        .collect();
    table::write(["KID", "ALGORITHM", "STATE", "CLIENTS", "NEXT"], &rows, out)
}

/// Whether it signs for a client.
fn signs_for(key: &SigningKey, client: &Client) -> bool {
    client.sealings.uses(key.kid())
}

/// What to do with a key when one is changed for another.
fn next(key: &SigningKey, keys: &[SigningKey], longest: Seconds) -> String {
    let beside =
        |state| keys.iter().find(|other| other.algorithm() == key.algorithm() && other.state() == state);
    match key.state() {
        KeyState::Publish => match beside(KeyState::Sign) {
            Some(present) => format!(
                "when it was published for {PUBLISHED}: set it to sign, and '{}' to retire",
                present.kid()
            ),
            None => format!("when it was published for {PUBLISHED}: set it to sign"),
        },
        KeyState::Sign => match beside(KeyState::Publish) {
            Some(next) => format!("retire it when '{}' signs", next.kid()),
            None => String::new(),
        },
        KeyState::Retire => format!("take it out {} after it signed last", spoken(longest)),
    }
}

/// For how long, in seconds, a signature of any key may have to be verified after it was made: that of a token, of an
/// answer (JARM) or of the metadata.
fn longest(oidc: &Oidc) -> Seconds {
    let tokens = oidc.clients.iter().map(|client| client.lifespans.longest_signed());
    let metadata = oidc.metadata_signing.as_ref().map(|_| SIGNED_METADATA_LIFESPAN);
    tokens.chain(metadata).fold(oidc.jwt_secured_authorization, Seconds::max)
}

/// A span in its largest whole unit.
fn spoken(seconds: Seconds) -> String {
    let units = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let (size, unit) = units.into_iter().find(|(size, _)| seconds % size == 0).unwrap_or((1, "second"));
    super::settings::counted(usize::try_from(seconds / size).unwrap_or_default(), unit)
}
