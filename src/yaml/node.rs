//! A YAML document as nodes, each with its place.

use std::fmt;
use std::sync::Arc;

/// A place in a file. Line and column count from 1; line 0 means the whole source (a variable, a layer in memory).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Location {
    /// The file as it was named, or what the value came from when it is not a file.
    pub file: Arc<str>,
    /// The line, from 1; 0 when the source has no lines.
    pub line: u32,
    /// The column in characters, from 1; 0 when the source has no lines.
    pub column: u32,
}

impl Location {
    /// A source without lines: a variable, a layer in memory.
    pub fn whole(file: &str) -> Self {
        Self { file: Arc::from(file), line: 0, column: 0 }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            return f.write_str(&self.file);
        }
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The key of a mapping entry.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key as text.
    pub name: String,
    /// Where the key stands.
    pub at: Location,
}

/// What a node holds.
#[derive(Clone)]
pub enum NodeValue {
    /// Nothing: `null`, `~` or an empty value.
    Null,
    /// `true` or `false`, unquoted.
    Bool(bool),
    /// A whole number, unquoted.
    Integer(i64),
    /// A number with a fraction or exponent, unquoted.
    Float(f64),
    /// Text.
    String(String),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys with their values, in the order of the file; a key stands once.
    Mapping(Vec<(Key, Node)>),
}

/// A value with its place. Debug never shows what a scalar holds: it may be a secret.
#[derive(Clone)]
pub struct Node {
    /// What the node holds.
    pub value: NodeValue,
    /// Where the value stands.
    pub at: Location,
    /// An unquoted scalar as it was written, so that `0123` and `12345` can serve as text.
    raw: Option<Box<str>>,
}

impl Node {
    /// A node of one's own making.
    pub fn new(value: NodeValue, at: Location) -> Self {
        Self { value, at, raw: None }
    }

    /// A text node.
    pub fn text(text: impl Into<String>, at: Location) -> Self {
        Self::new(NodeValue::String(text.into()), at)
    }

    /// A list of texts.
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>, at: Location) -> Self {
        let items = texts.into_iter().map(|text| Self::text(text, at.clone())).collect();
        Self::new(NodeValue::Sequence(items), at)
    }

    /// An empty mapping, to be filled with [`Node::set`].
    pub fn mapping(at: Location) -> Self {
        Self::new(NodeValue::Mapping(Vec::new()), at)
    }

    pub(super) fn with_raw(value: NodeValue, at: Location, raw: &str) -> Self {
        Self { value, at, raw: Some(raw.into()) }
    }

    /// Puts a value under a path of keys, making the mappings on the way; what stood there is replaced.
    pub fn set(&mut self, path: &[&str], node: Node) {
        let Some((first, rest)) = path.split_first() else {
            *self = node;
            return;
        };
        if !matches!(self.value, NodeValue::Mapping(_)) {
            self.value = NodeValue::Mapping(Vec::new());
            self.raw = None;
        }
        let NodeValue::Mapping(entries) = &mut self.value else { return };
        if let Some((_, value)) = entries.iter_mut().find(|(key, _)| key.name == *first) {
            value.set(rest, node);
            return;
        }
        let mut value = Node::mapping(node.at.clone());
        let key = Key { name: (*first).to_owned(), at: node.at.clone() };
        value.set(rest, node);
        entries.push((key, value));
    }

    /// The value under a key, when this is a mapping that has it.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entries().iter().find(|(key, _)| key.name == name).map(|(_, value)| value)
    }

    /// The key itself, for its place.
    pub fn key(&self, name: &str) -> Option<&Key> {
        self.entries().iter().find(|(key, _)| key.name == name).map(|(key, _)| key)
    }

    /// The entries of a mapping; none for anything else.
    pub fn entries(&self) -> &[(Key, Node)] {
        match &self.value {
            NodeValue::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            NodeValue::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The scalar as text: quoted text as it is, an unquoted number or boolean as it was written. None for null,
    /// lists and mappings.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            NodeValue::String(text) => Some(text),
            NodeValue::Bool(_) | NodeValue::Integer(_) | NodeValue::Float(_) => self.raw.as_deref(),
            NodeValue::Null | NodeValue::Sequence(_) | NodeValue::Mapping(_) => None,
        }
    }

    /// Whether the value counts as absent: null, or empty text.
    pub fn is_absent(&self) -> bool {
        match &self.value {
            NodeValue::Null => true,
            NodeValue::String(text) => text.is_empty(),
            _ => false,
        }
    }

    /// What kind of value this is, in words for a message.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            NodeValue::Null => "nothing",
            NodeValue::Bool(_) => "true or false",
            NodeValue::Integer(_) | NodeValue::Float(_) => "a number",
            NodeValue::String(_) => "text",
            NodeValue::Sequence(_) => "a list",
            NodeValue::Mapping(_) => "a mapping",
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            NodeValue::Sequence(items) => f.debug_list().entries(items).finish(),
            NodeValue::Mapping(entries) => {
                f.debug_map().entries(entries.iter().map(|(key, value)| (&key.name, value))).finish()
            }
            _ => write!(f, "<{} at {}>", self.kind(), self.at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_set_through_mappings_that_are_made_on_the_way() {
        let at = Location::whole("the demo");
        let mut top = Node::mapping(at.clone());
        top.set(&["server", "address"], Node::text("tcp://127.0.0.1:9091/", at.clone()));
        top.set(&["server", "address"], Node::text("tcp://127.0.0.1:9095/", at));
        let address = top.get("server").and_then(|server| server.get("address"));
        assert_eq!(address.and_then(Node::as_text), Some("tcp://127.0.0.1:9095/"));
    }

    #[test]
    fn debug_shows_no_scalar() {
        let node = Node::text("a secret", Location::whole("x"));
        assert!(!format!("{node:?}").contains("secret"));
    }
}
