//! `docs/configuration.md`: every option in a table, written from the table of the code.

use signet::config::options::{Described, Fallback, SECTIONS, Section, Standing, State, all, set_aside};

use crate::support::page;

/// A text in a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// A path as code: `<name>` would be a tag.
fn path(path: &str) -> String {
    format!("`{path}`")
}

pub(super) fn default(fallback: Fallback) -> String {
    match fallback {
        Fallback::Nothing => "–".to_owned(),
        Fallback::Value(text) => format!("`{text}`"),
        Fallback::Words(words) => words.to_owned(),
        Fallback::Required => "must be set".to_owned(),
    }
}

pub(super) fn state(state: Option<&State>) -> String {
    match state {
        None => Standing::Works.as_str().to_owned(),
        Some(State::Moved(new)) => format!("renamed: `{new}`"),
        Some(state) => {
            let values: Vec<String> = state.silent().iter().map(|value| format!("`{value}`")).collect();
            let fine =
                if values.is_empty() { String::new() } else { format!(" ({} may stay)", values.join(", ")) };
            format!("{}: {}{fine}", state.standing().as_str(), state.message())
        }
    }
}

/// A row; what the section says of all its options is not said again.
fn row(option: &Described, own_state: bool) -> String {
    let state = if own_state { format!(" {} |", cell(&state(option.state))) } else { String::new() };
    format!(
        "| {} | {} | {} | {} |{state}\n",
        path(&option.path),
        cell(&option.kind.to_string()),
        cell(&default(option.fallback)),
        cell(option.effect),
    )
}

fn heading(section: &Section) -> String {
    let name = if section.path.is_empty() { "Options of no section".to_owned() } else { path(section.path) };
    format!("\n### {name}\n\n")
}

fn tables() -> String {
    let mut text = "\n## Sections\n\n| section | what for | state |\n|---|---|---|\n".to_owned();
    let named = || SECTIONS.iter().filter(|section| !section.path.is_empty());
    for section in named() {
        let state = match section.state() {
            Some(own) => state(Some(own)),
            None => section.standing().as_str().to_owned(),
        };
        text += &format!("| {} | {} | {} |\n", path(section.path), section.about, cell(&state));
    }
    text += "\n## Options\n";
    for section in SECTIONS {
        text += &heading(section);
        match section.state() {
            Some(own) => text += &format!("{}. **{}.**\n\n", upper(section.about), upper(&state(Some(own)))),
            None if section.path.is_empty() => {}
            None => text += &format!("{}.\n\n", upper(section.about)),
        }
        let options: Vec<&Described> = section.options().collect();
        // What the section says of all of them needs no table.
        if options.iter().all(|option| option.effect.is_empty()) {
            let paths: Vec<String> = options.iter().map(|option| path(&option.path)).collect();
            text += &format!("{}\n", paths.join(", "));
            continue;
        }
        let own_state = section.state().is_none();
        text += "| option | type | default | effect |";
        text += if own_state { " state |\n|---|---|---|---|---|\n" } else { "\n|---|---|---|---|\n" };
        for option in options {
            text += &row(option, own_state);
        }
    }
    text += "\n### Older names\n\nEach is an error that names the option in its place.\n\n| older name | write |\n|---|---|\n";
    for (old, state) in set_aside() {
        if let State::Moved(new) = state {
            text += &format!("| `{old}` | `{new}` |\n");
        }
    }
    text.push('\n');
    text
}

fn upper(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
}

#[test]
fn the_page_shows_every_option() {
    let tables = tables();
    for option in all() {
        assert!(tables.contains(&format!("`{}`", option.path)), "{}", option.path);
    }
    page::holds("docs/configuration.md", "the options", &tables, "configuration::reference");
}
