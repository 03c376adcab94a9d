//! Words that the reports about whole laws share.

use bylaw_law::{Law, Side, Word, vocabulary::Fact};

use super::summary::names;

/// Said wherever shares of cases are shown.
pub(super) const SHARES: &str = "Shares are of all possible cases, each counted once: they say how far the law reaches, not how often a thing happens.";

/// `1 kind`, `2 kinds`.
pub(super) fn number(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// What a law that answers so does about an act.
pub(super) const fn says(word: Word) -> &'static str {
    match word {
        Word::Must => "requires it",
        Word::MustNot => "forbids it",
        Word::May => "permits it",
        Word::Unregulated => "says nothing",
        Word::Refer => "leaves it to counsel",
        Word::NeedsFacts => "needs more facts",
    }
}

/// What people call the place, or its path where it has no name of its own.
pub(super) fn place(side: Side<'_>) -> String {
    names::name(&side.jurisdiction.path)
}

/// The kinds of staff of a group, or those missing from it where these are few.
pub(super) fn staff(law: &Law, group: u64, all: u64) -> String {
    let kinds = law.vocabulary.facts.get(law.vocabulary.actor_kind());
    kinds.map_or_else(String::new, |kinds| values(kinds, group, all))
}

/// The values that stand in a set (one bit a class), or those missing from it where these are few.
pub(super) fn values(fact: &Fact, set: u64, all: u64) -> String {
    let (within, without) = (labels(fact, set), labels(fact, all & !set));
    if without.is_empty() {
        "all".to_owned()
    } else if without.len() * 2 <= within.len() {
        format!("all but {}", list(&without))
    } else {
        list(&within)
    }
}

/// Every class of a fact, one bit each.
pub(super) fn every(fact: &Fact) -> u64 {
    (0..fact.classes()).fold(0, |all, class| all | 1 << class)
}

/// The text with its first letter in upper case.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>());
    first.unwrap_or_default() + letters.as_str()
}

fn labels(fact: &Fact, set: u64) -> Vec<String> {
    (0..fact.classes())
        .filter(|class| set & (1 << class) != 0)
        .map(|class| label(fact, class))
        .collect()
}

/// A value without what its label explains in brackets, unless another would read the same.
fn label(fact: &Fact, class: u8) -> String {
    let whole = fact.class_label(class);
    let short = |label: &str| label.split(" (").next().unwrap_or(label).to_owned();
    let own = short(&whole);
    let alike = (0..fact.classes()).filter(|&other| short(&fact.class_label(other)) == own).count();
    if alike == 1 { own } else { whole }
}

/// `a, b and c`, with semicolons where commas would mislead.
fn list(words: &[String]) -> String {
    if words.len() > 1 && words.iter().any(|word| word.contains(", ")) {
        words.join("; ")
    } else {
        names::list(words)
    }
}

#[cfg(test)]
mod tests {
    use super::{capital, number};

    #[test]
    fn one_and_many() {
        assert_eq!(number(1, "kind", "kinds"), "1 kind");
        assert_eq!(number(0, "kind", "kinds"), "0 kinds");
    }

    #[test]
    fn sentences_begin_with_a_capital() {
        assert_eq!(capital("the draft"), "The draft");
        assert_eq!(capital(""), "");
    }
}
