//! From the text that a filter made back to the text that it was made of.

use std::ops::Range;

/// How many characters lie between two marks of an [`Index`].
const STRIDE: usize = 64;

/// Where lines and characters of a text begin.
#[derive(Clone, Debug)]
struct Index {
    text: String,
    /// The byte and the character with which each line begins.
    lines: Vec<(usize, usize)>,
    /// The byte of every 64th character.
    marks: Vec<usize>,
}

impl Index {
    fn of(text: &str) -> Self {
        let mut lines = vec![(0, 0)];
        let mut marks = Vec::new();
        let mut characters = text.char_indices().enumerate().peekable();
        while let Some((number, (byte, character))) = characters.next() {
            if number % STRIDE == 0 {
                marks.push(byte);
            }
            let next = characters.peek().map(|(_, (_, next))| *next);
            if character == '\n' || (character == '\r' && next != Some('\n')) {
                lines.push((byte + character.len_utf8(), number + 1));
            }
        }
        Self { text: text.to_owned(), lines, marks }
    }

    /// Line and column, both from 1, of a byte; a byte inside a character is that character's.
    fn place(&self, byte: usize) -> (u32, u32) {
        let byte = byte.min(self.text.len());
        let line = self.lines.partition_point(|(begin, _)| *begin <= byte).max(1);
        let begin = self.lines.get(line - 1).map_or(0, |(_, character)| *character);
        (cap(line), cap(self.character(byte).saturating_sub(begin) + 1))
    }

    /// The number of the character at a byte.
    fn character(&self, byte: usize) -> usize {
        let mark = self.marks.partition_point(|mark| *mark <= byte).saturating_sub(1);
        let from = self.marks.get(mark).copied().unwrap_or_default();
        let rest = self.text.get(from..).unwrap_or_default();
        mark * STRIDE + rest.char_indices().take_while(|(at, c)| from + at + c.len_utf8() <= byte).count()
    }

    /// The byte at a line and column; what lies outside counts as the nearest inside.
    fn byte(&self, line: u32, column: u32) -> usize {
        let line = usize::try_from(line).unwrap_or(usize::MAX).clamp(1, self.lines.len().max(1));
        let (begin, character) = self.lines.get(line - 1).copied().unwrap_or_default();
        let end = self.lines.get(line).map_or(self.text.len(), |(next, _)| *next);
        let character = character + usize::try_from(column).unwrap_or(usize::MAX).saturating_sub(1);
        let Some(mark) = self.marks.get(character / STRIDE).copied() else { return end };
        let rest = self.text.get(mark..).unwrap_or_default();
        let within = rest.char_indices().nth(character % STRIDE).map_or(rest.len(), |(at, _)| at);
        (mark + within).clamp(begin, end)
    }
}

fn cap(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A stretch of the text that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stretch {
    /// Its first byte.
    begin: usize,
    /// The byte of the input that it came from.
    from: usize,
    /// Whether it is copied byte by byte, rather than put in by what stands at `from`.
    copied: bool,
}

/// The text that a filter made, stretch by stretch.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    pub(super) text: String,
    stretches: Vec<Stretch>,
}

impl Made {
    /// Adds text of the input, which begins at a byte of it.
    pub(super) fn copy(&mut self, from: usize, text: &str) {
        self.add(from, text, true);
    }

    /// Adds what stands for something at a byte of the input.
    pub(super) fn put(&mut self, from: usize, text: &str) {
        self.add(from, text, false);
    }

    fn add(&mut self, from: usize, text: &str, copied: bool) {
        if !text.is_empty() {
            self.stretches.push(Stretch { begin: self.text.len(), from, copied });
            self.text.push_str(text);
        }
    }

    /// Everything that was put in.
    pub(super) fn puts(&self) -> impl Iterator<Item = &str> {
        self.ranges().filter(|(stretch, _)| !stretch.copied).filter_map(|(_, range)| self.text.get(range))
    }

    fn ranges(&self) -> impl Iterator<Item = (&Stretch, Range<usize>)> {
        let ends = self.stretches.iter().skip(1).map(|next| next.begin).chain([self.text.len()]);
        self.stretches.iter().zip(ends).map(|(stretch, end)| (stretch, stretch.begin..end))
    }

    fn input_byte(&self, byte: usize) -> usize {
        let index = self.stretches.partition_point(|stretch| stretch.begin <= byte).saturating_sub(1);
        match self.stretches.get(index) {
            Some(stretch) if stretch.copied => stretch.from + byte.saturating_sub(stretch.begin),
            Some(stretch) => stretch.from,
            None => 0,
        }
    }
}

/// From a place in the present text to the place in the file.
#[derive(Clone, Debug)]
pub(in crate::config) struct Places {
    file: Index,
    /// The present text, when it is no longer that of the file, and every step that led to it.
    present: Option<Index>,
    steps: Vec<Made>,
}

impl Places {
    /// A text as it stands in its file.
    pub(super) fn of(file: &str) -> Self {
        Self { file: Index::of(file), present: None, steps: Vec::new() }
    }

    /// The same after one more filter.
    pub(super) fn after(mut self, made: &Made) -> Self {
        self.present = Some(Index::of(&made.text));
        self.steps.push(made.clone());
        self
    }

    /// Where a byte of the present text came from: line and column, from 1.
    pub(super) fn of_byte(&self, byte: usize) -> (u32, u32) {
        self.file.place(self.steps.iter().rev().fold(byte, |byte, step| step.input_byte(byte)))
    }

    /// Where a line and column of the present text, both from 1, came from.
    pub(in crate::config) fn of_place(&self, line: u32, column: u32) -> (u32, u32) {
        self.of_byte(self.present.as_ref().unwrap_or(&self.file).byte(line, column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_a_text_has_its_place_and_is_found_there() {
        let text = "a: ü\r\nbb: 𝄞x\rc\n\nlast";
        let index = Index::of(text);
        let places: Vec<_> = text.char_indices().map(|(byte, _)| index.place(byte)).collect();
        assert_eq!(places[0], (1, 1));
        assert_eq!(index.place(text.find('x').unwrap()), (2, 6));
        assert_eq!(index.place(text.find("last").unwrap()), (5, 1));
        for (byte, _) in text.char_indices() {
            let (line, column) = index.place(byte);
            assert_eq!(index.byte(line, column), byte);
        }
        assert_eq!(index.byte(99, 99), text.len());
        assert_eq!(index.byte(0, 0), 0);
        assert_eq!(Index::of("").place(7), (1, 1));
    }

    #[test]
    fn long_lines_are_found_by_their_marks() {
        let text = format!("{}\n{}", "ü".repeat(1000), "x".repeat(1000));
        let index = Index::of(&text);
        assert_eq!(index.place(2 * 777), (1, 778));
        assert_eq!(index.byte(2, 500), 2001 + 499);
    }

    #[test]
    fn what_is_put_in_is_told_where_the_action_stands() {
        let mut made = Made::default();
        made.copy(0, "a: ");
        made.put(3, "one\ntwo\n");
        made.copy(9, "\nb: 1");
        let places = Places::of("a: {{ x }}\nb: 1".replace("{{ x }}", "{{ x}}").as_str()).after(&made);
        assert_eq!(places.of_place(1, 1), (1, 1));
        assert_eq!(places.of_place(1, 4), (1, 4));
        assert_eq!(places.of_place(2, 3), (1, 4));
        assert_eq!(places.of_place(4, 1), (2, 1));
        assert_eq!(places.of_place(4, 4), (2, 4));
    }
}
