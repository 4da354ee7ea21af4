//! The functions of every Go template that decide, count and write.

use std::cmp::Ordering;

use super::outside::Trouble;
use super::value::{Value, bounded, quoted};

/// `not VALUE`
pub(super) fn not(value: &Value) -> Value {
    Value::Flag(!value.is_true())
}

/// `eq A B…`: whether the first equals one of the others.
pub(super) fn eq(first: &Value, others: &[Value]) -> Result<Value, Trouble> {
    for other in others {
        if same(first, other)? {
            return Ok(Value::Flag(true));
        }
    }
    Ok(Value::Flag(false))
}

/// `ne A B`
pub(super) fn ne(first: &Value, second: &Value) -> Result<Value, Trouble> {
    same(first, second).map(|same| Value::Flag(!same))
}

/// `lt`, `le`, `gt`, `ge`
pub(super) fn ordered(
    first: &Value,
    second: &Value,
    holds: impl Fn(Ordering) -> bool,
) -> Result<Value, Trouble> {
    let order = match (first, second) {
        (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        _ => return Err(unlike(first, second)),
    };
    Ok(Value::Flag(order.is_some_and(holds)))
}

fn same(first: &Value, second: &Value) -> Result<bool, Trouble> {
    match (first, second) {
        (Value::Flag(a), Value::Flag(b)) => Ok(a == b),
        (Value::Integer(a), Value::Integer(b)) => Ok(a == b),
        (Value::Float(a), Value::Float(b)) => Ok(a == b),
        (Value::Text(a), Value::Text(b)) => Ok(a == b),
        _ => Err(unlike(first, second)),
    }
}

fn unlike(first: &Value, second: &Value) -> Trouble {
    Trouble::bad(
        format!("{} and {} cannot be compared", first.kind(), second.kind()),
        "compare a text with a text, a number with a number: text stands between \" and \"",
    )
}

/// `len VALUE`: bytes of a text, items of a list.
pub(super) fn len(value: &Value) -> Result<Value, Trouble> {
    let length = match value {
        Value::Text(text) => text.len(),
        Value::List(list) => list.items().len(),
        Value::Pieces(pieces) => pieces.len(),
        other => {
            return Err(Trouble::bad(
                format!("`len` takes a text or a list, but this is {}", other.kind()),
                "give it a text or a list",
            ));
        }
    };
    Ok(Value::Integer(i64::try_from(length).unwrap_or(i64::MAX)))
}

/// `index LIST POSITION…`, `index PIECES NAME`
pub(super) fn index(value: &Value, keys: &[Value]) -> Result<Value, Trouble> {
    keys.iter().try_fold(value.clone(), |value, key| match (&value, key) {
        (Value::List(list), Value::Integer(position)) => {
            let found = usize::try_from(*position).ok().and_then(|position| list.items().get(position));
            found.cloned().ok_or_else(|| {
                let count = list.items().len();
                Trouble::bad(
                    format!("the list has {count} items, and none at this position"),
                    "positions count from 0",
                )
            })
        }
        (Value::Pieces(_), Value::Text(name)) => field(&value, name),
        (value, key) => Err(Trouble::bad(
            format!("`index` finds nothing by {} in {}", key.kind(), value.kind()),
            "give it a list and a position",
        )),
    })
}

/// `.name` of a value.
pub(super) fn field(value: &Value, name: &str) -> Result<Value, Trouble> {
    match value {
        Value::Pieces(pieces) => pieces.get(name).cloned().ok_or_else(|| {
            Trouble::bad(
                format!("there are {} pieces, and none of this name", pieces.len()),
                "the pieces of `split` are named ._0, ._1 and so on",
            )
        }),
        Value::Nothing => Err(Trouble::bad(
            "a template is given no data, so nothing stands behind the dot",
            "read a variable with `env`, or a file with `secret`",
        )),
        other => Err(Trouble::bad(
            format!("the value is {}, which has no fields", other.kind()),
            "take the part behind the dot out",
        )),
    }
}

/// `print VALUE…`: with a space between two that are no texts.
pub(super) fn print(values: &[Value]) -> Result<Value, Trouble> {
    let mut out = String::new();
    let mut before: Option<&Value> = None;
    for value in values {
        let texts = [before, Some(value)].into_iter().flatten().any(|it| matches!(it, Value::Text(_)));
        if before.is_some() && !texts {
            out.push(' ');
        }
        let text = value.written()?;
        bounded(out.len().saturating_add(text.len()))?;
        out.push_str(&text);
        before = Some(value);
    }
    Ok(Value::text(out))
}

/// `printf FORMAT VALUE…` with `%s`, `%v`, `%d`, `%q`, `%t` and `%%`.
pub(super) fn printf(format: &str, values: &[Value]) -> Result<Value, Trouble> {
    const MEND: &str = "use %s, %v, %d, %q, %t and %%, one for each value";
    let mut values = values.iter();
    let mut out = String::new();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            out.push(character);
            continue;
        }
        let Some(verb) = characters.next() else {
            return Err(Trouble::bad("the format of `printf` ends with a `%`", MEND));
        };
        if verb == '%' {
            out.push('%');
            continue;
        }
        if !"svdqt".contains(verb) {
            return Err(Trouble::bad("the format of `printf` holds what is not carried out", MEND));
        }
        let Some(value) = values.next() else {
            return Err(Trouble::bad("`printf` has fewer values than its format asks for", MEND));
        };
        let text = match (verb, value) {
            ('v', _) | ('s', Value::Text(_)) | ('d', Value::Integer(_)) | ('t', Value::Flag(_)) => {
                value.written()?
            }
            ('q', Value::Text(text)) => quoted(text).into(),
            _ => {
                return Err(Trouble::bad(
                    format!("`%{verb}` does not write {}", value.kind()),
                    "use %v, which writes every value",
                ));
            }
        };
        bounded(out.len().saturating_add(text.len()))?;
        out.push_str(&text);
    }
    if values.next().is_some() {
        return Err(Trouble::bad("`printf` has more values than its format asks for", MEND));
    }
    Ok(Value::text(out))
}
