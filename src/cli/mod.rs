//! The subcommands, one file each.

mod bans;
pub mod config;
pub mod crypto;
mod database;
#[cfg(feature = "demo")]
mod demo;
mod import;
mod keys;
mod refusals;
mod serve;
mod settings;
mod storage;
mod table;
mod token;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};

/// An OpenID Connect provider in one binary and one YAML file.
#[derive(Parser, Debug)]
#[command(name = "signet", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    files: ConfigArgs,
}

/// Which configuration.
#[derive(Args, Clone, Debug)]
pub struct ConfigArgs {
    /// The configuration: a file, several with commas between, or a folder; later files override earlier ones
    /// [default: ./configuration.yml]
    #[arg(
        long,
        short,
        value_delimiter = ',',
        value_name = "FILE[,FILE…]",
        value_parser = path(),
        env = "X_AUTHELIA_CONFIG"
    )]
    config: Vec<PathBuf>,
    /// Filters that fill in the files before they are read: template, expand-env
    #[arg(
        long = "config.experimental.filters",
        id = "filters",
        value_delimiter = ',',
        value_name = "FILTER",
        env = "X_AUTHELIA_CONFIG_FILTERS"
    )]
    filters: Vec<String>,
}

/// A path, which an empty variable may leave empty.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Serve the provider (also without a subcommand)
    Serve(ConfigArgs),
    /// Serve a provider to try, with people, clients and a relying party, all made here
    #[cfg(feature = "demo")]
    Demo(demo::DemoArgs),
    /// Check, show and describe a configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Make keys, digests and random texts
    Crypto(crypto::CryptoCommand),
    /// Show the keys that sign, and change one for another
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// See who is locked out after too many failures, and let them in again
    Bans(bans::BansArgs),
    /// Look after the database: back up, restore, check
    Storage(storage::StorageCommand),
    /// Bring along what another provider remembered
    Import(import::ImportCommand),
    /// Look after people: sessions, sign-out, one-time code devices
    User(user::UserArgs),
    /// Find out why a request was refused
    Refusals(refusals::RefusalsArgs),
    /// Get a token for a program from a running issuer, or say what a token holds and whether it is good
    Token(token::TokenArgs),
}

#[derive(Subcommand, Debug)]
enum ConfigCommand {
    /// Say everything that is wrong with a configuration, where, and how to mend it
    Validate(config::ValidateArgs),
    /// Write what is set and where it was set, secrets masked
    Show(config::ShowArgs),
    /// Write the files as the filters fill them in, secrets included
    Template(ConfigArgs),
    /// Write the JSON Schema of configurations, for editors
    Schema,
}

/// The whole program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.command {
        None => serve::run(cli.files),
        Some(Command::Serve(args)) => serve::run(args),
        #[cfg(feature = "demo")]
        Some(Command::Demo(args)) => demo::run(args),
        Some(Command::Config(ConfigCommand::Validate(args))) => config::validate(args),
        Some(Command::Config(ConfigCommand::Show(args))) => config::show(args),
        Some(Command::Config(ConfigCommand::Template(args))) => config::template(args),
        Some(Command::Config(ConfigCommand::Schema)) => config::schema(),
        Some(Command::Crypto(command)) => crypto::run(command),
        Some(Command::Keys(command)) => keys::run(command),
        Some(Command::Bans(args)) => bans::run(args),
        Some(Command::Storage(command)) => storage::run(command),
        Some(Command::Import(command)) => import::run(command),
        Some(Command::User(args)) => user::run(args),
        Some(Command::Refusals(args)) => refusals::run(args),
        Some(Command::Token(args)) => token::run(args),
    }
}
