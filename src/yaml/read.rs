//! Text to nodes: of a file, of its bytes, of what was made of it.

use std::sync::Arc;

use super::compose::{PlaceInFile, cap, compose};
use super::node::{Location, Node};
use super::problems::{Problem, Problems};

/// Reads one document of UTF-8 bytes.
///
/// # Errors
/// As [`read`], and bytes that are not UTF-8.
pub fn read_bytes(file: &str, bytes: &[u8]) -> Result<Node, Problems> {
    faultless(examine(file, bytes))
}

/// Reads one document of UTF-8 bytes as far as it goes: of a key that stands twice the first value is kept, so that
/// such a key hides no other problem. No node where reading had to stop.
pub fn examine(file: &str, bytes: &[u8]) -> (Option<Node>, Problems) {
    match std::str::from_utf8(bytes) {
        Ok(text) => compose(file, text, &as_it_stands),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = before.iter().filter(|b| **b == b'\n').count() + 1;
            let last_line = before.rsplit(|b| *b == b'\n').next().unwrap_or_default();
            let column = String::from_utf8_lossy(last_line).chars().count() + 1;
            let at = Location { file: Arc::from(file), line: cap(line), column: cap(column) };
            let problem = Problem::error("yaml_syntax", "").at(&at);
            (None, problem.says("the file is not UTF-8 text").mend("save the file as UTF-8").into())
        }
    }
}

/// As [`examine`], of text that was made of a file: whatever is told is told at its place there.
pub fn examine_made(file: &str, text: &str, place: PlaceInFile<'_>) -> (Option<Node>, Problems) {
    compose(file, text, place)
}

/// Reads one document. An empty document is a null node.
///
/// # Errors
/// Text that is no YAML, a key that stands twice, more than one document, tags, and whatever exceeds the limits;
/// never with a piece of the text in the message.
pub fn read(file: &str, text: &str) -> Result<Node, Problems> {
    faultless(compose(file, text, &as_it_stands))
}

fn faultless(read: (Option<Node>, Problems)) -> Result<Node, Problems> {
    match read {
        (Some(node), problems) if problems.is_empty() => Ok(node),
        (_, problems) => Err(problems),
    }
}

fn as_it_stands(line: u32, column: u32) -> (u32, u32) {
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::super::node::NodeValue;
    use super::*;

    fn one(text: &str) -> Problem {
        let problems = read("x.yml", text).unwrap_err();
        assert_eq!(problems.iter().count(), 1, "{problems}");
        problems.iter().next().unwrap().clone()
    }

    #[test]
    fn every_key_and_value_knows_its_place() {
        let node = read("x.yml", "server:\n  address: 'tcp://:9091/'\nlist:\n  - 1\n  - two\n").unwrap();
        let address = node.get("server").unwrap().get("address").unwrap();
        assert_eq!(address.at.to_string(), "x.yml:2:12");
        assert_eq!(node.get("server").unwrap().key("address").unwrap().at.to_string(), "x.yml:2:3");
        assert_eq!(node.get("list").unwrap().items()[1].at.to_string(), "x.yml:5:5");
    }

    #[test]
    fn numbers_serve_as_text_as_they_were_written() {
        let node = read("x.yml", "a: 12345\nb: 0123\nc: 1.50\nd: yes\ne: !!str 12\n").unwrap();
        let text = |key| node.get(key).and_then(Node::as_text).unwrap().to_owned();
        assert_eq!(["a", "b", "c", "d", "e"].map(text), ["12345", "0123", "1.50", "yes", "12"]);
        assert!(matches!(node.get("e").unwrap().value, NodeValue::String(_)));
    }

    #[test]
    fn a_key_that_stands_twice_is_named_with_both_places() {
        let problem = one("server:\n  address: a\n  address: b\n");
        assert_eq!(problem.code, "duplicate_key");
        assert_eq!(problem.at.as_ref().unwrap().to_string(), "x.yml:3:3");
        assert!(problem.message.contains("x.yml:2:3"), "{}", problem.message);
        assert_eq!(problem.path, "server.address");
        assert_eq!(one("clients:\n- {}\n- {a: 1, a: 2}\n").path, "clients[1].a");
    }

    #[test]
    fn all_keys_that_stand_twice_are_told_at_once() {
        let problems = read("x.yml", "a: 1\na: 2\nb: {c: 1, c: 2}\n").unwrap_err();
        assert_eq!(problems.iter().count(), 2);
    }

    #[test]
    fn of_a_key_that_stands_twice_the_first_value_is_kept() {
        let (node, problems) = examine("x.yml", b"a: 1\na: 2\nb: 3\n");
        let node = node.unwrap();
        let text = |key| node.get(key).and_then(Node::as_text).map(str::to_owned);
        assert_eq!((text("a").as_deref(), text("b").as_deref()), (Some("1"), Some("3")));
        assert!(problems.has_errors());
        assert!(examine("x.yml", b"a: 1\na: 2\nb: [\n").0.is_none());
    }

    #[test]
    fn aliases_and_merge_keys_unfold() {
        let node = read("x.yml", "base: &b {one: 1, two: 2}\nmore:\n  <<: *b\n  two: 3\nsame: *b\n").unwrap();
        let more = node.get("more").unwrap();
        assert_eq!(more.get("one").and_then(Node::as_text), Some("1"));
        assert_eq!(more.get("two").and_then(Node::as_text), Some("3"));
        assert_eq!(node.get("same").unwrap().entries().len(), 2);
    }

    #[test]
    fn bombs_depth_size_and_second_documents_are_refused() {
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for level in 1..10 {
            let item = format!("*a{}", level - 1);
            bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![item; 10].join(",")));
        }
        assert_eq!(one(&bomb).code, "yaml_limit");
        assert!(one(&"[".repeat(5000)).message.contains("deep"));
        assert_eq!(one(&"a".repeat(10_000_000)).code, "yaml_limit");
        assert_eq!(one("a: &a [*a]\n").code, "yaml_syntax");
        assert!(one("a: 1\n---\nb: 2\n").message.contains("second document"));
    }

    #[test]
    fn syntax_errors_say_where_and_show_nothing_of_the_text() {
        let problem = one("hmac_secret: \"very-secret\n");
        assert!(!problem.to_string().contains("very-secret"), "{problem}");
        let problem = one("a: b\n\thmac: very-secret\n");
        assert!(!problem.to_string().contains("very-secret"), "{problem}");
        let problem = read_bytes("x.yml", b"a: b\nc: \xff\n").unwrap_err();
        assert_eq!(problem.iter().next().unwrap().at.as_ref().unwrap().to_string(), "x.yml:2:4");
    }

    #[test]
    fn an_empty_file_is_nothing() {
        assert!(matches!(read("x.yml", "# only a comment\n").unwrap().value, NodeValue::Null));
    }
}
