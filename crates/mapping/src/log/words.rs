//! Words and numbers made of a row.

use std::collections::HashMap;

use super::Row;
use crate::{
    Json, Refused,
    expression::{Expression, Given},
};

/// Words made of a row.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) value: RowValue,
    /// They end where this stands.
    pub(crate) until: Option<String>,
    pub(crate) table: Option<WordTable>,
}

/// Words in place of words.
#[derive(Debug)]
pub(crate) struct WordTable {
    pub(crate) words: HashMap<String, String>,
    pub(crate) otherwise: Option<String>,
}

/// A value that a row gives.
#[derive(Debug)]
pub(crate) enum RowValue {
    Column(String),
    Cel(Expression),
}

impl Words {
    pub(super) fn say(&self, row: &mut Row<'_>, what: &str) -> Result<Option<String>, Refused> {
        let said = match self.value.give(row, what)? {
            None | Some(Json::Null) => return Ok(None),
            Some(Json::Text(text)) => text.into_owned(),
            Some(Json::Int(number)) => number.to_string(),
            Some(Json::Bool(value)) => value.to_string(),
            Some(_) => {
                let reason = "it gives neither text nor a whole number";
                return Err(Refused::Expression { fact: what.to_owned(), reason });
            }
        };
        let end = self.until.as_ref().and_then(|until| said.find(until.as_str()));
        let words = end.and_then(|end| said.get(..end)).unwrap_or(&said).trim();
        let Some(table) = &self.table else { return Ok(Some(words.to_owned())) };
        let found = table.words.get(words).or(table.otherwise.as_ref());
        Ok(Some(found.map_or(words, String::as_str).to_owned()))
    }
}

impl RowValue {
    /// The columns that it reads.
    pub(crate) fn columns(&self) -> &[String] {
        match self {
            Self::Column(column) => std::slice::from_ref(column),
            Self::Cel(expression) => expression.columns(),
        }
    }

    fn give(&self, row: &mut Row<'_>, what: &str) -> Result<Option<Json<'static>>, Refused> {
        match self {
            Self::Column(column) => {
                let cell = row.variables.input().row.and_then(|row| row.get(column)?.as_text());
                Ok(cell.map(|cell| Json::Text(cell.to_owned().into())))
            }
            Self::Cel(expression) => give(expression, row, what),
        }
    }

    /// In thousandths, so that sums do not depend on the order of rows.
    pub(super) fn number(&self, row: &mut Row<'_>) -> Option<i64> {
        match self.give(row, "").ok()?? {
            Json::Int(number) => number.checked_mul(1000),
            Json::Float(number) => thousandths(number),
            Json::Text(text) => match text.trim().parse::<i64>() {
                Ok(number) => number.checked_mul(1000),
                Err(_) => thousandths(text.trim().parse().ok()?),
            },
            _ => None,
        }
    }
}

/// Columns, in words.
pub(crate) fn told(columns: &[String]) -> String {
    if columns.is_empty() {
        return "the mapping file".to_owned();
    }
    columns.iter().map(|column| format!("row.{column}")).collect::<Vec<_>>().join(", ")
}

/// None where a number is too large, or is none.
#[expect(clippy::cast_possible_truncation, reason = "bounded by the test before it")]
fn thousandths(number: f64) -> Option<i64> {
    let scaled = (number * 1000.0).round();
    (scaled.abs() < 9e15).then_some(scaled as i64)
}

pub(super) fn give(
    expression: &Expression,
    row: &mut Row<'_>,
    what: &str,
) -> Result<Option<Json<'static>>, Refused> {
    match expression.give(&mut row.variables) {
        Ok(Given::Nothing) => Ok(None),
        Ok(Given::Value(value)) => Ok(Some(value)),
        Err(reason) => Err(Refused::Expression { fact: what.to_owned(), reason }),
    }
}
