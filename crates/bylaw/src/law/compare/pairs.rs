//! The kinds of situation of an act, grouped by what the two laws answer, and told in sentences.

use std::cmp::Reverse;

use bylaw_law::{Class, Comparison, Word, compare::share};

use super::{
    super::{
        count::percent,
        words::{self, capital, says},
    },
    Report,
};
use crate::args::Only;

/// All kinds of situation in which the laws give one pair of answers.
pub(super) struct Group<'a> {
    pub(super) a: Word,
    pub(super) b: Word,
    pub(super) cases: u128,
    /// The largest first.
    pub(super) classes: Vec<&'a Class>,
}

/// One law forbids and the other does not, first; then counsel, duties, and the rest; of each the
/// largest first.
pub(super) fn groups(act: &Comparison) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for class in &act.classes {
        let (a, b, cases) = (class.a, class.b, class.cases);
        match groups.iter_mut().find(|group| (group.a, group.b) == (a, b)) {
            Some(group) => {
                group.cases += cases;
                group.classes.push(class);
            }
            None => groups.push(Group { a, b, cases, classes: vec![class] }),
        }
    }
    groups.sort_by_key(|group| (rank(group), Reverse(group.cases)));
    groups
}

fn rank(group: &Group<'_>) -> usize {
    let answers = [group.a, group.b];
    let order = [Word::MustNot, Word::Refer, Word::Must];
    order.iter().position(|word| answers.contains(word)).unwrap_or(order.len())
}

/// How the possible cases of an act fall, in the order in which a bar shows them: where the first
/// law is stricter on the left, where the second is on the right, what they agree on between.
pub(super) struct Fall {
    pub(super) shares: [f64; 9],
}

impl Fall {
    /// The parts' classes in the style sheet.
    pub(super) const CLASSES: [&'static str; 9] = [
        "first",
        "first-counsel",
        "both-forbid",
        "both-same",
        "silent",
        "otherwise",
        "left-out",
        "second-counsel",
        "second",
    ];

    pub(super) fn of(act: &Comparison) -> Self {
        let mut cases = [0; 9];
        for class in &act.classes {
            let place = match (class.a, class.b) {
                (Word::MustNot, _) => 0,
                (_, Word::MustNot) => 8,
                _ if class.looser() => 1,
                _ if class.stricter() => 7,
                _ => 5,
            };
            add(&mut cases, place, class.cases);
        }
        for &(word, agreeing) in &act.agreeing {
            let place = match word {
                Word::MustNot => 2,
                Word::Must | Word::May | Word::Refer | Word::NeedsFacts => 3,
                Word::Unregulated => 4,
            };
            add(&mut cases, place, agreeing);
        }
        let shown: u128 = cases.iter().sum();
        add(&mut cases, 6, act.cases.saturating_sub(shown));
        Self { shares: cases.map(|part| share(part, act.cases)) }
    }

    /// The share in which the first law is stricter, in which the second is, and in which they
    /// differ otherwise.
    pub(super) fn stricter(&self) -> [f64; 3] {
        let [first, first_counsel, _, _, _, otherwise, _, second_counsel, second] = self.shares;
        [first + first_counsel, second + second_counsel, otherwise]
    }
}

fn add(cases: &mut [u128; 9], place: usize, more: u128) {
    if let Some(part) = cases.get_mut(place) {
        *part += more;
    }
}

const OTHERWISE: &str = "one requires or permits in words what the other does not";

impl Report<'_> {
    /// What the parts of the bars mean, in the order of [`Fall::CLASSES`].
    pub(super) fn parts(&self) -> [String; 9] {
        let (a, b) = (&self.pair.a_name, &self.pair.b_name);
        [
            capital(&format!("{a} forbids, {b} does not")),
            capital(&format!("{a} asks counsel, {b} leaves free")),
            "both forbid".to_owned(),
            "both require, permit or ask counsel".to_owned(),
            "both say nothing".to_owned(),
            "one requires or permits in words, the other does not".to_owned(),
            "they differ in a way not asked for".to_owned(),
            capital(&format!("{b} asks counsel, {a} leaves free")),
            capital(&format!("{b} forbids, {a} does not")),
        ]
    }

    /// Who is stricter about an act, and what the two say most often where they differ.
    pub(super) fn sentence(&self, act: &Comparison) -> String {
        let (a, b) = (&self.pair.a_name, &self.pair.b_name);
        let [first, second, otherwise] = Fall::of(act).stricter();
        let mut groups = groups(act);
        groups.sort_by_key(|group| Reverse(group.cases));
        if let [only] = groups.as_slice() {
            let share = percent(share(only.cases, act.cases));
            return format!("In {share} of cases {}.", self.answers(only.a, only.b));
        }
        let stricter = [(b, second), (a, first)].into_iter().filter(|&(_, share)| share > 0.0);
        let stricter: Vec<String> = stricter
            .map(|(name, share)| format!("{name} is stricter in {} of cases", percent(share)))
            .collect();
        let mut sentence = match (stricter.is_empty(), otherwise > 0.0) {
            (false, true) => {
                format!("{}; in {} {OTHERWISE}.", stricter.join(", "), percent(otherwise))
            }
            (false, false) => format!("{}.", stricter.join(", ")),
            (true, _) => format!("in {} of cases {OTHERWISE}.", percent(otherwise)),
        };
        sentence = capital(&sentence);
        if let Some(most) = groups.first() {
            sentence += &format!(" Most often {}.", self.answers(most.a, most.b));
        }
        sentence
    }

    /// `Los Angeles forbids it and Texas requires it`.
    pub(super) fn answers(&self, a: Word, b: Word) -> String {
        format!("{} {} and {} {}", self.pair.a_name, says(a), self.pair.b_name, says(b))
    }

    /// In how many kinds of situation the answers differ.
    pub(super) fn outcome(&self) -> String {
        let acts = self.differing.len() + self.same.len();
        let acts = words::number(acts, "act", "acts");
        let kinds = words::number(self.kinds(), "kind", "kinds");
        let about = self.differing.len();
        let (a, b) = (&self.pair.a_name, &self.pair.b_name);
        match (self.kinds(), self.actors.0, self.pair.drafted) {
            (_, 0, _) => capital(&format!(
                "No kind of staff is bound by both {a} and {b}: there is nothing to compare."
            )),
            (0, ..) if self.only.is_some() => {
                format!("In no case is {b} {} than {a}.", self.way())
            }
            (0, _, true) => {
                format!("The draft changes no answer about {acts} on {}.", self.pair.a.on)
            }
            (0, _, false) => "They answer alike in every case.".to_owned(),
            (_, _, true) => format!(
                "The draft changes the answer in {kinds} of situation, about {about} of {acts}."
            ),
            (_, _, false) => {
                format!("They answer differently in {kinds} of situation, about {about} of {acts}.")
            }
        }
    }

    /// In which way they differ, where only that was asked for.
    fn way(&self) -> &'static str {
        if self.only == Some(Only::Looser) { "looser" } else { "stricter" }
    }

    /// Whom and what the comparison leaves out, a sentence each.
    pub(super) fn limits(&self) -> Vec<String> {
        let (pair, law) = (&self.pair, self.pair.a.law);
        let mut limits = Vec::new();
        if self.only.is_some() && self.kinds() > 0 {
            let (a, b) = (&pair.a_name, &pair.b_name);
            limits.push(format!("Only cases in which {b} is {} than {a}.", self.way()));
        }
        let every = law.vocabulary.facts.get(law.vocabulary.actor_kind()).map_or(0, words::every);
        let (asked, only_a, only_b) = self.actors;
        if self.actor.is_some() {
            limits.push(format!("Only one kind of staff: {}.", words::staff(law, asked, every)));
            return limits;
        }
        for (name, only) in [(&pair.a_name, only_a), (&pair.b_name, only_b)] {
            if only != 0 {
                let kinds = words::staff(law, only, every);
                limits.push(format!("Not compared, as only {name} binds them: {kinds}."));
            }
        }
        if let Some(day) = pair.later() {
            limits.push(format!(
                "A change that the draft makes on {day} is not compared here: --on {day} shows it."
            ));
        }
        limits
    }
}
