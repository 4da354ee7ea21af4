//! What is wrong with a file: each finding with its place, and how to mend it.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::node::Location;

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used; something will not be as its author expects.
    Warning,
    /// Something that is left aside on purpose.
    Notice,
}

impl Severity {
    /// The word for it, in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// One finding. It never holds a secret value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// A stable word for programs, for example `unknown_option`.
    pub code: &'static str,
    /// The path of the key, for example `identity_providers.oidc.clients[0].redirect_uris`; empty for a whole file.
    pub path: String,
    /// The `client_id` of the client that the path leads into.
    pub client: Option<String>,
    /// Where; none when the key stands nowhere.
    pub at: Option<Location>,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub mend: String,
}

impl Problem {
    fn new(severity: Severity, code: &'static str, path: impl Into<String>) -> Self {
        let (message, mend) = (String::new(), String::new());
        Self { severity, code, path: path.into(), client: None, at: None, message, mend }
    }

    /// An error with a code at a key path.
    pub fn error(code: &'static str, path: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, path)
    }

    /// A warning with a code at a key path.
    pub fn warning(code: &'static str, path: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, path)
    }

    /// A notice with a code at a key path.
    pub fn notice(code: &'static str, path: impl Into<String>) -> Self {
        Self::new(Severity::Notice, code, path)
    }

    /// Where it is.
    #[must_use]
    pub fn at(mut self, at: &Location) -> Self {
        self.at = Some(at.clone());
        self
    }

    /// What is wrong, as a clause without a full stop.
    #[must_use]
    pub fn says(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// How to mend it, as an instruction.
    #[must_use]
    pub fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = mend.into();
        self
    }
}

impl Problem {
    /// The finding on one line and without its severity, which a log tells by itself.
    pub fn line(&self) -> String {
        let separator = if self.mend.is_empty() { "" } else { "; " };
        format!("{}{separator}{}", self.where_and_what(), self.mend)
    }

    fn where_and_what(&self) -> String {
        let place = self.at.as_ref().map(ToString::to_string);
        let client = self.client.as_ref().map(|client| format!("client '{client}'"));
        let path = (!self.path.is_empty()).then(|| self.path.clone());
        let known = [place, path, client, Some(self.message.clone())].into_iter().flatten();
        known.collect::<Vec<_>>().join(": ")
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.severity.as_str(), self.where_and_what())?;
        if !self.mend.is_empty() {
            write!(f, "\n  mend: {}", self.mend)?;
        }
        Ok(())
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let lined = self.at.as_ref().filter(|at| at.line > 0);
        let mut out = serializer.serialize_struct("Problem", 9)?;
        out.serialize_field("severity", self.severity.as_str())?;
        out.serialize_field("code", self.code)?;
        out.serialize_field("path", &self.path)?;
        out.serialize_field("client", &self.client)?;
        out.serialize_field("file", &self.at.as_ref().map(|at| at.file.as_ref()))?;
        out.serialize_field("line", &lined.map(|at| at.line))?;
        out.serialize_field("column", &lined.map(|at| at.column))?;
        out.serialize_field("message", &self.message)?;
        out.serialize_field("mend", &self.mend)?;
        out.end()
    }
}

/// All findings. As JSON: `{"problems":[…]}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Problems {
    problems: Vec<Problem>,
}

impl Problems {
    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Adds all of another list.
    pub fn append(&mut self, other: Problems) {
        self.problems.extend(other.problems);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// Whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.errors().next().is_some()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter()
    }

    /// All of them, to be completed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Problem> {
        self.problems.iter_mut()
    }

    /// The errors.
    pub fn errors(&self) -> impl Iterator<Item = &Problem> {
        self.iter().filter(|problem| problem.severity == Severity::Error)
    }

    /// The warnings.
    pub fn warnings(&self) -> impl Iterator<Item = &Problem> {
        self.iter().filter(|problem| problem.severity == Severity::Warning)
    }

    /// The notices.
    pub fn notices(&self) -> impl Iterator<Item = &Problem> {
        self.iter().filter(|problem| problem.severity == Severity::Notice)
    }

    /// Sorts: errors first, then by place.
    pub fn sort(&mut self) {
        self.problems.sort_by(|a, b| {
            let place = |p: &Problem| {
                p.at.as_ref().map(|at| (at.file.to_string(), at.line, at.column)).unwrap_or_default()
            };
            (a.severity, place(a), &a.path).cmp(&(b.severity, place(b), &b.path))
        });
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Problem {
        let at = Location { file: "configuration.yml".into(), line: 12, column: 9 };
        Problem::error("bad_redirect_uri", "identity_providers.oidc.clients[0].redirect_uris[0]")
            .at(&at)
            .says("the value has no scheme")
            .mend("begin it with https://")
    }

    #[test]
    fn people_read_severity_place_key_and_mend() {
        assert_eq!(
            sample().to_string(),
            "error: configuration.yml:12:9: identity_providers.oidc.clients[0].redirect_uris[0]: \
             the value has no scheme\n  mend: begin it with https://"
        );
    }

    #[test]
    fn a_log_takes_one_line() {
        assert_eq!(
            sample().line(),
            "configuration.yml:12:9: identity_providers.oidc.clients[0].redirect_uris[0]: \
             the value has no scheme; begin it with https://"
        );
    }

    #[test]
    fn programs_read_json() {
        let problems = Problems::from(sample());
        let json = serde_json::to_value(&problems).unwrap();
        assert_eq!(json["problems"][0]["line"], 12);
        assert_eq!(json["problems"][0]["severity"], "error");
        assert_eq!(json["problems"][0]["client"], serde_json::Value::Null);
    }
}
