//! A tree to text, within limits on work and size.

use super::functions;
use super::operators;
use super::outside::{Outside, Trouble};
use super::place::Made;
use super::tree::{Branch, Command, Kind, Operand, Piece, Pipeline, Term};
use super::value::Value;
use super::{Fault, LIMIT};
use crate::yaml::MAX_BYTES;

/// How many actions, commands and rounds a template may take.
const MAX_STEPS: usize = 1_000_000;
/// How many bytes of texts, literals included, it may read and make, and names of variables it may pass by.
const MAX_WORK: usize = 16 * MAX_BYTES;
/// More mistakes than these are not told at once.
const MAX_FAULTS: usize = 20;

/// Evaluates a template.
///
/// # Errors
/// Everything that cannot be put in; what depends on it is not told.
pub(super) fn evaluate(pieces: &[Piece], outside: &Outside<'_>) -> Result<Made, Vec<Fault>> {
    let mut evaluation = Evaluation {
        outside,
        made: Made::default(),
        variables: vec![("$".to_owned(), Value::Nothing)],
        steps: 0,
        work: 0,
        faults: Vec::new(),
    };
    if let Err(fault) = evaluation.pieces(pieces, &Value::Nothing) {
        evaluation.faults.push(fault);
    }
    if evaluation.faults.is_empty() { Ok(evaluation.made) } else { Err(evaluation.faults) }
}

struct Evaluation<'a> {
    outside: &'a Outside<'a>,
    made: Made,
    /// The variables that are there, the youngest last.
    variables: Vec<(String, Value)>,
    steps: usize,
    work: usize,
    faults: Vec<Fault>,
}

impl Evaluation<'_> {
    /// Pieces one by one; the mistake of one that only puts in its value hides no other.
    fn pieces(&mut self, pieces: &[Piece], dot: &Value) -> Result<(), Fault> {
        for piece in pieces {
            match piece {
                Piece::Text(at, text) => {
                    self.room(at.0, text.len())?;
                    self.made.copy(at.0, text);
                }
                Piece::Put(pipeline) => match self.put(pipeline, dot) {
                    Err(fault) if pipeline.variables.is_empty() && self.bears(&fault) => {
                        self.faults.push(fault)
                    }
                    other => other?,
                },
                Piece::Branch(branch) => self.branch(branch, dot)?,
            }
        }
        Ok(())
    }

    fn bears(&self, fault: &Fault) -> bool {
        fault.code != LIMIT
            && self.faults.len() + 1 < MAX_FAULTS
            // A range says the same in every round.
            && !self.faults.iter().any(|told| told.at == fault.at)
    }

    fn put(&mut self, pipeline: &Pipeline, dot: &Value) -> Result<(), Fault> {
        let at = pipeline.at.0;
        let value = self.pipeline(pipeline, dot)?;
        if !pipeline.variables.is_empty() {
            return Ok(());
        }
        if value == Value::Nothing {
            return Err(Fault::bad(
                at,
                "a template is given no data, so there is nothing to put in",
                "read a variable with `env`, or a file with `secret`",
            ));
        }
        let text = value.written().map_err(|trouble| placed(trouble, at))?;
        self.room(at, text.len())?;
        self.made.put(at, &text);
        Ok(())
    }

    fn branch(&mut self, branch: &Branch, dot: &Value) -> Result<(), Fault> {
        let outer = self.variables.len();
        let done = match branch.kind {
            Kind::Range => self.range(branch, dot),
            Kind::If | Kind::With => {
                self.pipeline(&branch.pipeline, dot).and_then(|value| match (value.is_true(), branch.kind) {
                    (true, Kind::With) => self.pieces(&branch.then, &value),
                    (true, _) => self.pieces(&branch.then, dot),
                    (false, _) => self.pieces(&branch.otherwise, dot),
                })
            }
        };
        self.variables.truncate(outer);
        done
    }

    fn range(&mut self, branch: &Branch, dot: &Value) -> Result<(), Fault> {
        let Branch { pipeline, then, otherwise, .. } = branch;
        let at = pipeline.at.0;
        let rounds: Box<dyn Iterator<Item = (Value, Value)>> = match self.commands(pipeline, dot)? {
            Value::List(list) => Box::new((0..).map(Value::Integer).zip(list.items().to_vec())),
            Value::Pieces(pieces) => {
                let named: Vec<_> =
                    pieces.iter().map(|(name, piece)| (Value::text(name.as_str()), piece.clone())).collect();
                Box::new(named.into_iter())
            }
            Value::Integer(count) => Box::new((0..count).map(|it| (Value::Integer(it), Value::Integer(it)))),
            other => {
                return Err(Fault::bad(
                    at,
                    format!("`range` goes through a list, but this is {}", other.kind()),
                    "make one with `list`, or of a text with `split`",
                ));
            }
        };
        let mut rounds = rounds.peekable();
        if rounds.peek().is_none() {
            return self.pieces(otherwise, dot);
        }
        let outer = self.variables.len();
        for (key, value) in rounds {
            self.step(at)?;
            let targets: Vec<(&String, Value)> = match pipeline.variables.as_slice() {
                [both, name] => vec![(both, key), (name, value.clone())],
                names => names.iter().map(|name| (name, value.clone())).collect(),
            };
            for (name, value) in targets {
                self.set(at, name, value, pipeline.assigns)?;
            }
            self.pieces(then, &value)?;
            self.variables.truncate(outer);
        }
        Ok(())
    }

    /// The value of a pipeline, which its variables take.
    fn pipeline(&mut self, pipeline: &Pipeline, dot: &Value) -> Result<Value, Fault> {
        let value = self.commands(pipeline, dot)?;
        for name in &pipeline.variables {
            self.set(pipeline.at.0, name, value.clone(), pipeline.assigns)?;
        }
        Ok(value)
    }

    fn set(&mut self, at: usize, name: &str, value: Value, assigns: bool) -> Result<(), Fault> {
        self.charge(at, self.variables.len())?;
        let present = self.variables.iter_mut().rev().find(|(known, _)| assigns && known == name);
        match present {
            Some((_, present)) => *present = value,
            None => self.variables.push((name.to_owned(), value)),
        }
        Ok(())
    }

    fn commands(&mut self, pipeline: &Pipeline, dot: &Value) -> Result<Value, Fault> {
        let mut last = None;
        for command in &pipeline.commands {
            last = Some(self.command(command, last, dot)?);
        }
        Ok(last.unwrap_or(Value::Nothing))
    }

    fn command(&mut self, command: &Command, last: Option<Value>, dot: &Value) -> Result<Value, Fault> {
        let at = command.first.at.0;
        self.step(at)?;
        let Term::Function(name) = &command.first.term else { return self.operand(&command.first, dot) };
        if matches!(name.as_str(), "and" | "or") {
            return self.first_that_decides(name == "or", command, last, dot);
        }
        let mut values = Vec::with_capacity(command.arguments.len() + 1);
        for argument in &command.arguments {
            values.push(self.operand(argument, dot)?);
        }
        values.extend(last);
        let read = values.iter().map(|value| match value {
            Value::Text(text) => text.len(),
            _ => 1,
        });
        self.charge(at, read.sum())?;
        let value = functions::call(name, &values, self.outside).map_err(|trouble| placed(trouble, at))?;
        let made = match &value {
            Value::Text(text) => text.len(),
            Value::Pieces(pieces) => pieces.len().saturating_mul(64),
            _ => 1,
        };
        self.charge(at, made)?;
        Ok(value)
    }

    /// `or` is the first value that counts as true, `and` the first that does not; or else the last.
    fn first_that_decides(
        &mut self,
        wanted: bool,
        command: &Command,
        last: Option<Value>,
        dot: &Value,
    ) -> Result<Value, Fault> {
        let at = command.first.at.0;
        let mut value = None;
        for argument in &command.arguments {
            let next = self.operand(argument, dot)?;
            if next.is_true() == wanted {
                return Ok(next);
            }
            value = Some(next);
        }
        last.or(value).ok_or_else(|| {
            Fault::bad(
                at,
                "`and` and `or` take at least one value",
                "write for example `or (env \"A\") \"b\"`",
            )
        })
    }

    fn operand(&mut self, operand: &Operand, dot: &Value) -> Result<Value, Fault> {
        let at = operand.at.0;
        let value = match &operand.term {
            Term::Text(text) => {
                self.charge(at, text.len())?;
                Value::text(text.as_str())
            }
            Term::Integer(number) => Value::Integer(*number),
            Term::Float(number) => Value::Float(*number),
            Term::Flag(flag) => Value::Flag(*flag),
            Term::Dot => dot.clone(),
            Term::Variable(name) => {
                self.charge(at, self.variables.len())?;
                let found = self.variables.iter().rev().find(|(known, _)| known == name);
                found.map_or(Value::Nothing, |(_, value)| value.clone())
            }
            Term::Nested(pipeline) => self.pipeline(pipeline, dot)?,
            Term::Function(_) => {
                let command = Command { first: operand.clone(), arguments: Vec::new() };
                self.command(&command, None, dot)?
            }
        };
        operand
            .fields
            .iter()
            .try_fold(value, |value, name| operators::field(&value, name))
            .map_err(|trouble| placed(trouble, at))
    }

    fn step(&mut self, at: usize) -> Result<(), Fault> {
        self.steps += 1;
        if self.steps > MAX_STEPS { Err(endless(at)) } else { Ok(()) }
    }

    fn charge(&mut self, at: usize, work: usize) -> Result<(), Fault> {
        self.work = self.work.saturating_add(work);
        if self.work > MAX_WORK { Err(endless(at)) } else { Ok(()) }
    }

    /// Whether so much more text fits.
    fn room(&mut self, at: usize, more: usize) -> Result<(), Fault> {
        self.step(at)?;
        super::value::bounded(self.made.text.len().saturating_add(more))
            .map_err(|trouble| placed(trouble, at))
    }
}

fn placed(trouble: Trouble, at: usize) -> Fault {
    Fault::new(at, trouble.code, trouble.says, trouble.mend)
}

fn endless(at: usize) -> Fault {
    Fault::new(
        at,
        LIMIT,
        "the template takes too much work",
        "make it shorter: look for a range that is larger than expected",
    )
}
