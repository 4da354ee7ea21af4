//! Scripts of `tests/interop`, run to their end.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the scripts are, and what `make test` installs beside them.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop")
}

/// The program that runs a script, and what to do when it is missing.
fn program(script: &str) -> PathBuf {
    let (program, installed) = if script.ends_with(".py") {
        (folder().join(".venv/bin/python"), folder().join(".venv/installed"))
    } else {
        ("node".into(), folder().join("node_modules/openid-client"))
    };
    assert!(installed.exists(), "{} is missing: `make test` installs it", installed.display());
    program
}

/// Runs a script and gives what it printed; it must end well and say `ok: STEP` of every step.
pub async fn run(script: &'static str, environment: Vec<(&'static str, String)>, steps: &[&str]) -> String {
    let program = program(script);
    let ran = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(&program);
        command.arg(script).current_dir(folder()).envs(environment);
        // The callbacks of the scripts are http on loopback.
        command.env("AUTHLIB_INSECURE_TRANSPORT", "1").env("PYTHONDONTWRITEBYTECODE", "1");
        (command.output(), program)
    });
    let (output, program) = ran.await.unwrap();
    let output = output.unwrap_or_else(|error| panic!("{} does not run: {error}", program.display()));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}:\n{said}\n{errors}");
    for step in steps {
        assert!(said.lines().any(|line| line == format!("ok: {step}")), "{step} is missing:\n{said}");
    }
    said
}
