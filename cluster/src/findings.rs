//! Findings as a struct of columns: those of the single machine's Parquet, under the same names.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, LazyLock},
};

use anyhow::Result;
use bylaw_audit::{
    lexicon::Reading,
    log::{
        FindingId, Row,
        judge::{Parties, RulingNumber},
        output::Words,
    },
};
use datafusion::arrow::{
    array::{
        ArrayRef, BooleanArray, Date32Array, DictionaryArray, Int32Array, Int64Array, StringArray,
        StructArray,
    },
    buffer::NullBuffer,
    datatypes::{DataType, Field, Fields, Int32Type},
};
use jiff::civil::Date;

use crate::{deciding::Deciding, known};

const OF_RULING: [&str; 10] = [
    "verdict",
    "answer",
    "act",
    "sections",
    "rules",
    "status",
    "needs",
    "would_settle",
    "not_decided",
    "note",
];
const OF_READING: [&str; 3] = ["purpose_strength", "purposes", "lexicon_entry"];
const OF_PARTIES: [&str; 2] = ["organization", "organization_class"];

static FIELDS: LazyLock<Fields> = LazyLock::new(|| {
    let words = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let of_words = |name: &&str| Field::new(*name, words(), true);
    let mut fields: Vec<Field> = OF_RULING.iter().chain(&OF_READING).map(of_words).collect();
    fields.push(Field::new("review", DataType::Boolean, true));
    fields.extend(OF_PARTIES.iter().map(of_words));
    fields.push(Field::new("on", DataType::Date32, true));
    fields.push(of_words(&"month"));
    fields.push(Field::new("count", DataType::Int64, true));
    fields.into()
});

/// The columns.
pub(crate) fn fields() -> Fields {
    FIELDS.clone()
}

/// The findings of a batch of rows. What many rows share is put into words once.
#[derive(Default)]
pub(crate) struct Findings {
    read: Vec<bool>,
    rulings: Shared<RulingNumber, { OF_RULING.len() }>,
    readings: Shared<Reading, { OF_READING.len() }>,
    reviews: Vec<Option<bool>>,
    parties: Shared<Parties, { OF_PARTIES.len() }>,
    on: Vec<Option<i32>>,
    months: Shared<(i16, i8), 1>,
    counts: Vec<Option<i64>>,
}

impl Findings {
    /// Decides a row.
    pub(crate) fn add(
        &mut self,
        deciding: &mut Deciding,
        format: &str,
        row: &Row<'_>,
    ) -> Result<()> {
        let words = Words { law: known::law()?, lexicon: known::lexicon()? };
        let decided = deciding.decide(format, row);
        // The number is made where the whole row is read.
        let finding = deciding.decider.finding(row, decided, FindingId(0));
        let on = finding.on;
        self.read.push(true);
        self.counts.push(i64::try_from(finding.count).ok());
        self.rulings.add(decided.ruling, || words.ruling(&finding.ruling));
        self.readings.add(decided.reading, || words.reading(Some(decided.reading)));
        self.reviews.push(Some(decided.reading.review));
        self.parties.add(decided.parties, || {
            [some(finding.group.join("; ")), some(finding.class.to_string())]
        });
        self.on.push(on.map(days));
        match on {
            Some(on) => self.months.add((on.year(), on.month()), || {
                [Some(format!("{:04}-{:02}", on.year(), on.month()))]
            }),
            None => self.months.add_none(),
        }
        Ok(())
    }

    /// A row that could not be read.
    pub(crate) fn add_none(&mut self) {
        self.read.push(false);
        self.rulings.add_none();
        self.readings.add_none();
        self.reviews.push(None);
        self.parties.add_none();
        self.on.push(None);
        self.months.add_none();
        self.counts.push(None);
    }

    pub(crate) fn finish(self) -> Result<StructArray> {
        let mut columns = self.rulings.columns()?;
        columns.extend(self.readings.columns()?);
        columns.push(Arc::new(BooleanArray::from(self.reviews)));
        columns.extend(self.parties.columns()?);
        columns.push(Arc::new(Date32Array::from(self.on)));
        columns.extend(self.months.columns()?);
        columns.push(Arc::new(Int64Array::from(self.counts)));
        Ok(StructArray::try_new(fields(), columns, Some(NullBuffer::from(self.read)))?)
    }
}

/// Columns whose cells depend on a key alone.
struct Shared<K, const N: usize> {
    numbers: HashMap<K, i32>,
    cells: [Vec<Option<String>>; N],
    rows: Vec<Option<i32>>,
}

impl<K, const N: usize> Default for Shared<K, N> {
    fn default() -> Self {
        Self {
            numbers: HashMap::new(),
            cells: std::array::from_fn(|_| Vec::new()),
            rows: Vec::new(),
        }
    }
}

impl<K: Hash + Eq, const N: usize> Shared<K, N> {
    fn add(&mut self, key: K, words: impl FnOnce() -> [Option<String>; N]) {
        let next = self.numbers.len() as i32;
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            for (column, cell) in self.cells.iter_mut().zip(words()) {
                column.push(cell);
            }
        }
        self.rows.push(Some(number));
    }

    fn add_none(&mut self) {
        self.rows.push(None);
    }

    fn columns(self) -> Result<Vec<ArrayRef>> {
        let rows = Int32Array::from(self.rows);
        let column = |cells: Vec<Option<String>>| {
            let cells = Arc::new(StringArray::from(cells));
            Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(rows.clone(), cells)?) as ArrayRef)
        };
        self.cells.into_iter().map(column).collect()
    }
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// Days since 1970.
fn days(on: Date) -> i32 {
    (on - Date::constant(1970, 1, 1)).get_days()
}
