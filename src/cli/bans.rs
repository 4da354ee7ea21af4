//! `signet bans`: who is locked out, and the end of it.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::database::{BY, Desk, Failure, GlobalConfig, Opening, with_desk};
use super::settings::counted;
use super::table::{self, date, plain};
use crate::users::Counted;
use crate::users::admin::{self, Ban, LiftTarget};

/// The arguments of `signet bans`.
#[derive(Args, Debug)]
pub(super) struct BansArgs {
    #[command(flatten)]
    files: GlobalConfig,
    #[command(subcommand)]
    command: Bans,
}

#[derive(Subcommand, Debug)]
enum Bans {
    /// Show who is locked out, where, since when, until when, and after how many failures
    List,
    /// Let somebody in again before the time, and forget the failures that led to the ban
    #[command(alias = "revoke")]
    Lift(LiftArgs),
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct LiftArgs {
    /// A person, by name or e-mail address, wherever they are locked out; or an address, with the networks that hold it;
    /// or a network, as the list shows it
    #[arg(value_name = "USERNAME|ADDRESS|NETWORK")]
    target: Option<String>,
    /// Everybody
    #[arg(long)]
    all: bool,
}

/// `signet storage bans`: the same under Authelia's names.
#[derive(Subcommand, Debug)]
pub(super) enum StorageBans {
    /// People who are locked out
    #[command(subcommand)]
    User(UserBans),
    /// Addresses that are locked out
    #[command(subcommand)]
    Ip(AddressBans),
}

impl StorageBans {
    pub(super) fn opening(&self) -> Opening {
        match self {
            Self::User(UserBans::List) | Self::Ip(AddressBans::List) => Opening::Read,
            Self::User(UserBans::Revoke { .. }) | Self::Ip(AddressBans::Revoke { .. }) => Opening::Update,
        }
    }
}

#[derive(Subcommand, Debug)]
pub(super) enum UserBans {
    /// Show the people who are locked out
    List,
    /// Let a person in again before the time (as `signet bans lift`)
    #[command(alias = "lift")]
    Revoke {
        /// The person
        username: String,
    },
}

#[derive(Subcommand, Debug)]
pub(super) enum AddressBans {
    /// Show the addresses that are locked out
    List,
    /// Let an address in again before the time (as `signet bans lift`)
    #[command(alias = "lift")]
    Revoke {
        /// The address
        #[arg(value_name = "ADDRESS")]
        ip: String,
    },
}

/// Runs `signet bans`.
pub(super) fn run(args: BansArgs) -> ExitCode {
    let BansArgs { files, command } = args;
    let opening = match command {
        Bans::List => Opening::Read,
        Bans::Lift(_) => Opening::Update,
    };
    with_desk(files, opening, async move |desk: &Desk| {
        let mut out = io::stdout();
        match command {
            Bans::List => list(desk, |_| true, &mut out).await,
            Bans::Lift(LiftArgs { target, .. }) => {
                let target = target.as_deref().map_or(LiftTarget::All, LiftTarget::Named);
                lift(desk, target, &mut out).await
            }
        }
    })
}

/// Runs `signet storage bans`.
pub(super) async fn run_storage(command: StorageBans, desk: &Desk) -> Result<(), Failure> {
    let mut out = io::stdout();
    let is_address = |ban: &Ban| matches!(ban.counted, Counted::Address(_));
    match command {
        StorageBans::User(UserBans::List) => list(desk, |ban| !is_address(ban), &mut out).await,
        StorageBans::Ip(AddressBans::List) => list(desk, is_address, &mut out).await,
        StorageBans::User(UserBans::Revoke { username }) => {
            lift(desk, LiftTarget::Person(&username), &mut out).await
        }
        StorageBans::Ip(AddressBans::Revoke { ip }) => lift(desk, LiftTarget::Address(&ip), &mut out).await,
    }
}

async fn list(
    desk: &Desk,
    shown: impl Fn(&Ban) -> bool,
    out: &mut (dyn Write + Send),
) -> Result<(), Failure> {
    let mut bans = admin::list_bans(&desk.storage, desk.now).await?;
    bans.retain(|ban| shown(ban));
    if bans.is_empty() {
        writeln!(out, "Nobody is locked out.")?;
        return Ok(());
    }
    let rows: Vec<[String; 5]> = bans
        .iter()
        .map(|ban| {
            let failures = ban.failures.map_or_else(|| "-".to_owned(), |failures| failures.to_string());
            [who(ban), ban.counted.place(), failures, date(ban.since), date(ban.until)]
        })
        .collect();
    Ok(table::write(["WHO", "WHERE", "FAILURES", "SINCE", "UNTIL"], &rows, out)?)
}

async fn lift(desk: &Desk, target: LiftTarget<'_>, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    let lifted = admin::lift_bans(&desk.storage, &desk.roster(), target, BY, desk.now).await?;
    let typed = match target {
        LiftTarget::All if lifted.is_empty() => {
            writeln!(out, "Nobody is locked out.")?;
            return Ok(());
        }
        LiftTarget::All => "",
        LiftTarget::Named(typed) | LiftTarget::Person(typed) | LiftTarget::Address(typed) => typed,
    };
    if lifted.is_empty() {
        return Err(Failure::Refused(format!(
            "'{}' is not locked out; `signet bans list` shows who is",
            plain(typed)
        )));
    }
    for ban in &lifted {
        match &ban.counted {
            Counted::Address(_) => writeln!(out, "Everyone at {} may sign in again.", ban.counted.place())?,
            counted => writeln!(out, "{} may sign in again ({}).", plain(&who(ban)), counted.place())?,
        }
    }
    writeln!(out, "{} lifted; the failures that led there are forgotten.", counted(lifted.len(), "ban"))?;
    Ok(())
}

fn who(ban: &Ban) -> String {
    match ban.counted.name() {
        None => "everyone".to_owned(),
        // What was typed is not kept: people type passwords there.
        Some(name) if name.starts_with("unknown:") => "(a name nobody has)".to_owned(),
        Some(name) => name.to_owned(),
    }
}
