//! What filters put into a configuration that its files do not show: no message repeats it.

use std::collections::BTreeSet;
use std::fmt;

use crate::yaml::{Problem, Problems};

/// Shorter texts are hidden only as whole words: inside of words they would spoil every sentence.
const SHORT: usize = 8;
/// Texts shorter than this are no secrets, and stand in every sentence.
const SHORTEST: usize = 4;
/// In a larger file nobody looks whether it shows the text by itself.
const MAX_SOURCE_BYTES: usize = 256 * 1024;
/// More different texts than these cannot be looked for in every message.
const MOST_TEXTS: usize = 10_000;
/// What stands for a hidden text.
const HIDDEN: &str = "…";

/// The texts that filters put in, from secret files and variables. Debug tells only how many.
#[derive(Clone, Default)]
pub struct PutIn {
    texts: BTreeSet<String>,
}

impl PutIn {
    /// Notes a text that was put in, unless the file shows it anyway; false when there are too many.
    pub(super) fn note(&mut self, text: &str, file: &str) -> bool {
        let bare = |text: &str| text.trim().trim_matches(['\'', '"']).trim().to_owned();
        for text in std::iter::once(bare(text)).chain(text.lines().map(bare)) {
            let shows = || file.len() <= MAX_SOURCE_BYTES && file.contains(&text);
            if text.chars().count() >= SHORTEST && !self.texts.contains(&text) && !shows() {
                self.texts.insert(text);
            }
            if self.texts.len() > MOST_TEXTS {
                return false;
            }
        }
        true
    }

    /// Takes what was put in out of what problems say.
    pub fn hide(&self, problems: &mut Problems) {
        if self.texts.is_empty() {
            return;
        }
        // The longest first, so that no piece of it stays.
        let mut texts: Vec<&str> = self.texts.iter().map(String::as_str).collect();
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        for Problem { path, client, message, mend, .. } in problems.iter_mut() {
            for said in [Some(path), client.as_mut(), Some(message), Some(mend)].into_iter().flatten() {
                for text in &texts {
                    hide(said, text);
                }
            }
        }
    }
}

impl fmt::Debug for PutIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PutIn({} texts)", self.texts.len())
    }
}

fn hide(said: &mut String, text: &str) {
    if !said.contains(text) {
        return;
    }
    if text.chars().count() >= SHORT {
        *said = said.replace(text, HIDDEN);
        return;
    }
    let mut kept = String::with_capacity(said.len());
    let mut rest = said.as_str();
    while let Some((before, after)) = rest.split_once(text) {
        let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let inside =
            joins(before.chars().next_back().or(kept.chars().next_back().filter(|_| before.is_empty())))
                || joins(after.chars().next());
        kept.extend([before, if inside { text } else { HIDDEN }]);
        rest = after;
    }
    kept.push_str(rest);
    *said = kept;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(put: &str, file: &str, says: &str) -> String {
        let mut put_in = PutIn::default();
        assert!(put_in.note(put, file));
        let mut problems = Problems::from(Problem::error("x", "a").says(says));
        put_in.hide(&mut problems);
        problems.iter().next().unwrap().message.clone()
    }

    #[test]
    fn what_was_put_in_is_hidden_and_what_the_file_shows_is_not() {
        assert_eq!(hidden("'hunter2-hunter2'", "a: {{ x }}", "no 'hunter2-hunter2' here"), "no '…' here");
        assert_eq!(hidden("staff", "a: staff # {{ x }}", "no 'staff' here"), "no 'staff' here");
        assert_eq!(hidden("|\n  line-one-long\n  line-two-long", "", "a line-two-long b"), "a … b");
        assert_eq!(hidden("option", "", "the options of option"), "the options of …");
        assert_eq!(hidden("a", "", "a b"), "a b");
    }
}
