//! Rust source as tokens, so that comments and strings do not mislead a rule about code.
//!
//! This is not a parser: it gives words, `::` and single marks, each with its line. That is enough
//! to find which names a file uses.

use std::iter::Peekable;
use std::str::Chars;

/// A word or a mark of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Counted from 1.
    pub line: usize,
    /// An identifier, keyword or number; `::`; or one other character.
    pub text: String,
}

/// The tokens of a source, without comments, string literals and character literals.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut reader = Reader {
        chars: source.chars().peekable(),
        line: 1,
    };
    let mut tokens = Vec::new();
    while let Some(&next) = reader.chars.peek() {
        let line = reader.line;
        if is_word(next) {
            let word = reader.word();
            if is_literal_prefix(&word) && reader.skip_prefixed_literal(&word) {
                continue;
            }
            tokens.push(Token { line, text: word });
        } else if let Some(text) = reader.mark() {
            tokens.push(Token { line, text });
        }
    }
    tokens
}

/// The direct children of `std` that the tokens name, with their lines: `std::fs`,
/// `use std::{fs, io}`.
pub fn std_modules(tokens: &[Token]) -> Vec<Token> {
    let mut modules = Vec::new();
    let mut rest = tokens;
    while let [first, after @ ..] = rest {
        rest = after;
        match after {
            [colons, tail @ ..] if first.text == "std" && colons.text == "::" => {
                modules.extend(children(tail));
            }
            _ => {}
        }
    }
    modules
}

/// The names right after a `::`: one word, or the first words of the items in braces.
fn children(tail: &[Token]) -> Vec<Token> {
    let Some(first) = tail.first() else {
        return Vec::new();
    };
    if first.text != "{" {
        return vec![first.clone()];
    }
    let mut names = Vec::new();
    let mut depth = 0_usize;
    let mut item_begins = false;
    for token in tail {
        match token.text.as_str() {
            "{" => {
                depth = depth.saturating_add(1);
                item_begins = depth == 1;
            }
            "}" => depth = depth.saturating_sub(1),
            "," => item_begins = depth == 1,
            _ => {
                if item_begins {
                    names.push(token.clone());
                }
                item_begins = false;
            }
        }
        if depth == 0 {
            break;
        }
    }
    names
}

struct Reader<'s> {
    chars: Peekable<Chars<'s>>,
    line: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.chars.next();
        if next == Some('\n') {
            self.line = self.line.saturating_add(1);
        }
        next
    }

    fn next_is(&mut self, wanted: char) -> bool {
        self.chars.peek() == Some(&wanted)
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(next) = self.chars.next_if(|&next| is_word(next)) {
            word.push(next);
        }
        word
    }

    /// Reads what is not a word. Returns nothing for white space, comments and literals, else the
    /// mark.
    fn mark(&mut self) -> Option<String> {
        let first = self.next()?;
        match first {
            '/' if self.next_is('/') => self.skip_line(),
            '/' if self.next_is('*') => self.skip_block_comment(),
            '"' => self.skip_string(),
            '\'' => self.skip_char_or_lifetime(),
            ':' if self.next_is(':') => {
                self.next();
                return Some("::".to_owned());
            }
            first if first.is_whitespace() => {}
            first => return Some(first.to_string()),
        }
        None
    }

    fn skip_line(&mut self) {
        while !self.next_is('\n') && self.next().is_some() {}
    }

    /// Block comments nest.
    fn skip_block_comment(&mut self) {
        let mut depth = 0_usize;
        let mut before = '/';
        while let Some(next) = self.next() {
            match (before, next) {
                ('/', '*') => depth = depth.saturating_add(1),
                ('*', '/') => depth = depth.saturating_sub(1),
                _ => {
                    before = next;
                    continue;
                }
            }
            // Neither mark counts twice: `/*/` does not close the comment.
            before = ' ';
            if depth == 0 {
                return;
            }
        }
    }

    fn skip_string(&mut self) {
        while let Some(next) = self.next() {
            match next {
                '\\' => {
                    self.next();
                }
                '"' => return,
                _ => {}
            }
        }
    }

    fn skip_char_or_lifetime(&mut self) {
        if self.next_is('\\') {
            self.next();
            self.next();
            // A longer escape: `'\u{1F600}'`.
            while !self.next_is('\'') && self.next().is_some() {}
            self.next();
        } else {
            let first = self.next();
            // A lifetime has no closing quote. No rule asks for its name.
            if !self.next_is('\'') && first.is_some_and(is_word) {
                self.word();
            } else {
                self.next();
            }
        }
    }

    /// Called after `r`, `b`, `br`, …: skips the literal, and returns whether there was one.
    fn skip_prefixed_literal(&mut self, prefix: &str) -> bool {
        if !prefix.contains('r') {
            let quoted = self.next_is('"') || (prefix == "b" && self.next_is('\''));
            if quoted {
                self.mark();
            }
            return quoted;
        }
        let mut hashes = 0_usize;
        while self.next_is('#') {
            self.next();
            hashes = hashes.saturating_add(1);
        }
        // `r#type` is a word. It is read next.
        if !self.next_is('"') {
            return hashes > 0;
        }
        self.next();
        self.skip_raw_string(hashes);
        true
    }

    fn skip_raw_string(&mut self, hashes: usize) {
        while let Some(next) = self.next() {
            if next != '"' {
                continue;
            }
            let mut seen = 0_usize;
            while seen < hashes && self.next_is('#') {
                self.next();
                seen = seen.saturating_add(1);
            }
            if seen == hashes {
                return;
            }
        }
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn is_literal_prefix(word: &str) -> bool {
    matches!(word, "r" | "b" | "br" | "c" | "cr")
}
