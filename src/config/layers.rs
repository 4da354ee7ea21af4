//! One layer of the configuration over another.

use std::collections::HashMap;

use crate::yaml::{Node, NodeValue};

/// A file over what the files before it make.
pub(super) fn over(below: Option<Node>, above: Node) -> Node {
    match below {
        Some(below) => lay(below, above, false),
        None => above,
    }
}

/// Mappings join key by key; anything else replaces what was there. A mapping over a list addresses its items, when it
/// may reach into lists.
pub(super) fn lay(below: Node, above: Node, into_lists: bool) -> Node {
    let at = below.at.clone();
    match (below.value, &above.value) {
        (NodeValue::Mapping(entries), NodeValue::Mapping(more)) => {
            let places: HashMap<&str, usize> =
                more.iter().enumerate().map(|(place, (key, _))| (key.name.as_str(), place)).collect();
            let mut more: Vec<_> = more.iter().cloned().map(Some).collect();
            let mut joined: Vec<_> = entries
                .into_iter()
                .map(|(key, old)| {
                    let new = places.get(key.name.as_str()).and_then(|place| more.get_mut(*place));
                    match new.and_then(Option::take) {
                        Some((key, new)) => (key, lay(old, new, into_lists)),
                        None => (key, old),
                    }
                })
                .collect();
            joined.extend(more.into_iter().flatten());
            Node::new(NodeValue::Mapping(joined), at)
        }
        (NodeValue::Sequence(items), NodeValue::Mapping(more)) if into_lists => {
            let items = items.into_iter().enumerate().map(|(index, item)| {
                let client_id = item.get("client_id").and_then(Node::as_text);
                let addressed = |name: &str| Some(name) == client_id || name == index.to_string();
                match more.iter().find(|(key, _)| addressed(&key.name)) {
                    Some((_, value)) => lay(item, value.clone(), true),
                    None => item,
                }
            });
            Node::new(NodeValue::Sequence(items.collect()), at)
        }
        (value @ NodeValue::Mapping(_), NodeValue::Null) => Node::new(value, at),
        _ => above,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    fn read(text: &str) -> Node {
        yaml::read("x.yml", text).unwrap()
    }

    fn text<'a>(node: &'a Node, path: &[&str]) -> Option<&'a str> {
        path.iter().try_fold(node, |node, key| node.get(key)).and_then(Node::as_text)
    }

    #[test]
    fn later_files_win_and_lists_are_replaced() {
        let merged = lay(read("a: {b: 1, c: 2}\nl: [1, 2]\n"), read("a: {c: 3}\nl: [9]\n"), false);
        assert_eq!(text(&merged, &["a", "b"]), Some("1"));
        assert_eq!(text(&merged, &["a", "c"]), Some("3"));
        assert_eq!(merged.get("l").unwrap().items().len(), 1);
    }

    #[test]
    fn the_layer_on_top_reaches_into_lists_by_client_id() {
        let below = read("clients:\n- client_id: a\n  public: true\n- client_id: b\n");
        let merged = lay(below, read("clients: {b: {redirect_uris: [x]}}"), true);
        let clients = merged.get("clients").unwrap().items();
        assert_eq!(text(&clients[0], &["public"]), Some("true"));
        assert!(clients[0].get("redirect_uris").is_none());
        assert_eq!(clients[1].get("redirect_uris").unwrap().items().len(), 1);
    }
}
