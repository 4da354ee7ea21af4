//! A page as a browser shows it, or the way out to a relying party.

use std::collections::BTreeMap;

use super::Answer;

/// Where a browser came to rest.
#[derive(Clone, Debug)]
pub struct View {
    /// Path and query of the page.
    pub path: String,
    pub answer: Answer,
    /// The address outside of the issuer that the browser was sent to.
    pub outside: Option<String>,
}

/// What a relying party is told.
#[derive(Clone, Debug)]
pub struct Returned {
    /// The redirect URI, bare.
    pub redirect_uri: String,
    /// `query`, `fragment` or `form_post`.
    pub mode: &'static str,
    pub parameters: BTreeMap<String, String>,
}

impl Returned {
    /// A parameter; empty when it is missing.
    pub fn get(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// Whether it carries what only an allowed request is answered with.
    pub fn gives(&self) -> bool {
        ["code", "access_token", "id_token"].iter().any(|name| self.parameters.contains_key(*name))
    }

    #[track_caller]
    pub fn code(&self) -> String {
        let code = self.parameters.get("code");
        code.unwrap_or_else(|| panic!("no code: {:?}", self.parameters)).clone()
    }
}

type Tag = BTreeMap<String, String>;

impl View {
    pub fn status(&self) -> u16 {
        self.answer.status
    }

    pub fn text(&self) -> String {
        self.answer.text()
    }

    /// The text of the one `h1`.
    pub fn heading(&self) -> String {
        let text = self.text();
        let inner = text.split_once("<h1>").and_then(|(_, rest)| rest.split_once("</h1>"));
        unescape(inner.map_or("", |(inner, _)| inner))
    }

    /// Whether the page has an element of this id.
    pub fn has(&self, id: &str) -> bool {
        self.text().contains(&format!("id=\"{id}\""))
    }

    /// The text of an element that holds nothing else.
    #[track_caller]
    pub fn inner(&self, id: &str) -> String {
        let text = self.text();
        let inner = text
            .split_once(&format!("id=\"{id}\""))
            .and_then(|(_, rest)| rest.split_once('>'))
            .and_then(|(_, rest)| rest.split_once('<'));
        unescape(inner.unwrap_or_else(|| panic!("no element {id}: {text}")).0)
    }

    /// The text of an element with what is inside it, without tags; for one that holds none of its own kind.
    #[track_caller]
    pub fn inner_text(&self, id: &str) -> String {
        let text = self.text();
        let (before, rest) =
            text.split_once(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no element {id}: {text}"));
        let name = before.rsplit_once('<').and_then(|(_, tag)| tag.split(' ').next()).unwrap_or_default();
        let inside = rest.split_once('>').and_then(|(_, rest)| rest.split_once(&format!("</{name}>")));
        let inside = inside.map_or("", |(inside, _)| inside);
        let parts = inside.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
        unescape(parts.collect::<String>().trim())
    }

    /// Every tag of a name, as its attributes.
    pub fn tags(&self, name: &str) -> Vec<Tag> {
        tags(&self.text(), name)
    }

    /// The tag of an id.
    pub fn tag(&self, name: &str, id: &str) -> Option<Tag> {
        self.tags(name).into_iter().find(|tag| tag.get("id").is_some_and(|present| present == id))
    }

    /// The form that holds an element of this id, as text; the first one when there is none.
    pub fn form(&self, id: &str) -> String {
        let text = self.text();
        let forms: Vec<&str> = text
            .split("<form")
            .skip(1)
            .map(|rest| rest.split_once("</form>").map_or(rest, |(inside, _)| inside))
            .collect();
        let holding = forms.iter().find(|form| form.contains(&format!("id=\"{id}\"")));
        holding.or(forms.first()).map(|form| format!("<form{form}")).unwrap_or_default()
    }

    /// What a form sends by itself: hidden fields, prefilled ones, ticked boxes.
    pub fn fields_of(&self, id: &str) -> Vec<(String, String)> {
        tags(&self.form(id), "input")
            .into_iter()
            .filter(|tag| {
                tag.get("type").is_none_or(|kind| kind != "checkbox") || tag.contains_key("checked")
            })
            .filter_map(|tag| Some((tag.get("name")?.clone(), tag.get("value").cloned().unwrap_or_default())))
            .collect()
    }

    /// The value of a field of the page.
    pub fn field(&self, name: &str) -> Option<String> {
        let named = |tag: &Tag| tag.get("name").is_some_and(|present| present == name);
        self.tags("input").into_iter().find(named).map(|tag| tag.get("value").cloned().unwrap_or_default())
    }

    /// Where the form that holds an element of this id goes: its action, or the page itself.
    pub fn action(&self, id: &str) -> String {
        let action = tags(&self.form(id), "form").into_iter().find_map(|tag| tag.get("action").cloned());
        action.unwrap_or_else(|| self.path.clone())
    }

    /// The id of the pending authorization this page belongs to.
    #[track_caller]
    pub fn flow(&self) -> String {
        let id = self.path.strip_prefix("/flow/").and_then(|rest| rest.split('/').next());
        id.unwrap_or_else(|| panic!("no flow: {} {}", self.path, self.text())).to_owned()
    }

    /// The page's own name in the path of a pending authorization.
    pub fn step(&self) -> String {
        if self.outside.is_some() || self.has("form-post-submit") {
            return "returned".to_owned();
        }
        let last = self.path.strip_prefix("/flow/").and_then(|rest| rest.split('/').nth(1));
        last.unwrap_or_default().to_owned()
    }

    /// What the relying party is told; fails when the browser is still at the provider.
    #[track_caller]
    pub fn returned(&self) -> Returned {
        self.try_returned().unwrap_or_else(|| {
            panic!("not back at the relying party: {} {} {}", self.status(), self.path, self.text())
        })
    }

    pub fn try_returned(&self) -> Option<Returned> {
        let Some(outside) = &self.outside else {
            if !self.has("form-post-submit") {
                return None;
            }
            return Some(Returned {
                redirect_uri: self.action("form-post-submit"),
                mode: "form_post",
                parameters: self.fields_of("form-post-submit").into_iter().collect(),
            });
        };
        let (uri, pairs, mode) = match (outside.split_once('#'), outside.split_once('?')) {
            (Some((uri, fragment)), _) => (uri, fragment, "fragment"),
            (None, Some((uri, query))) => (uri, query, "query"),
            (None, None) => (outside.as_str(), "", "query"),
        };
        let parameters = url::form_urlencoded::parse(pairs.as_bytes()).into_owned().collect();
        Some(Returned { redirect_uri: uri.to_owned(), mode, parameters })
    }

    /// Asserts the page of a refusal: its heading, no way out, a code.
    #[track_caller]
    pub fn expect_page(&self, status: u16, heading: &str) {
        assert_eq!(self.outside, None);
        assert_eq!((self.status(), self.heading().as_str()), (status, heading), "{}", self.text());
        assert_eq!(self.inner("error-code").len(), 10);
        assert_eq!(self.inner("error-code"), self.answer.header("x-request-id"));
    }

    /// Asserts an error answer to the relying party, with state and issuer.
    #[track_caller]
    pub fn expect_error(&self, error: &str) -> Returned {
        let returned = self.returned();
        assert_eq!(returned.get("error"), error, "{:?}", returned.parameters);
        assert_eq!(returned.get("iss"), super::site::ISSUER);
        assert!(!returned.gives());
        returned
    }
}

/// The tags of a name, read well enough for our own templates.
fn tags(html: &str, name: &str) -> Vec<Tag> {
    html.split(&format!("<{name}"))
        .skip(1)
        .filter(|rest| rest.starts_with([' ', '>']))
        .map(|rest| attributes(rest.split_once('>').map_or(rest, |(inside, _)| inside)))
        .collect()
}

fn attributes(mut text: &str) -> Tag {
    let mut tag = Tag::new();
    loop {
        text = text.trim_start();
        let end = text.find(['=', ' ']).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        if name.is_empty() {
            return tag;
        }
        match rest.strip_prefix("=\"").and_then(|rest| rest.split_once('"')) {
            Some((value, rest)) => {
                tag.insert(name.to_owned(), unescape(value));
                text = rest;
            }
            None => {
                tag.insert(name.to_owned(), String::new());
                text = rest;
            }
        }
    }
}

/// The character references that our templates write, each read once.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, reference)) = rest.split_once('&') {
        plain.push_str(before);
        let (name, after) = reference.split_once(';').unwrap_or((reference, ""));
        plain.push(match name {
            "#60" | "lt" => '<',
            "#62" | "gt" => '>',
            "#34" | "quot" => '"',
            "#39" => '\'',
            "#38" | "amp" => '&',
            other => panic!("a character reference that is not known here: {other}"),
        });
        rest = after;
    }
    plain + rest
}
