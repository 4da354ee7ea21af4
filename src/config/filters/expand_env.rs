//! The filter `expand-env`: `$NAME` and `${NAME}` as Go's os.Expand reads them, `$$` for a dollar sign.

use std::collections::BTreeSet;

use super::outside::Outside;
use super::place::Made;
use super::{Fault, LIMIT, MISSING};
use crate::yaml::MAX_BYTES;

/// More variables than these are not told one by one.
const MOST_TOLD: usize = 20;

/// A piece of a text; the number is its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'t> {
    /// As it stands.
    Text(usize, &'t str),
    /// The name of a variable.
    Variable(usize, &'t str),
    /// `${` without an end, or without a name.
    Unclosed(usize),
}

/// The pieces of a text.
pub(super) fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let begin = at;
        let Some(name) = rest.strip_prefix('$') else {
            let piece = rest.split('$').next().unwrap_or_default();
            at += piece.len();
            return Some(Part::Text(begin, piece));
        };
        if let Some(inside) = name.strip_prefix('{') {
            return match inside.split_once('}') {
                Some((name, _)) if !name.is_empty() => {
                    at += name.len() + "${}".len();
                    Some(Part::Variable(begin, name))
                }
                _ => {
                    at = text.len();
                    Some(Part::Unclosed(begin))
                }
            };
        }
        let special = name.starts_with(|c: char| c.is_ascii_digit() || "*#$@!?-".contains(c));
        let word = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
        let name = name.get(..if special { 1 } else { word }).unwrap_or_default();
        at += 1 + name.len();
        Some(match name {
            // A dollar sign that begins no name stays; `$$` is one.
            "" | "$" => Part::Text(begin, "$"),
            name => Part::Variable(begin, name),
        })
    })
}

/// Fills in a text. A name that is not set becomes nothing, with a warning: a dollar sign of a password or digest
/// would vanish unseen.
pub(super) fn expand(source: &str, outside: &Outside<'_>) -> (Option<Made>, Vec<Fault>) {
    let mut made = Made::default();
    let (mut faults, mut unset) = (Vec::new(), BTreeSet::new());
    let mut whole = true;
    for part in parts(source) {
        match part {
            Part::Text(at, text) => made.copy(at, text),
            Part::Variable(at, name) => match outside.variable(name) {
                Ok(Some(value)) => made.put(at, value),
                Ok(None) => {
                    if unset.len() < MOST_TOLD && unset.insert(name) {
                        faults.push(not_set(at));
                    }
                }
                Err(trouble) => {
                    whole = false;
                    faults.push(Fault::new(at, trouble.code, trouble.says, trouble.mend));
                }
            },
            Part::Unclosed(at) => {
                whole = false;
                faults.push(Fault::bad(at, "`${` is not closed", "write ${NAME}, or $$ for a dollar sign"));
            }
        }
        if made.text.len() > MAX_BYTES {
            let trouble = super::outside::Trouble::too_large();
            faults.push(Fault::new(0, LIMIT, trouble.says, trouble.mend));
            return (None, faults);
        }
    }
    (whole.then_some(made), faults)
}

/// Without the name, which may be the rest of a password that holds a dollar sign.
fn not_set(at: usize) -> Fault {
    let says = "no variable has the name after the dollar sign, so nothing stands here";
    let mend = "set it where Signet is started; a dollar sign that is meant as such is written $$";
    Fault { warning: true, ..Fault::new(at, MISSING, says, mend) }
}

#[cfg(test)]
mod tests {
    use super::super::environment::Variables;
    use super::*;

    fn expanded(text: &str) -> (Option<String>, Vec<Fault>) {
        let environment = [("HOST", "example.com"), ("A_1", "x"), ("AUTHELIA_SESSION_SECRET", "s3cr3t")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let variables = Variables::of(&environment);
        let outside = Outside { variables: &variables, source: text, files_read: Default::default() };
        let (made, faults) = expand(text, &outside);
        (made.map(|made| made.text), faults)
    }

    #[test]
    fn names_are_filled_in_as_go_reads_them() {
        for (text, becomes) in [
            ("a: $HOST", "a: example.com"),
            ("a: ${HOST}/x", "a: example.com/x"),
            ("$A_1.$A_1", "x.x"),
            ("$$HOST $", "$HOST $"),
            ("5$ %$%", "5$ %$%"),
            ("", ""),
            ("ü$HOSTü", "üexample.comü"),
        ] {
            assert_eq!(expanded(text), (Some(becomes.to_owned()), vec![]), "{text}");
        }
    }

    #[test]
    fn what_is_not_set_vanishes_with_a_warning_that_shows_no_password() {
        let (made, faults) = expanded("a: '$argon2id$v=19$NOBODY'\nb: $argon2id");
        assert_eq!(made.as_deref(), Some("a: '=19'\nb: "));
        assert_eq!(faults.len(), 3);
        assert!(faults.iter().all(|fault| fault.warning && fault.mend.contains("$$")));
        assert!(faults.iter().all(|fault| fault.says == faults[0].says), "{faults:?}");
        assert_eq!(faults.iter().map(|fault| fault.at).collect::<Vec<_>>(), [4, 13, 18]);
    }

    #[test]
    fn what_cannot_be_filled_in_is_an_error_with_its_place() {
        let (made, faults) = expanded("a\nb: $AUTHELIA_SESSION_SECRET ${");
        assert_eq!(made, None);
        assert_eq!(faults.iter().map(|fault| fault.at).collect::<Vec<_>>(), [5, 30]);
        assert!(!faults[0].says.contains("s3cr3t"));
        assert_eq!(expanded("${}").0, None);
    }
}
