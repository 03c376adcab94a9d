//! Reading what makes words and numbers of a row.

use std::collections::HashMap;

use bylaw_law::nearest;
use toml::{Spanned, de::DeTable};

use super::{Reading, Tables, Value};
use crate::{
    expression::{Expression, Sees},
    log::{Grouping, RowValue, WordTable, Words},
    source::Path,
};

impl Reading<'_> {
    pub(super) fn group_by(
        &mut self,
        log: &DeTable<'_>,
        tables: &Tables<'_, '_>,
        personal: &[String],
    ) -> Vec<Grouping> {
        let Some(list) = log.get("group_by") else { return Vec::new() };
        let Some(items) = list.get_ref().as_array() else {
            let help =
                "write it as [\"City\", { from = \"row.Form\", name = \"form\" }]".to_owned();
            self.problem(list.span(), "`group_by` is not a list".to_owned(), help);
            return Vec::new();
        };
        let groupings: Vec<Grouping> =
            items.iter().filter_map(|item| self.grouping(item, tables)).collect();
        for (item, grouping) in items.iter().zip(&groupings) {
            let columns = grouping.words.value.columns();
            if let Some(column) = columns.iter().find(|column| personal.contains(column)) {
                let message =
                    format!("`{column}` may tell who a person is, and groups stand in reports");
                let help = "group by another column, or take it out of `personal`".to_owned();
                self.problem(item.span(), message, help);
            }
        }
        groupings
    }

    fn grouping(&mut self, item: &Value<'_>, tables: &Tables<'_, '_>) -> Option<Grouping> {
        const KEYS: [&str; 6] = ["name", "from", "cel", "until", "table", "otherwise"];
        if let Some(column) = item.get_ref().as_str() {
            self.note_columns([column]);
            let value = RowValue::Column(column.to_owned());
            let words = Words { value, until: None, table: None };
            return Some(Grouping { name: column.to_owned(), words });
        }
        let words = self.words(item, tables, &KEYS)?;
        let name = item.get_ref().as_table().and_then(|table| table.get("name"));
        let name = match (name, &words.value) {
            (Some(name), _) => self.text(name)?.to_owned(),
            (None, RowValue::Column(column)) => column.clone(),
            (None, RowValue::Cel(_)) => {
                let help = "add name = \"…\": what the report calls it".to_owned();
                self.problem(item.span(), "an expression without a name".to_owned(), help);
                return None;
            }
        };
        Some(Grouping { name, words })
    }

    /// Words made of a row, as a table of `from` or `cel` says.
    pub(super) fn words(
        &mut self,
        value: &Value<'_>,
        tables: &Tables<'_, '_>,
        keys: &[&str],
    ) -> Option<Words> {
        let given = self.row_value(value, keys)?;
        let table = value.get_ref().as_table()?;
        let until = match table.get("until") {
            Some(until) => Some(self.text(until)?.to_owned()).filter(|until| !until.is_empty()),
            None => None,
        };
        let otherwise = match table.get("otherwise") {
            Some(otherwise) => Some(self.text(otherwise)?.to_owned()),
            None => None,
        };
        let table = match table.get("table") {
            Some(name) => Some(WordTable { words: self.word_table(name, tables)?, otherwise }),
            None => None,
        };
        Some(Words { value: given, until, table })
    }

    fn word_table(
        &mut self,
        name: &Value<'_>,
        tables: &Tables<'_, '_>,
    ) -> Option<HashMap<String, String>> {
        let text = self.text(name)?;
        let Some(table) = tables.get(text) else {
            let help = nearest(text, tables.keys().copied());
            self.problem(name.span(), format!("there is no [tables.{text}]"), help);
            return None;
        };
        let word = |(key, value): (&Spanned<_>, &Value<'_>)| {
            Some((AsRef::<str>::as_ref(key.get_ref()).to_owned(), self.text(value)?.to_owned()))
        };
        Some(table.iter().filter_map(word).collect())
    }

    /// The value of a table that says `from` or `cel`.
    pub(super) fn row_value(&mut self, value: &Value<'_>, keys: &[&str]) -> Option<RowValue> {
        const HELP: &str = "write { from = \"row.Column\" } or { cel = \"…\" }";
        let Some(table) = value.get_ref().as_table() else {
            self.problem(value.span(), "this says no column".to_owned(), HELP.to_owned());
            return None;
        };
        self.check_keys(table, keys);
        match (table.get("from"), table.get("cel").filter(|_| keys.contains(&"cel"))) {
            (Some(from), None) => {
                let path = Path::parse(self.text(from)?, Sees::Row);
                let path = self.or_problem(path, from.span(), "this is no place of a row")?;
                self.note_columns(path.column());
                path.column().map(str::to_owned).map(RowValue::Column)
            }
            (None, Some(cel)) => self.expression(cel).map(RowValue::Cel),
            _ => {
                let message = "this says neither from nor cel, or both".to_owned();
                self.problem(value.span(), message, HELP.to_owned());
                None
            }
        }
    }

    pub(super) fn expression(&mut self, cel: &Value<'_>) -> Option<Expression> {
        let compiled = Expression::compile(self.text(cel)?, Sees::Row);
        let what = "this is not CEL that can be worked out";
        let expression = self.or_problem(compiled, cel.span(), what)?;
        self.note_columns(expression.columns());
        Some(expression)
    }
}
