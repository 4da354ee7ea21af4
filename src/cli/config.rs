//! `signet config validate`: says everything that is wrong with a configuration, and what is done with its sections.
//! `signet config schema`: its JSON Schema.

mod show;
mod template;

pub use show::{ShowArgs, show};
pub use template::template;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::ConfigArgs;
use super::settings::{certificate, counted, people, say_no_configuration, sources};
use crate::config::options::{self, Standing};
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
    let mut loaded = config::load(&sources);
    let sections = std::mem::take(&mut loaded.sections);
    let problems = whole(loaded, &sources);
    let text = match args.format {
        Format::Text => for_people(&problems, &sections),
        Format::Json => serde_json::to_string(&problems).unwrap_or_default() + "\n",
    };
    let written = io::stdout().lock().write_all(text.as_bytes());
    if problems.has_errors() || written.is_err() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Writes the JSON Schema of configurations to standard output.
pub fn schema() -> ExitCode {
    let text = serde_json::to_string_pretty(&options::schema()).unwrap_or_default() + "\n";
    let written = io::stdout().lock().write_all(text.as_bytes());
    if written.is_err() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Everything there is to say about a configuration and the files that it names.
pub fn judge(sources: &Sources) -> Problems {
    whole(config::load(sources), sources)
}

fn whole(loaded: Loaded, sources: &Sources) -> Problems {
    let (people, certificate) = (people(&loaded), certificate(&loaded, sources));
    let Loaded { mut problems, put_in, .. } = loaded;
    problems.append(people);
    problems.append(certificate);
    put_in.hide(&mut problems);
    problems.sort();
    problems
}

/// The names of the sections, a line for each thing that is done with them.
fn by_standing(sections: &[(&'static str, Standing)]) -> String {
    let all = [Standing::Works, Standing::NotYet, Standing::Never, Standing::Refused, Standing::Renamed];
    let line = |standing: Standing| {
        let names: Vec<&str> =
            sections.iter().filter(|(_, its)| *its == standing).map(|(name, _)| *name).collect();
        (!names.is_empty()).then(|| format!("  {:9}{}\n", standing.as_str(), names.join(", ")))
    };
    let lines: String = all.into_iter().filter_map(line).collect();
    if lines.is_empty() { lines } else { format!("Sections that are set:\n{lines}") }
}

fn for_people(problems: &Problems, sections: &[(&'static str, Standing)]) -> String {
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
    let sections = by_standing(sections);
    format!("{problems}{sections}The configuration is {verdict}{colon}{}.\n", told.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Problem;

    #[test]
    fn each_section_stands_in_the_line_of_what_is_done_with_it() {
        let sections = [
            ("server", Standing::Works),
            ("notifier", Standing::NotYet),
            ("log", Standing::Works),
            ("ntp", Standing::Never),
            ("storage.mysql", Standing::Refused),
        ];
        let told = for_people(&Problems::default(), &sections);
        assert_eq!(
            told,
            "Sections that are set:\n  works    server, log\n  not yet  notifier\n  never    ntp\n  refused  storage.mysql\n\
             The configuration is valid.\n"
        );
    }

    #[test]
    fn the_verdict_counts_what_there_is() {
        let mut problems = Problems::default();
        assert_eq!(for_people(&problems, &[]), "The configuration is valid.\n");
        problems.push(Problem::notice("x", "a").says("is so"));
        assert!(for_people(&problems, &[]).ends_with("The configuration is valid: 1 notice.\n"));
        problems.push(Problem::error("x", "a").says("is wrong"));
        problems.push(Problem::error("x", "b").says("is wrong"));
        assert!(
            for_people(&problems, &[]).ends_with("The configuration is not valid: 2 errors, 1 notice.\n")
        );
    }
}
