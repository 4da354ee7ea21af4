//! `signet config validate`: says everything that is wrong with a configuration.

mod show;
mod template;

pub use show::{ShowArgs, show};
pub use template::template;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::ConfigArgs;
use super::settings::{certificate, counted, people, say_no_configuration, sources};
use crate::config::{self, Loaded, Sources};
use crate::yaml::Problems;

/// Which configuration, and how to speak of it.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    #[command(flatten)]
    files: ConfigArgs,
    /// How the problems are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How the problems are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs: `{"problems":[…]}`
    Json,
}

/// Reads the configuration with the environment of this process, and the users file it names, and writes all
/// problems to standard output. Succeeds when there is no error.
pub fn validate(args: ValidateArgs) -> ExitCode {
    let Some(sources) = sources(args.files) else {
        say_no_configuration();
        return ExitCode::FAILURE;
    };
    let problems = judge(&sources);
    let text = match args.format {
        Format::Text => for_people(&problems),
        Format::Json => serde_json::to_string(&problems).unwrap_or_default() + "\n",
    };
    let written = io::stdout().lock().write_all(text.as_bytes());
    if problems.has_errors() || written.is_err() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Everything there is to say about a configuration and the files that it names.
pub fn judge(sources: &Sources) -> Problems {
    let loaded = config::load(sources);
    let (people, certificate) = (people(&loaded), certificate(&loaded, sources));
    let Loaded { mut problems, put_in, .. } = loaded;
    problems.append(people);
    problems.append(certificate);
    put_in.hide(&mut problems);
    problems.sort();
    problems
}

fn for_people(problems: &Problems) -> String {
    let counts = [
        (problems.errors().count(), "error"),
        (problems.warnings().count(), "warning"),
        (problems.notices().count(), "notice"),
    ];
    let told: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| counted(count, word))
        .collect();
    let verdict = if problems.has_errors() { "not valid" } else { "valid" };
    let colon = if told.is_empty() { "" } else { ": " };
    format!("{problems}The configuration is {verdict}{colon}{}.\n", told.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Problem;

    #[test]
    fn the_verdict_counts_what_there_is() {
        let mut problems = Problems::default();
        assert_eq!(for_people(&problems), "The configuration is valid.\n");
        problems.push(Problem::notice("x", "a").says("is so"));
        assert!(for_people(&problems).ends_with("The configuration is valid: 1 notice.\n"));
        problems.push(Problem::error("x", "a").says("is wrong"));
        problems.push(Problem::error("x", "b").says("is wrong"));
        assert!(for_people(&problems).ends_with("The configuration is not valid: 2 errors, 1 notice.\n"));
    }
}
