//! What templates compute with, and how it is written.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::outside::Trouble;
use crate::yaml::MAX_BYTES;

/// How deep lists may hold lists.
const MAX_DEPTH: u8 = 16;

/// A value. Copies are cheap.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// What a template is given: nothing.
    Nothing,
    Flag(bool),
    Integer(i64),
    Float(f64),
    Text(Rc<str>),
    List(List),
    /// What `split` makes: the pieces under `_0`, `_1` and so on.
    Pieces(Rc<BTreeMap<String, Value>>),
}

/// A list, which knows how deep it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct List {
    items: Rc<[Value]>,
    depth: u8,
}

impl List {
    /// A list of values.
    ///
    /// # Errors
    /// Lists in lists, and so on, too deep.
    pub(super) fn of(items: &[Value]) -> Result<Self, Trouble> {
        let below = items.iter().map(|item| match item {
            Value::List(list) => list.depth,
            _ => 0,
        });
        let depth = below.max().unwrap_or_default() + 1;
        if depth > MAX_DEPTH {
            return Err(Trouble::bad(
                format!("lists stand in lists more than {MAX_DEPTH} deep"),
                "make one list of values",
            ));
        }
        Ok(Self { items: items.into(), depth })
    }

    pub(super) fn items(&self) -> &[Value] {
        &self.items
    }
}

impl Value {
    pub(super) fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// What kind of value this is, for a message.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Flag(_) => "true or false",
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a number with a fraction",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Pieces(_) => "what `split` makes",
        }
    }

    /// Whether a value counts as there: not empty, not zero, not false.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Flag(flag) => *flag,
            Self::Integer(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(list) => !list.items.is_empty(),
            Self::Pieces(pieces) => !pieces.is_empty(),
        }
    }

    /// The value as text.
    ///
    /// # Errors
    /// More text than a file may hold.
    pub(super) fn written(&self) -> Result<Rc<str>, Trouble> {
        if let Self::Text(text) = self {
            return Ok(Rc::clone(text));
        }
        let mut out = String::new();
        self.write(&mut out)?;
        Ok(out.into())
    }

    fn write(&self, out: &mut String) -> Result<(), Trouble> {
        match self {
            Self::Nothing => out.push_str("<no value>"),
            Self::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Self::Integer(number) => out.push_str(&number.to_string()),
            Self::Float(number) => out.push_str(&float(*number)),
            Self::Text(text) => {
                bounded(out.len().saturating_add(text.len()))?;
                out.push_str(text);
            }
            Self::List(list) => {
                out.push('[');
                for (index, item) in list.items.iter().enumerate() {
                    out.push_str(if index > 0 { " " } else { "" });
                    item.write(out)?;
                }
                out.push(']');
            }
            Self::Pieces(pieces) => {
                out.push_str("map[");
                for (index, (name, piece)) in pieces.iter().enumerate() {
                    out.extend([if index > 0 { " " } else { "" }, name, ":"]);
                    piece.write(out)?;
                }
                out.push(']');
            }
        }
        bounded(out.len())
    }
}

/// Refuses a length that a file may not have.
pub(super) fn bounded(length: usize) -> Result<(), Trouble> {
    if length > MAX_BYTES { Err(Trouble::too_large()) } else { Ok(()) }
}

/// A number as Go writes it: an exponent for what is very small or very large.
fn float(number: f64) -> String {
    if number == 0.0 || (1e-4..1e21).contains(&number.abs()) {
        return number.to_string();
    }
    let text = format!("{number:e}");
    match text.split_once('e') {
        Some((digits, exponent)) => {
            let (sign, exponent) = match exponent.strip_prefix('-') {
                Some(exponent) => ('-', exponent),
                None => ('+', exponent),
            };
            format!("{digits}e{sign}{exponent:0>2}")
        }
        None => text,
    }
}

/// A text between double quotes, as Go's `%q` writes it.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if c == ' ' || c.is_ascii_graphic() || is_printable(c) => out.push(c),
            c if c.is_ascii() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if u32::from(c) < 0x1_0000 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// Whether a character beyond ASCII shows: neither a space nor a control nor without a meaning.
fn is_printable(character: char) -> bool {
    // A mark is written by itself only behind another character.
    !character.is_ascii() && ['a', character].iter().collect::<String>().escape_debug().count() == 2
}
