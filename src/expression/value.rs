//! Values of JSON as values of CEL, and back.

use std::collections::HashMap;

use cel::objects::{Key, Value as Cel};
use serde_json::{Number, Value};

pub(super) fn from_json(value: &Value) -> Cel {
    match value {
        Value::Null => Cel::Null,
        Value::Bool(flag) => Cel::Bool(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Cel::Int(whole),
            None => Cel::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Cel::from(text.as_str()),
        Value::Array(items) => Cel::from(items.iter().map(from_json).collect::<Vec<_>>()),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| (Key::from(key.as_str()), from_json(value)));
            Cel::from(fields.collect::<HashMap<_, _>>())
        }
    }
}

/// `None` for what JSON cannot hold: bytes, types, optional values, numbers that are none.
pub(super) fn to_json(value: &Cel) -> Option<Value> {
    Some(match value {
        Cel::Null => Value::Null,
        Cel::Bool(flag) => Value::Bool(*flag),
        Cel::Int(number) => Value::from(*number),
        Cel::UInt(number) => Value::from(*number),
        Cel::Float(number) => Value::Number(Number::from_f64(*number)?),
        Cel::String(text) => Value::from(text.as_str()),
        Cel::List(items) => Value::Array(items.iter().map(to_json).collect::<Option<_>>()?),
        Cel::Map(fields) => {
            let mut named: Vec<(String, Value)> = Vec::new();
            for (key, value) in fields.map.iter() {
                named.push((key.to_string(), to_json(value)?));
            }
            // The library's own order changes from one evaluation to the next.
            named.sort_by(|(left, _), (right, _)| left.cmp(right));
            Value::Object(named.into_iter().collect())
        }
        _ => return None,
    })
}
