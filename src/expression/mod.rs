//! The one room that knows CEL (Common Expression Language): attributes that an expression makes of others.
//!
//! An expression is read, held against the names and functions there are, weighed and tried on a sample before it is
//! accepted. Its work is weighed again with each person's values before it is evaluated, so it always ends soon.

mod cost;
mod functions;
mod names;
mod value;

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use cel::{Context, ExecutionError, Program};
use serde_json::Value;

/// The most bytes of an expression.
const LONGEST: usize = 4096;

/// How deep operations may stand in one another, those that macros are made of included.
const DEEPEST: usize = 48;

/// The most work of one evaluation, in units of about ten nanoseconds.
const MOST_WORK: u64 = 10_000_000;

/// Bytes of the stack that an expression is read on: its parser goes deep.
const STACK: usize = 32 << 20;

/// An expression that was found good.
pub struct Expression {
    source: Box<str>,
    program: Program,
    /// The attributes it names.
    named: Vec<String>,
}

impl Expression {
    /// Reads an expression. The sample holds every attribute it may name, each with a value of its type; `unsampled` names
    /// those of no certain type.
    ///
    /// # Errors
    /// What is wrong with it: its form, a name, its weight, or what comes of the sample.
    pub fn compile(
        source: &str,
        sample: &BTreeMap<String, Value>,
        unsampled: &[&str],
    ) -> Result<Self, Problem> {
        if source.len() > LONGEST {
            return Err(Problem::TooLong);
        }
        let reader = || -> Result<Self, Problem> {
            let program = functions::environment().compile(source).map_err(|errors| syntax(&errors))?;
            let named =
                names::check(&program, &|name| sample.contains_key(name) || unsampled.contains(&name))?;
            Ok(Self { source: source.into(), program, named })
        };
        // A thread of its own has the stack that the parser needs, and keeps a panic of it to itself.
        let expression = thread::scope(|scope| {
            let builder = thread::Builder::new().name("expression".to_owned()).stack_size(STACK);
            let reading = builder.spawn_scoped(scope, reader).map_err(|_| Problem::Unreadable)?;
            reading.join().map_err(|_| Problem::Unreadable)?
        })?;
        match expression.evaluate(|name| sample.get(name).cloned()) {
            Ok(_) => Ok(expression),
            Err(Failure::WrongType(operation)) => Err(Problem::WrongType(operation)),
            Err(Failure::TooCostly) => Err(Problem::TooCostly),
            Err(Failure::NoJson) => Err(Problem::NoJson),
            // What a sample lacks, a person may have.
            Err(Failure::Missing | Failure::Failed) => Ok(expression),
        }
    }

    /// Whether it names an attribute.
    pub fn names(&self, attribute: &str) -> bool {
        self.named.iter().any(|name| name == attribute)
    }

    /// The value for a person, whose attributes are asked by name. `None` when it is null or empty text.
    ///
    /// # Errors
    /// Why there is none; nothing of the person is in it.
    pub fn evaluate(&self, attribute: impl Fn(&str) -> Option<Value>) -> Result<Option<Value>, Failure> {
        let mut values = BTreeMap::new();
        for name in &self.named {
            values.insert(name.as_str(), attribute(name).ok_or(Failure::Missing)?);
        }
        if cost::of(self.program.expression(), &values) > MOST_WORK {
            return Err(Failure::TooCostly);
        }
        let evaluated = catch_unwind(AssertUnwindSafe(|| {
            let mut context = Context::with_env(functions::environment());
            for (name, value) in &values {
                context.add_variable_from_value(*name, value::from_json(value));
            }
            self.program.execute(&context)
        }));
        let value = evaluated.map_err(|_| Failure::Failed)?.map_err(|error| failure(&error))?;
        let json = value::to_json(&value).ok_or(Failure::NoJson)?;
        Ok(Some(json).filter(|json| !json.is_null() && json.as_str() != Some("")))
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Expression {}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({:?})", self.source)
    }
}

/// Why an expression is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It has more bytes than anyone needs.
    #[error("the expression has more than {LONGEST} bytes")]
    TooLong,
    /// It is no CEL.
    #[error("the expression cannot be read: line {line}, column {column}: {what}")]
    Syntax {
        /// The line within the expression, from 1.
        line: usize,
        /// The column within the line, from 1.
        column: usize,
        /// What is wrong there.
        what: String,
    },
    /// The parser gave up.
    #[error("the expression cannot be read")]
    Unreadable,
    /// Operations stand too deep in one another.
    #[error("the expression goes more than {DEEPEST} operations deep")]
    TooDeep,
    /// It names an attribute that nobody has.
    #[error("there is no attribute '{0}'")]
    UnknownAttribute(String),
    /// It calls a function that does not exist, or not here.
    #[error("there is no function '{0}' in this version")]
    UnknownFunction(String),
    /// It applies an operation to values of the wrong type.
    #[error("'{0}' does not take values of these types")]
    WrongType(String),
    /// Its work grows too fast with the number of groups.
    #[error("the expression takes too much work for a person in a hundred groups")]
    TooCostly,
    /// What comes of it is no claim.
    #[error("what comes of the expression is no value of JSON")]
    NoJson,
}

impl Problem {
    /// The functions and macros there are, by name.
    pub fn functions() -> impl Iterator<Item = &'static str> + Clone {
        functions::NAMES.iter().chain(functions::MACROS).copied()
    }
}

/// Why an expression has no value for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The person lacks an attribute that it names.
    #[error("the person lacks an attribute that it names")]
    Missing,
    /// An operation does not take values of the types it got.
    #[error("'{0}' does not take values of these types")]
    WrongType(String),
    /// Division by zero, no such element and the like.
    #[error("an operation failed")]
    Failed,
    /// Its work for this person would be too much.
    #[error("it takes too much work")]
    TooCostly,
    /// What comes of it is no value of JSON.
    #[error("its value is no value of JSON")]
    NoJson,
}

/// An error of the library without the values it quotes.
fn failure(error: &ExecutionError) -> Failure {
    match error {
        ExecutionError::NoSuchOverload(overload) => Failure::WrongType(functions::shown(overload.function())),
        ExecutionError::UnsupportedBinaryOperator(operator, ..) => {
            Failure::WrongType(functions::shown(operator))
        }
        ExecutionError::UndeclaredReference(_) => Failure::Missing,
        _ => Failure::Failed,
    }
}

/// The first thing that the parser stumbled over, without the long list of what it would have liked.
fn syntax(errors: &cel::ParseErrors) -> Problem {
    const SYNTAX: &str = "Syntax error: ";
    if errors.errors.iter().any(|error| error.msg.contains("Recursion limit")) {
        return Problem::TooDeep;
    }
    let of_syntax = errors.errors.iter().find(|error| error.msg.starts_with(SYNTAX));
    let Some(first) = of_syntax.or(errors.errors.first()) else { return Problem::Unreadable };
    let message = first.msg.trim_start_matches(SYNTAX);
    let message = message.split_once(" expecting ").map_or(message, |(message, _)| message);
    let what = if message.contains("<EOF>") {
        "something is missing at the end".to_owned()
    } else if let Some((_, input)) = message.split_once(" input ") {
        format!("{input} is out of place")
    } else if message.starts_with("token recognition error") {
        "there is text without an end, or a character that means nothing".to_owned()
    } else {
        message.to_owned()
    };
    let position = |number: isize| usize::try_from(number).unwrap_or(1).max(1);
    Problem::Syntax { line: position(first.pos.0), column: position(first.pos.1), what }
}

#[cfg(test)]
mod tests;
