//! Reading the file of a log.

mod words;

use bylaw_law::nearest;
use jiff::{civil::Date, tz::TimeZone};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Reading, Tables};
use crate::{
    Mapping, Silent,
    log::{ActOf, Day, Equation, Figure, LogMapping, Measure, Per, RowValue, Take},
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
