//! The configuration that a command works with.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::ConfigArgs;
use crate::config::{self, Loaded, Sources};
use crate::settings::Settings;
use crate::yaml::Problems;

/// What is read when nothing is named.
const DEFAULT_FILE: &str = "configuration.yml";

/// What to say to somebody who has no configuration yet.
const NO_CONFIGURATION: &str = "\
There is no configuration: no --config was given and the folder has no configuration.yml.

  To try Signet:          signet demo
  With your own file:     signet serve --config /path/to/configuration.yml
  To write one:           begin with configuration.yml.example, then
                          signet config validate --config configuration.yml
";

/// Reads the configuration, or says on standard error what is wrong and what to do.
pub(super) fn load(args: ConfigArgs) -> Result<(Settings, Problems), ExitCode> {
    let files = if args.config.is_empty() { default_files() } else { args.config };
    if files.is_empty() {
        say(NO_CONFIGURATION);
        return Err(ExitCode::FAILURE);
    }
    of_sources(&Sources::from_process(files))
}

/// As `load`, from sources.
pub(super) fn of_sources(sources: &Sources) -> Result<(Settings, Problems), ExitCode> {
    let Loaded { settings, problems } = config::load(sources);
    settings.map_or_else(
        || {
            let count = problems.errors().count();
            say(&format!("{problems}The configuration is not valid: {count} errors. Nothing was started.\n"));
            Err(ExitCode::FAILURE)
        },
        |settings| Ok((settings, problems.clone())),
    )
}

fn default_files() -> Vec<PathBuf> {
    Path::new(DEFAULT_FILE).exists().then(|| PathBuf::from(DEFAULT_FILE)).into_iter().collect()
}

/// Speaks on standard error.
pub(super) fn say(text: &str) {
    // Nobody can be told that telling failed.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Says why a command failed.
pub(super) fn fail(error: impl std::fmt::Display) -> ExitCode {
    say(&format!("error: {error}\n"));
    ExitCode::FAILURE
}

/// Runs a command's work.
pub(super) fn block_on<T>(work: impl Future<Output = T>) -> Result<T, ExitCode> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map(|runtime| runtime.block_on(work))
        .map_err(fail)
}
