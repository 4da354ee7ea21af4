//! The sources, and every path that stands in them.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};

/// A path as written, in the module it stands in.
pub struct Mention {
    pub module: Vec<String>,
    pub segments: Vec<String>,
    pub line: usize,
    pub in_tests: bool,
}

/// All Rust files under src/, with forward slashes, relative to the crate.
pub fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("src/ is readable") {
            let path = entry.expect("src/ is readable").path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    walk(&root.join("src"), &mut files);
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let name =
                path.strip_prefix(root).expect("below the crate").display().to_string().replace('\\', "/");
            (name, fs::read_to_string(&path).expect("a source is UTF-8"))
        })
        .collect()
}

/// `src/storage/grants.rs` → `storage`; `src/lib.rs` → none.
pub fn room_of(file: &str) -> Option<String> {
    module_of(file).into_iter().next()
}

/// `src/web/pages/mod.rs` → `web`, `pages`.
fn module_of(file: &str) -> Vec<String> {
    let inner = file.trim_start_matches("src/").trim_end_matches(".rs");
    let mut module: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        module.pop();
    }
    module
}

pub fn lines_of_code(text: &str) -> usize {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text).lines().count()
}

/// The path from the crate's root, or nothing when it has more `super` than there are modules.
pub fn resolve(mention: &Mention) -> Option<Vec<String>> {
    let mut at = mention.module.clone();
    let mut rest = mention.segments.as_slice();
    while let [first, tail @ ..] = rest {
        match first.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => {
                at.pop()?;
            }
            _ => break,
        }
        rest = tail;
    }
    at.extend_from_slice(rest);
    Some(at)
}

/// Every path of a file; or the line at which it is no Rust, and why.
pub fn mentions(file: &str, text: &str) -> Result<Vec<Mention>, (usize, String)> {
    let tokens: TokenStream = text.parse().map_err(|error: proc_macro2::LexError| {
        (error.span().start().line, format!("is not Rust: {error}"))
    })?;
    let mut mentions = Vec::new();
    scan(tokens, &module_of(file), false, &mut mentions);
    Ok(mentions)
}

/// Collects every path of two or more segments, and every single name after `use` or `extern crate`.
fn scan(tokens: TokenStream, module: &[String], in_tests: bool, mentions: &mut Vec<Mention>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut test_attribute = false;
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Punct(punct) if punct.as_char() == ';' => test_attribute = false,
            TokenTree::Group(group) => {
                let text = group.stream().to_string().replace(' ', "");
                if group.delimiter() == Delimiter::Bracket && text.starts_with("cfg(test") {
                    test_attribute = true;
                }
                scan(group.stream(), module, in_tests || test_attribute, mentions);
                if group.delimiter() == Delimiter::Brace {
                    test_attribute = false;
                }
            }
            TokenTree::Ident(word) if *word == "mod" => {
                if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
                    (tokens.get(at + 1), tokens.get(at + 2))
                {
                    let mut inner = module.to_vec();
                    inner.push(name.to_string());
                    scan(body.stream(), &inner, in_tests || test_attribute, mentions);
                    test_attribute = false;
                    at += 3;
                    continue;
                }
            }
            TokenTree::Ident(_) if starts_a_path(&tokens, at) => {
                let line = tokens[at].span().start().line;
                let (paths, next) = path(&tokens, at, in_tests, module, mentions);
                let named = at > 0 && matches!(&tokens[at - 1], TokenTree::Ident(word) if *word == "use");
                let external = at > 1
                    && matches!(&tokens[at - 1], TokenTree::Ident(word) if *word == "crate")
                    && matches!(&tokens[at - 2], TokenTree::Ident(word) if *word == "extern");
                let many = paths.len() > 1;
                for segments in paths {
                    if many || segments.len() > 1 || named || external {
                        let module = module.to_vec();
                        mentions.push(Mention {
                            module,
                            segments,
                            line,
                            in_tests: in_tests || test_attribute,
                        });
                    }
                }
                at = next;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
}

/// Words after which `::name` begins a path instead of going on with one.
fn is_keyword(word: &Ident) -> bool {
    const KEYWORDS: &[&str] = &[
        "use", "pub", "return", "break", "in", "as", "dyn", "impl", "for", "where", "mut", "ref", "const",
        "if", "else", "match", "while", "let", "move", "unsafe",
    ];
    KEYWORDS.contains(&word.to_string().as_str())
}

/// An identifier that is not a keyword, the tail of a path, a field, a macro's variable or a lifetime.
fn starts_a_path(tokens: &[TokenTree], at: usize) -> bool {
    if matches!(&tokens[at], TokenTree::Ident(word) if is_keyword(word)) {
        return false;
    }
    let Some(before) = at.checked_sub(1).map(|before| &tokens[before]) else { return true };
    let TokenTree::Punct(punct) = before else { return true };
    match punct.as_char() {
        '.' | '\'' => false,
        '$' => matches!(&tokens[at], TokenTree::Ident(word) if *word == "crate"),
        // `::sqlx::query` starts a path, `a::b` has its start before, `x: crate::y` is a type.
        ':' => {
            let double = at >= 2
                && matches!(&tokens[at - 2], TokenTree::Punct(first)
                    if first.as_char() == ':' && first.spacing() == Spacing::Joint);
            let continues = at >= 3
                && match &tokens[at - 3] {
                    TokenTree::Ident(word) => !is_keyword(word),
                    TokenTree::Punct(angle) => angle.as_char() == '>',
                    _ => false,
                };
            !(double && continues)
        }
        _ => true,
    }
}

/// All paths that begin at `at` (several when a `use` tree branches) and the index of the first token after them.
fn path(
    tokens: &[TokenTree],
    mut at: usize,
    in_tests: bool,
    module: &[String],
    mentions: &mut Vec<Mention>,
) -> (Vec<Vec<String>>, usize) {
    let mut segments = Vec::new();
    while let Some(TokenTree::Ident(word)) = tokens.get(at) {
        segments.push(word.to_string().trim_start_matches("r#").to_owned());
        at += 1;
        if !is_double_colon(tokens, at) {
            return (vec![segments], at);
        }
        match tokens.get(at + 2) {
            Some(TokenTree::Ident(_)) => at += 2,
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                return (branches(&segments, group, in_tests, module, mentions), at + 3);
            }
            Some(TokenTree::Punct(star)) if star.as_char() == '*' => {
                segments.push("*".to_owned());
                return (vec![segments], at + 3);
            }
            // A turbofish: the path ends here for our purpose, its arguments are scanned as tokens of their own.
            _ => return (vec![segments], at + 2),
        }
    }
    (vec![segments], at)
}

/// `a::{b, c::d}` → `a::b`, `a::c::d`.
fn branches(
    stem: &[String],
    group: &Group,
    in_tests: bool,
    module: &[String],
    mentions: &mut Vec<Mention>,
) -> Vec<Vec<String>> {
    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
    let mut all = Vec::new();
    for branch in inner.split(|token| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',')) {
        let tails = match branch.first() {
            None => continue,
            Some(TokenTree::Ident(_)) => path(branch, 0, in_tests, module, mentions).0,
            Some(TokenTree::Punct(star)) if star.as_char() == '*' => vec![vec!["*".to_owned()]],
            Some(_) => {
                scan(branch.iter().cloned().collect(), module, in_tests, mentions);
                continue;
            }
        };
        for mut tail in tails {
            // `a::{self}` is `a`.
            if tail.first().is_some_and(|word| word == "self") {
                tail.remove(0);
            }
            all.push(stem.iter().cloned().chain(tail).collect());
        }
    }
    all
}

fn is_double_colon(tokens: &[TokenTree], at: usize) -> bool {
    matches!(
        (tokens.get(at), tokens.get(at + 1)),
        (Some(TokenTree::Punct(first)), Some(TokenTree::Punct(second)))
            if first.as_char() == ':' && first.spacing() == Spacing::Joint && second.as_char() == ':'
    )
}
