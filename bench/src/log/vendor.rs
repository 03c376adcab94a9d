//! Rows shaped like the vendor's export of a network audit: fourteen columns, about 190 bytes, two lines
//! in one cell. All made up; the same rows for the same seed.
//!
//! What is kept of real logs is how often things repeat: an agency works on a few cases at a time and
//! writes each of them many times, a few dozen phrases make up half of all reasons, and one search in
//! some hundreds names an immigration agency.

use std::fmt::Write as _;

use jiff::civil::{DateTime, datetime};

use super::words::{AGENCIES, GENERIC, IMMIGRATION, OFFENSES, PLACES, SEARCH_TYPES, STATES};
use crate::workload::Random;

/// The header, with the spaces that the vendor puts before each name but the first.
pub(crate) const HEADER: [&str; 14] = [
    "ID",
    " Name",
    " Org Name",
    " Total Networks Searched",
    " Total Devices Searched",
    " Time Frame",
    " License Plate",
    " Reason",
    " Case #",
    " Filters",
    " Search Time",
    " Search Type",
    " Text Prompt",
    " Moderation",
];

/// Cases that an agency works on at a time.
const OPEN_CASES: usize = 5;
/// One row in how many is written twice.
const TWICE: usize = 200;
/// Seconds between two searches, at most.
const PAUSE: usize = 12;

/// A row, its cells rewritten for each search.
#[derive(Default)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) organization: String,
    pub(crate) networks: u32,
    /// None where the vendor prints two em dashes.
    pub(crate) devices: Option<u32>,
    pub(crate) from: DateTime,
    pub(crate) at: DateTime,
    pub(crate) reason: String,
    pub(crate) case: String,
    pub(crate) search_type: &'static str,
}

/// Makes row after row.
pub(crate) struct Vendor {
    random: Random,
    organizations: Vec<String>,
    /// Of each organization, the numbers of the cases that it works on.
    cases: Vec<[u32; OPEN_CASES]>,
    at: DateTime,
    row: Row,
}

impl Vendor {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random(seed | 1);
        let organizations = organizations();
        let cases =
            organizations.iter().map(|_| std::array::from_fn(|_| number(&mut random))).collect();
        Self {
            random,
            organizations,
            cases,
            at: datetime(2025, 1, 1, 8, 0, 0, 0),
            row: Row::default(),
        }
    }

    /// The next row.
    pub(crate) fn next(&mut self) -> &Row {
        if self.row.id.is_empty() || self.random.below(TWICE) > 0 {
            self.search();
        }
        &self.row
    }

    fn search(&mut self) {
        let pause = i64::try_from(self.random.below(PAUSE)).unwrap_or(0);
        self.at = self.at.saturating_add(jiff::SignedDuration::from_secs(pause));
        let hours = 12_i64 << self.random.below(6);
        let organization = self.organization();
        let row = &mut self.row;
        row.at = self.at;
        row.from = self.at.saturating_sub(jiff::SignedDuration::from_hours(hours));
        row.organization.clone_from(&self.organizations[organization]);
        row.networks = u32::try_from(self.random.below(1_200)).unwrap_or(0);
        row.devices = (self.random.below(20) > 0).then_some(row.networks * 21 + 3);
        row.search_type = SEARCH_TYPES[self.random.below(SEARCH_TYPES.len())];
        self.id();
        self.words(organization);
    }

    /// A few agencies search much more than the others.
    fn organization(&mut self) -> usize {
        let bound = 1 + self.random.below(self.organizations.len());
        self.random.below(bound)
    }

    fn id(&mut self) {
        let id = &mut self.row.id;
        id.clear();
        for (place, digits) in [8, 4, 4, 4, 12].into_iter().enumerate() {
            if place > 0 {
                id.push('-');
            }
            let bits = self.random.below(1 << (4 * digits));
            let _ = write!(id, "{bits:0digits$x}");
        }
    }

    /// Reason and case, in the proportions of logs that were published.
    fn words(&mut self, organization: usize) {
        let case = self.case(organization);
        let random = &mut self.random;
        let words = match random.below(1_000) {
            0..150 => String::new(),
            150..154 => IMMIGRATION[random.below(IMMIGRATION.len())].to_owned(),
            154..500 => GENERIC[random.below(GENERIC.len())].to_owned(),
            500..700 => OFFENSES[random.below(OFFENSES.len())].to_owned(),
            700..850 => format!("25-{case:06}"),
            850..950 => format!("25-{case:06}, {}", OFFENSES[random.below(OFFENSES.len())]),
            _ => format!("{} {case}", GENERIC[random.below(GENERIC.len())]),
        };
        self.row.reason = words;
        self.row.case.clear();
        if random.below(10) == 0 {
            self.row.case = format!("25{case:08}");
        }
    }

    fn case(&mut self, organization: usize) -> u32 {
        let place = self.random.below(OPEN_CASES);
        let cases = &mut self.cases[organization];
        if self.random.below(12) == 0 {
            cases[place] = number(&mut self.random);
        }
        cases[place]
    }
}

fn number(random: &mut Random) -> u32 {
    u32::try_from(random.below(1_000_000)).unwrap_or(0)
}

/// Several hundred agencies of several states, and some of the United States.
fn organizations() -> Vec<String> {
    let agencies = STATES.iter().flat_map(|state| {
        PLACES.iter().flat_map(move |place| {
            AGENCIES.iter().map(move |agency| agency.replace("PLACE", place).replace("ST", state))
        })
    });
    let mut names: Vec<String> = agencies.collect();
    for (place, federal) in [
        (40, "US Border Patrol San Diego Sector [Federal]"),
        (90, "Homeland Security Investigations [Federal]"),
        (200, "ATF [Federal]"),
        (300, "US Postal Inspection Service [Federal]"),
        (400, "Old Mill CA PD [Inactive]"),
    ] {
        names.insert(place, federal.to_owned());
    }
    names
}
