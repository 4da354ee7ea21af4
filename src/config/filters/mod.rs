//! What files go through before they are read as YAML: `template` fills in `{{ … }}`, `expand-env` fills in `$NAME`.
//!
//! A filter hands on its text together with a map back to the file as its author wrote it, so that whatever is found
//! later is told at that line; and it notes what it put in, so that no message repeats it.

mod environment;
mod evaluate;
mod expand_env;
mod functions;
#[cfg(test)]
mod generated;
mod lexer;
mod operators;
mod outside;
mod parser;
mod place;
mod put_in;
#[cfg(test)]
mod tests;
mod tree;
mod value;

pub(super) use environment::Variables;
pub(super) use place::Places;
pub use put_in::PutIn;

use std::sync::Arc;

use self::outside::Outside;
use self::place::Made;
use super::near::nearest;
use super::report::Report;
use super::section::{list, shown};
use crate::yaml::{Location, Problem};

/// The names that `--config.experimental.filters` takes.
const NAMES: [&str; 2] = ["template", "expand-env"];

/// One filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    /// A subset of Go's text/template.
    Template,
    /// `$NAME` and `${NAME}`.
    ExpandEnv,
}

/// What is wrong with a text that a filter was to fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where, as a byte of the filter's own input.
    at: usize,
    /// Only worth a warning.
    warning: bool,
    code: &'static str,
    says: String,
    mend: String,
}

/// The text cannot be understood.
const BAD: &str = "bad_template";
/// A file or a variable is not there.
const MISSING: &str = "template_source";
/// The text would grow without end.
const LIMIT: &str = "template_limit";

impl Fault {
    fn bad(at: usize, says: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::new(at, BAD, says, mend)
    }

    fn new(at: usize, code: &'static str, says: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { at, warning: false, code, says: says.into(), mend: mend.into() }
    }
}

/// The filters in the order in which they run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filters {
    order: Vec<Filter>,
}

/// A text that is filled in.
pub(super) struct Filtered {
    pub(super) text: String,
    pub(super) places: Places,
}

impl Filters {
    /// The filters by their names; what is no filter, or stands twice, is told.
    pub(super) fn named(names: &[String], report: &Report) -> Self {
        let mut order = Vec::new();
        let told = |code, says: String, mend: String| {
            let at = Location::whole("--config.experimental.filters or X_AUTHELIA_CONFIG_FILTERS");
            report.push(Problem::error(code, "").at(&at).says(says).mend(mend));
        };
        for name in names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
            let filter = match name.to_lowercase().as_str() {
                "template" => Filter::Template,
                "expand-env" => Filter::ExpandEnv,
                _ => {
                    let mend = match nearest(name, NAMES.into_iter()) {
                        Some(near) => format!("did you mean '{near}'?"),
                        None => format!("name {}, or both with a comma between", list(&NAMES)),
                    };
                    told("unknown_filter", format!("there is no filter '{}'", shown(name)), mend);
                    continue;
                }
            };
            if order.contains(&filter) {
                let says = format!("the filter '{}' is named twice", name.to_lowercase());
                told("unknown_filter", says, "name it once".to_owned());
                continue;
            }
            order.push(filter);
        }
        Self { order }
    }

    /// Whether there is nothing to run.
    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Whether `{{ … }}` is filled in.
    pub(super) fn fill_templates(&self) -> bool {
        self.order.contains(&Filter::Template)
    }

    /// Whether `$NAME` is filled in.
    pub(super) fn expand_variables(&self) -> bool {
        self.order.contains(&Filter::ExpandEnv)
    }

    /// Runs the filters over the text of a file. None when one of them cannot; the report says why.
    pub(super) fn run(
        &self,
        file: &Arc<str>,
        text: &str,
        variables: &Variables<'_>,
        report: &Report,
    ) -> Option<Filtered> {
        let mut places = Places::of(text);
        let mut present = text.to_owned();
        for filter in &self.order {
            let outside = Outside { variables, source: text, files_read: report.files_read() };
            let (made, faults) = match filter {
                Filter::Template => fill_in(&present, &outside),
                Filter::ExpandEnv => expand_env::expand(&present, &outside),
            };
            for fault in faults {
                tell(fault, file, &places, report);
            }
            let made = made?;
            if !report.put_in(|put_in| made.puts().all(|put| put_in.note(put, text))) {
                tell(too_many(), file, &places, report);
                return None;
            }
            places = places.after(&made);
            present = made.text;
        }
        Some(Filtered { text: present, places })
    }
}

/// Runs each filter over a text, without variables; every place that comes of it is one of the text.
#[cfg(any(test, fuzzing))]
pub(super) fn fuzz(text: &str) {
    let file: Arc<str> = Arc::from("fuzz.yml");
    let lines = text.chars().filter(|c| matches!(c, '\r' | '\n')).count() + 1;
    for order in [vec![Filter::Template], vec![Filter::ExpandEnv], vec![Filter::Template, Filter::ExpandEnv]]
    {
        let report = Report::default();
        let filtered = Filters { order }.run(&file, text, &Variables::of(&[]), &report);
        let (problems, _) = report.into_parts();
        assert_eq!(filtered.is_none(), problems.has_errors(), "{problems}");
        for problem in problems.iter() {
            let line = problem.at.as_ref().map(|at| at.line).unwrap_or_default();
            assert!(line >= 1 && usize::try_from(line).is_ok_and(|line| line <= lines), "{problem}");
        }
        let Some(Filtered { text, places }) = filtered else { continue };
        let (node, _) =
            crate::yaml::examine_made("fuzz.yml", &text, &|line, column| places.of_place(line, column));
        if let Some(node) = node {
            assert!(node.at.line >= 1 && usize::try_from(node.at.line).is_ok_and(|line| line <= lines));
        }
    }
}

/// Parses and evaluates a template.
fn fill_in(source: &str, outside: &Outside<'_>) -> (Option<Made>, Vec<Fault>) {
    match parser::parse(source) {
        Ok(pieces) => match evaluate::evaluate(&pieces, outside) {
            Ok(made) => (Some(made), Vec::new()),
            Err(faults) => (None, faults),
        },
        Err(faults) => (None, faults),
    }
}

fn too_many() -> Fault {
    Fault::new(
        0,
        LIMIT,
        "the filters put too many different texts into this file",
        "make the template shorter: look for a range that is larger than expected",
    )
}

fn tell(fault: Fault, file: &Arc<str>, places: &Places, report: &Report) {
    let (line, column) = places.of_byte(fault.at);
    let at = Location { file: Arc::clone(file), line, column };
    let problem =
        if fault.warning { Problem::warning(fault.code, "") } else { Problem::error(fault.code, "") };
    report.push(problem.at(&at).says(fault.says).mend(fault.mend));
}
