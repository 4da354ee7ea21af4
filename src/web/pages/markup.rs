//! A strict reader of the pages' own HTML, for tests: it accepts only what the templates are meant to write.

/// One element and the text directly after its start tag, up to the next tag.
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
    /// Whether the next tag is this element's own end.
    pub leaf: bool,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

const VOID: [&str; 4] = ["meta", "link", "input", "br"];

/// The elements of a page in order. Panics on an unbalanced tag, an attribute without quotes or a stray `<`.
pub fn elements(html: &str) -> Vec<Element> {
    let mut rest = html.strip_prefix("<!doctype html>").expect("a doctype");
    let mut found: Vec<Element> = Vec::new();
    let mut open: Vec<String> = Vec::new();
    while let Some(start) = rest.find('<') {
        rest = rest.split_at(start + 1).1;
        if let Some(after) = rest.strip_prefix('/') {
            let (name, after) = after.split_once('>').expect("an end tag ends");
            assert_eq!(open.pop().as_deref(), Some(name), "tags nest");
            rest = after;
            continue;
        }
        let (element, closed, after) = start_tag(rest);
        rest = after;
        if !closed && !VOID.contains(&element.name.as_str()) {
            open.push(element.name.clone());
        }
        let (text, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
        let leaf = after.starts_with(&format!("</{}>", element.name));
        found.push(Element { text: unescape(text), leaf, ..element });
    }
    assert!(open.is_empty(), "left open: {open:?}");
    found
}

fn start_tag(source: &str) -> (Element, bool, &str) {
    let end = source.find(|c: char| !c.is_ascii_alphanumeric()).expect("a tag ends");
    let (name, mut rest) = source.split_at(end);
    assert!(!name.is_empty(), "a stray < before {:?}", source.chars().take(40).collect::<String>());
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("/>") {
            return (element(name, attributes), true, after);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (element(name, attributes), false, after);
        }
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').expect("an attribute ends");
        let (key, after) = rest.split_at(end);
        assert!(!key.is_empty(), "not an attribute: {:?}", rest.chars().take(40).collect::<String>());
        let (value, after) = match after.strip_prefix("=\"") {
            Some(after) => after.split_once('"').expect("a value ends"),
            None => ("", after),
        };
        assert!(!after.starts_with('='), "a value without quotes: {key}");
        attributes.push((key.to_owned(), unescape(value)));
        rest = after;
    }
}

fn element(name: &str, attributes: Vec<(String, String)>) -> Element {
    Element { name: name.to_owned(), attributes, text: String::new(), leaf: false }
}

fn unescape(text: &str) -> String {
    text.replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&")
}
