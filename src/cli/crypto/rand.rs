//! `signet crypto rand`.

use std::io::Write;

use clap::Args;

use super::CryptoError;
use super::charset::Charset;
use crate::secrets::random_text;

#[derive(Args, Debug)]
pub(super) struct RandCommand {
    /// Number of characters
    #[arg(short = 'n', long, default_value_t = 72, value_parser = clap::value_parser!(u16).range(1..=4096))]
    length: u16,
    /// Characters to choose from
    #[arg(short = 'x', long, value_enum, default_value_t = Charset::Alphanumeric)]
    charset: Charset,
    /// Characters to choose from, written out
    #[arg(long, conflicts_with = "charset")]
    characters: Option<String>,
}

pub(super) fn run(command: &RandCommand, out: &mut dyn Write) -> Result<(), CryptoError> {
    let characters = command.characters.as_deref().unwrap_or(command.charset.characters());
    if characters.is_empty() {
        return Err(CryptoError::NoCharacters);
    }
    writeln!(out, "Random Value: {}", random_text(usize::from(command.length), characters))?;
    Ok(())
}
