//! The vocabulary's schema: facts with their finitely many values, acts, and what holds in every
//! possible world.

use std::collections::BTreeMap;

use crate::cedar::{Expression, Reader, expression};

/// A set of values of one fact, one bit a value or a class of numbers.
pub(crate) type Set = u64;

/// The most values or classes of numbers a fact may have: one bit each.
const MOST: usize = 64;

#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    pub(crate) facts: BTreeMap<String, Domain>,
    pub(crate) actions: Vec<String>,
    pub(crate) always: Vec<Expression>,
}

/// The values of a fact.
#[derive(Debug)]
pub(crate) enum Domain {
    /// Named values: of a Cedar type, or `false` and `true`.
    Names { kind: Option<String>, names: Vec<String> },
    /// Whole numbers from the first to before the last of these, each beginning a class: within a
    /// class no condition tells them apart.
    Numbers(Vec<i64>),
}

impl Vocabulary {
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut reader = Reader::new(text)?;
        let mut vocabulary = Self::default();
        let mut kinds = BTreeMap::new();
        let mut fields = Vec::new();
        while !reader.at_end() {
            reader.notes()?;
            if reader.take("entity") {
                let name = reader.word()?;
                if reader.take("enum") {
                    reader.expect("[")?;
                    let mut names = reader.list("]", Reader::text)?;
                    names.retain(|name| name != "unknown");
                    kinds.insert(name, names);
                }
            } else if reader.take("type") {
                for sign in ["Facts", "=", "{"] {
                    reader.expect(sign)?;
                }
                fields.extend(reader.list("}", |reader| {
                    let notes = reader.notes()?;
                    let name = reader.word()?;
                    reader.expect(":")?;
                    Ok((name, notes, reader.word()?))
                })?);
            } else {
                reader.expect("action")?;
                vocabulary.actions.push(reader.word()?);
                skip_applies_to(&mut reader)?;
            }
            reader.expect(";")?;
        }
        for (name, notes, kind) in fields {
            vocabulary.always.extend(notes.get("always").map(|text| expression(text)).transpose()?);
            let domain = match kind.as_str() {
                "Bool" => Domain::Names { kind: None, names: vec!["false".into(), "true".into()] },
                "Long" => range(notes.get("range").map_or("", String::as_str))
                    .ok_or_else(|| format!("`{name}` has no @range"))?,
                _ => {
                    let names = kinds.get(&kind).cloned();
                    let names = names.ok_or_else(|| format!("`{name}`: no values of {kind}"))?;
                    Domain::Names { kind: Some(kind), names }
                }
            };
            domain.check().map_err(|why| format!("`{name}` {why}"))?;
            if vocabulary.facts.insert(name.clone(), domain).is_some() {
                return Err(format!("`{name}` stands twice"));
            }
        }
        if matches!(vocabulary.facts.get("actor_kind"), Some(Domain::Names { .. })) {
            Ok(vocabulary)
        } else {
            Err("there is no `actor_kind`".to_owned())
        }
    }

    /// Has classes of numbers end where this comparison tells numbers apart.
    pub(crate) fn cut(&mut self, fact: &str, sign: &str, number: i64) -> Result<(), String> {
        let Some(Domain::Numbers(starts)) = self.facts.get_mut(fact) else {
            return Ok(());
        };
        let (low, high) = interval(sign, number);
        for cut in [low, high.saturating_add(1)] {
            if let Err(place) = starts.binary_search(&cut)
                && place > 0
                && place < starts.len()
            {
                starts.insert(place, cut);
            }
        }
        if starts.len() > MOST + 1 {
            return Err(format!("`{fact}` is compared with too many numbers"));
        }
        Ok(())
    }
}

impl Domain {
    /// All values.
    pub(crate) fn all(&self) -> Set {
        let count = match self {
            Self::Names { names, .. } => names.len(),
            Self::Numbers(starts) => starts.len() - 1,
        };
        (0..count).fold(0, |all, value| all | 1 << value)
    }

    /// The one value of that name.
    pub(crate) fn named(&self, name: &str) -> Option<Set> {
        let Self::Names { names, .. } = self else { return None };
        names.iter().position(|known| known == name).map(|value| 1 << value)
    }

    /// The classes that have a number from `low` to `high`.
    pub(crate) fn between(&self, low: i64, high: i64) -> Set {
        let Self::Numbers(starts) = self else { return 0 };
        let classes = starts.iter().zip(starts.iter().skip(1)).enumerate();
        classes
            .filter(|&(_, (&start, &end))| start <= high && low < end)
            .fold(0, |set, (class, _)| set | 1 << class)
    }

    /// The values in words.
    pub(crate) fn words(&self, set: Set) -> Vec<String> {
        let word = |value: usize| match self {
            Self::Names { names, .. } => names.get(value).cloned(),
            Self::Numbers(starts) => {
                let (first, next) = (starts.get(value)?, starts.get(value + 1)?);
                Some(format!("{first}..{}", next - 1))
            }
        };
        (0..MOST).filter(|value| set & (1 << value) != 0).filter_map(word).collect()
    }

    fn check(&self) -> Result<(), &'static str> {
        match self {
            Self::Names { names, .. } if names.is_empty() => Err("has no values"),
            Self::Names { names, .. } if names.len() > MOST => Err("has too many values"),
            _ => Ok(()),
        }
    }
}

/// The numbers, from the first to the last, for which `fact sign number` holds; those of `!=` are
/// all others than these.
pub(crate) fn interval(sign: &str, number: i64) -> (i64, i64) {
    match sign {
        "<" => (i64::MIN, number.saturating_sub(1)),
        "<=" => (i64::MIN, number),
        ">" => (number.saturating_add(1), i64::MAX),
        ">=" => (number, i64::MAX),
        _ => (number, number),
    }
}

fn range(text: &str) -> Option<Domain> {
    let (low, high) = text.split_once("..")?;
    let (low, high): (i64, i64) = (low.parse().ok()?, high.parse().ok()?);
    (low <= high && high < i64::MAX).then(|| Domain::Numbers(vec![low, high + 1]))
}

/// `appliesTo { … }`: to whom acts apply plays no part.
fn skip_applies_to(reader: &mut Reader) -> Result<(), String> {
    reader.expect("appliesTo")?;
    reader.expect("{")?;
    reader.list("}", |reader| {
        reader.word()?;
        reader.expect(":")?;
        reader.word()
    })?;
    Ok(())
}
