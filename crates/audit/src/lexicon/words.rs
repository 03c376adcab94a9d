//! The words of a text as a lexicon compares them: lower case, without accents, apart from all punctuation.
//!
//! - `U.S.C.` and `USC` are one word, and so are `victim's` and `victims`.
//! - A point or a hyphen between digits belongs to the number: `273.5` is no `273`, and `26-211` no `211`.
//! - A word of letters and digits of which each stands on one side is two words: `PC459`, `459pc`, `10851veh`.
//!   A word that mixes them further is one code: `2604c2666`.

use std::str::Chars;

/// The longest word that can be compared. No longer one is in any lexicon.
pub(super) const LONGEST: u8 = 16;

/// The words of a text from some point on. Copying it is cheap, so that a phrase can be tried.
#[derive(Debug, Clone)]
pub(super) struct Words<'a> {
    rest: Chars<'a>,
    /// Whether the next word is the second half of one, and whether that is a code.
    half: Option<bool>,
}

/// A word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    /// Its folded letters, one in eight bits; none where it is too long to be compared.
    pub(super) key: Option<u128>,
    letters: u8,
    digits: u8,
    /// It belongs to a token with more digits than letters.
    code: bool,
}

impl<'a> Words<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { rest: text.chars(), half: None }
    }

    /// The next word, and the words after it.
    pub(super) fn split_first(&self) -> Option<(Word, Self)> {
        let mut rest = self.rest.clone();
        let first = loop {
            let letter = fold(rest.next()?);
            if letter.is_alphanumeric() {
                break letter;
            }
        };
        let mut token = Token::begin(first);
        loop {
            let here = rest.clone();
            let Some(next) = rest.next() else { break };
            let next = fold(next);
            if next.is_alphanumeric() {
                token.push(next, &here);
            } else if !token.joins(next, &rest) {
                rest = here;
                break;
            }
        }
        Some(token.word(self.half, rest))
    }
}

impl Word {
    pub(super) fn is_digits(self) -> bool {
        self.letters == 0
    }

    /// It is a number, or a code such as a case number is.
    pub(super) fn is_number(self) -> bool {
        self.code
    }

    /// It is long enough to say something that a reader might miss.
    pub(super) fn says_something(self) -> bool {
        self.letters >= 3
    }
}

/// What is read of a token so far: its word, and where it may have to be cut in two.
struct Token<'a> {
    word: Word,
    last: char,
    /// Letters that stood alone between points: `U.S.`
    dotted: bool,
    /// How often letters and digits took turns.
    turns: u8,
    /// The word and the text behind it at the first turn.
    cut: Option<(Word, Chars<'a>)>,
}

impl<'a> Token<'a> {
    fn begin(first: char) -> Self {
        let word = Word { key: Some(0), letters: 0, digits: 0, code: false };
        let mut token = Self { word, last: first, dotted: true, turns: 0, cut: None };
        token.append(first);
        token
    }

    fn push(&mut self, next: char, here: &Chars<'a>) {
        if next.is_ascii_digit() != self.last.is_ascii_digit() {
            self.turns = self.turns.saturating_add(1);
            if self.turns == 1 {
                self.cut = Some((self.word, here.clone()));
            }
        }
        self.dotted = self.dotted && self.last == '.';
        self.append(next);
        self.last = next;
    }

    /// Whether the token goes on behind a character that is neither letter nor digit.
    fn joins(&mut self, mark: char, after: &Chars<'a>) -> bool {
        let mut after = after.clone();
        let next = after.next().map_or(' ', fold);
        let digits = self.last.is_ascii_digit() && next.is_ascii_digit();
        match mark {
            '-' | '.' if digits => {
                self.shift(mark);
                true
            }
            '.' if self.dotted && self.last.is_alphabetic() && next.is_alphabetic() => {
                let alone = !after.next().is_some_and(char::is_alphanumeric);
                if alone {
                    self.last = '.';
                }
                alone
            }
            '\'' => self.last.is_alphabetic() && next.is_alphabetic(),
            _ => false,
        }
    }

    fn append(&mut self, letter: char) {
        let count =
            if letter.is_ascii_digit() { &mut self.word.digits } else { &mut self.word.letters };
        *count = count.saturating_add(1);
        self.shift(letter);
    }

    fn shift(&mut self, letter: char) {
        let byte = u8::try_from(letter).ok().filter(u8::is_ascii);
        let room = |key: &u128| key >> (8 * (u32::from(LONGEST) - 1)) == 0;
        self.word.key = match (self.word.key.filter(room), byte) {
            (Some(key), Some(byte)) => Some((key << 8) | u128::from(byte)),
            _ => None,
        };
    }

    fn word(self, half: Option<bool>, rest: Chars<'a>) -> (Word, Words<'a>) {
        let code = half.unwrap_or(self.word.digits > self.word.letters);
        match self.cut {
            Some((word, behind)) if self.turns == 1 => {
                (Word { code, ..word }, Words { rest: behind, half: Some(code) })
            }
            _ => (Word { code, ..self.word }, Words { rest, half: None }),
        }
    }
}

/// A letter without case and accent; the dashes and apostrophes of word processors as plain ones.
fn fold(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_lowercase();
    }
    match letter {
        'À'..='Å' | 'à'..='å' => 'a',
        'È'..='Ë' | 'è'..='ë' => 'e',
        'Ì'..='Ï' | 'ì'..='ï' => 'i',
        'Ò'..='Ö' | 'ò'..='ö' => 'o',
        'Ù'..='Ü' | 'ù'..='ü' => 'u',
        'Ç' | 'ç' => 'c',
        'Ñ' | 'ñ' => 'n',
        '\u{2010}'..='\u{2015}' => '-',
        '\u{2018}' | '\u{2019}' => '\'',
        other => other,
    }
}
