//! The mapping file of a log: how its rows become facts, and what is counted in it.
//!
//! The language is that of calls, with `row` in their place: a row says what its cells say, and a cell
//! in which nothing stands makes what is read from it not known. Nothing is taken as absent.

mod day;
mod equation;
mod words;

use std::fmt;

use bylaw_law::{
    Jurisdiction, Law,
    vocabulary::{ActionId, FactId},
};
use jiff::civil::Date;

use self::words::give;
pub(crate) use self::words::{RowValue, WordTable, Words, told};
pub use self::{day::Day, equation::Equation};
use super::{
    Asked, Input, Json, Mapping, MappingError, Object, Refused,
    expression::{Expression, Variables},
    read,
    source::FactSource,
};

/// How the rows of a log become facts.
#[derive(Debug)]
pub struct LogMapping {
    pub(crate) mapping: Mapping,
    pub(crate) act: ActOf,
    pub(crate) only: Option<Expression>,
    pub(crate) count: Option<RowValue>,
    /// The columns by which a header row is known.
    pub header: Vec<String>,
    /// Every column that the file names. A row is handed over as these cells.
    pub columns: Vec<String>,
    /// How many of `columns`, from the first, the answer, the group and the simple figures depend on.
    pub decisive: usize,
    /// The day on which the law is asked.
    pub on: Day,
    /// The columns that tell one record from another; empty where all of them together do.
    pub id: Vec<String>,
    /// The columns that may tell who a person is.
    pub personal: Vec<String>,
    /// Marks that stand in place of what was recorded.
    pub withheld: Vec<String>,
    /// What is written where nothing is known, such as `N/A`.
    pub blank: Vec<String>,
    /// What a report groups rows by.
    pub group_by: Vec<Grouping>,
    /// What is counted.
    pub figures: Vec<Figure>,
    /// What is measured.
    pub measures: Vec<Measure>,
    /// Identities that the figures must satisfy.
    pub identities: Vec<Equation>,
    /// The published figures that are about this log.
    pub published: Option<String>,
}

/// A row while it is read.
pub struct Row<'r> {
    variables: Variables<'r>,
}

/// What the law is asked about a row.
#[derive(Debug)]
pub enum Recorded<'l> {
    /// This.
    Act(Asked<'l>),
    /// Nothing, and why.
    Nothing(&'static str),
}

/// One name by which rows are grouped.
#[derive(Debug)]
pub struct Grouping {
    /// Its name in reports.
    pub name: String,
    pub(crate) words: Words,
}

/// Rows of which something is true, counted.
#[derive(Debug)]
pub struct Figure {
    /// Its name.
    pub name: String,
    /// Rows that are counted once together.
    pub per: Option<Per>,
    pub(crate) test: Expression,
}

/// A number that rows have.
#[derive(Debug)]
pub struct Measure {
    /// Its name.
    pub name: String,
    /// Rows of which one number counts.
    pub per: Option<Per>,
    pub(crate) value: RowValue,
}

/// Rows that belong together, such as those of one booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Per {
    /// The columns that such rows have in common.
    pub columns: Vec<String>,
    /// Which of their numbers counts.
    pub take: Take,
}

/// Which number of rows that belong together counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// The least.
    Least,
    /// The greatest.
    Greatest,
}

/// Which act a row records.
#[derive(Debug)]
pub(crate) enum ActOf {
    /// Always this one.
    Always(ActionId),
    /// That of the action that these words name.
    Named(Box<Words>),
}

impl LogMapping {
    /// Reads a mapping file for a law and the jurisdiction whose acts the log records.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, each with its line.
    pub fn parse(
        name: &str,
        text: &str,
        law: &Law,
        jurisdiction: &str,
    ) -> Result<Self, MappingError> {
        read::read_log(name, text, law, jurisdiction)
    }

    /// Its name: the file's.
    #[must_use]
    pub fn name(&self) -> &str {
        self.mapping.name()
    }

    /// The place of a column in [`LogMapping::columns`].
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|known| known == name)
    }

    /// Every act that a row may record.
    pub fn acts(&self) -> impl Iterator<Item = ActionId> {
        let always = match self.act {
            ActOf::Always(action) => Some(action),
            ActOf::Named(_) => None,
        };
        let named = self.mapping.acts.iter().map(|act| act.action);
        always.into_iter().chain(named.filter(move |_| always.is_none()))
    }

    /// Where the value of a fact comes from, in words.
    #[must_use]
    pub fn origin_of(&self, fact: FactId) -> String {
        let acts = self.mapping.acts.iter().flat_map(|act| &act.facts);
        let found = acts.chain(&self.mapping.facts).find(|source| source.fact == fact);
        found.map_or_else(String::new, FactSource::told)
    }

    /// Where the act comes from, in words.
    #[must_use]
    pub fn origin_of_act(&self) -> String {
        match &self.act {
            ActOf::Always(_) => "the mapping file".to_owned(),
            ActOf::Named(words) => told(words.value.columns()),
        }
    }

    /// A row, from the cells in which something stands, by their columns' names.
    #[must_use]
    pub fn row<'r>(&'r self, cells: &'r Object<'r>) -> Row<'r> {
        let input = Input { row: Some(cells), ..Input::default() };
        Row { variables: Variables::new(&self.mapping, input) }
    }

    /// What the law is asked about a row: an act, with the facts that the row states.
    ///
    /// # Errors
    ///
    /// What cannot be read from it.
    pub fn question<'l>(
        &self,
        law: &'l Law,
        jurisdiction: &'l Jurisdiction,
        row: &mut Row<'_>,
        on: Date,
    ) -> Result<Recorded<'l>, Refused> {
        if let Some(why) = self.left_out(row)? {
            return Ok(Recorded::Nothing(why));
        }
        let (action, own) = match &self.act {
            ActOf::Always(action) => (*action, [].as_slice()),
            ActOf::Named(words) => {
                let Some(name) = words.say(row, "log.act")? else {
                    return Ok(Recorded::Nothing("the row records no act"));
                };
                let Some(found) = self.mapping.act(law, &name) else {
                    let why =
                        "the row records something that [actions] of the mapping does not list";
                    return Ok(Recorded::Nothing(why));
                };
                found
            }
        };
        let input = row.variables.input();
        self.mapping.question_about(law, jurisdiction, action, own, &input, on).map(Recorded::Act)
    }

    /// Why the file is not about a row.
    fn left_out(&self, row: &mut Row<'_>) -> Result<Option<&'static str>, Refused> {
        Ok(match self.is_about(row)? {
            Some(true) => None,
            Some(false) => Some("the row is none that the mapping is about"),
            None => Some("the row does not say whether it is one that the mapping is about"),
        })
    }

    /// Whether the file is about a row; none where the row does not say.
    ///
    /// # Errors
    ///
    /// Where the expression fails.
    pub fn is_about(&self, row: &mut Row<'_>) -> Result<Option<bool>, Refused> {
        self.only.as_ref().map_or(Ok(Some(true)), |only| truth(only, row, "log.only"))
    }

    /// How many acts a row stands for.
    ///
    /// # Errors
    ///
    /// Where that is no whole number.
    pub fn count(&self, row: &mut Row<'_>) -> Result<u64, Refused> {
        let Some(count) = &self.count else { return Ok(1) };
        let refused =
            || Refused::Expression { fact: "count".to_owned(), reason: "it gives no count" };
        let thousandths = count.number(row).ok_or_else(refused)?;
        let whole = (thousandths % 1000 == 0).then_some(thousandths / 1000);
        whole.and_then(|count| u64::try_from(count).ok()).ok_or_else(refused)
    }
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").finish_non_exhaustive()
    }
}

impl Grouping {
    /// The words of a row; none where nothing is there to be read.
    ///
    /// # Errors
    ///
    /// Where an expression fails.
    pub fn words(&self, row: &mut Row<'_>) -> Result<Option<String>, Refused> {
        self.words.say(row, "log.group_by")
    }

    /// The column it is, where it is one.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match &self.words.value {
            RowValue::Column(column) => Some(column),
            RowValue::Cel(_) => None,
        }
    }
}

impl Figure {
    /// Whether it is true of a row; none where the row does not say.
    #[must_use]
    pub fn holds(&self, row: &mut Row<'_>) -> Option<bool> {
        truth(&self.test, row, &self.name).ok().flatten()
    }
}

impl Measure {
    /// The row's number in thousandths; none where the row does not say.
    #[must_use]
    pub fn value(&self, row: &mut Row<'_>) -> Option<i64> {
        self.value.number(row)
    }
}

fn truth(expression: &Expression, row: &mut Row<'_>, what: &str) -> Result<Option<bool>, Refused> {
    match give(expression, row, what)? {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Bool(value)) => Ok(Some(value)),
        Some(_) => {
            let reason = "it gives neither true nor false";
            Err(Refused::Expression { fact: what.to_owned(), reason })
        }
    }
}
