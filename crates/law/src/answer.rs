//! Answers: what the law says to a question, in one word and with its reasons.

use crate::vocabulary::FactId;

/// An answer in one word.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// The law commands the act.
    Must,
    /// The law forbids it.
    MustNot,
    /// The law permits it.
    May,
    /// These laws are silent about it.
    Unregulated,
    /// Counsel decides: by rule, because two rules conflict, or because it turns on an open
    /// question.
    Refer,
    /// The answer depends on facts that are not known.
    NeedsFacts,
}

impl Word {
    /// Every answer.
    pub const ALL: [Self; 6] =
        [Self::Must, Self::MustNot, Self::May, Self::Unregulated, Self::Refer, Self::NeedsFacts];

    /// As it is written in packs and replies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::MustNot => "must_not",
            Self::May => "may",
            Self::Unregulated => "unregulated",
            Self::Refer => "refer",
            Self::NeedsFacts => "needs_facts",
        }
    }

    /// The answer of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|word| word.name() == name)
    }

    /// How much stands against the act: nothing, counsel's word, or a prohibition.
    #[must_use]
    pub const fn strictness(self) -> u8 {
        match self {
            Self::Must | Self::May | Self::Unregulated => 0,
            Self::Refer | Self::NeedsFacts => 1,
            Self::MustNot => 2,
        }
    }

    /// Whether nothing stands against the act: open questions that fall between such answers do not
    /// matter.
    pub(crate) const fn leaves_free(self) -> bool {
        matches!(self, Self::May | Self::Unregulated)
    }
}

/// What the law says at one point of the facts. Rules are numbered within their program.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Outcome {
    pub(crate) word: Word,
    /// With [`Word::May`]: no lower law may forbid it.
    pub(crate) protected: bool,
    /// With [`Word::Refer`]: two rules of one layer bind both ways.
    pub(crate) conflict: bool,
    /// With [`Word::Refer`]: the answers between which an open question stands; else empty.
    pub(crate) between: Vec<Word>,
    /// The controlling rules, strongest first.
    pub(crate) controlling: Vec<u16>,
}

impl Outcome {
    /// An answer by these rules, neither protected nor in conflict nor contested.
    pub(crate) const fn plain(word: Word, controlling: Vec<u16>) -> Self {
        Self { word, protected: false, conflict: false, between: Vec::new(), controlling }
    }

    pub(crate) const fn contested(&self) -> bool {
        !self.between.is_empty()
    }

    /// Whether the act is commanded, or would be as one open question or conflict may fall.
    pub(crate) fn may_command(&self) -> bool {
        self.word == Word::Must || self.conflict || self.between.contains(&Word::Must)
    }

    /// The outcome that holds in each of these: their common answer with the rules they share,
    /// where they agree on one.
    pub(crate) fn common(
        mut outcomes: impl Iterator<Item = impl std::ops::Deref<Target = Self>>,
    ) -> Option<Self> {
        let mut common = outcomes.next()?.clone();
        for outcome in outcomes {
            if outcome.word != common.word {
                return None;
            }
            common.protected &= outcome.protected;
            common.conflict &= outcome.conflict;
            if outcome.between.is_empty() {
                common.between.clear();
            } else if !common.between.is_empty() {
                common.between.extend_from_slice(&outcome.between);
                common.between.sort_unstable();
                common.between.dedup();
            }
            common.controlling.retain(|rule| outcome.controlling.contains(rule));
            if common.controlling.is_empty() && common.word != Word::Unregulated {
                return None;
            }
        }
        Some(common)
    }

    /// The outcome over all ways in which open questions may fall, given the outcome of each way.
    pub(crate) fn over_open_questions(ways: &[Self]) -> Self {
        let Some(first) = ways.first() else { return Self::plain(Word::Unregulated, Vec::new()) };
        let agree = ways.iter().all(|way| {
            way.word == first.word || (way.word.leaves_free() && first.word.leaves_free())
        });
        let shared = |rule: &u16| ways.iter().all(|way| way.controlling.contains(rule));
        let mut every: Vec<u16> = Vec::new();
        for rule in ways.iter().flat_map(|way| &way.controlling) {
            if !every.contains(rule) {
                every.push(*rule);
            }
        }
        if agree {
            // Where one way is silent and another permits, the permitting rule is worth citing.
            let word =
                if ways.iter().any(|way| way.word == Word::May) { Word::May } else { first.word };
            if every.iter().any(shared) {
                every.retain(shared);
            }
            let (protected, conflict) =
                (ways.iter().all(|way| way.protected), ways.iter().all(|way| way.conflict));
            return Self { word, protected, conflict, between: Vec::new(), controlling: every };
        }
        let mut between: Vec<Word> = ways.iter().map(|way| way.word).collect();
        between.sort_unstable();
        between.dedup();
        Self { word: Word::Refer, protected: false, conflict: false, between, controlling: every }
    }
}

/// A fact whose stated value is ignored because a law settles it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// The fact.
    pub fact: FactId,
    /// The class it is settled to.
    pub class: u8,
    /// The instrument, by its place in [`crate::Law::instruments`].
    pub instrument: usize,
}
