//! The order of laws: which answers are possible, given which rules are active for certain and of
//! which it is open (docs/packs.md, "How the rules combine").

/// What a rule does where it is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Modality {
    Must,
    MustNot,
    May,
    MayProtected,
    Refer,
}

impl Modality {
    pub(crate) fn named(forbids: bool, name: Option<&str>) -> Option<Self> {
        Some(match (forbids, name) {
            (true, None | Some("must_not")) => Self::MustNot,
            (false, None | Some("may")) => Self::May,
            (false, Some("must")) => Self::Must,
            (false, Some("may_protected")) => Self::MayProtected,
            (false, Some("refer")) => Self::Refer,
            _ => return None,
        })
    }
}

/// A set of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Words(u8);

impl Words {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const MUST: Self = Self(1);
    pub(crate) const MUST_NOT: Self = Self(2);
    pub(crate) const MAY: Self = Self(4);
    pub(crate) const UNREGULATED: Self = Self(8);
    pub(crate) const REFER: Self = Self(16);
    /// Every answer.
    pub(crate) const ANY: Self = Self(31);
    /// The answers that leave an act open.
    pub(crate) const OPEN: Self = Self(1 | 4 | 8);
    /// The answers that count as the same where open questions are weighed.
    const FREE: Self = Self(4 | 8);

    const NAMES: [(&str, Self); 5] = [
        ("must", Self::MUST),
        ("must_not", Self::MUST_NOT),
        ("may", Self::MAY),
        ("unregulated", Self::UNREGULATED),
        ("refer", Self::REFER),
    ];

    /// The answers listed, with commas or blanks between; none where there is none, or another.
    pub(crate) fn named(text: &str) -> Option<Self> {
        let mut all = Self::NONE;
        for name in text.split([',', ' ']).filter(|name| !name.is_empty()) {
            let (_, word) = Self::NAMES.iter().find(|(known, _)| *known == name)?;
            all = all.or(*word);
        }
        (all != Self::NONE).then_some(all)
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    pub(crate) const fn is_one(self) -> bool {
        self.0.count_ones() == 1
    }

    pub(crate) fn text(self) -> String {
        let names = Self::NAMES.iter().filter(|(_, word)| self.meets(*word)).map(|(name, _)| *name);
        names.collect::<Vec<_>>().join(" or ")
    }

    /// The answers that are possible where any of these ways may be how open questions fall: each
    /// way's possible answers.
    pub(crate) fn over(ways: &[Self]) -> Self {
        let any = ways.iter().fold(Self::NONE, |any, way| any.or(*way));
        if ways.len() == 1 || any.is_one() {
            return any;
        }
        if any.within(Self::FREE) {
            // It is `may` as soon as one way says so for certain.
            return if ways.contains(&Self::MAY) { Self::MAY } else { any };
        }
        // One word where every way may come to it; where they differ it is for counsel.
        let everywhere = |word: Self| {
            let same = if word.within(Self::FREE) { Self::FREE } else { word };
            any.meets(word) && ways.iter().all(|way| way.meets(same))
        };
        let words = Self::NAMES.iter().map(|(_, word)| *word).filter(|word| everywhere(*word));
        words.fold(Self::REFER, Self::or)
    }
}

/// A kind of rule that may be active: its layer, 0 the highest, its modality, and whether one is
/// active for certain.
pub(crate) type Kind = (usize, Modality, bool);

/// What has survived so far: for each modality the highest layer in which it stands. A higher layer
/// is a smaller number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Standing {
    must: Option<usize>,
    must_not: Option<usize>,
    may: Option<usize>,
    may_protected: Option<usize>,
    refer: Option<usize>,
}

/// The answers that are possible. `kinds` ascend.
pub(crate) fn possible(kinds: &[Kind]) -> Words {
    let mut standings = vec![Standing::default()];
    for layer in kinds.chunk_by(|a, b| a.0 == b.0) {
        let mut next = Vec::new();
        for before in standings {
            for chosen in choices(layer) {
                let after = before.with(&chosen);
                if !next.contains(&after) {
                    next.push(after);
                }
            }
        }
        standings = next;
    }
    standings.into_iter().fold(Words::NONE, |words, standing| words.or(standing.answer()))
}

/// Every way in which the open kinds of a layer are active or not.
fn choices(layer: &[Kind]) -> Vec<Vec<Kind>> {
    let mut choices = vec![Vec::new()];
    for &kind in layer {
        let mut with = choices.clone();
        with.iter_mut().for_each(|choice| choice.push(kind));
        let (_, _, certain) = kind;
        if certain {
            choices = with;
        } else {
            choices.extend(with);
        }
    }
    choices
}

impl Standing {
    /// Adds all active rules of one layer, which lies below all before. What surviving rules of
    /// higher layers make void falls away.
    fn with(self, kinds: &[Kind]) -> Self {
        let mut after = self;
        for &(layer, modality, _) in kinds {
            let (place, void) = match modality {
                Modality::Must => (&mut after.must, self.must_not.is_some()),
                Modality::MustNot => {
                    (&mut after.must_not, self.must.is_some() || self.may_protected.is_some())
                }
                Modality::May => (&mut after.may, false),
                Modality::MayProtected => (&mut after.may_protected, false),
                Modality::Refer => (&mut after.refer, false),
            };
            if !void {
                place.get_or_insert(layer);
            }
        }
        after
    }

    fn answer(self) -> Words {
        match self {
            Self { must: Some(_), must_not: Some(_), .. } => Words::REFER,
            Self { must_not: Some(_), .. } => Words::MUST_NOT,
            Self { must: Some(must), refer, .. } if refer.is_none_or(|refer| refer > must) => {
                Words::MUST
            }
            Self { refer: Some(_), .. } => Words::REFER,
            Self { may: Some(_), .. } | Self { may_protected: Some(_), .. } => Words::MAY,
            // A `must` that stands without a `refer` above it was taken before.
            _ => Words::UNREGULATED,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Modality::{May, MayProtected, Must, MustNot, Refer};

    /// Rows of kinds from the top, each active for certain, and the one answer.
    #[test]
    fn the_order_of_laws() {
        let rows: &[(&[(usize, Modality)], Words)] = &[
            (&[], Words::UNREGULATED),
            (&[(1, May)], Words::MAY),
            (&[(0, MayProtected)], Words::MAY),
            (&[(0, May), (1, MustNot)], Words::MUST_NOT),
            (&[(0, Must), (0, MustNot)], Words::REFER),
            (&[(0, Must), (1, MustNot)], Words::MUST),
            (&[(0, MustNot), (1, Must)], Words::MUST_NOT),
            (&[(0, MayProtected), (1, MustNot)], Words::MAY),
            (&[(1, MustNot), (1, MayProtected)], Words::MUST_NOT),
            (&[(0, MayProtected), (1, Must), (1, MustNot)], Words::MUST),
            (&[(0, MustNot), (1, Must), (2, MustNot)], Words::MUST_NOT),
            (&[(0, Must), (1, MustNot), (1, Refer)], Words::MUST),
            (&[(0, Refer), (1, Must)], Words::REFER),
            (&[(1, Must), (1, Refer)], Words::REFER),
            (&[(0, Must), (1, Refer)], Words::MUST),
            (&[(0, Refer), (1, MustNot)], Words::MUST_NOT),
            (&[(0, Refer), (1, May)], Words::REFER),
        ];
        for (kinds, answer) in rows {
            let certain: Vec<Kind> =
                kinds.iter().map(|&(layer, modality)| (layer, modality, true)).collect();
            assert_eq!(possible(&certain), *answer, "{kinds:?}");
        }
    }

    /// What may or may not be active leaves the answers of every combination.
    #[test]
    fn open_rules_leave_several_answers() {
        let all = |words: &[Words]| words.iter().fold(Words::NONE, |all, word| all.or(*word));
        let rows: &[(&[Kind], Words)] = &[
            (&[(0, May, false)], all(&[Words::MAY, Words::UNREGULATED])),
            (&[(0, MustNot, true), (1, May, false), (1, Must, false)], Words::MUST_NOT),
            (&[(0, Must, false), (1, MustNot, true)], all(&[Words::MUST, Words::MUST_NOT])),
            (&[(0, Must, false), (0, MustNot, true)], all(&[Words::REFER, Words::MUST_NOT])),
            (&[(0, Refer, false), (1, Must, true)], all(&[Words::REFER, Words::MUST])),
        ];
        for (kinds, answers) in rows {
            assert_eq!(possible(kinds), *answers, "{kinds:?}");
        }
    }

    /// Each way's possible answers, and those over all ways.
    #[test]
    fn ways_that_differ_are_for_counsel() {
        let (free, open) = (Words::MAY.or(Words::UNREGULATED), Words::MAY.or(Words::MUST_NOT));
        let rows: &[(&[Words], Words)] = &[
            (&[Words::MUST, Words::MUST], Words::MUST),
            (&[Words::MUST, Words::MUST_NOT], Words::REFER),
            (&[Words::MAY, Words::UNREGULATED], Words::MAY),
            (&[free, Words::UNREGULATED], free),
            (&[open, Words::MUST_NOT], Words::MUST_NOT.or(Words::REFER)),
            // More than there is: `unregulated` never comes of these.
            (&[open, Words::UNREGULATED], free.or(Words::REFER)),
            (&[open], open),
        ];
        for (ways, answers) in rows {
            assert_eq!(Words::over(ways), *answers, "{ways:?}");
        }
    }
}
