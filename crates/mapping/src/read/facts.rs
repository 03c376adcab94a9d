//! Reading `[facts]`: where each value comes from, checked against the vocabulary.

use std::ops::Range;

use bylaw_law::{nearest, vocabulary::Fact};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Member, Reading, Tables, in_order};
use crate::{
    Json, Object, Scalar,
    expression::{Expression, Sees},
    source::{FactSource, Origin, Path, Table, Value},
};

impl Reading<'_> {
    /// The facts of a table, each with where its value comes from.
    pub(crate) fn sources(
        &mut self,
        members: Vec<Member<'_, '_>>,
        tables: &Tables<'_, '_>,
    ) -> Vec<FactSource> {
        members
            .into_iter()
            .filter_map(|(name, value)| {
                let Some(id) = self.law.vocabulary.fact_id(name.get_ref()) else {
                    let help = nearest(name.get_ref(), self.law.vocabulary.fact_names());
                    let message = format!("the vocabulary has no fact `{}`", name.get_ref());
                    self.problem(name.span(), message, help);
                    return None;
                };
                let law = self.law;
                let fact = law.vocabulary.facts.get(id)?;
                let (origin, table) = match value.get_ref() {
                    DeValue::Table(source) => self.source(fact, value.span(), source, tables)?,
                    _ => (Origin::Fixed(self.value(fact, value)?), None),
                };
                Some(FactSource { fact: id, origin, table })
            })
            .collect()
    }

    fn source(
        &mut self,
        fact: &Fact,
        place: Range<usize>,
        source: &DeTable<'_>,
        tables: &Tables<'_, '_>,
    ) -> Option<(Origin, Option<Table>)> {
        self.check_keys(source, &["from", "cel", "table", "otherwise"]);
        let origin = match (source.get("from"), source.get("cel")) {
            (Some(from), None) => {
                let path = self.text(from)?;
                let path = Path::parse(path, self.sees);
                let path = self.or_problem(path, from.span(), no_place(self.sees))?;
                self.note_columns(path.column());
                Origin::Member(path)
            }
            (None, Some(cel)) => {
                let compiled = Expression::compile(self.text(cel)?, self.sees);
                let name = &fact.name;
                let expression = self.or_problem(
                    compiled,
                    cel.span(),
                    &format!("the expression for `{name}` is not CEL that can be worked out"),
                )?;
                self.note_columns(expression.columns());
                Origin::Expression(expression)
            }
            _ => {
                let message = format!("`{}` says neither from nor cel, or both", fact.name);
                let help = "write a value, { from = \"subject.properties.…\" } or { cel = \"…\" }";
                self.problem(place, message, help.to_owned());
                return None;
            }
        };
        let otherwise = source.get("otherwise");
        match source.get("table") {
            Some(name) => {
                let otherwise = otherwise.and_then(|value| self.value(fact, value));
                let table = self.table(fact, name, otherwise, tables)?;
                Some((origin, Some(table)))
            }
            None => {
                if let Some(otherwise) = otherwise {
                    let help = "`otherwise` is what a text means that a table does not list; without \
                         a table, leave it out";
                    let message = "`otherwise` without a table".to_owned();
                    self.problem(otherwise.span(), message, help.to_owned());
                }
                Some((origin, None))
            }
        }
    }

    fn table(
        &mut self,
        fact: &Fact,
        name: &Spanned<DeValue<'_>>,
        otherwise: Option<Value>,
        tables: &Tables<'_, '_>,
    ) -> Option<Table> {
        let text = self.text(name)?;
        let Some(table) = tables.get(text) else {
            let help = nearest(text, tables.keys().copied());
            self.problem(name.span(), format!("there is no [tables.{text}]"), help);
            return None;
        };
        let values = table
            .iter()
            .filter_map(|(key, value)| Some((key.get_ref().to_string(), self.value(fact, value)?)))
            .collect();
        Some(Table { name: text.to_owned(), values, otherwise })
    }

    /// A value of a fact as the file writes it.
    fn value(&mut self, fact: &Fact, value: &Spanned<DeValue<'_>>) -> Option<Value> {
        let json = json(value.get_ref());
        let scalar = json.as_ref().map_or(Scalar::Other("a date"), Scalar::from);
        match Value::of(fact, scalar, "the value") {
            Ok(value) => Some(value),
            Err(refused) => {
                let help = miette::Diagnostic::help(&refused);
                let help = help.map_or_else(String::new, |help| help.to_string());
                let message = format!("this is not a value of `{}`", fact.name);
                self.problem(value.span(), message, help);
                None
            }
        }
    }
}

const fn no_place(sees: Sees) -> &'static str {
    match sees {
        Sees::Call => "this is no place of a call",
        Sees::Row => "this is no place of a row",
    }
}

/// A TOML value as JSON; none for a date.
pub(super) fn json(value: &DeValue<'_>) -> Option<Json<'static>> {
    Some(match value {
        DeValue::String(text) => Json::Text(text.to_string().into()),
        DeValue::Boolean(value) => Json::Bool(*value),
        DeValue::Integer(number) => {
            Json::Int(i64::from_str_radix(number.as_str(), number.radix()).ok()?)
        }
        DeValue::Float(number) => Json::Float(number.as_str().parse().ok()?),
        DeValue::Datetime(_) => return None,
        DeValue::Array(items) => {
            Json::List(items.iter().map(|item| json(item.get_ref())).collect::<Option<_>>()?)
        }
        DeValue::Table(table) => Json::Object(
            in_order(table)
                .into_iter()
                .map(|(name, value)| Some((name.get_ref().to_string(), json(value.get_ref())?)))
                .collect::<Option<Object<'static>>>()?,
        ),
    })
}
