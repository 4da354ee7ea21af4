//! `signet config validate`: says everything that is wrong with a configuration.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::config::{self, Loaded, Sources};
use crate::yaml::Problems;

/// Which configuration, and how to speak of it.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// The configuration: one file, several with commas between, or a directory
    #[arg(long, short, value_delimiter = ',', default_value = "configuration.yml")]
    pub config: Vec<PathBuf>,
    /// How the problems are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How the problems are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs: `{"problems":[…]}`
    Json,
}

/// Reads the configuration with the environment of this process and writes all problems to standard output.
/// Succeeds when there is no error.
pub fn validate(args: ValidateArgs) -> ExitCode {
    let Loaded { problems, .. } = config::load(&Sources::from_process(args.config));
    let text = match args.format {
        Format::Text => for_people(&problems),
        Format::Json => serde_json::to_string(&problems).unwrap_or_default() + "\n",
    };
    let written = io::stdout().lock().write_all(text.as_bytes());
    if problems.has_errors() || written.is_err() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn for_people(problems: &Problems) -> String {
    let (errors, warnings, notices) =
        (problems.errors().count(), problems.warnings().count(), problems.notices().count());
    let verdict = match (errors, warnings + notices) {
        (0, 0) => "The configuration is valid.".to_owned(),
        (0, _) => format!("The configuration is valid: {warnings} warnings, {notices} notices."),
        _ => format!(
            "The configuration is not valid: {errors} errors, {warnings} warnings, {notices} notices."
        ),
    };
    format!("{problems}{verdict}\n")
}
