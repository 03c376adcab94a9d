//! Identities of figures, such as `requests = transfers + refusals`.

use std::fmt;

/// Two sums that must be equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equation {
    text: String,
    left: Vec<Term>,
    right: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    sign: i64,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Number(i64),
    Figure(String),
}

impl Equation {
    /// Reads one; the error is what is wrong with it.
    ///
    /// # Errors
    ///
    /// What it should look like.
    pub fn parse(text: &str) -> Result<Self, String> {
        const SHAPE: &str = "write it as a = b + c, with figures, whole numbers, + and -";
        let (left, right) = text.split_once('=').ok_or(SHAPE)?;
        let side = |text| sum(text).ok_or_else(|| SHAPE.to_owned());
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(Self { text, left: side(left)?, right: side(right)? })
    }

    /// The figures that it names.
    pub fn figures(&self) -> impl Iterator<Item = &str> {
        self.left.iter().chain(&self.right).filter_map(|term| match &term.what {
            What::Figure(name) => Some(name.as_str()),
            What::Number(_) => None,
        })
    }

    /// Both sides' values; none where a figure has no value, or a sum is too large.
    pub fn sides(&self, figure: impl Fn(&str) -> Option<i64>) -> Option<(i64, i64)> {
        let value = |side: &[Term]| {
            side.iter().try_fold(0_i64, |sum, term| {
                let value = match &term.what {
                    What::Number(number) => *number,
                    What::Figure(name) => figure(name)?,
                };
                sum.checked_add(value.checked_mul(term.sign)?)
            })
        };
        Some((value(&self.left)?, value(&self.right)?))
    }
}

impl fmt::Display for Equation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Terms with signs between them; each sign but the first stands after a term.
fn sum(text: &str) -> Option<Vec<Term>> {
    let spaced = text.replace('+', " + ").replace('-', " - ");
    let mut terms = Vec::new();
    let mut sign = Some(1);
    for word in spaced.split_whitespace() {
        match (word, sign) {
            ("+", None) => sign = Some(1),
            ("-", None) => sign = Some(-1),
            ("-", Some(1)) if terms.is_empty() => sign = Some(-1),
            (word, Some(its)) => {
                terms.push(Term { sign: its, what: what(word)? });
                sign = None;
            }
            _ => return None,
        }
    }
    (sign.is_none() && !terms.is_empty()).then_some(terms)
}

fn what(word: &str) -> Option<What> {
    if let Ok(number) = word.parse() {
        return Some(What::Number(number));
    }
    let plain = word.chars().all(|c| c.is_alphanumeric() || c == '_');
    (plain && !word.starts_with(|first: char| first.is_ascii_digit()))
        .then(|| What::Figure(word.to_owned()))
}
