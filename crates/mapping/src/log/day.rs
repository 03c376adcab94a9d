//! The day of a row, on which the law is asked.

use jiff::{
    civil::Date,
    fmt::strtime::{self, BrokenDownTime},
    tz::TimeZone,
};

/// Ways to write a day that are understood without being told: ISO 8601, and what spreadsheets make of it.
const USUAL: [&str; 6] = [
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.fZ",
    "%Y-%m-%dT%H:%M:%S%.f%:z",
    "%Y-%m-%d %H:%M:%S%.f%:z",
];

/// The day on which the law is asked about a row.
#[derive(Debug)]
pub enum Day {
    /// The same for all, whatever they say.
    Fixed(Date),
    /// What a column says.
    Column {
        /// The column.
        column: String,
        /// The ways in which days are written there.
        formats: Vec<String>,
        /// Times there are of UTC, unless they say otherwise, and the day is that of this zone.
        zone: Option<TimeZone>,
    },
}

impl Day {
    /// The column that says it.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Fixed(_) => None,
            Self::Column { column, .. } => Some(column),
        }
    }

    /// The day that a cell says; none where it says none.
    #[must_use]
    pub fn read(&self, cell: &str) -> Option<Date> {
        match self {
            Self::Fixed(day) => Some(*day),
            Self::Column { formats, zone, .. } => {
                let said = formats.iter().find_map(|format| strtime::parse(format, cell).ok())?;
                zone.as_ref().map_or_else(|| said.to_date().ok(), |zone| in_zone(&said, zone))
            }
        }
    }

    pub(crate) fn usual_formats() -> Vec<String> {
        USUAL.iter().map(|&format| format.to_owned()).collect()
    }
}

/// A day without a time is a day in any zone.
fn in_zone(said: &BrokenDownTime, zone: &TimeZone) -> Option<Date> {
    if said.offset().is_some() {
        return Some(said.to_timestamp().ok()?.to_zoned(zone.clone()).date());
    }
    if said.hour().is_none() {
        return said.to_date().ok();
    }
    let at = said.to_datetime().ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(at.with_time_zone(zone.clone()).date())
}
