//! `signet config show`: what is in effect, and where it was set.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::Format;
use crate::cli::ConfigArgs;
use crate::cli::settings::{refuse, say, say_no_configuration, sources};
use crate::config::{self, Effective, Setting};
use crate::model::origin::Origin;

/// What the text begins with.
const SET: &str = "# What is set, and where; secrets are written as '***'. What is not set has its default.";
const WITH_DEFAULTS: &str = "\
# What is in effect, and where it was set; secrets are written as '***'. Of each item of a list only what is set is here:
# docs/configuration.md has the other defaults.";

/// Which configuration, and how to write it.
#[derive(Debug, Args)]
pub struct ShowArgs {
    #[command(flatten)]
    files: ConfigArgs,
    /// How the values are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Leave out defaults: only what is set
    #[arg(long)]
    set: bool,
}

/// Writes every value in effect to standard output, with where it was set or that it is the default, secrets masked.
/// Fails when a file cannot be read.
pub fn show(args: ShowArgs) -> ExitCode {
    let Some(sources) = sources(args.files) else { return say_no_configuration() };
    let (effective, problems) = config::effective(&sources);
    let Some(effective) = effective.filter(|_| !problems.has_errors()) else { return refuse(&problems) };
    say(&problems.to_string());
    let (effective, head) =
        if args.set { (effective, SET) } else { (effective.with_defaults(), WITH_DEFAULTS) };
    let text = match args.format {
        Format::Text => for_people(&effective, head),
        Format::Json => json!({ "settings": settings(&effective) }).to_string() + "\n",
    };
    let written = io::stdout().lock().write_all(text.as_bytes());
    if written.is_err() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn for_people(root: &Effective, head: &str) -> String {
    let mut lines = vec![head.to_owned()];
    below(root, 0, &mut lines);
    lines.join("\n") + "\n"
}

/// The lines of a mapping or list, indented.
fn below(node: &Effective, depth: usize, lines: &mut Vec<String>) {
    match node {
        Effective::Setting(setting) => lines.push(format!("{}{}", "  ".repeat(depth), written(setting))),
        Effective::Mapping(entries) => {
            for (key, value) in entries {
                entry(&format!("{}:", scalar(key)), value, depth, lines);
            }
        }
        Effective::List(items) => {
            for item in items {
                entry("-", item, depth, lines);
            }
        }
    }
}

fn entry(head: &str, value: &Effective, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    match value {
        Effective::Setting(setting) => lines.push(format!("{indent}{head} {}", written(setting))),
        Effective::Mapping(entries) if entries.is_empty() => lines.push(format!("{indent}{head} {{}}")),
        Effective::List(items) if items.is_empty() => lines.push(format!("{indent}{head} []")),
        nested => {
            let mut inside = Vec::new();
            below(nested, depth + 1, &mut inside);
            // The first key of an item stands behind its dash.
            match inside.first_mut() {
                Some(first) if head == "-" => *first = format!("{indent}- {}", first.trim_start()),
                _ => lines.push(format!("{indent}{head}")),
            }
            lines.append(&mut inside);
        }
    }
}

fn written(setting: &Setting) -> String {
    let value = match &setting.value {
        None => "null".to_owned(),
        Some(text) if setting.is_text => quoted(text),
        Some(text) => text.clone(),
    };
    format!("{value}  # {}", setting.from)
}

/// A key: plain where that is safe.
fn scalar(text: &str) -> String {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    if plain && text.starts_with(|c: char| c.is_ascii_alphabetic()) { text.to_owned() } else { quoted(text) }
}

/// A text between quotes, on one line.
fn quoted(text: &str) -> String {
    if text.chars().any(char::is_control) {
        // JSON's escapes are YAML's.
        return Value::from(text).to_string();
    }
    format!("'{}'", text.replace('\'', "''"))
}

fn settings(root: &Effective) -> Vec<Value> {
    let mut found = Vec::new();
    collect(root, String::new(), &mut found);
    found
}

fn collect(node: &Effective, path: String, found: &mut Vec<Value>) {
    match node {
        Effective::Setting(setting) => {
            let (file, line, column) = match &setting.origin {
                Origin::File { file, line, column } => (Some(file.as_ref()), Some(line), Some(column)),
                _ => (None, None, None),
            };
            found.push(json!({
                "path": path,
                "value": setting.value,
                "from": setting.from,
                "file": file,
                "line": line,
                "column": column,
            }));
        }
        Effective::Mapping(entries) => {
            for (key, value) in entries {
                let dot = if path.is_empty() { "" } else { "." };
                collect(value, format!("{path}{dot}{key}"), found);
            }
        }
        Effective::List(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, format!("{path}[{index}]"), found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn setting(value: &str) -> Effective {
        let origin = Origin::Variable(Arc::from("X"));
        let from = origin.to_string();
        Effective::Setting(Setting { value: Some(value.to_owned()), is_text: true, origin, from })
    }

    #[test]
    fn what_is_shown_is_yaml_with_the_same_values() {
        let texts = ["it's", "two\nlines", "a: b # c", "***", ""];
        let list = Effective::List(texts.map(setting).into());
        let nested =
            Effective::Mapping(vec![("a b".to_owned(), list), ("empty".to_owned(), Effective::List(vec![]))]);
        let item = Effective::List(vec![Effective::Mapping(vec![
            ("a".to_owned(), setting("1")),
            ("b".to_owned(), Effective::List(vec![setting("2")])),
        ])]);
        let root = Effective::Mapping(vec![
            ("on".to_owned(), nested),
            ("x".to_owned(), setting("1")),
            ("items".to_owned(), Effective::List(vec![item])),
        ]);
        let text = for_people(&root, SET);
        let node = crate::yaml::read("shown.yml", &text).unwrap();
        let items = node.get("on").and_then(|on| on.get("a b")).unwrap().items();
        assert_eq!(items.iter().map(|item| item.as_text().unwrap()).collect::<Vec<_>>(), texts);
        assert_eq!(node.get("x").and_then(crate::yaml::Node::as_text), Some("1"));
        assert!(
            text.ends_with("items:\n  - - a: '1'  # variable X\n      b:\n        - '2'  # variable X\n"),
            "{text}"
        );
        assert_eq!(settings(&root)[1]["path"], "on.a b[1]");
    }
}
