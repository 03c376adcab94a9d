//! From the columns of a released spreadsheet to requests, saying no more than the columns do.
//!
//! Only rows of California are read. A facility is placed by its exact name and city in
//! `facilities.csv`; a name that is not there, or that stands there as not to be placed, is counted
//! with the reason and makes no request.

use std::{
    collections::BTreeMap,
    fmt,
    io::{Read, Write},
};

use jiff::civil::Date;
use miette::{IntoDiagnostic, Result, WrapErr, ensure, miette};
use serde_json::{Value, json};

/// What a jail is asked to do for the officer who sent the detainer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Act {
    DetainOnHold,
    NotifyReleaseDate,
    TransferCustody,
}

impl Act {
    const fn name(self) -> &'static str {
        match self {
            Self::DetainOnHold => "detain_on_hold",
            Self::NotifyReleaseDate => "notify_release_date",
            Self::TransferCustody => "transfer_custody",
        }
    }
}

/// One row of California.
#[derive(Debug)]
pub(crate) struct Detainer {
    /// Its line in the file, the header being line 1.
    pub(crate) line: u64,
    pub(crate) prepared: Date,
    /// `I247`, `I247A`, `I247D` or `I247N`: the form's number without its description.
    pub(crate) form: String,
    pub(crate) facility: String,
    pub(crate) city: String,
    /// Empty where nobody lifted it, or nobody wrote down why.
    pub(crate) lift_reason: String,
}

/// A row that could not be read.
#[derive(Debug)]
pub(crate) struct BadRow {
    pub(crate) line: u64,
    reason: String,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

const COLUMNS: [&str; 6] = [
    "Prepare Date",
    "Detainer Type",
    "Detainer Detention Facility",
    "State",
    "City",
    "Detainer Lift Reason",
];

/// The rows of California, in order; bad rows in their place.
///
/// # Errors
///
/// Where the header lacks a column.
pub(crate) fn detainers(
    source: impl Read,
) -> Result<impl Iterator<Item = Result<Detainer, BadRow>>> {
    let mut reader = csv::Reader::from_reader(source);
    let headers = reader.headers().into_diagnostic().wrap_err("cannot read the header")?;
    let mut places = [0; COLUMNS.len()];
    for (place, name) in places.iter_mut().zip(COLUMNS) {
        *place = headers
            .iter()
            .position(|header| header == name)
            .ok_or_else(|| miette!("the header has no column `{name}`"))?;
    }
    Ok(reader.into_records().filter_map(move |record| {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                return Some(Err(BadRow { line, reason: reason(error.kind()) }));
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let [prepared, form, facility, state, city, lift_reason] =
            places.map(|place| record.get(place).unwrap_or_default().trim());
        (state == "CALIFORNIA").then(|| {
            Ok(Detainer {
                line,
                prepared: prepared.parse().map_err(|_| BadRow {
                    line,
                    reason: format!("`{prepared}` is no date like 2014-12-01"),
                })?,
                form: form.split(' ').next().unwrap_or_default().to_owned(),
                facility: facility.to_owned(),
                city: city.to_owned(),
                lift_reason: lift_reason.to_owned(),
            })
        })
    }))
}

fn reason(kind: &csv::ErrorKind) -> String {
    match kind {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} columns instead of {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "not UTF-8".to_owned(),
        csv::ErrorKind::Io(error) => error.to_string(),
        _ => "not CSV".to_owned(),
    }
}

/// Whose custody a facility means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct HeldBy {
    words: &'static str,
    jurisdiction: &'static str,
    actor_kind: &'static str,
}

impl HeldBy {
    fn named(name: &str) -> Option<Self> {
        let (words, jurisdiction, actor_kind) = match name {
            "los_angeles_city" => ("Los Angeles police", "us/ca/los-angeles", "city_police"),
            "los_angeles_county" => {
                ("Los Angeles County sheriff", "us/ca/los-angeles-county", "sheriff_or_jail")
            }
            "county" => ("another county's jail", "us/ca", "sheriff_or_jail"),
            "city" => ("another city's police", "us/ca", "city_police"),
            "state_prison" => ("state prison", "us/ca", "state_corrections_cdcr"),
            _ => return None,
        };
        Some(Self { words, jurisdiction, actor_kind })
    }
}

/// Who holds people at which facility, or why that is not known, by name and city.
#[derive(Debug)]
pub(crate) struct Facilities(BTreeMap<(String, String), Result<HeldBy, String>>);

impl Facilities {
    /// The list beside this file.
    pub(crate) fn known() -> Result<Self> {
        let mut reader = csv::Reader::from_reader(include_str!("facilities.csv").as_bytes());
        let mut known = BTreeMap::new();
        for row in reader.deserialize() {
            let (facility, city, held_by, note): (String, String, String, String) =
                row.into_diagnostic()?;
            let held_by = match HeldBy::named(&held_by) {
                Some(held_by) => Ok(held_by),
                None => {
                    ensure!(held_by == "not_mapped" && !note.is_empty(), "{facility}: {held_by}?");
                    Err(note)
                }
            };
            ensure!(known.insert((facility, city), held_by).is_none(), "a facility stands twice");
        }
        Ok(Self(known))
    }

    /// Who holds the person, or why that cannot be told.
    fn held_by(&self, detainer: &Detainer) -> Result<HeldBy, &str> {
        let unknown = "the facility is not in the list";
        match self.0.get(&(detainer.facility.clone(), detainer.city.clone())) {
            Some(Ok(held_by)) => Ok(*held_by),
            Some(Err(reason)) => Err(reason),
            None => Err(unknown),
        }
    }
}

/// How many detainers were placed where, and why the others were not.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    placed: BTreeMap<&'static str, u64>,
    /// By reason, then by facility.
    not_mapped: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Summary {
    /// The request that the detainer makes; none where it cannot be placed. `on` replaces the day
    /// of the form.
    ///
    /// Says only what the columns tell. Everything else is left out, and so unknown: the record,
    /// the hours, whether the person is due for release.
    pub(crate) fn request(
        &mut self,
        facilities: &Facilities,
        detainer: &Detainer,
        act: Act,
        on: Option<Date>,
    ) -> Option<Value> {
        let held_by = match detainer.form.as_str() {
            "I247" | "I247A" | "I247D" => facilities.held_by(detainer),
            "I247N" => Err("form I-247N asks for notice only"),
            _ => Err("the form is not a detainer that the list knows"),
        };
        let held_by = match held_by {
            Ok(held_by) => held_by,
            Err(reason) => {
                let facilities = self.not_mapped.entry(reason.to_owned()).or_default();
                *facilities.entry(detainer.facility.clone()).or_default() += 1;
                return None;
            }
        };
        *self.placed.entry(held_by.words).or_default() += 1;
        let mut facts = json!({
            "action": act.name(),
            "actor_kind": held_by.actor_kind,
            "requester_kind": "ice_ero",
            "purpose": "civil_immigration_enforcement",
            "requests_specific_person": true,
            "non_local_agency": true,
            "legal_process": "i247a_detainer",
            "process_issuer": "immigration_officer",
            "detainer_lodged": true,
            "in_custody": true,
        });
        if let (Act::NotifyReleaseDate, Some(facts)) = (act, facts.as_object_mut()) {
            facts.insert("info_category".to_owned(), "release_date_time".into());
        }
        Some(json!({
            "id": { "line": detainer.line, "held_by": held_by.words },
            "jurisdiction": held_by.jurisdiction,
            "on": on.unwrap_or(detainer.prepared).to_string(),
            "facts": facts,
        }))
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total: u64 = self.placed.values().sum();
        writeln!(f, "{total} requests")?;
        for (held_by, count) in &self.placed {
            writeln!(f, "{count:>7}  {held_by}")?;
        }
        let total: u64 = self.not_mapped.values().flat_map(BTreeMap::values).sum();
        writeln!(f, "{total} detainers make no request")?;
        for (reason, facilities) in &self.not_mapped {
            writeln!(f, "{:>7}  {reason}", facilities.values().sum::<u64>())?;
            for (facility, count) in facilities {
                writeln!(f, "{count:>15}  {facility}")?;
            }
        }
        Ok(())
    }
}

/// Detainers counted by facility, city, form and reason for lifting.
#[derive(Debug, Default)]
pub(crate) struct Counts(BTreeMap<[String; 4], u64>);

impl Counts {
    pub(crate) fn add(&mut self, detainer: &Detainer) {
        let lift_reason = match detainer.lift_reason.as_str() {
            "" => "(blank)",
            reason => reason,
        };
        let key = [&detainer.facility, &detainer.city, &detainer.form, lift_reason];
        *self.0.entry(key.map(str::to_owned)).or_default() += 1;
    }

    pub(crate) fn write(&self, out: impl Write) -> Result<()> {
        let mut writer = csv::Writer::from_writer(out);
        writer
            .write_record(["facility", "city", "form", "lift_reason", "count"])
            .into_diagnostic()?;
        for (key, count) in &self.0 {
            let count = count.to_string();
            let row = key.iter().chain([&count]);
            writer.write_record(row).into_diagnostic()?;
        }
        writer.flush().into_diagnostic()
    }
}
