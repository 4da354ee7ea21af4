//! The JSON Schema of a configuration, for editors.

use serde_json::{Map, Value, json};

use super::entry::{Entry, Fallback};
use super::kind::Kind;
use super::state::{Standing, State};
use super::{KNOWN, Place};

/// What a duration looks like: seconds, or quantities with units, with spaces and `and` between them.
const DURATION: &str = "^(\\s*-?[0-9]+\\s*|((\\s|and)*[0-9]+(\\s|and)*(y|years?|M|months?|w|weeks?|d|days?|h|hours?|m|minutes?|s|seconds?|ms|milliseconds?|us|µs|μs|microseconds?|ns|nanoseconds?))*(\\s|and)*)$";

/// The JSON Schema (draft 2020-12) of configurations.
///
/// It takes what Signet's own check of keys and types takes; what depends on several options, on files or on secrets
/// is judged by `signet config validate` alone. Nothing is required, since a configuration may lie in several files.
pub fn schema() -> Value {
    let mut schema = object(&KNOWN, None);
    let head = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of Signet",
        "description": "Every option is told in docs/configuration.md.",
        "$defs": {
            "text": {"type": ["string", "number", "boolean", "null"]},
            "flag": {"anyOf": [{"type": ["boolean", "null"]}, {"enum": ["true", "false", ""]}]},
            "duration": {"anyOf": [{"type": ["integer", "null"]}, {"type": "string", "pattern": DURATION}]},
            "texts": {"anyOf": [{"$ref": "#/$defs/text"}, {"type": "array", "items": {"$ref": "#/$defs/text"}}]},
            "numbers": {"anyOf": [{"$ref": "#/$defs/number"}, {"type": "array", "items": {"$ref": "#/$defs/number"}}]},
            "number": {"anyOf": [{"type": ["integer", "null"]}, {"type": "string", "pattern": "^(-?[0-9]+)?$"}]},
            "subjects": {"anyOf": [
                {"$ref": "#/$defs/text"},
                {"type": "array", "items": {"$ref": "#/$defs/texts"}},
            ]},
        },
    });
    if let (Value::Object(schema), Value::Object(head)) = (&mut schema, head) {
        schema.extend(head);
    }
    schema
}

/// The schema of a place, below a section that may have a state.
fn place(place: &Place, around: Option<&'static State>) -> Value {
    let state = place.state.or(around);
    let mut schema = match (place.entry, &place.item) {
        (Some(entry), _) => value(entry, state),
        (None, Some(item)) => {
            json!({"type": ["array", "null"], "items": object(item, state)})
        }
        // An older name that is known by its state alone.
        (None, None) if place.keys.is_empty() && place.named.is_none() => json!({}),
        (None, None) => object(place, state),
    };
    if let (Value::Object(schema), Some(own)) = (&mut schema, place.state) {
        let effect = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        let dot = if effect.is_empty() { "" } else { ". " };
        schema.insert("description".to_owned(), format!("{effect}{dot}{}", told(own)).into());
    }
    if let (Value::Object(schema), Some(state)) = (&mut schema, state)
        && state.standing() != Standing::NotYet
    {
        schema.insert("deprecated".to_owned(), true.into());
    }
    schema
}

/// What becomes of the option, in words.
fn told(state: &State) -> String {
    match state.standing() {
        Standing::Works => String::new(),
        Standing::NotYet => format!("Left out by this version: {}", state.message()),
        Standing::Never => format!("Not used: {}", state.message()),
        Standing::Refused => format!("Refused: {}", state.message()),
        Standing::Renamed => format!("Write it as {}", state.message()),
    }
}

/// A mapping: its keys, or names of the user's own.
fn object(place_: &Place, state: Option<&'static State>) -> Value {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!(["object", "null"]));
    if !place_.keys.is_empty() {
        let keys = place_.keys.iter().map(|(key, below)| ((*key).to_owned(), place(below, state)));
        schema.insert("properties".to_owned(), Value::Object(keys.collect()));
    }
    let others = place_.named.as_deref().map_or(Value::Bool(false), |named| place(named, state));
    schema.insert("additionalProperties".to_owned(), others);
    Value::Object(schema)
}

/// An option: what it takes, what it is for, and its default.
fn value(entry: &Entry, state: Option<&State>) -> Value {
    let mut schema = kind(entry.kind);
    if let Value::Object(schema) = &mut schema {
        let must = if entry.fallback == Fallback::Required { "; must be set" } else { "" };
        if !entry.effect.is_empty() {
            schema.insert("description".to_owned(), format!("{}{must}", entry.effect).into());
        }
        if let (Fallback::Value(text), None) = (entry.fallback, state) {
            schema.insert("default".to_owned(), default(entry.kind, text));
        }
    }
    schema
}

/// A default of the table as the value that one would write.
fn default(kind: Kind, text: &str) -> Value {
    match kind {
        Kind::Flag => json!(text == "true"),
        Kind::Whole(..) | Kind::Number(_) => text.parse::<i64>().map_or_else(|_| json!(text), |it| json!(it)),
        // Lists stand in the table in YAML's flow style, whose JSON differs in the quotes alone.
        Kind::Numbers | Kind::Texts | Kind::TextsOf(_) if text.starts_with('[') => {
            serde_json::from_str(&text.replace('\'', "\"")).unwrap_or_else(|_| json!(text))
        }
        _ => json!(text),
    }
}

fn kind(kind: Kind) -> Value {
    match kind {
        Kind::Text => json!({"$ref": "#/$defs/text"}),
        Kind::Flag => json!({"$ref": "#/$defs/flag"}),
        Kind::Time => json!({"$ref": "#/$defs/duration"}),
        Kind::TimeOr(words) => json!({"anyOf": [{"$ref": "#/$defs/duration"}, {"enum": words}]}),
        Kind::Texts => json!({"$ref": "#/$defs/texts"}),
        Kind::Numbers => json!({"$ref": "#/$defs/numbers"}),
        Kind::Subjects => json!({"$ref": "#/$defs/subjects"}),
        Kind::OneOf(words) => one_of(words),
        Kind::TextsOf(words) => {
            json!({"anyOf": [one_of(words), {"type": "array", "items": one_of(words)}]})
        }
        Kind::Number(numbers) => {
            let texts = numbers.iter().map(ToString::to_string);
            let mut all: Vec<Value> = numbers.iter().map(|number| json!(number)).collect();
            all.extend(texts.map(Value::String));
            all.extend([json!(""), Value::Null]);
            json!({"enum": all})
        }
        Kind::Whole(i64::MIN, i64::MAX) => json!({"$ref": "#/$defs/number"}),
        Kind::Whole(low, i64::MAX) => json!({"$ref": "#/$defs/number", "minimum": low}),
        Kind::Whole(low, high) => json!({"$ref": "#/$defs/number", "minimum": low, "maximum": high}),
        Kind::Anything => json!({}),
    }
}

/// One of the words; empty text and null count as absent.
fn one_of(words: &[&str]) -> Value {
    let mut all: Vec<Value> = words.iter().map(|word| json!(word)).collect();
    all.extend([json!(""), Value::Null]);
    json!({"enum": all})
}
