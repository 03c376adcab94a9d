//! Copies of one search, brought together and compared.

use rustc_hash::FxHashSet;

use super::{
    Difference, EXAMPLES, Kind, Linked,
    note::Note,
    releases::{self, Pairs},
};
use crate::{
    lexicon::Strength,
    log::{cell::State, output::OutputError, row::Field},
};

/// A difference shows no more places than this.
const PLACES: usize = 8;

/// Fields that state a purpose.
const PURPOSE: [Field; 4] = [Field::Reason, Field::Offense, Field::Case, Field::Prompt];

/// Compares searches, lot after lot.
pub(super) struct Copies<'a> {
    linked: Linked,
    pairs: Pairs,
    each: &'a mut dyn FnMut(&Difference) -> Result<(), OutputError>,
}

impl<'a> Copies<'a> {
    pub(super) fn new(
        days: &[releases::Days],
        each: &'a mut dyn FnMut(&Difference) -> Result<(), OutputError>,
    ) -> Self {
        Self { linked: Linked::default(), pairs: Pairs::new(days), each }
    }

    /// Compares the searches of a lot: all copies of each are in it.
    pub(super) fn add(&mut self, mut lot: Vec<Note>) -> Result<(), OutputError> {
        lot.sort_unstable_by_key(|note| (note.search, note.file, note.line));
        lot.chunk_by(|one, next| one.search == next.search)
            .try_for_each(|copies| self.search(copies))
    }

    pub(super) fn finish(self, left_out: u64) -> Linked {
        let Self { mut linked, pairs, .. } = self;
        let (releases, not_paired) = pairs.finish();
        linked.releases = releases;
        linked.differences.not_compared = left_out;
        linked.differences.not_paired = not_paired;
        keep_examples(&mut linked.differences.examples, EXAMPLES);
        linked
    }

    /// The copies of one search, by file and line.
    fn search(&mut self, copies: &[Note]) -> Result<(), OutputError> {
        self.count_repeated(copies);
        if !copies.first().is_some_and(Note::identified) {
            return Ok(());
        }
        self.pairs.add(copies);
        if copies.len() < 2 {
            return Ok(());
        }
        self.linked.differences.linked += 1;
        let strengths = self.count_strengths(copies);
        Field::ALL.into_iter().try_for_each(|field| self.field(copies, field, strengths))
    }

    fn count_repeated(&mut self, copies: &[Note]) {
        for of_file in copies.chunk_by(|one, next| one.file == next.file) {
            let (Some(first), true) = (of_file.first(), of_file.len() > 1) else { continue };
            let unlike: FxHashSet<_> = of_file.iter().map(Note::alike).collect();
            let repeated = of_file.len() - unlike.len();
            if repeated > 0 {
                *self.linked.repeated.entry(first.file).or_default() += repeated as u64;
            }
        }
    }

    /// Counts what the copies state of the purpose; returns the two that state most.
    fn count_strengths(&mut self, copies: &[Note]) -> Option<(Strength, Strength)> {
        let first = copies.first()?.strength();
        if copies.iter().all(|copy| copy.strength() == first) {
            return None;
        }
        let mut stated: Vec<Strength> = copies.iter().filter_map(Note::strength).collect();
        stated.sort_unstable();
        stated.dedup();
        let (&most, others) = stated.split_first()?;
        for &other in others {
            *self.linked.differences.strength_changed.entry((most, other)).or_default() += 1;
        }
        others.first().map(|&other| (most, other))
    }

    fn field(
        &mut self,
        copies: &[Note],
        field: Field,
        strengths: Option<(Strength, Strength)>,
    ) -> Result<(), OutputError> {
        if !can_be_compared(copies, field) {
            return Ok(());
        }
        for (kind, places) in differences(copies, field) {
            *self.linked.differences.counts.entry((field, kind)).or_default() += 1;
            let strengths = strengths.filter(|_| PURPOSE.contains(&field));
            let Some(search) = copies.first().map(|copy| copy.search) else { continue };
            if kind == Kind::MissingColumn {
                continue;
            }
            let difference = Difference { search, field, kind, strengths, places };
            (self.each)(&difference)?;
            if strengths.is_some() {
                let examples = &mut self.linked.differences.examples;
                examples.push(difference);
                if examples.len() > 2 * EXAMPLES {
                    keep_examples(examples, EXAMPLES);
                }
            }
        }
        Ok(())
    }
}

/// Those with an immigration purpose come first, as it is the first of the strengths.
fn keep_examples(examples: &mut Vec<Difference>, most: usize) {
    examples.sort_by(|one, other| {
        let key = |it: &Difference| (it.strengths, it.search, it.field, it.kind);
        key(one).cmp(&key(other))
    });
    examples.truncate(most);
}

/// Whether a field means the same in all copies.
fn can_be_compared(copies: &[Note], field: Field) -> bool {
    let exported = |copy: &Note, field| copy.cell(field).0 != State::NotExported;
    match field {
        // The number is what links them; and a search is in the logs of all whose cameras it used.
        Field::Id | Field::Owner => false,
        Field::At => {
            let said = |copy: &&Note| copy.cell(Field::At).0 == State::Present;
            let mut precisions = copies.iter().filter(said).map(Note::precision);
            let first = precisions.next();
            precisions.all(|precision| Some(precision) == first)
        }
        // One cell of two lines in one file, two cells in the other.
        Field::TimeFrame | Field::TimeFrameEnd => {
            let two = copies.iter().any(|copy| exported(copy, Field::TimeFrameEnd));
            let one = copies.iter().any(|copy| {
                exported(copy, Field::TimeFrame) && !exported(copy, Field::TimeFrameEnd)
            });
            !(two && one)
        }
        _ => true,
    }
}

/// How the copies differ in a field, and where.
fn differences(copies: &[Note], field: Field) -> Vec<(Kind, Vec<(u32, u64)>)> {
    let Some(first) = copies.first().map(|copy| copy.cell(field)) else { return Vec::new() };
    if copies.iter().all(|copy| copy.cell(field) == first) {
        return Vec::new();
    }
    let said = earliest(copies, field, PLACES, |(state, _)| state == State::Present);
    let Some(&one) = said.first() else { return Vec::new() };
    let mut found = Vec::new();
    let others = [
        (Kind::Masked, State::Withheld),
        (Kind::Emptied, State::Empty),
        (Kind::MissingColumn, State::NotExported),
    ];
    for (kind, state) in others {
        let other = earliest(copies, field, 1, |(other, _)| other == state);
        if let Some(&other) = other.first() {
            found.push((kind, vec![one, other]));
        }
    }
    if said.len() > 1 {
        found.push((Kind::Replaced, said));
    }
    found
}

/// The place of the earliest copy of each thing that is said in a field, up to so many.
fn earliest(
    copies: &[Note],
    field: Field,
    most: usize,
    wanted: impl Fn((State, u32)) -> bool,
) -> Vec<(u32, u64)> {
    let mut said = Vec::new();
    let mut places = Vec::new();
    for copy in copies {
        let cell = copy.cell(field);
        if wanted(cell) && !said.contains(&cell) {
            said.push(cell);
            places.push((copy.file, copy.line));
            if places.len() == most {
                break;
            }
        }
    }
    places
}
