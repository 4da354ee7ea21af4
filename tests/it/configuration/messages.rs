//! Every option that is not carried out says so, and how: the whole table of them, with the messages as a snapshot.

use std::collections::BTreeMap;

use serde_yaml::Value;
use signet::config::options::{Standing, State, all, set_aside};
use signet::yaml::{Problem, Severity};

use super::folder;
use super::option::{base, loaded, other, put, told};

/// What tells of something that is not carried out.
const CODES: [&str; 3] = ["not_in_this_version", "never_used", "renamed"];

fn severity(standing: Standing) -> Severity {
    match standing {
        Standing::NotYet => Severity::Warning,
        Standing::Never => Severity::Notice,
        Standing::Refused | Standing::Renamed | Standing::Works => Severity::Error,
    }
}

/// The path at which a state stands in the table.
fn place(state: &'static State) -> &'static str {
    set_aside().iter().find(|(_, each)| std::ptr::eq(each, state)).unwrap().0
}

/// The one problem that says at this path that something is not carried out.
fn said(path: &str, option: &str, value: Value) -> Result<Problem, String> {
    let folder = folder();
    let mut root = base(folder.path(), option);
    put(&mut root, option, value);
    let loaded = loaded(&root);
    let at = |problem: &&Problem| problem.path == told(path) && CODES.contains(&problem.code);
    match loaded.problems.iter().filter(at).collect::<Vec<_>>().as_slice() {
        [one] => Ok((*one).clone()),
        _ => Err(format!("{option}: no single message at {path}:\n{}", loaded.problems)),
    }
}

#[test]
fn every_option_that_is_not_carried_out_has_its_message() {
    let (mut messages, mut wrong) = (BTreeMap::new(), Vec::new());
    let mut take = |path: &str, option: &str, state: &State, value: Value| match said(path, option, value) {
        Ok(problem) if problem.severity != severity(state.standing()) || problem.mend.is_empty() => {
            wrong.push(format!("{option}: {problem}"));
        }
        Ok(problem) => {
            let text = format!(
                "{path}\n  {} {}: {}\n  mend: {}\n",
                problem.severity.as_str(),
                problem.code,
                problem.message,
                problem.mend
            );
            if let Some(other) = messages.insert(path.to_owned(), text.clone())
                && other != text
            {
                wrong.push(format!("{option}: another message than its neighbours\n{other}{text}"));
            }
        }
        Err(text) => wrong.push(text),
    };
    for option in all() {
        if let Some(state) = option.state {
            take(place(state), &option.path, state, other(&option));
        }
    }
    // Older names that are known by their state alone.
    let holds = |path: &str, option: &str| {
        option.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    for (path, state) in set_aside() {
        if state.standing() == Standing::Renamed && !all().any(|option| holds(path, &option.path)) {
            take(path, path, state, "sample".into());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let untold: Vec<&str> =
        set_aside().iter().map(|(path, _)| *path).filter(|path| !messages.contains_key(*path)).collect();
    assert!(untold.is_empty(), "{untold:#?}");
    insta::assert_snapshot!(messages.into_values().collect::<String>());
}

#[test]
fn values_that_ask_for_nothing_say_nothing() {
    let folder = folder();
    for (path, state) in set_aside() {
        for value in state.silent() {
            let mut root = base(folder.path(), path);
            put(&mut root, path, serde_yaml::from_str(value).unwrap());
            let loaded = loaded(&root);
            let found = loaded.problems.iter().find(|problem| problem.path == told(path));
            assert!(found.is_none(), "{path}: {value}: {}", loaded.problems);
        }
    }
}
