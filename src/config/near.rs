//! The known name that was probably meant.

/// Longer than this no name is, those of variables included, in bytes; so nothing is near.
const LONGEST: usize = 96;

/// The nearest of the names, when one is near enough to be proposed. What begins several names proposes none of them.
pub(super) fn nearest<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if typed.len() > LONGEST {
        return None;
    }
    let allowed = (typed.chars().count() / 3).clamp(1, 4);
    let names: Vec<(usize, &str)> =
        names.map(|name| (distance(&typed.to_lowercase(), &name.to_lowercase()), name)).collect();
    let near = names.iter().filter(|(distance, _)| *distance <= allowed).min();
    let begun = || {
        let same = |name: &str| typed.len() > 3 && (name.starts_with(typed) || typed.starts_with(name));
        let mut begun = names.iter().filter(|(_, name)| same(name));
        begun.next().filter(|_| begun.next().is_none())
    };
    near.or_else(begun).map(|(_, name)| *name)
}

/// How many letters are added, missing, changed or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, to) in b.iter().enumerate() {
            let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX - 1);
            let mut best =
                (at(&above, j) + usize::from(from != to)).min(at(&above, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0
                && j > 0
                && i.checked_sub(1).and_then(|i| a.get(i)) == Some(to)
                && j.checked_sub(1).and_then(|j| b.get(j)) == Some(from);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_near_and_another_word_is_not() {
        let names = ["redirect_uris", "request_uris", "client_id", "client_name", "scopes", "public"];
        let near = |typed| nearest(typed, names.into_iter());
        assert_eq!(near("redirect_uri"), Some("redirect_uris"));
        assert_eq!(near("clinet_id"), Some("client_id"));
        assert_eq!(near("scope"), Some("scopes"));
        assert_eq!(near("Public"), Some("public"));
        assert_eq!(near("colour"), None);
        assert_eq!(near("redirect"), Some("redirect_uris"));
        assert_eq!(near("clie"), None, "it begins two names");
        assert_eq!(near(&format!("redirect_uris{}", "x".repeat(LONGEST))), None);
    }

    #[test]
    fn the_distance_counts_edits() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("ab", "ba"), 1);
    }
}
