//! Tokens to a tree: the grammar of Go's text/template, but for what this version does not carry out.

use super::functions;
use super::lexer::{Part, Spotted, Token, split};
use super::tree::{Branch, Command, Kind, Operand, Piece, Pipeline, Spot, Term};
use super::{Fault, LIMIT};
use crate::config::near::nearest;
use crate::config::section::shown;

/// How deep actions and parentheses may be nested.
const MAX_DEPTH: usize = 64;
/// How many variables may be there at once: each use of one looks through them.
const MAX_VARIABLES: usize = 200;
/// Words of Go's templates that are not carried out.
const ABSENT: [&str; 5] = ["define", "template", "block", "break", "continue"];
/// Words that begin an action and name no function.
const WORDS: [&str; 5] = ["if", "else", "end", "range", "with"];

type Parsed<T> = Result<T, Fault>;

/// A whole template.
///
/// # Errors
/// Every function that is not there, and the first of the other mistakes.
pub(super) fn parse(source: &str) -> Result<Vec<Piece>, Vec<Fault>> {
    let parts = split(source).map_err(|fault| vec![fault])?;
    let mut parser = Parser { parts: parts.into_iter(), variables: vec!["$".to_owned()], faults: Vec::new() };
    match parser.pieces(0) {
        Ok((pieces, Stop::File)) if parser.faults.is_empty() => return Ok(pieces),
        Ok((_, Stop::File)) => {}
        Ok((_, Stop::End(at) | Stop::Else(at, _))) => parser.faults.push(Fault::bad(
            at,
            "no `if`, `range` or `with` is open here",
            "take the action out, or write the one that opens before it",
        )),
        Err(fault) => parser.faults.push(fault),
    }
    Err(parser.faults)
}

struct Parser {
    parts: std::vec::IntoIter<Part>,
    /// The variables that are there, the youngest last.
    variables: Vec<String>,
    /// Functions that are not there.
    faults: Vec<Fault>,
}

/// What ends a list of pieces.
enum Stop {
    File,
    End(usize),
    Else(usize, Words),
}

impl Parser {
    fn pieces(&mut self, depth: usize) -> Parsed<(Vec<Piece>, Stop)> {
        let mut pieces = Vec::new();
        loop {
            let (at, tokens) = match self.parts.next() {
                None => return Ok((pieces, Stop::File)),
                Some(Part::Text(at, text)) => {
                    pieces.push(Piece::Text(Spot(at), text));
                    continue;
                }
                Some(Part::Action(at, tokens)) => (at, tokens),
            };
            let mut words = Words { tokens, next: 0, at };
            words.skip_space();
            let kind = match words.word() {
                Some("end") => {
                    words.finish("end")?;
                    return Ok((pieces, Stop::End(at)));
                }
                Some("else") => return Ok((pieces, Stop::Else(at, words.after_word()))),
                Some("if") => Some(Kind::If),
                Some("with") => Some(Kind::With),
                Some("range") => Some(Kind::Range),
                _ => None,
            };
            pieces.push(match kind {
                Some(kind) => Piece::Branch(self.branch(kind, words.after_word(), depth)?),
                None => Piece::Put(self.pipeline(&mut words, false, 0)?),
            });
        }
    }

    fn branch(&mut self, kind: Kind, mut words: Words, depth: usize) -> Parsed<Branch> {
        let (at, outer) = (words.at, self.variables.len());
        if depth >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        let pipeline = self.pipeline(&mut words, kind == Kind::Range, 0)?;
        let inner = self.variables.len();
        let (then, stop) = self.pieces(depth + 1)?;
        self.variables.truncate(inner);
        let otherwise = match stop {
            Stop::End(_) => Vec::new(),
            Stop::File => return Err(not_closed(kind, at)),
            Stop::Else(_, words) => self.otherwise(kind, at, words, depth)?,
        };
        self.variables.truncate(outer);
        Ok(Branch { kind, pipeline, then, otherwise })
    }

    fn otherwise(&mut self, kind: Kind, at: usize, mut words: Words, depth: usize) -> Parsed<Vec<Piece>> {
        words.skip_space();
        let again = match (words.word(), kind) {
            (Some("if"), Kind::If) => Some(Kind::If),
            (Some("with"), Kind::With) => Some(Kind::With),
            _ => None,
        };
        if let Some(kind) = again {
            return Ok(vec![Piece::Branch(self.branch(kind, words.after_word(), depth + 1)?)]);
        }
        words.finish("else")?;
        match self.pieces(depth + 1)? {
            (pieces, Stop::End(_)) => Ok(pieces),
            (_, Stop::File) => Err(not_closed(kind, at)),
            (_, Stop::Else(at, _)) => Err(Fault::bad(
                at,
                "a second `else` stands in one action",
                "write `{{ else if … }}` for the cases before the last",
            )),
        }
    }

    /// A pipeline up to the end of the words, or when `depth` says that it stands in parentheses, to their end.
    fn pipeline(&mut self, words: &mut Words, range: bool, depth: usize) -> Parsed<Pipeline> {
        let at = Spot(words.at);
        let (variables, assigns) = self.targets(words, range)?;
        let mut commands = Vec::new();
        loop {
            let command = self.command(words, depth)?;
            if !commands.is_empty() && !matches!(command.first.term, Term::Function(_)) {
                return Err(Fault::bad(
                    command.first.at.0,
                    "only a function takes what comes through `|`",
                    "write a function behind the `|`",
                ));
            }
            commands.push(command);
            match words.take() {
                Some((_, Token::Pipe)) => {}
                _ => break,
            }
        }
        if !assigns {
            self.variables.extend(variables.iter().cloned());
            if self.variables.len() > MAX_VARIABLES {
                return Err(too_many_variables(at.0));
            }
        }
        Ok(Pipeline { at, variables, assigns, commands })
    }

    /// `$x :=`, `$x =`, and in a range `$i, $x :=`.
    fn targets(&mut self, words: &mut Words, range: bool) -> Parsed<(Vec<String>, bool)> {
        let begin = words.next;
        let mut names = Vec::new();
        loop {
            words.skip_space();
            let Some((at, Token::Variable(name))) = words.take() else { break };
            names.push((at, name));
            words.skip_space();
            let assigns = match words.take() {
                Some((_, Token::Declare)) => false,
                Some((_, Token::Assign)) => true,
                Some((_, Token::Comma)) if range && names.len() < 2 => continue,
                Some((at, Token::Comma)) => {
                    return Err(Fault::bad(
                        at,
                        "too many variables are set at once",
                        "set one variable; `range` sets two: the position and the value",
                    ));
                }
                _ => break,
            };
            for (at, name) in &names {
                if assigns {
                    self.known(name, *at)?;
                } else if name == "$" {
                    return Err(Fault::bad(*at, "a variable needs a name", "write for example `$x :=`"));
                }
            }
            return Ok((names.into_iter().map(|(_, name)| name).collect(), assigns));
        }
        match names.as_slice() {
            [_, (at, _), ..] => {
                Err(Fault::bad(*at, "`:=` is missing behind the variables", "write `range $i, $x := …`"))
            }
            _ => {
                words.next = begin;
                Ok((Vec::new(), false))
            }
        }
    }

    fn command(&mut self, words: &mut Words, depth: usize) -> Parsed<Command> {
        let mut operands = Vec::new();
        loop {
            words.skip_space();
            if matches!(words.peek(), None | Some((_, Token::Pipe | Token::Close))) {
                break;
            }
            operands.push(self.operand(words, depth)?);
            match words.peek() {
                None | Some((_, Token::Space | Token::Pipe | Token::Close)) => {}
                Some((at, _)) => {
                    return Err(Fault::bad(*at, "a space is missing here", "put spaces between values"));
                }
            }
        }
        let at = words.peek().map_or(words.at, |(at, _)| *at);
        let mut operands = operands.into_iter();
        let Some(first) = operands.next() else {
            return Err(Fault::bad(
                at,
                "a value or a function is missing here",
                "write what is to be put in",
            ));
        };
        let arguments: Vec<Operand> = operands.collect();
        if let (false, Some(argument)) = (matches!(first.term, Term::Function(_)), arguments.first()) {
            return Err(Fault::bad(
                argument.at.0,
                "only a function takes arguments",
                "begin with the name of a function, or put `|` between the values",
            ));
        }
        Ok(Command { first, arguments })
    }

    fn operand(&mut self, words: &mut Words, depth: usize) -> Parsed<Operand> {
        let Some((at, token)) = words.take() else {
            return Err(Fault::bad(words.at, "a value is missing here", "write what is to be put in"));
        };
        let mut fields = Vec::new();
        let mut takes_fields = false;
        let term = match token {
            Token::Text(text) => Term::Text(text),
            Token::Integer(number) => Term::Integer(number),
            Token::Float(number) => Term::Float(number),
            Token::Flag(flag) => Term::Flag(flag),
            Token::Dot => Term::Dot,
            Token::Field(name) => {
                takes_fields = true;
                fields.push(name);
                Term::Dot
            }
            Token::Variable(name) => {
                takes_fields = true;
                self.known(&name, at)?;
                Term::Variable(name)
            }
            Token::Open if depth >= MAX_DEPTH => return Err(too_deep(at)),
            Token::Open => {
                takes_fields = true;
                let outer = std::mem::replace(&mut words.at, at);
                let pipeline = self.pipeline(words, false, depth + 1)?;
                words.at = outer;
                Term::Nested(Box::new(pipeline))
            }
            Token::Name(name) => {
                self.function(&name, at)?;
                Term::Function(name)
            }
            Token::Space | Token::Pipe | Token::Comma | Token::Declare | Token::Assign | Token::Close => {
                return Err(Fault::bad(
                    at,
                    "this means nothing here",
                    "take it out, or put text between \" and \"",
                ));
            }
        };
        while let Some((at, Token::Field(name))) = words.peek() {
            if !takes_fields {
                return Err(Fault::bad(
                    *at,
                    "nothing stands below this value",
                    "take the part behind the dot out",
                ));
            }
            fields.push(name.clone());
            words.next += 1;
        }
        Ok(Operand { at: Spot(at), term, fields })
    }

    fn known(&self, name: &str, at: usize) -> Parsed<()> {
        if self.variables.iter().any(|known| known == name) {
            return Ok(());
        }
        let mend =
            match nearest(name, self.variables.iter().map(String::as_str).filter(|known| *known != "$")) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("set it before with `{{{{ {} := … }}}}`", shown_variable(name)),
            };
        Err(Fault::bad(
            at,
            format!("the variable {} is not set in this template", shown_variable(name)),
            mend,
        ))
    }

    fn function(&mut self, name: &str, at: usize) -> Parsed<()> {
        if functions::is_known(name) {
            return Ok(());
        }
        if WORDS.contains(&name) {
            return Err(Fault::bad(at, format!("`{name}` cannot stand here"), "begin an action with it"));
        }
        let what = if ABSENT.contains(&name) { "action" } else { "function" };
        let mend = match nearest(name, functions::names()) {
            Some(near) => format!("did you mean '{near}'?"),
            None => "write the value itself; docs/configuration-templates.md lists what there is".to_owned(),
        };
        let says = format!("there is no {what} '{}' in templates", shown(name));
        self.faults.push(Fault::bad(at, says, mend));
        Ok(())
    }
}

/// The tokens of an action.
struct Words {
    tokens: Vec<Spotted>,
    next: usize,
    /// Where the action or the parenthesis begins.
    at: usize,
}

impl Words {
    fn peek(&self) -> Option<&Spotted> {
        self.tokens.get(self.next)
    }

    fn take(&mut self) -> Option<Spotted> {
        let token = self.tokens.get(self.next).cloned();
        self.next += 1;
        token
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some((_, Token::Space))) {
            self.next += 1;
        }
    }

    /// The name that comes next.
    fn word(&self) -> Option<&str> {
        match self.peek() {
            Some((_, Token::Name(name))) => Some(name),
            _ => None,
        }
    }

    fn after_word(mut self) -> Self {
        self.next += 1;
        self
    }

    /// Nothing may come after a word.
    fn finish(&mut self, word: &str) -> Parsed<()> {
        if self.word() == Some(word) {
            self.next += 1;
        }
        self.skip_space();
        match self.peek() {
            None => Ok(()),
            Some((at, _)) => Err(Fault::bad(
                *at,
                format!("nothing may come behind `{word}`"),
                format!("write `{{{{ {word} }}}}`"),
            )),
        }
    }
}

fn shown_variable(name: &str) -> String {
    format!("${}", shown(name.trim_start_matches('$')))
}

fn not_closed(kind: Kind, at: usize) -> Fault {
    let word = kind.word();
    Fault::bad(at, format!("the `{word}` that begins here is not closed"), "write `{{ end }}` where it ends")
}

fn too_many_variables(at: usize) -> Fault {
    let says = format!("more than {MAX_VARIABLES} variables are set at once");
    Fault::new(at, LIMIT, says, "set those again with `=` that are needed no more, or write their values")
}

fn too_deep(at: usize) -> Fault {
    Fault::bad(
        at,
        format!("the template is nested more than {MAX_DEPTH} deep"),
        "take some of the nesting out",
    )
}
