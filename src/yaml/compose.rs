//! The events of the parser to one tree of nodes, within limits on size, depth and what aliases may unfold to.

use std::collections::HashMap;
use std::sync::Arc;

use serde_saphyr::granit_parser::{Event, Marker, Options, Parser, ScalarStyle, Span, StrInput, Tag};

use super::node::{Key, Location, Node, NodeValue};
use super::problems::{Problem, Problems};
use super::scalar;
use super::syntax::syntax;

/// The largest document that is read, in bytes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;
pub(super) const MAX_DEPTH: usize = 64;
const MAX_NODES: usize = 500_000;
const MAX_ALIAS_NODES: usize = 50_000;

/// From line and column of the text that is read to line and column of the file that it was made of.
pub type PlaceInFile<'p> = &'p dyn Fn(u32, u32) -> (u32, u32);

/// The node of a text as far as it goes, and what is wrong with it.
pub(super) fn compose(file: &str, text: &str, place: PlaceInFile<'_>) -> (Option<Node>, Problems) {
    let file: Arc<str> = Arc::from(file);
    if text.len() > MAX_BYTES {
        let problem = Problem::error("yaml_limit", "")
            .at(&Location { file, line: 0, column: 0 })
            .says(format!("the file has {} bytes; at most {MAX_BYTES} are read", text.len()))
            .mend("split the file, or check that it is the right one");
        return (None, problem.into());
    }
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    let mut composer = Composer {
        parser: Parser::new_from_str_with_options(text, options),
        file,
        place,
        anchors: HashMap::new(),
        nodes: 0,
        alias_nodes: 0,
        path: Vec::new(),
        duplicates: Problems::default(),
    };
    match composer.document() {
        Ok(node) => (Some(node), composer.duplicates),
        Err(problem) => {
            composer.duplicates.push(*problem);
            (None, composer.duplicates)
        }
    }
}

type Composed<T> = Result<T, Box<Problem>>;

struct Composer<'t> {
    parser: Parser<'t, StrInput<'t>>,
    file: Arc<str>,
    place: PlaceInFile<'t>,
    /// What an anchor stands for, with the number of its nodes.
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    alias_nodes: usize,
    /// The keys and positions that lead to the present node.
    path: Vec<Step>,
    duplicates: Problems,
}

enum Step {
    Key(String),
    Position(usize),
}

impl<'t> Composer<'t> {
    fn document(&mut self) -> Composed<Node> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentEnd => {}
                Event::StreamEnd => break,
                Event::DocumentStart(..) if root.is_some() => {
                    return Err(self.problem(
                        "yaml_syntax",
                        &span,
                        "a second document begins here",
                        "keep one document per file: take the line `---` out, or move what follows to a file of its own",
                    ));
                }
                Event::DocumentStart(..) => {}
                other => root = Some(self.node(other, &span, 0)?),
            }
        }
        Ok(root.unwrap_or_else(|| {
            Node::new(NodeValue::Null, Location { file: Arc::clone(&self.file), line: 1, column: 1 })
        }))
    }

    fn next(&mut self) -> Composed<(Event<'t>, Span)> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => {
                let span = Span::empty(*error.marker());
                let (what, mend) = syntax(error.kind());
                Err(self.problem("yaml_syntax", &span, &what, mend))
            }
            None => Err(self.problem(
                "yaml_syntax",
                &Span::default(),
                "the file ends too early",
                "complete what the last lines begin",
            )),
        }
    }

    fn node(&mut self, event: Event<'t>, span: &Span, depth: usize) -> Composed<Node> {
        if depth > MAX_DEPTH {
            return Err(self.problem(
                "yaml_limit",
                span,
                &format!("values are nested more than {MAX_DEPTH} deep"),
                "check the indentation and the brackets",
            ));
        }
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(self.problem(
                "yaml_limit",
                span,
                &format!("the file holds more than {MAX_NODES} values"),
                "split the file, or check that it is the right one",
            ));
        }
        let before = self.nodes;
        let at = self.location(&span.start);
        let (node, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let forced = self.forces_text(tag.as_deref(), span)?;
                let node = if style == ScalarStyle::Plain && !forced {
                    Node::with_raw(scalar::resolve(&text), at, &text)
                } else {
                    Node::text(text.into_owned(), at)
                };
                (node, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.forces_text(tag.as_deref(), span)?;
                (Node::new(NodeValue::Sequence(self.sequence(depth)?), at), anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.forces_text(tag.as_deref(), span)?;
                (Node::new(NodeValue::Mapping(self.mapping(depth)?), at), anchor)
            }
            Event::Alias(anchor) => return self.alias(anchor, span),
            _ => {
                return Err(self.problem(
                    "yaml_syntax",
                    span,
                    "a value is expected here",
                    "write a value, or take the key out",
                ));
            }
        };
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), self.nodes - before + 1));
        }
        Ok(node)
    }

    fn alias(&mut self, anchor: usize, span: &Span) -> Composed<Node> {
        let Some((node, size)) = self.anchors.get(&anchor) else {
            return Err(self.problem(
                "yaml_syntax",
                span,
                "the alias stands inside what it refers to",
                "write the value out",
            ));
        };
        self.alias_nodes += size;
        if self.alias_nodes > MAX_ALIAS_NODES {
            return Err(self.problem(
                "yaml_limit",
                span,
                &format!("the aliases of the file unfold to more than {MAX_ALIAS_NODES} values"),
                "write the values out instead of nesting aliases",
            ));
        }
        let node = node.clone();
        // The unfolded nodes count for an anchor around this alias.
        self.nodes += size - 1;
        Ok(node)
    }

    fn sequence(&mut self, depth: usize) -> Composed<Vec<Node>> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(items);
            }
            self.path.push(Step::Position(items.len()));
            items.push(self.node(event, &span, depth + 1)?);
            self.path.pop();
        }
    }

    fn mapping(&mut self, depth: usize) -> Composed<Vec<(Key, Node)>> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        let mut places: HashMap<String, Location> = HashMap::new();
        let mut merged = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<");
            let key = self.key(event, &span, depth)?;
            self.path.push(Step::Key(key.name.clone()));
            let (event, value_span) = self.next()?;
            let value = self.node(event, &value_span, depth + 1)?;
            let path = self.path();
            self.path.pop();
            if merge {
                merged.push((value, span));
                continue;
            }
            match places.get(&key.name) {
                Some(first) => self.duplicates.push(
                    Problem::error("duplicate_key", path)
                        .at(&key.at)
                        .says(format!(
                            "the key {} stands twice in this mapping; first at {first}",
                            quoted(&key.name)
                        ))
                        .mend("take one of the two out"),
                ),
                None => {
                    places.insert(key.name.clone(), key.at.clone());
                    entries.push((key, value));
                }
            }
        }
        for (value, span) in merged {
            self.merge(&mut entries, value, &span)?;
        }
        Ok(entries)
    }

    fn key(&mut self, event: Event<'t>, span: &Span, depth: usize) -> Composed<Key> {
        let node = self.node(event, span, depth + 1)?;
        match node.as_text() {
            Some(name) => Ok(Key { name: name.to_owned(), at: self.location(&span.start) }),
            None => Err(self.problem(
                "yaml_syntax",
                span,
                &format!("a key must be text, but it is {}", node.kind()),
                "write a name before the colon; a value that begins with `{{` is a template, which only the filter \
                 `template` fills in: name it with --config.experimental.filters",
            )),
        }
    }

    /// `<<: *anchor`: the entries that the mapping does not have itself.
    fn merge(&self, entries: &mut Vec<(Key, Node)>, value: Node, span: &Span) -> Composed<()> {
        let sources = match value.value {
            NodeValue::Mapping(_) => vec![value],
            NodeValue::Sequence(items) => items,
            _ => vec![value],
        };
        for source in sources {
            let NodeValue::Mapping(more) = source.value else {
                return Err(self.problem(
                    "yaml_syntax",
                    span,
                    "`<<` takes a mapping or a list of mappings",
                    "refer to a mapping with an anchor",
                ));
            };
            for (key, node) in more {
                if !entries.iter().any(|(have, _)| have.name == key.name) {
                    entries.push((key, node));
                }
            }
        }
        Ok(())
    }

    fn forces_text(&self, tag: Option<&Tag>, span: &Span) -> Composed<bool> {
        let Some(tag) = tag else { return Ok(false) };
        match (tag.handle(), tag.suffix()) {
            ("tag:yaml.org,2002:", "str") | ("!", "") | ("", "!") => Ok(true),
            ("tag:yaml.org,2002:", "bool" | "int" | "float" | "null" | "seq" | "map") => Ok(false),
            _ => Err(self.problem(
                "yaml_syntax",
                span,
                "the value carries a tag, which is not supported",
                "take the word that begins with `!` out, or put quotes around the value",
            )),
        }
    }

    /// For example `clients[3].redirect_uris[0]`; what comes after an unusual key is left out.
    fn path(&self) -> String {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Key(name) if !is_plain(name) => break,
                Step::Key(name) if path.is_empty() => path.push_str(name),
                Step::Key(name) => path.extend([".", name]),
                Step::Position(position) => path.push_str(&format!("[{position}]")),
            }
        }
        path
    }

    fn location(&self, marker: &Marker) -> Location {
        let (line, column) = (self.place)(cap(marker.line().max(1)), cap(marker.col() + 1));
        Location { file: Arc::clone(&self.file), line, column }
    }

    fn problem(&self, code: &'static str, span: &Span, says: &str, mend: &str) -> Box<Problem> {
        Box::new(Problem::error(code, self.path()).at(&self.location(&span.start)).says(says).mend(mend))
    }
}

pub(super) fn cap(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A key in a message. A key of unusual shape may be a secret that slipped: it is not shown.
fn quoted(name: &str) -> String {
    if is_plain(name) { format!("'{name}'") } else { "here".to_owned() }
}

fn is_plain(name: &str) -> bool {
    name.len() <= 100 && name.chars().all(|c| c.is_alphanumeric() || "_-.@:/ ".contains(c))
}
