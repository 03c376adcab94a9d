//! Names of organizations as lists write them.
//!
//! A [`Name`] is read by rules alone. Two names are one where their [`Name::key`] is equal: case,
//! punctuation and the common ways to write `PD`, `SO`, `DA` and the state do not count; nothing else
//! is taken to be the same.

mod canonical;
pub mod state;

pub use state::{How, State};

/// A word of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) word: String,
    /// 0 outside brackets, else which pair of brackets.
    pub(crate) group: usize,
    /// The brackets are square: a tag that somebody set, as in `[Federal]`.
    pub(crate) tag: bool,
    /// A dash, comma or colon stands before it.
    pub(crate) dash: bool,
    /// A comma stands before it.
    pub(crate) comma: bool,
}

/// A name, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    tokens: Vec<Token>,
    found: Vec<state::Found>,
}

/// Counties whose names no other state has, with their states.
pub type Counties = [(String, &'static State)];

/// Marks that say something of an account and nothing of whom it belongs to.
const MARKS: [&[&str]; 5] =
    [&["do", "not", "use"], &["dnu"], &["deactivated"], &["inactive"], &["decommissioned"]];

impl Name {
    /// Reads a name.
    #[must_use]
    pub fn read(text: &str, counties: &Counties) -> Self {
        let tokens = canonical::canonical(&tokens(text));
        let found = state::find(&tokens, counties);
        Self { tokens, found }
    }

    /// The state that it speaks of; none where it speaks of none, or of several.
    #[must_use]
    pub fn state(&self) -> Option<(&'static State, How)> {
        let plainest = self.plain_states().next()?;
        self.plain_states()
            .all(|other| other.state == plainest.state)
            .then_some((plainest.state, plainest.how))
    }

    /// The different states that it speaks of, where it contradicts itself.
    #[must_use]
    pub fn contradicting_states(&self) -> Option<(&'static State, &'static State)> {
        let first = self.plain_states().next()?;
        let other = self.plain_states().find(|found| found.state != first.state)?;
        Some((first.state, other.state))
    }

    /// A written state name counts only where no code stands: `Missouri City TX PD` is in Texas. The
    /// name of a state's own agency always counts.
    fn plain_states(&self) -> impl Iterator<Item = &state::Found> {
        let has_code = self.found.iter().any(|found| matches!(found.how, How::Bracket | How::Code));
        self.found.iter().filter(move |found| {
            !has_code
                || matches!(found.how, How::Bracket | How::Code | How::OwnAgency | How::University)
        })
    }

    /// The words of square brackets, in each: `[Federal]`.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().filter(|token| token.tag).map(|token| token.word.as_str())
    }

    /// Marks on the account, such as `deactivated`.
    #[must_use]
    pub fn marks(&self) -> Vec<String> {
        let words = self.all_words();
        MARKS.iter().filter(|mark| holds(&words, mark)).map(|mark| mark.join(" ")).collect()
    }

    /// All words, without those that say the state and without marks.
    #[must_use]
    pub fn words(&self) -> Vec<&str> {
        self.without_state(|_| true)
    }

    /// The words outside brackets, without those that say the state and without marks.
    #[must_use]
    pub fn core(&self) -> Vec<&str> {
        self.without_state(|token| token.group == 0)
    }

    /// What two names must share to be one.
    #[must_use]
    pub fn key(&self) -> String {
        self.key_in(self.state().map(|(state, _)| state))
    }

    /// Its key if it were in that state.
    #[must_use]
    pub fn key_in(&self, state: Option<&State>) -> String {
        key_of(&self.words(), state)
    }

    /// Its key if it were in that state and nobody had tagged it.
    #[must_use]
    pub fn untagged_key_in(&self, state: Option<&State>) -> String {
        key_of(&self.without_state(|token| !token.tag), state)
    }

    /// All words in their one spelling, whatever they say.
    pub(crate) fn spelled(&self) -> Vec<String> {
        self.tokens.iter().map(|token| token.word.clone()).collect()
    }

    /// The state whose own university it is, by its name: `University of California`.
    #[must_use]
    pub fn own_university(&self) -> Option<&'static State> {
        let (told, _) = self.state()?;
        self.found.iter().any(|found| found.how == How::University).then_some(told)
    }

    /// Whether it begins with its state's name as the state's own departments do.
    #[must_use]
    pub fn is_own_department(&self) -> bool {
        let own = self.found.iter().find(|found| found.how == How::OwnAgency);
        own.and_then(|found| self.tokens.get(found.span.1)).is_some_and(|next| {
            matches!(next.word.as_str(), "dept" | "dps" | "division" | "highway")
        })
    }

    fn all_words(&self) -> Vec<&str> {
        self.tokens.iter().map(|token| token.word.as_str()).collect()
    }

    fn without_state(&self, wanted: impl Fn(&Token) -> bool) -> Vec<&str> {
        let state = |at: usize| {
            self.found.iter().any(|found| {
                (found.span.0..found.span.1).contains(&at)
                    && matches!(found.how, How::Bracket | How::Code | How::Written)
            })
        };
        let words: Vec<&str> = self
            .tokens
            .iter()
            .enumerate()
            .filter(|&(at, token)| !state(at) && wanted(token))
            .map(|(_, token)| token.word.as_str())
            .collect();
        without_marks(words)
    }
}

fn key_of(words: &[&str], state: Option<&State>) -> String {
    let rest = match words {
        ["the", rest @ ..] => rest,
        all => all,
    };
    let rest = match rest {
        ["city" | "town", "of", place @ ..] if place.contains(&"pd") => place,
        all => all,
    };
    let code = state.map_or("", |state| state.code);
    format!("{} @{code}", rest.join(" "))
}

fn without_marks(mut words: Vec<&str>) -> Vec<&str> {
    for mark in MARKS {
        while let Some(at) = find(&words, mark) {
            words.drain(at..at + mark.len());
        }
    }
    words
}

/// Where the phrase stands among the words.
pub(crate) fn find(words: &[&str], phrase: &[&str]) -> Option<usize> {
    words.windows(phrase.len().max(1)).position(|window| window == phrase)
}

fn holds(words: &[&str], phrase: &[&str]) -> bool {
    find(words, phrase).is_some()
}

/// Cuts a name into words: lower case, without apostrophes and dots of abbreviations.
fn tokens(text: &str) -> Vec<Token> {
    let slug = is_slug(text);
    let mut cut = Cutter::default();
    for letter in text.chars() {
        cut.take(if slug && letter == '-' { ' ' } else { letter });
    }
    cut.end_word();
    cut.tokens
}

/// Whether it is a name as addresses on the web have it, with hyphens for blanks: `la-verne-ca-pd`.
fn is_slug(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.contains('-') && text.bytes().all(plain)
}

#[derive(Default)]
struct Cutter {
    tokens: Vec<Token>,
    word: String,
    /// The word so far is letters with a dot after each, as in `S.O`.
    dotted: bool,
    dash: bool,
    comma: bool,
    groups: usize,
    group: usize,
    tag: bool,
}

impl Cutter {
    fn take(&mut self, letter: char) {
        match letter {
            '\'' | '\u{2019}' | '\u{2018}' | '`' | '\u{200b}' | '\u{feff}' => {}
            '.' if self.word.chars().count() == 1 || self.dotted => self.dotted = true,
            '&' => {
                self.end_word();
                self.word.push_str("and");
                self.end_word();
            }
            '(' | '[' => {
                self.end_word();
                self.groups += 1;
                (self.group, self.tag) = (self.groups, letter == '[');
            }
            ')' | ']' => {
                self.end_word();
                (self.group, self.tag) = (0, false);
            }
            letter if letter.is_alphanumeric() => {
                self.word.extend(letter.to_lowercase());
            }
            other => {
                self.end_word();
                self.comma |= other == ',';
                self.dash |= matches!(other, ',' | ':' | '-' | '\u{2010}'..='\u{2015}');
            }
        }
    }

    fn end_word(&mut self) {
        self.dotted = false;
        if self.word.is_empty() {
            return;
        }
        self.tokens.push(Token {
            word: std::mem::take(&mut self.word),
            group: self.group,
            tag: self.tag,
            dash: std::mem::take(&mut self.dash),
            comma: std::mem::take(&mut self.comma),
        });
    }
}
