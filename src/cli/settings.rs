//! The configuration that a command works with.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use super::ConfigArgs;
use crate::config::{self, Loaded, Sources};
pub(super) use crate::observe::counted;
use crate::runtime::tls;
use crate::settings::Settings;
use crate::users;
use crate::yaml::Problems;

/// What is read when nothing is named.
const DEFAULT_FILE: &str = "configuration.yml";

/// How long what a command began beside its work is waited for at its end.
const LEFT_AFTER: Duration = Duration::from_secs(2);

/// What to say to somebody who has no configuration yet.
const NO_CONFIGURATION: &str = "\
There is no configuration: no --config was given and the folder has no configuration.yml.

  To try Signet:          signet demo
  With your own file:     signet serve --config /path/to/configuration.yml
  To write one:           begin with configuration.yml.example, then
                          signet config validate --config configuration.yml
";

/// Where the configuration comes from; none when nothing is named and the folder has none.
pub(super) fn sources(args: ConfigArgs) -> Option<Sources> {
    let mut files = args.config;
    // A variable that is set to nothing names nothing.
    files.retain(|file| !file.as_os_str().is_empty());
    if files.is_empty() && Path::new(DEFAULT_FILE).exists() {
        files.push(PathBuf::from(DEFAULT_FILE));
    }
    (!files.is_empty()).then(|| Sources::from_process(files).with_filters(args.filters))
}

/// The settings for work on the database, or says on standard error what is wrong and what to do.
pub(super) fn load(args: ConfigArgs) -> Result<Settings, ExitCode> {
    let Some(sources) = sources(args) else { return Err(say_no_configuration()) };
    let Loaded { settings, problems, .. } = config::load(&sources);
    settings.ok_or_else(|| refuse(&problems))
}

/// The settings to serve with and what deserves to be told, or everything that is wrong with the configuration and
/// with the users file.
pub(super) fn judged(sources: &Sources) -> Result<(Settings, Problems), Problems> {
    let loaded = config::load(sources);
    let (people, certificate) = (people(&loaded), certificate(&loaded, sources));
    let Loaded { settings, mut problems, put_in, .. } = loaded;
    problems.append(certificate);
    put_in.hide(&mut problems);
    match settings {
        // The users file tells its warnings when it is opened.
        Some(settings) if !people.has_errors() && !problems.has_errors() => Ok((settings, problems)),
        _ => {
            problems.append(people);
            put_in.hide(&mut problems);
            problems.sort();
            Err(problems)
        }
    }
}

/// What there is to say about the users file that a configuration names.
pub(super) fn people(loaded: &Loaded) -> Problems {
    match loaded.directory.as_ref().map(users::check) {
        Some(Ok(problems) | Err(problems)) => problems,
        None => Problems::default(),
    }
}

/// What there is to say about the certificate and the key that a configuration names.
pub(super) fn certificate(loaded: &Loaded, sources: &Sources) -> Problems {
    loaded.tls.as_ref().map(|tls| tls::check(tls, sources.now)).unwrap_or_default()
}

/// Says what is wrong with a configuration.
pub(super) fn refuse(problems: &Problems) -> ExitCode {
    let count = counted(problems.errors().count(), "error");
    say(&format!("{problems}The configuration is not valid: {count}. Nothing was done.\n"));
    ExitCode::FAILURE
}

/// Says how to come by a configuration.
pub(super) fn say_no_configuration() -> ExitCode {
    say(NO_CONFIGURATION);
    ExitCode::FAILURE
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

/// Runs a command's work. What still waits beside it then, as for a file system that does not answer, is left.
pub(super) fn block_on<T>(work: impl Future<Output = T>) -> Result<T, ExitCode> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map(|runtime| {
            let done = runtime.block_on(work);
            runtime.shutdown_timeout(LEFT_AFTER);
            done
        })
        .map_err(fail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_ends_keeps_no_command_from_its_end() {
        let (never, waits) = std::sync::mpsc::channel::<()>();
        let done = block_on(async move {
            let (begins, begun) = tokio::sync::oneshot::channel();
            tokio::task::spawn_blocking(move || {
                let _ = begins.send(());
                waits.recv()
            });
            begun.await.is_ok()
        });
        assert_eq!(done.ok(), Some(true));
        drop(never);
    }
}
