//! `signet config template`: the text of the files after the filters.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::cli::ConfigArgs;
use crate::cli::settings::{refuse, say, say_no_configuration, sources};
use crate::config;

/// Writes the files to standard output as the filters made them, secrets included; what cannot be filled in is told on
/// standard error, and the command fails.
pub fn template(args: ConfigArgs) -> ExitCode {
    let Some(sources) = sources(args) else { return say_no_configuration() };
    let (texts, problems) = config::filtered(&sources);
    if problems.has_errors() {
        return refuse(&problems);
    }
    let filters: Vec<&str> =
        sources.filters.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
    say(&problems.to_string());
    say(&match filters.as_slice() {
        [] => "notice: no filter is named, so this is the text of the files as it stands\n".to_owned(),
        filters => {
            format!("warning: this shows the secrets that the files and {} hold\n", filters.join(", "))
        }
    });
    let several = texts.len() > 1;
    let mut out = io::stdout().lock();
    let written = texts.iter().try_for_each(|(file, text)| {
        if several {
            writeln!(out, "# {file}")?;
        }
        let end = if several && !text.is_empty() && !text.ends_with('\n') { "\n" } else { "" };
        write!(out, "{text}{end}")
    });
    if written.and_then(|()| out.flush()).is_err() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
