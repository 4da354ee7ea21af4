//! A template as a tree; written out it is a template again.

use std::fmt;

use super::value::quoted;

/// The byte of the source where something begins. Two trees are the same wherever they stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot(pub(super) usize);

impl PartialEq for Spot {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    /// Text as it stands.
    Text(Spot, String),
    /// `{{ pipeline }}`, which puts in its value, unless it sets a variable.
    Put(Pipeline),
    /// `{{ if … }}`, `{{ with … }}`, `{{ range … }}`
    Branch(Branch),
}

/// What decides about the pieces of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    If,
    With,
    Range,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::With => "with",
            Self::Range => "range",
        }
    }
}

/// A piece that is there, or is not, or is there several times. `{{else if}}` is a branch in `otherwise`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Branch {
    pub(super) kind: Kind,
    pub(super) pipeline: Pipeline,
    pub(super) then: Vec<Piece>,
    pub(super) otherwise: Vec<Piece>,
}

/// Commands, each of which takes the value of the one before as its last argument.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pipeline {
    /// Where its action or parenthesis begins.
    pub(super) at: Spot,
    /// The variables that take the value, with their dollar signs: none, one, or in `range` two.
    pub(super) variables: Vec<String>,
    /// Whether the variables are there already: `=` instead of `:=`.
    pub(super) assigns: bool,
    pub(super) commands: Vec<Command>,
}

/// A function with its arguments, or a value alone. There is always a first operand.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Command {
    pub(super) first: Operand,
    pub(super) arguments: Vec<Operand>,
}

/// A value, or a function.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Operand {
    pub(super) at: Spot,
    pub(super) term: Term,
    /// `.name` behind the term.
    pub(super) fields: Vec<String>,
}

/// What an operand begins with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Term {
    Text(String),
    Integer(i64),
    Float(f64),
    Flag(bool),
    /// `.`, or nothing before fields.
    Dot,
    /// With its dollar sign.
    Variable(String),
    Function(String),
    Nested(Box<Pipeline>),
}

/// Pieces, written out.
pub(super) fn print(pieces: &[Piece]) -> String {
    pieces.iter().map(ToString::to_string).collect()
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_, text) => f.write_str(text),
            Self::Put(pipeline) => write!(f, "{{{{{pipeline}}}}}"),
            Self::Branch(Branch { kind, pipeline, then, otherwise }) => {
                write!(f, "{{{{{} {pipeline}}}}}{}", kind.word(), print(then))?;
                if !otherwise.is_empty() {
                    write!(f, "{{{{else}}}}{}", print(otherwise))?;
                }
                f.write_str("{{end}}")
            }
        }
    }
}

impl fmt::Display for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            write!(f, "{} {} ", self.variables.join(", "), if self.assigns { "=" } else { ":=" })?;
        }
        for (number, command) in self.commands.iter().enumerate() {
            write!(f, "{}{}", if number > 0 { " | " } else { "" }, command.first)?;
            for argument in &command.arguments {
                write!(f, " {argument}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.term {
            Term::Text(text) => f.write_str(&quoted(text))?,
            Term::Integer(number) => write!(f, "{number}")?,
            Term::Float(number) => write!(f, "{number:?}")?,
            Term::Flag(flag) => write!(f, "{flag}")?,
            Term::Dot if self.fields.is_empty() => f.write_str(".")?,
            Term::Dot => {}
            Term::Variable(name) | Term::Function(name) => f.write_str(name)?,
            Term::Nested(pipeline) => write!(f, "({pipeline})")?,
        }
        self.fields.iter().try_for_each(|field| write!(f, ".{field}"))
    }
}
