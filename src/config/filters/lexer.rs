//! A template as text and actions, and an action as tokens: the words of Go's text/template.

use super::{Fault, LIMIT};

/// White space of Go's templates, which a dash eats.
const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];
/// More pieces than these are no configuration.
const MAX_PARTS: usize = 200_000;

/// A word of an action.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Space,
    Text(String),
    Integer(i64),
    Float(f64),
    Flag(bool),
    /// A function, or a word such as `if`.
    Name(String),
    /// `.name`
    Field(String),
    /// `$name`, with its dollar sign.
    Variable(String),
    Dot,
    Pipe,
    Comma,
    Declare,
    Assign,
    Open,
    Close,
}

/// A token and its first byte.
pub(super) type Spotted = (usize, Token);

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// Text as it stands, from a byte on, without the white space that dashes eat.
    Text(usize, String),
    /// `{{ … }}`: its first byte, and its tokens.
    Action(usize, Vec<Spotted>),
}

/// Splits a template.
///
/// # Errors
/// The first action that is not one.
pub(super) fn split(source: &str) -> Result<Vec<Part>, Fault> {
    let mut parts = Vec::new();
    let mut cursor = Cursor { source, at: 0 };
    let mut eat = false;
    loop {
        let rest = cursor.rest();
        let (before, opened) = match rest.split_once("{{") {
            Some((before, _)) => (before, true),
            None => (rest, false),
        };
        let action = cursor.at + before.len();
        let mut text = before;
        if eat {
            text = text.trim_start_matches(SPACE);
        }
        let begin = action - text.len();
        cursor.at = action;
        let dash = opened && cursor.skip("{{") && cursor.rest().starts_with('-') && is_space(cursor.second());
        if dash {
            text = text.trim_end_matches(SPACE);
            cursor.at += 2;
        }
        if !text.is_empty() {
            parts.push(Part::Text(begin, text.to_owned()));
        }
        if !opened {
            return Ok(parts);
        }
        if parts.len() > MAX_PARTS {
            let says = format!("the template has more than {MAX_PARTS} pieces");
            return Err(Fault::new(action, LIMIT, says, "split the file, or check that it is the right one"));
        }
        eat = if cursor.skip("/*") {
            cursor.comment(action)?
        } else {
            let (tokens, eat) = cursor.action(action)?;
            parts.push(Part::Action(action, tokens));
            eat
        };
    }
}

fn is_space(character: Option<char>) -> bool {
    character.is_some_and(|c| SPACE.contains(&c))
}

fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

struct Cursor<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Cursor<'s> {
    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    fn skip(&mut self, word: &str) -> bool {
        let found = self.rest().starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &'s str {
        let rest = self.rest();
        let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    /// The end of an action, when it stands here: whether white space behind it is eaten.
    fn end(&mut self) -> Option<bool> {
        if self.skip("}}") {
            return Some(false);
        }
        let eats = is_space(self.rest().chars().next())
            && self.rest().get(1..).is_some_and(|rest| rest.starts_with("-}}"));
        if eats {
            self.at += " -}}".len();
        }
        eats.then_some(true)
    }

    fn comment(&mut self, action: usize) -> Result<bool, Fault> {
        match self.rest().split_once("*/") {
            Some((comment, _)) => self.at += comment.len() + "*/".len(),
            None => return Err(Fault::bad(action, "the comment is not closed", "close it with `*/}}`")),
        }
        self.end().ok_or_else(|| {
            Fault::bad(self.at, "a comment must end its action", "write `}}` or ` -}}` right behind `*/`")
        })
    }

    fn action(&mut self, action: usize) -> Result<(Vec<Spotted>, bool), Fault> {
        let mut tokens = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        loop {
            let at = self.at;
            if let Some(eat) = self.end() {
                return match open.pop() {
                    Some(at) => Err(Fault::bad(at, "the parenthesis is not closed", "close it with `)`")),
                    None => Ok((tokens, eat)),
                };
            }
            let Some(first) = self.rest().chars().next() else {
                return Err(Fault::bad(action, "the action is not closed", "close it with `}}`"));
            };
            match first {
                '(' => open.push(at),
                ')' if open.pop().is_none() => {
                    return Err(Fault::bad(at, "no parenthesis is open here", "take the `)` out"));
                }
                _ => {}
            }
            tokens.push((at, self.token(first)?));
        }
    }

    fn token(&mut self, first: char) -> Result<Token, Fault> {
        let at = self.at;
        let single = |token| (first.len_utf8(), token);
        let (length, token) = match first {
            c if SPACE.contains(&c) => {
                self.spaces();
                return Ok(Token::Space);
            }
            '"' => return self.quoted(),
            '`' => return self.raw(),
            '$' => return self.variable(),
            '.' if !self.second().is_some_and(|c| c.is_ascii_digit()) => return self.field(),
            '.' | '+' | '-' | '0'..='9' => return self.number(),
            c if is_word(c) => return self.name(),
            '|' => single(Token::Pipe),
            ',' => single(Token::Comma),
            '(' => single(Token::Open),
            ')' => single(Token::Close),
            '=' => single(Token::Assign),
            ':' if self.second() == Some('=') => (2, Token::Declare),
            '/' => {
                return Err(Fault::bad(
                    at,
                    "a comment must be alone in its action",
                    "write it right behind the braces: `{{/* … */}}` or `{{- /* … */ -}}`",
                ));
            }
            '\'' => {
                return Err(Fault::bad(
                    at,
                    "single quotes hold no text here",
                    "write it between \" and \", or between ` and `",
                ));
            }
            _ => {
                return Err(Fault::bad(
                    at,
                    format!("the character {} means nothing here", shown(first)),
                    "put text between \" and \", or between ` and `",
                ));
            }
        };
        self.at += length;
        Ok(token)
    }

    /// White space, but for the one character that belongs to a dash which ends the action.
    fn spaces(&mut self) {
        let spaces = self.take_while(|c| SPACE.contains(&c));
        if self.rest().starts_with("-}}") && spaces.len() > 1 {
            self.at -= 1;
        }
    }

    /// What comes after a name, field or variable must end it.
    fn ends_here(&self, token: Token) -> Result<Token, Fault> {
        match self.rest().chars().next() {
            None => Ok(token),
            Some(c) if SPACE.contains(&c) || ".,|:()".contains(c) || self.rest().starts_with("}}") => {
                Ok(token)
            }
            Some(c) => Err(Fault::bad(
                self.at,
                format!("the character {} does not belong into a name", shown(c)),
                "put a space between a name and what comes after it",
            )),
        }
    }

    fn name(&mut self) -> Result<Token, Fault> {
        let token = match self.take_while(is_word) {
            "true" => Token::Flag(true),
            "false" => Token::Flag(false),
            name => Token::Name(name.to_owned()),
        };
        self.ends_here(token)
    }

    fn field(&mut self) -> Result<Token, Fault> {
        self.at += 1;
        let name = self.take_while(is_word).to_owned();
        self.ends_here(if name.is_empty() { Token::Dot } else { Token::Field(name) })
    }

    fn variable(&mut self) -> Result<Token, Fault> {
        self.at += 1;
        let name = format!("${}", self.take_while(is_word));
        self.ends_here(Token::Variable(name))
    }

    fn number(&mut self) -> Result<Token, Fault> {
        let at = self.at;
        let rest = self.rest();
        let mut before = ' ';
        let end = rest.find(|c: char| {
            let sign = "+-".contains(c) && (before == ' ' || "eE".contains(before));
            before = c;
            !(sign || c == '.' || is_word(c))
        });
        let text = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        self.at += text.len();
        read_number(text).ok_or_else(|| {
            Fault::bad(
                at,
                "this is no number",
                "write digits, such as 10 or -1.5; put text between \" and \"",
            )
        })
    }

    fn raw(&mut self) -> Result<Token, Fault> {
        let at = self.at;
        self.at += 1;
        let Some((text, _)) = self.rest().split_once('`') else {
            return Err(Fault::bad(at, "the text is not closed", "close it with `"));
        };
        self.at += text.len() + 1;
        Ok(Token::Text(text.replace('\r', "")))
    }

    fn quoted(&mut self) -> Result<Token, Fault> {
        let at = self.at;
        self.at += 1;
        let mut text = String::new();
        let mut characters = self.rest().char_indices();
        while let Some((offset, character)) = characters.next() {
            match character {
                '"' => {
                    self.at += offset + 1;
                    return Ok(Token::Text(text));
                }
                '\n' => break,
                '\\' => match escape(&mut characters) {
                    Some(character) => text.push(character),
                    None => {
                        return Err(Fault::bad(
                            self.at + offset,
                            "a backslash is followed by what it does not go with",
                            "write \\\\ for a backslash, or put the text between ` and `",
                        ));
                    }
                },
                character => text.push(character),
            }
        }
        Err(Fault::bad(at, "the text is not closed", "close it with \" on the same line"))
    }
}

/// The rest of an escape in a text, as Go writes them. Bytes that are no character have none here.
fn escape(characters: &mut std::str::CharIndices<'_>) -> Option<char> {
    let (_, kind) = characters.next()?;
    let mut code = |digits: usize, radix: u32, first: Option<char>| {
        let mut number = 0u32;
        for next in first.into_iter().chain(characters.take(digits).map(|(_, c)| c)) {
            number = number.checked_mul(radix)?.checked_add(next.to_digit(radix)?)?;
        }
        Some(number)
    };
    Some(match kind {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' => '\\',
        '"' => '"',
        'x' => char::from_u32(code(2, 16, None)?).filter(char::is_ascii)?,
        'u' => char::from_u32(code(4, 16, None)?)?,
        'U' => char::from_u32(code(8, 16, None)?)?,
        '0'..='7' => char::from_u32(code(2, 8, Some(kind))?).filter(char::is_ascii)?,
        _ => return None,
    })
}

/// A number as Go writes one; a leading zero would mean eight to some and ten to others.
fn read_number(text: &str) -> Option<Token> {
    let (sign, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) => (if text.starts_with('-') { "-" } else { "" }, digits),
        None => ("", text),
    };
    let prefix = digits.get(..2).unwrap_or_default().to_ascii_lowercase();
    let radix = match prefix.as_str() {
        "0x" => 16,
        "0o" => 8,
        "0b" => 2,
        _ => 10,
    };
    if radix != 10 {
        let digits = digits.get(2..).unwrap_or_default();
        let plain = digits.starts_with(|c: char| c.is_digit(radix));
        return plain
            .then(|| i64::from_str_radix(&format!("{sign}{digits}"), radix).ok())?
            .map(Token::Integer);
    }
    let number = format!("{sign}{digits}");
    if digits.starts_with(|c: char| c.is_ascii_digit()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let plain = digits == "0" || !digits.starts_with('0');
        return plain.then(|| number.parse().ok())?.map(Token::Integer);
    }
    let plain = digits.contains(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || ".eE+-".contains(c))
        && !(digits.starts_with('0')
            && digits.get(1..2).is_some_and(|c| c.as_bytes().iter().all(u8::is_ascii_digit)));
    plain.then(|| number.parse().ok())?.filter(|number: &f64| number.is_finite()).map(Token::Float)
}

/// A character in a message.
fn shown(character: char) -> String {
    if character.is_ascii_graphic() {
        format!("'{character}'")
    } else {
        format!("U+{:04X}", u32::from(character))
    }
}
