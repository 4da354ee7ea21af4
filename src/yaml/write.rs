//! Values to YAML text.

use serde::Serialize;

/// A value that YAML cannot hold, for example a mapping with keys that are no scalars.
#[derive(Debug, thiserror::Error)]
#[error("the value cannot be written as YAML")]
pub struct WriteError;

/// Writes a value as one YAML document, ending in a line feed.
///
/// # Errors
/// When the value has a shape that YAML cannot hold.
pub fn write<T: Serialize>(value: &T) -> Result<String, WriteError> {
    serde_yaml::to_string(value).map_err(|_| WriteError)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    #[test]
    fn what_is_written_reads_back_as_the_same_text() {
        let secrets = BTreeMap::from([("a", "0123"), ("b", "yes: no"), ("c", "two\nlines\n"), ("d", "null")]);
        let text = super::write(&secrets).unwrap();
        let node = crate::yaml::read("x.yml", &text).unwrap();
        for (key, value) in secrets {
            assert_eq!(node.get(key).and_then(crate::yaml::Node::as_text), Some(value));
        }
    }
}
