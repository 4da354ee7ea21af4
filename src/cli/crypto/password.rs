//! Where the password of `signet crypto hash` comes from: a flag, chance, the terminal or standard input.

use std::fmt;
use std::io::{self, BufRead, IsTerminal};

use clap::Args;
use zeroize::Zeroizing;

use super::CryptoError;
use super::charset::Charset;
use crate::secrets::random_text;

/// The flags that say where the password comes from.
#[derive(Args)]
pub(super) struct PasswordSource {
    /// The password; other users of this machine may see it in the list of processes
    #[arg(long, global = true, value_name = "PASSWORD", conflicts_with_all = ["random", "length", "charset", "characters"])]
    password: Option<String>,
    /// Ask for the password once only
    #[arg(long, global = true)]
    no_confirm: bool,
    /// Make a random password and print it
    #[arg(long, global = true)]
    random: bool,
    /// Characters of the random password [default: 72]
    #[arg(long = "random.length", id = "length", global = true, value_name = "LENGTH", value_parser = clap::value_parser!(u16).range(1..=4096))]
    length: Option<u16>,
    /// Characters to choose from [default: alphanumeric]
    #[arg(long = "random.charset", id = "charset", global = true, value_enum, value_name = "CHARSET")]
    charset: Option<Charset>,
    /// Characters to choose from, written out
    #[arg(
        long = "random.characters",
        id = "characters",
        global = true,
        value_name = "CHARACTERS",
        conflicts_with = "charset"
    )]
    characters: Option<String>,
}

/// A password and whether the person has yet to see it.
pub(super) struct Password {
    pub(super) text: Zeroizing<String>,
    pub(super) random: bool,
}

/// Where a person types.
pub(super) trait Input {
    fn is_terminal(&self) -> bool;
    /// Asks without showing what is typed.
    fn ask(&mut self, prompt: &str) -> io::Result<String>;
    /// The first line, without its end.
    fn line(&mut self) -> io::Result<String>;
}

/// The terminal, or standard input when that is something else.
pub(super) struct Terminal;

impl Input for Terminal {
    fn is_terminal(&self) -> bool {
        io::stdin().is_terminal()
    }

    fn ask(&mut self, prompt: &str) -> io::Result<String> {
        rpassword::prompt_password(prompt)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }
}

impl PasswordSource {
    pub(super) fn obtain(&self, input: &mut dyn Input) -> Result<Password, CryptoError> {
        if self.random || self.length.is_some() || self.charset.is_some() || self.characters.is_some() {
            let charset = self.charset.unwrap_or(Charset::Alphanumeric);
            let characters = self.characters.as_deref().unwrap_or(charset.characters());
            if characters.is_empty() {
                return Err(CryptoError::NoCharacters);
            }
            let text = random_text(usize::from(self.length.unwrap_or(72)), characters);
            return Ok(Password { text: Zeroizing::new(text), random: true });
        }
        let text = match &self.password {
            Some(password) => Zeroizing::new(password.clone()),
            None => read(input, !self.no_confirm)?,
        };
        if text.is_empty() { Err(CryptoError::NoPassword) } else { Ok(Password { text, random: false }) }
    }
}

impl fmt::Debug for PasswordSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordSource")
    }
}

/// Reads a password; `confirm` asks for it twice where somebody types it.
pub(super) fn read(input: &mut dyn Input, confirm: bool) -> Result<Zeroizing<String>, CryptoError> {
    if !input.is_terminal() {
        return input.line().map(Zeroizing::new).map_err(CryptoError::Input);
    }
    let password = Zeroizing::new(input.ask("Enter Password: ").map_err(CryptoError::Input)?);
    if confirm {
        let again = Zeroizing::new(input.ask("Confirm Password: ").map_err(CryptoError::Input)?);
        if again != password {
            return Err(CryptoError::Confirmation);
        }
    }
    Ok(password)
}
