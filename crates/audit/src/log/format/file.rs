//! A format file.
//!
//! ```toml
//! name = "my-vendor"
//! title = "My Vendor's search log"
//! source = "where the columns are described"
//! zone = "UTC"                       # of times that name none: "UTC", "local" or "America/Denver"
//! times = ["YYYY-MM-DD hh:mm:ss"]    # see log::time::pattern
//! needs = [["at", "reason"]]         # a header has all fields of one of these
//! marks = ["sealed"]                 # marks of this system, besides those of marks.toml
//!
//! columns = [                        # in their usual order, for files without a header
//!   { header = "Search No.", field = "id", also = ["Nr"] },
//!   { header = "When", field = "at" },
//!   { header = "Agency", fields = ["owner", "organization"] },
//!   { header = "Cameras", field = "devices", nothing = ["none"], sometimes = true },
//!   { header = "Notes" },            # known, and not used
//!   { header = "Offense", field = "offense", usual = false },   # only where a header names it
//! ]
//! ```
//!
//! `is` says what the cells of a column look like, where its field does not: `id`, `time`, `number`, `text`.

use std::{str::FromStr, sync::Arc};

use jiff::tz::TimeZone;
use serde::Deserialize;

use super::{Column, Format, Is, Marks, recognize::plain};
use crate::{
    error::{Error, Result},
    log::{
        row::Field,
        time::{Pattern, Written},
    },
};

/// What stands for nothing in columns of numbers, whatever the format.
const NO_NUMBER: [&str; 10] =
    ["\u{2014}\u{2014}", "\u{2014}", "\u{2013}", "--", "-", "N/A", "NA", "none", "null", "NaN"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFormat {
    name: String,
    title: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    general: bool,
    zone: String,
    times: Vec<String>,
    needs: Vec<Vec<String>>,
    #[serde(default)]
    marks: Vec<String>,
    columns: Vec<WrittenColumn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenColumn {
    header: String,
    #[serde(default)]
    also: Vec<String>,
    field: Option<String>,
    #[serde(default)]
    fields: Vec<String>,
    is: Option<String>,
    #[serde(default)]
    nothing: Vec<String>,
    #[serde(default)]
    sometimes: bool,
    #[serde(default = "yes")]
    usual: bool,
}

const fn yes() -> bool {
    true
}

/// Reads a format file.
///
/// # Errors
///
/// [`Error::Format`], where it cannot be understood.
pub(super) fn read(file_name: &str, toml: &str, marks: &Arc<Marks>) -> Result<Format> {
    let wrong = |(what, help): Wrong| Error::Format { file: file_name.to_owned(), what, help };
    let written: WrittenFormat = toml::from_str(toml).map_err(|error| {
        let what = error.to_string().trim().to_owned();
        wrong((what, "docs/audit-logs.md shows a whole format file".to_owned()))
    })?;
    format(written, marks).map_err(wrong)
}

/// What is wrong, and what to do.
type Wrong = (String, String);

fn format(written: WrittenFormat, marks: &Arc<Marks>) -> Result<Format, Wrong> {
    let name_can_be =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if written.name.is_empty() || !written.name.chars().all(name_can_be) {
        let what = format!("`{}` cannot be a format's name", written.name);
        return Err((what, "use small letters, digits and hyphens".to_owned()));
    }
    let mut columns = written.columns.into_iter().map(column).collect::<Result<Vec<_>, _>>()?;
    if written.marks.iter().any(|mark| begins_with_a_digit(mark)) {
        columns.iter_mut().for_each(|column| column.digits = true);
    }
    unlike(&columns)?;
    let times = written.times.iter().map(|text| time(text)).collect::<Result<Vec<_>, _>>()?;
    let has_times = columns.iter().any(|column| column.is == Is::Time);
    if has_times && times.is_empty() {
        let what = "a column holds times and `times` has no pattern".to_owned();
        return Err((what, "such as times = [\"YYYY-MM-DD hh:mm:ss\"]".to_owned()));
    }
    let needs = written.needs.iter().map(|set| needed(set, &columns)).collect::<Result<_, _>>()?;
    Ok(Format {
        name: written.name,
        title: written.title,
        source: written.source,
        general: written.general,
        times,
        written: zone(&written.zone)?,
        columns,
        needs,
        marks: marks.with(&written.marks),
    })
}

fn column(mut written: WrittenColumn) -> Result<Column, Wrong> {
    let fields = written.field.iter().chain(&written.fields);
    let fields = fields.map(|name| field(name)).collect::<Result<Vec<_>, _>>()?;
    let is = match written.is.as_deref() {
        None => fields.first().map_or(Is::Text, |&field| usual(field)),
        Some("id") => Is::Id,
        Some("time") => Is::Time,
        Some("number") => Is::Number,
        Some("text") => Is::Text,
        Some(other) => {
            let what = format!("`{}` cannot be `{other}`", written.header);
            return Err((what, "a column is `id`, `time`, `number` or `text`".to_owned()));
        }
    };
    let names: Vec<String> =
        std::iter::once(&written.header).chain(&written.also).map(|name| plain(name)).collect();
    if names.iter().any(String::is_empty) {
        let what = format!("`{}` has a name without letters and digits", written.header);
        return Err((what, "headers are compared by letters and digits".to_owned()));
    }
    let mut nothing = std::mem::take(&mut written.nothing);
    if is == Is::Number {
        nothing.extend(NO_NUMBER.map(str::to_owned));
    }
    let digits = nothing.iter().any(|mark| begins_with_a_digit(mark));
    let WrittenColumn { header, sometimes, usual, .. } = written;
    Ok(Column { header, names, fields, is, sometimes, usual, nothing, digits })
}

/// Cells that begin with a digit are looked at once only, unless a mark does too.
fn begins_with_a_digit(mark: &str) -> bool {
    mark.starts_with(|letter: char| letter.is_ascii_digit())
}

/// What the cells of a field look like, unless the format says otherwise.
fn usual(field: Field) -> Is {
    match field {
        Field::Id => Is::Id,
        Field::At | Field::TimeFrameEnd => Is::Time,
        Field::Networks | Field::Devices | Field::Count => Is::Number,
        _ => Is::Text,
    }
}

fn field(name: &str) -> Result<Field, Wrong> {
    Field::named(name).ok_or_else(|| {
        let known: Vec<&str> = Field::ALL.into_iter().map(Field::name).collect();
        (format!("`{name}` is no field"), format!("the fields are {}", known.join(", ")))
    })
}

/// No two columns may have a name or a field in common.
fn unlike(columns: &[Column]) -> Result<(), Wrong> {
    for (at, column) in columns.iter().enumerate() {
        for other in columns.iter().skip(at + 1) {
            let name = column.names.iter().find(|name| other.names.contains(name));
            let field = column.fields.iter().find(|field| other.fields.contains(field));
            if let Some(shared) = name.map(String::as_str).or(field.map(|field| field.name())) {
                let what =
                    format!("`{}` and `{}` are both `{shared}`", column.header, other.header);
                return Err((what, "a name or a field belongs to one column".to_owned()));
            }
        }
    }
    Ok(())
}

fn time(text: &str) -> Result<Pattern, Wrong> {
    Pattern::from_str(text).map_err(|why| {
        let help = "a pattern is written like `MM/DD/YYYY, hh:mm:ss AM UTC`".to_owned();
        (format!("`{text}` is no pattern of times: {why}"), help)
    })
}

fn needed(set: &[String], columns: &[Column]) -> Result<Vec<Field>, Wrong> {
    let fields = set.iter().map(|name| field(name)).collect::<Result<Vec<_>, _>>()?;
    let lacking =
        fields.iter().find(|field| !columns.iter().any(|column| column.fields.contains(field)));
    match lacking {
        None if fields.len() < 2 => {
            let what = "`needs` asks for fewer than two fields".to_owned();
            Err((what, "a header is told from other lines by two columns at least".to_owned()))
        }
        None => Ok(fields),
        Some(field) => {
            let what = format!("`needs` asks for `{}`, which no column is", field.name());
            Err((what, "give a column that field".to_owned()))
        }
    }
}

fn zone(name: &str) -> Result<Written, Wrong> {
    match name {
        "UTC" => Ok(Written::Utc),
        "local" => Ok(Written::Local),
        other => TimeZone::get(other).map(Written::In).map_err(|_| {
            let help = "write `UTC`, `local`, or a zone such as `America/Los_Angeles`".to_owned();
            (format!("`{other}` is no time zone"), help)
        }),
    }
}
