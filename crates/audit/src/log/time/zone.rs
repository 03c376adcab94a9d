//! The time zone of a jurisdiction.

use jiff::tz::TimeZone;

/// A state's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone {
    /// That of most of its people.
    pub name: &'static str,
    /// Those of its other parts, where it has several. A report says so: near midnight a row of such a
    /// part may lie on another day.
    pub others: &'static [&'static str],
}

/// The zone of the state in which a jurisdiction lies; none of one that lies in no state.
#[must_use]
pub fn zone_of(jurisdiction: &str) -> Option<Zone> {
    let mut folders = jurisdiction.split('/');
    let state = folders.next().filter(|country| *country == "us").and(folders.next())?;
    let known = ZONES.iter().find(|(states, ..)| states.split(' ').any(|code| code == state))?;
    Some(Zone { name: known.1, others: known.2 })
}

impl Zone {
    /// Its rules, by the table of zones that this program carries.
    #[must_use]
    pub fn time_zone(&self) -> Option<TimeZone> {
        TimeZone::get(self.name).ok()
    }
}

const EASTERN: &str = "America/New_York";
const CENTRAL: &str = "America/Chicago";
const MOUNTAIN: &str = "America/Denver";
const PACIFIC: &str = "America/Los_Angeles";
const ALASKA: &str = "America/Anchorage";

type States = (&'static str, &'static str, &'static [&'static str]);

const ZONES: [States; 15] = [
    ("ct dc de ga ma md me nc nh nj ny oh pa ri sc va vt wv", EASTERN, &[]),
    ("fl", EASTERN, &[CENTRAL]),
    ("ky", EASTERN, &[CENTRAL]),
    ("in", "America/Indiana/Indianapolis", &[CENTRAL]),
    ("mi", "America/Detroit", &[CENTRAL]),
    ("al ar ia il la mn mo ms ok wi", CENTRAL, &[]),
    ("tn", CENTRAL, &[EASTERN]),
    ("ks nd ne sd tx", CENTRAL, &[MOUNTAIN]),
    ("co mt nm ut wy", MOUNTAIN, &[]),
    ("id", "America/Boise", &[PACIFIC]),
    ("az", "America/Phoenix", &[MOUNTAIN]),
    ("ca nv wa", PACIFIC, &[]),
    ("or", PACIFIC, &[MOUNTAIN]),
    ("ak", ALASKA, &["America/Adak"]),
    ("hi", "Pacific/Honolulu", &[]),
];
