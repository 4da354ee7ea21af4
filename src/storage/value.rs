//! Values of statements.

use serde::Serialize;

use super::error::StorageError;

/// A value of a statement. Each `$n` has one type, so that a NULL has it too.
#[derive(Clone)]
pub(super) enum Value {
    Text(Option<String>),
    Integer(Option<i64>),
    Boolean(Option<bool>),
    Json(Option<serde_json::Value>),
}

impl Value {
    /// A value as JSON: an object or an array.
    pub(super) fn json(value: &impl Serialize) -> Result<Self, StorageError> {
        serde_json::to_value(value)
            .map(|json| Self::Json(Some(json)))
            .map_err(|_| StorageError::Internal("a value cannot be written as JSON".to_owned()))
    }

    /// The same of what may be absent.
    pub(super) fn optional_json(value: Option<&impl Serialize>) -> Result<Self, StorageError> {
        value.map_or(Ok(Self::Json(None)), Self::json)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(Some(text.clone()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}

impl From<&Option<String>> for Value {
    fn from(text: &Option<String>) -> Self {
        Self::Text(text.clone())
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Self::Integer(Some(integer))
    }
}

impl From<Option<i64>> for Value {
    fn from(integer: Option<i64>) -> Self {
        Self::Integer(integer)
    }
}

impl From<bool> for Value {
    fn from(boolean: bool) -> Self {
        Self::Boolean(Some(boolean))
    }
}
