//! The functions of templates: the names and the order of arguments are those of Authelia and Helm.

use std::cmp::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::operators;
use super::outside::{Outside, Trouble};
use super::value::{List, Value, bounded, quoted};

/// More pieces than these are no list of a configuration.
const MAX_PIECES: usize = 100_000;

/// Every function, and how it is called.
const FUNCTIONS: &[(&str, &str)] = &[
    ("and", "and VALUE VALUE…"),
    ("b64dec", "b64dec TEXT"),
    ("b64enc", "b64enc TEXT"),
    ("default", "default VALUE VALUE"),
    ("empty", "empty VALUE"),
    ("env", "env \"NAME\""),
    ("eq", "eq VALUE VALUE…"),
    ("expandenv", "expandenv TEXT"),
    ("fileContent", "fileContent \"/path\""),
    ("ge", "ge VALUE VALUE"),
    ("gt", "gt VALUE VALUE"),
    ("indent", "indent 2 TEXT"),
    ("index", "index LIST 0"),
    ("join", "join \",\" LIST"),
    ("le", "le VALUE VALUE"),
    ("len", "len VALUE"),
    ("list", "list VALUE…"),
    ("lower", "lower TEXT"),
    ("lt", "lt VALUE VALUE"),
    ("mindent", "mindent 2 \"|\" TEXT"),
    ("mquote", "mquote VALUE…"),
    ("msquote", "msquote VALUE…"),
    ("mustEnv", "mustEnv \"NAME\""),
    ("ne", "ne VALUE VALUE"),
    ("nindent", "nindent 2 TEXT"),
    ("not", "not VALUE"),
    ("or", "or VALUE VALUE…"),
    ("print", "print VALUE…"),
    ("printf", "printf \"%s\" VALUE…"),
    ("quote", "quote VALUE…"),
    ("replace", "replace \"old\" \"new\" TEXT"),
    ("secret", "secret \"/path\""),
    ("sha256sum", "sha256sum TEXT"),
    ("split", "split \",\" TEXT"),
    ("squote", "squote VALUE…"),
    ("trim", "trim TEXT"),
    ("trimAll", "trimAll \"characters\" TEXT"),
    ("trimPrefix", "trimPrefix \"text\" TEXT"),
    ("trimSuffix", "trimSuffix \"text\" TEXT"),
    ("upper", "upper TEXT"),
];

/// Whether there is such a function.
pub(super) fn is_known(name: &str) -> bool {
    names().any(|known| known == name)
}

/// The names of all functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|(name, _)| *name)
}

/// The arguments of a call.
struct Arguments<'a> {
    name: &'a str,
    values: &'a [Value],
}

impl<'a> Arguments<'a> {
    fn exactly<const N: usize>(&self) -> Result<&'a [Value; N], Trouble> {
        self.values.try_into().map_err(|_| self.count())
    }

    fn count(&self) -> Trouble {
        let given = self.values.len();
        Trouble::bad(
            format!("`{}` is given {given} {}", self.name, if given == 1 { "value" } else { "values" }),
            self.mend(),
        )
    }

    fn mend(&self) -> String {
        let call = FUNCTIONS.iter().find(|(name, _)| *name == self.name).map_or(self.name, |(_, call)| *call);
        format!("write `{call}`; a `|` hands the value before it on as the last one")
    }

    fn wrong(&self, wanted: &str, given: &Value) -> Trouble {
        Trouble::bad(
            format!("`{}` takes {wanted} here, but this is {}", self.name, given.kind()),
            self.mend(),
        )
    }

    fn text(&self, value: &'a Value) -> Result<&'a str, Trouble> {
        match value {
            Value::Text(text) => Ok(text),
            other => Err(self.wrong("a text", other)),
        }
    }

    /// All arguments, which must be this many texts.
    fn texts<const N: usize>(&self) -> Result<[&'a str; N], Trouble> {
        let mut texts = [""; N];
        for (text, value) in texts.iter_mut().zip(self.exactly::<N>()?) {
            *text = self.text(value)?;
        }
        Ok(texts)
    }

    fn width(&self, value: &Value) -> Result<usize, Trouble> {
        match value {
            Value::Integer(number) => usize::try_from(*number)
                .map_err(|_| Trouble::bad(format!("`{}` takes no negative number", self.name), self.mend())),
            other => Err(self.wrong("a whole number", other)),
        }
    }
}

/// Calls a function. `and` and `or`, which do not evaluate all of their arguments, are not called here.
///
/// # Errors
/// Arguments that do not fit, and what the function itself cannot do.
pub(super) fn call(name: &str, values: &[Value], outside: &Outside<'_>) -> Result<Value, Trouble> {
    let given = Arguments { name, values };
    Ok(match name {
        "secret" => Value::text(outside.file(given.texts::<1>()?[0])?.trim_end_matches('\n')),
        "fileContent" => Value::text(outside.file(given.texts::<1>()?[0])?),
        "env" => Value::text(outside.variable(given.texts::<1>()?[0])?.unwrap_or_default()),
        "mustEnv" => Value::text(outside.present_variable(given.texts::<1>()?[0])?),
        "expandenv" => Value::text(outside.expand(given.texts::<1>()?[0])?),
        "default" => match values {
            [value] => value.clone(),
            [value, given, ..] => if given.is_true() { given } else { value }.clone(),
            [] => return Err(given.count()),
        },
        "empty" => operators::not(&given.exactly::<1>()?[0]),
        "quote" => each(values, quoted)?,
        "squote" => each(values, |text| format!("'{text}'"))?,
        "mquote" => each(values, |text| of_one_line(text, '"'))?,
        "msquote" => each(values, |text| of_one_line(text, '\''))?,
        "indent" => {
            let [width, text] = given.exactly()?;
            Value::text(indent(given.width(width)?, given.text(text)?)?)
        }
        "nindent" => {
            let [width, text] = given.exactly()?;
            Value::text(format!("\n{}", indent(given.width(width)?, given.text(text)?)?))
        }
        "mindent" => {
            let [width, style, text] = given.exactly()?;
            let (width, style, text) = (given.width(width)?, given.text(style)?, given.text(text)?);
            match text.contains('\n') {
                true => Value::text(format!("{style}\n{}", indent(width, text)?)),
                false => Value::text(text),
            }
        }
        "trim" => Value::text(given.texts::<1>()?[0].trim()),
        "trimAll" => {
            let [characters, text] = given.texts()?;
            Value::text(text.trim_matches(|c| characters.contains(c)))
        }
        "trimPrefix" => {
            let [prefix, text] = given.texts()?;
            Value::text(text.strip_prefix(prefix).unwrap_or(text))
        }
        "trimSuffix" => {
            let [suffix, text] = given.texts()?;
            Value::text(text.strip_suffix(suffix).unwrap_or(text))
        }
        "upper" => Value::text(given.texts::<1>()?[0].chars().map(upper).collect::<String>()),
        "lower" => Value::text(given.texts::<1>()?[0].chars().map(lower).collect::<String>()),
        "replace" => {
            let [old, new, text] = given.texts()?;
            bounded(text.len().saturating_add(text.matches(old).count().saturating_mul(new.len())))?;
            Value::text(text.replace(old, new))
        }
        "b64enc" => Value::text(STANDARD.encode(given.texts::<1>()?[0])),
        "b64dec" => Value::text(decoded(given.texts::<1>()?[0])?),
        "sha256sum" => {
            let digest = Sha256::digest(given.texts::<1>()?[0].as_bytes());
            Value::text(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        }
        "list" => Value::List(List::of(values)?),
        "join" => {
            let [separator, list] = given.exactly()?;
            join(&given, given.text(separator)?, list)?
        }
        "split" => {
            let [separator, text] = given.texts()?;
            split(separator, text)?
        }
        "not" => operators::not(&given.exactly::<1>()?[0]),
        "eq" => match values {
            [first, others @ ..] if !others.is_empty() => operators::eq(first, others)?,
            _ => return Err(given.count()),
        },
        "ne" => {
            let [first, second] = given.exactly()?;
            operators::ne(first, second)?
        }
        "lt" | "le" | "gt" | "ge" => {
            let [first, second] = given.exactly()?;
            operators::ordered(first, second, |order| match name {
                "lt" => order == Ordering::Less,
                "le" => order != Ordering::Greater,
                "gt" => order == Ordering::Greater,
                _ => order != Ordering::Less,
            })?
        }
        "len" => operators::len(&given.exactly::<1>()?[0])?,
        "index" => match values {
            [value, keys @ ..] => operators::index(value, keys)?,
            [] => return Err(given.count()),
        },
        "print" => operators::print(values)?,
        "printf" => match values {
            [format, values @ ..] => operators::printf(given.text(format)?, values)?,
            [] => return Err(given.count()),
        },
        _ => return Err(given.count()),
    })
}

fn each(values: &[Value], written: impl Fn(&str) -> String) -> Result<Value, Trouble> {
    let mut out = String::new();
    for value in values.iter().filter(|value| **value != Value::Nothing) {
        let text = written(&value.written()?);
        bounded(out.len().saturating_add(text.len()))?;
        out.push_str(if out.is_empty() { "" } else { " " });
        out.push_str(&text);
    }
    Ok(Value::text(out))
}

fn of_one_line(text: &str, mark: char) -> String {
    if text.contains('\n') { text.to_owned() } else { format!("{mark}{text}{mark}") }
}

fn indent(width: usize, text: &str) -> Result<String, Trouble> {
    let lines = text.matches('\n').count() + 1;
    bounded(lines.saturating_mul(width).saturating_add(text.len()))?;
    let space = " ".repeat(width);
    Ok(format!("{space}{}", text.replace('\n', &format!("\n{space}"))))
}

/// The one capital letter of a letter; Go leaves a letter alone that has none.
fn upper(character: char) -> char {
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

fn lower(character: char) -> char {
    character.to_lowercase().next().unwrap_or(character)
}

fn decoded(text: &str) -> Result<String, Trouble> {
    // Go skips line ends inside of the text.
    let text: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let bytes = STANDARD.decode(text).map_err(|_| {
        Trouble::bad(
            "`b64dec` is given a text that is not base64",
            "encode it with the alphabet of RFC 4648 §4 and its padding",
        )
    })?;
    String::from_utf8(bytes).map_err(|_| {
        Trouble::bad("what `b64dec` decodes is not UTF-8 text", "a configuration holds text only")
    })
}

fn join(given: &Arguments<'_>, separator: &str, list: &Value) -> Result<Value, Trouble> {
    let Value::List(list) = list else {
        return match list {
            Value::Nothing => Ok(Value::text("")),
            Value::Pieces(_) => Err(given.wrong("a list", list)),
            other => other.written().map(Value::Text),
        };
    };
    let mut out = String::new();
    for (index, item) in list.items().iter().filter(|item| **item != Value::Nothing).enumerate() {
        let text = item.written()?;
        bounded(out.len().saturating_add(text.len()).saturating_add(separator.len()))?;
        out.push_str(if index > 0 { separator } else { "" });
        out.push_str(&text);
    }
    Ok(Value::text(out))
}

fn split(separator: &str, text: &str) -> Result<Value, Trouble> {
    let pieces: Vec<&str> = match separator {
        // Go splits into characters.
        "" => text.split("").filter(|piece| !piece.is_empty()).take(MAX_PIECES + 1).collect(),
        _ => text.split(separator).take(MAX_PIECES + 1).collect(),
    };
    if pieces.len() > MAX_PIECES {
        return Err(Trouble::too_large());
    }
    let named =
        pieces.into_iter().enumerate().map(|(index, piece)| (format!("_{index}"), Value::text(piece)));
    Ok(Value::Pieces(std::rc::Rc::new(named.collect())))
}
