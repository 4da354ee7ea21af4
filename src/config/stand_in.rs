//! Texts that only stand for a value.

/// What a text is that only stands for a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StandIn {
    /// `{{ … }}` or `${…}`, which filters would fill in.
    Template,
    /// A text of the example that everyone must replace.
    Placeholder,
}

/// Whether a text only stands for a value: taken as it is, everyone would know it. What comes from a variable or from
/// the file that one names, where nobody writes templates, is one only from its beginning: a secret may hold any signs.
pub(super) fn stand_in(text: &str, from_variable: bool) -> Option<StandIn> {
    const PLACEHOLDER: &str = "replace-this";
    let text = text.trim();
    let opened = text.split_once("{{").filter(|(before, _)| before.is_empty() || !from_variable);
    if opened.is_some_and(|(_, rest)| rest.contains("}}")) || (text.starts_with("${") && text.ends_with('}'))
    {
        return Some(StandIn::Template);
    }
    let begin = text.get(..PLACEHOLDER.len());
    begin.is_some_and(|begin| begin.eq_ignore_ascii_case(PLACEHOLDER)).then_some(StandIn::Placeholder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_closed_and_a_secret_from_elsewhere_may_hold_any_signs() {
        for (text, in_file, in_variable) in [
            ("{{ env \"KEY\" }}", true, true),
            (" {{ env \"KEY\" }} and more", true, true),
            ("before {{ env \"KEY\" }}", true, false),
            ("q7{{Vx2}}m", true, false),
            ("q7{{Vx2", false, false),
            ("}}q7{{Vx2", false, false),
            ("{{q7Vx2", false, false),
            ("${KEY}", true, true),
            ("a${KEY}", false, false),
        ] {
            let found = |from_variable| stand_in(text, from_variable) == Some(StandIn::Template);
            assert_eq!((found(false), found(true)), (in_file, in_variable), "{text}");
        }
        assert_eq!(stand_in("Replace-this-now", true), Some(StandIn::Placeholder));
    }
}
