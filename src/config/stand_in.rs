//! Texts that only stand for a value.

/// What a text is that only stands for a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StandIn {
    /// `{{ … }}` or `${…}`, which filters would fill in.
    Template,
    /// A text of the example that everyone must replace.
    Placeholder,
}

/// Whether a text only stands for a value: taken as it is, everyone would know it.
pub(super) fn stand_in(text: &str) -> Option<StandIn> {
    const PLACEHOLDER: &str = "replace-this";
    let text = text.trim();
    if text.contains("{{") || (text.starts_with("${") && text.ends_with('}')) {
        return Some(StandIn::Template);
    }
    let begin = text.get(..PLACEHOLDER.len());
    begin.is_some_and(|begin| begin.eq_ignore_ascii_case(PLACEHOLDER)).then_some(StandIn::Placeholder)
}
