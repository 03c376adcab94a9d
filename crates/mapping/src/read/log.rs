//! Reading the file of a log.

use std::collections::HashMap;

use bylaw_law::nearest;
use jiff::{civil::Date, tz::TimeZone};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Reading, Tables};
use crate::{
    Mapping, Silent,
    expression::{Expression, Sees},
    log::{
        ActOf, Day, Equation, Figure, Grouping, LogMapping, Measure, Per, RowValue, Take,
        WordTable, Words,
    },
    source::Path,
};

type Value<'i> = Spanned<DeValue<'i>>;

/// The sections of such a file.
const SECTIONS: [&str; 8] =
    ["log", "actions", "facts", "tables", "count", "figures", "measures", "identities"];
/// The keys of `[log]`.
const KEYS: [&str; 10] =
    ["act", "only", "on", "id", "group_by", "header", "personal", "withheld", "blank", "published"];
/// What decides about calls and nothing in a log.
const OF_CALLS: [&str; 6] =
    ["silent", "otherwise_absent", "routes", "unmatched", "subjects", "resources"];

impl Reading<'_> {
    pub(super) fn log_file(
        &mut self,
        file: &DeTable<'_>,
        jurisdiction: &str,
    ) -> Option<LogMapping> {
        self.check_sections(file);
        let Some(log) = file.get("log").and_then(|log| log.get_ref().as_table()) else {
            let help = "add [log] with act = \"…\" and on = { from = \"row.…\" }".to_owned();
            self.problem(0..0, "the file has no [log]".to_owned(), help);
            return None;
        };
        self.check_keys(log, &KEYS);
        let tables = self.tables(file);
        let mut mapping = Mapping::empty(&self.name, Silent::Deny);
        let facts = self.section(file, "facts");
        mapping.facts = self.sources(facts, &tables);
        if file.get("actions").is_some() {
            mapping.acts = self.acts(file, &tables);
        }
        mapping.act_index =
            mapping.acts.iter().enumerate().map(|(at, act)| (act.name.clone(), at)).collect();
        // What the answer depends on comes first: its columns are the decisive ones.
        let act = self.act_of(file, log, &mapping, &tables);
        let only = log.get("only").and_then(|only| self.expression(only));
        let count = file.get("count").and_then(|count| self.row_value(count, &["from", "cel"]));
        let personal = self.names(log, "personal", false);
        let group_by = self.group_by(log, &tables, &personal);
        let figures = self.figures(file);
        let decisive = self.columns.len();
        let on = self.day(log);
        let id = self.names(log, "id", true);
        let measures = self.measures(file);
        self.note_columns(figures.iter().flat_map(|figure| per_columns(figure.per.as_ref())));
        self.note_columns(measures.iter().flat_map(|measure| per_columns(measure.per.as_ref())));
        let header = self.names(log, "header", false);
        let identities = self.identities(file, &figures);
        self.check_jurisdiction(file, &mapping, jurisdiction);
        Some(LogMapping {
            mapping,
            act: act?,
            only,
            count,
            header: if header.is_empty() { self.columns.clone() } else { header },
            columns: std::mem::take(&mut self.columns),
            decisive,
            on: on?,
            id,
            personal,
            withheld: self.names(log, "withheld", false),
            blank: self.names(log, "blank", false),
            group_by,
            figures,
            measures,
            identities,
            published: log.get("published").and_then(|id| self.text(id)).map(str::to_owned),
        })
    }

    fn check_sections(&mut self, file: &DeTable<'_>) {
        let mut known = SECTIONS.to_vec();
        for name in OF_CALLS {
            if let Some(value) = file.get(name) {
                let message = format!("`{name}` in the file of a log");
                let help = "it is about calls, which are let through or not; in a log, what is not \
                     recorded is not known, and the report says where the law is silent";
                self.problem(value.span(), message, help.to_owned());
                known.push(name);
            }
        }
        self.check_keys(file, &known);
    }

    /// Notes columns that the file names.
    pub(super) fn note_columns<'c, C: AsRef<str> + ?Sized + 'c>(
        &mut self,
        columns: impl IntoIterator<Item = &'c C>,
    ) {
        for column in columns {
            let column = column.as_ref();
            if !self.columns.iter().any(|known| known == column) {
                self.columns.push(column.to_owned());
            }
        }
    }

    fn act_of(
        &mut self,
        file: &DeTable<'_>,
        log: &DeTable<'_>,
        mapping: &Mapping,
        tables: &Tables<'_, '_>,
    ) -> Option<ActOf> {
        let Some(act) = log.get("act") else {
            let help =
                "add act = \"detain_on_hold\", or act = { from = \"row.Event\" } with [actions]";
            let place = file.get("log").map_or(0..0, Spanned::span);
            self.problem(place, "`act` is missing".to_owned(), help.to_owned());
            return None;
        };
        if act.get_ref().as_table().is_none() {
            return self.act(act).map(ActOf::Always);
        }
        let words = self.words(act, tables, &["from", "cel", "until", "table", "otherwise"])?;
        if mapping.acts.is_empty() {
            let help = "add [actions] and a line such as Released = \"notify_release_date\"";
            self.problem(act.span(), "no action is mapped".to_owned(), help.to_owned());
        }
        Some(ActOf::Named(Box::new(words)))
    }

    fn day(&mut self, log: &DeTable<'_>) -> Option<Day> {
        const HELP: &str = "add on = { from = \"row.Date\" }, or a day such as on = \"2026-11-22\" on \
             which the law is asked about every row";
        let Some(on) = log.get("on") else {
            self.problem(0..0, "`on` is missing in [log]".to_owned(), HELP.to_owned());
            return None;
        };
        match on.get_ref() {
            DeValue::Table(table) => self.day_of_column(on, table),
            DeValue::String(text) => self.fixed_day(on, text),
            DeValue::Datetime(day) => self.fixed_day(on, &day.to_string()),
            _ => {
                self.problem(on.span(), "`on` is no day".to_owned(), HELP.to_owned());
                None
            }
        }
    }

    fn fixed_day(&mut self, on: &Value<'_>, text: &str) -> Option<Day> {
        let day = text.parse::<Date>().map_err(|_| "write it as 2026-11-22");
        self.or_problem(day, on.span(), "this is no day").map(Day::Fixed)
    }

    fn day_of_column(&mut self, on: &Value<'_>, table: &DeTable<'_>) -> Option<Day> {
        let RowValue::Column(column) = self.row_value(on, &["from", "format", "zone"])? else {
            return None;
        };
        let mut formats = match table.get("format").map(Spanned::get_ref) {
            Some(DeValue::Array(_)) => self.names(table, "format", false),
            Some(_) => table
                .get("format")
                .and_then(|one| self.text(one))
                .map(str::to_owned)
                .into_iter()
                .collect(),
            None => Vec::new(),
        };
        if formats.is_empty() {
            formats = Day::usual_formats();
        }
        let zone = match table.get("zone") {
            Some(name) => {
                let zone =
                    TimeZone::get(self.text(name)?).map_err(|_| "write it as America/Los_Angeles");
                Some(self.or_problem(zone, name.span(), "there is no such time zone")?)
            }
            None => None,
        };
        Some(Day::Column { column, formats, zone })
    }

    fn group_by(
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
    fn words(
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
    fn row_value(&mut self, value: &Value<'_>, keys: &[&str]) -> Option<RowValue> {
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

    fn expression(&mut self, cel: &Value<'_>) -> Option<Expression> {
        let compiled = Expression::compile(self.text(cel)?, Sees::Row);
        let what = "this is not CEL that can be worked out";
        let expression = self.or_problem(compiled, cel.span(), what)?;
        self.note_columns(expression.columns());
        Some(expression)
    }

    fn figures(&mut self, file: &DeTable<'_>) -> Vec<Figure> {
        let members = self.section(file, "figures");
        members
            .into_iter()
            .filter_map(|(name, value)| {
                let (test, per) = match value.get_ref().as_table() {
                    None => (value, None),
                    Some(table) => {
                        self.check_keys(table, &["cel", "per"]);
                        let columns = self.names(table, "per", false);
                        let per =
                            (!columns.is_empty()).then_some(Per { columns, take: Take::Greatest });
                        (table.get("cel").unwrap_or(value), per)
                    }
                };
                let test = self.expression(test)?;
                Some(Figure { name: name.get_ref().to_string(), per, test })
            })
            .collect()
    }

    fn measures(&mut self, file: &DeTable<'_>) -> Vec<Measure> {
        let members = self.section(file, "measures");
        members
            .into_iter()
            .filter_map(|(name, value)| {
                let given = self.row_value(value, &["from", "cel", "per", "take"])?;
                let table = value.get_ref().as_table()?;
                let columns = self.names(table, "per", false);
                let per = match (columns.is_empty(), table.get("take")) {
                    (true, None) => None,
                    (false, Some(take)) => Some(Per { columns, take: self.take(take)? }),
                    _ => {
                        let help = "per = [\"Booking\"] with take = \"least\" counts, of the rows of \
                             one booking, the least number";
                        let message = "`per` and `take` stand together".to_owned();
                        self.problem(value.span(), message, help.to_owned());
                        None
                    }
                };
                Some(Measure { name: name.get_ref().to_string(), per, value: given })
            })
            .collect()
    }

    fn take(&mut self, take: &Value<'_>) -> Option<Take> {
        let known = match take.get_ref().as_str() {
            Some("least") => Ok(Take::Least),
            Some("greatest") => Ok(Take::Greatest),
            _ => Err("write \"least\" or \"greatest\""),
        };
        self.or_problem(known, take.span(), "`take` says which number counts")
    }

    fn identities(&mut self, file: &DeTable<'_>, figures: &[Figure]) -> Vec<Equation> {
        let members = self.section(file, "identities");
        let mut identities = Vec::new();
        for (_, value) in members {
            let Some(text) = self.text(value) else { continue };
            let parsed = Equation::parse(text);
            let Some(equation) = self.or_problem(parsed, value.span(), "this is no identity")
            else {
                continue;
            };
            let known = |name: &&str| figures.iter().any(|figure| figure.name == **name);
            let unknown: Vec<&str> = equation.figures().filter(|name| !known(name)).collect();
            for name in unknown {
                let help = nearest(name, figures.iter().map(|figure| figure.name.as_str()));
                self.problem(value.span(), format!("[figures] has no `{name}`"), help);
            }
            identities.push(equation);
        }
        identities
    }

    /// A list of names, such as of columns; noted as columns where they are to be read.
    fn names(&mut self, table: &DeTable<'_>, key: &str, read: bool) -> Vec<String> {
        let Some(list) = table.get(key) else { return Vec::new() };
        let Some(items) = list.get_ref().as_array() else {
            let help = format!("write it as {key} = [\"…\", \"…\"]");
            self.problem(list.span(), format!("`{key}` is not a list"), help);
            return Vec::new();
        };
        let names: Vec<String> =
            items.iter().filter_map(|item| self.text(item).map(str::to_owned)).collect();
        if read {
            self.note_columns(&names);
        }
        names
    }
}

fn per_columns(per: Option<&Per>) -> &[String] {
    per.map_or(&[], |per| &per.columns)
}
