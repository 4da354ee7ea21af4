//! Usernames: which are safe to have in a directory, and when two of them are the same person.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The longest username in characters.
const LONGEST: usize = 128;

/// The longest text in characters that is looked up: no name and no e-mail address is as long.
const LONGEST_TYPED: usize = 512;

/// What was typed, as it is looked up: NFKC (Unicode Standard Annex #15) without space around it.
pub(crate) fn typed(name: &str) -> String {
    let normal: String = name.chars().take(LONGEST_TYPED).nfkc().collect();
    normal.trim().to_owned()
}

/// The one form of all spellings that count as the same name: NFKC, without case, without space around it.
pub(crate) fn fold(name: &str) -> String {
    // Lower case of upper case folds what has no simple pair (ß, ſ, ς); the second round settles what the
    // normalisation of the folded text brings up again.
    let mut folded = typed(name);
    for _ in 0..2 {
        let cased: String =
            folded.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
        folded = typed(&cased);
    }
    folded
}

/// What a name looks like: letters of other scripts that cannot be told from Latin ones become those.
pub(crate) fn look(name: &str) -> String {
    fold(name).chars().map(latin_twin).collect()
}

/// Why a name cannot stand in a directory, in words; `None` when it can.
pub(crate) fn fault(name: &str) -> Option<&'static str> {
    if name.trim().is_empty() {
        return Some("the username is empty");
    }
    if name.chars().count() > LONGEST {
        return Some("the username is longer than 128 characters");
    }
    if name.trim() != name {
        return Some("the username begins or ends with space");
    }
    if name.ends_with(['.', '。']) {
        return Some("the username ends with a full stop");
    }
    if name.chars().any(char::is_control) {
        return Some("the username holds a control character");
    }
    if name.chars().any(is_invisible) {
        return Some(
            "the username holds a character that cannot be seen or that turns the direction of the text",
        );
    }
    if name.chars().next().is_some_and(is_combining_mark) {
        return Some("the username begins with a combining mark");
    }
    if !name.nfkc().eq(name.chars()) {
        return Some("the username is not in its normal form (Unicode NFKC), so another text looks the same");
    }
    None
}

/// Characters that take no room or steer their neighbours: zero-width and direction marks, fillers, variation
/// selectors, tags, and spaces other than U+0020.
fn is_invisible(character: char) -> bool {
    matches!(
        u32::from(character),
        0x00AD
            | 0x034F
            | 0x061C
            | 0x115F..=0x1160
            | 0x17B4..=0x17B5
            | 0x180B..=0x180F
            | 0x200B..=0x200F
            | 0x2028..=0x202E
            | 0x2060..=0x206F
            | 0x3164
            | 0xFE00..=0xFE0F
            | 0xFEFF
            | 0xFFA0
            | 0xFFF0..=0xFFFB
            | 0xE000..=0xF8FF
            | 0x1BCA0..=0x1BCA3
            | 0x1D173..=0x1D17A
            | 0xE0000..=0x10FFFF
    ) || (character.is_whitespace() && character != ' ')
}

/// The Latin letter that one of another script or alphabet (Cyrillic, Greek, Armenian, Coptic, Lisu, phonetic and small
/// capital letters) cannot be told from, in lower case or in upper case.
fn latin_twin(character: char) -> char {
    match character {
        'а' | 'α' | 'ɑ' | 'ᴀ' | 'ꓮ' => 'a',
        'ь' | 'в' | 'β' | 'ʙ' | 'ꓐ' | 'ⲃ' => 'b',
        'с' | 'ϲ' | 'ᴄ' | 'ꓚ' | 'ⲥ' => 'c',
        'ԁ' | 'ᴅ' | 'ꓓ' => 'd',
        'е' | 'ε' | 'ᴇ' | 'ꓰ' | 'ⲉ' => 'e',
        'ꜰ' | 'ꓝ' => 'f',
        'ɡ' | 'ɢ' | 'ꓖ' => 'g',
        'һ' | 'հ' | 'н' | 'η' | 'ʜ' | 'ꓧ' | 'ⲏ' => 'h',
        'і' | 'ι' | 'ɩ' | 'ɪ' | 'ꓲ' | 'ⲓ' => 'i',
        'ј' | 'ϳ' | 'ᴊ' | 'ꓙ' => 'j',
        'к' | 'κ' | 'ᴋ' | 'ꓗ' | 'ⲕ' => 'k',
        'ӏ' | 'ǀ' | 'ʟ' | 'ꓡ' => 'l',
        'м' | 'μ' | 'ᴍ' | 'ꓟ' | 'ⲙ' => 'm',
        'ո' | 'ɴ' | 'ꓠ' | 'ⲛ' => 'n',
        'о' | 'ο' | 'օ' | 'ᴏ' | 'ꓳ' | 'ⲟ' => 'o',
        'р' | 'ρ' | 'ᴘ' | 'ꓑ' | 'ⲣ' => 'p',
        'ԛ' => 'q',
        'ʀ' | 'ꓣ' => 'r',
        'ѕ' | 'ꜱ' | 'ꓢ' => 's',
        'т' | 'τ' | 'ᴛ' | 'ꓔ' | 'ⲧ' => 't',
        'υ' | 'ս' | 'ᴜ' | 'ꓴ' | 'ʋ' => 'u',
        'ν' | 'ѵ' | 'ᴠ' | 'ꓦ' | 'ⲩ' => 'v',
        'ԝ' | 'ᴡ' | 'ꓪ' => 'w',
        'х' | 'χ' | 'ꓫ' | 'ⲭ' => 'x',
        'у' | 'γ' | 'ү' | 'ʏ' | 'ꓬ' => 'y',
        'ζ' | 'ᴢ' | 'ꓜ' | 'ⲍ' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_name_fold_to_one() {
        for spelling in ["bob", "Bob", "BOB", " bob ", "bob\u{a0}", "ｂｏｂ", "ＢＯＢ", "\tBoB\n"] {
            assert_eq!(fold(spelling), "bob", "{spelling:?}");
        }
        assert_eq!(fold("STRASSE"), fold("straße"));
        assert_eq!(fold("ΣΙΣΥΦΟΣ"), fold("σισυφος"));
        assert_ne!(fold("bob"), fold("bobby"));
    }

    #[test]
    fn names_that_deceive_are_refused() {
        for name in [
            "",
            " ",
            " bob",
            "bob ",
            "bob.",
            "bo\0b",
            "bo\nb",
            "bo\u{7f}b",
            "bo\u{200b}b",
            "bo\u{200d}b",
            "\u{202e}bob",
            "bo\u{2066}b",
            "bo\u{ad}b",
            "bo\u{feff}b",
            "bo\u{3164}b",
            "bo\u{a0}b",
            "ｂob",
            "\u{301}bob",
            "rene\u{301}",
        ] {
            assert!(fault(name).is_some(), "{name:?}");
        }
        assert!(fault(&"b".repeat(129)).is_some());
    }

    #[test]
    fn ordinary_names_of_any_script_are_accepted() {
        for name in [
            "bob",
            "Bob",
            "bob.smith",
            "bob@example.com",
            "bob smith",
            "rené",
            "Борис",
            "山田",
            "o'neil",
            "DOM\\bob",
        ] {
            assert_eq!(fault(name), None, "{name:?}");
        }
    }

    #[test]
    fn letters_of_another_script_that_look_the_same_are_the_same_look() {
        assert_eq!(look("аӏісе"), look("alice"));
        assert_eq!(look("АLICE"), look("ALICE"));
        assert_eq!(look("ВОВ"), look("BOB"));
        assert_ne!(look("алиса"), look("alice"));
    }

    proptest! {
        #[test]
        fn folding_a_folded_name_changes_nothing(name in "\\PC{0,20}") {
            let folded = fold(&name);
            prop_assert_eq!(fold(&folded), folded);
        }
    }
}
