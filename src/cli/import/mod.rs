//! `signet import`: bring along what another provider remembered, a file per provider.

mod authelia;

use std::io;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::database::{Desk, GlobalConfig, with_desk};

/// The arguments of `signet import`.
#[derive(Args, Debug)]
pub(super) struct ImportCommand {
    #[command(flatten)]
    files: GlobalConfig,
    #[command(subcommand)]
    from: From,
}

#[derive(Subcommand, Debug)]
enum From {
    /// What Authelia exported: subject identifiers and one-time code devices
    Authelia(authelia::AutheliaArgs),
}

/// Runs `signet import`.
pub(super) fn run(command: ImportCommand) -> ExitCode {
    let ImportCommand { files, from: From::Authelia(args) } = command;
    with_desk(files, args.opening(), async move |desk: &Desk| {
        authelia::run(&args, desk, &mut io::stdout()).await
    })
}
