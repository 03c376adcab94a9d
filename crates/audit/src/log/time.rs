//! Times as logs write them, and the day on which they fall where the law holds.
//!
//! A log may write its times in UTC, in local time, or as a mere month. The law asks for the day *there*:
//! a search at `2026-01-01T02:00:00Z` was made in California on the last day of the year before. What does
//! not fit any declared [pattern] is no time; nothing is guessed.

pub mod pattern;
mod rest;
pub mod zone;

use jiff::{
    Timestamp,
    civil::Date,
    tz::{AmbiguousOffset, TimeZone},
};

pub use pattern::Pattern;
pub use zone::{Zone, zone_of};

use pattern::{Read, Stated};

const DAY: i64 = 86_400;
const SLOTS: usize = 256;

/// When something was, as far as a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Moment {
    /// The day where the law holds; the first of the month where only that was written.
    pub on: Date,
    /// Seconds since 1970 in UTC. None where no time of day was written, and in the hours that clocks pass
    /// twice or not at all.
    pub utc: Option<i64>,
    /// How much was written.
    pub precision: Precision,
}

/// How much of a time was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// A time of day.
    Time,
    /// A day.
    Day,
    /// A month: the day is not known.
    Month,
}

/// The text is no time of any pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoTime;

/// In which zone times are that name none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// UTC.
    Utc,
    /// Where the law holds.
    Local,
    /// Elsewhere.
    In(TimeZone),
}

/// Reads times. It remembers the days that it met last, so that the zone's table is rarely asked.
#[derive(Debug, Clone)]
pub struct Clock {
    patterns: Vec<Pattern>,
    /// The pattern that fitted last, tried first.
    last: usize,
    written: Written,
    here: TimeZone,
    /// The zone's usual offset. It only spreads instants over `days`.
    usual: i64,
    days: Vec<LocalDay>,
    offsets: Vec<Offset>,
}

/// A day where the law holds, from its first second to that of the next.
#[derive(Debug, Clone, Copy, Default)]
struct LocalDay {
    from: i64,
    to: i64,
    on: Date,
}

/// The offset of a whole day of the zone in which times are written.
#[derive(Debug, Clone, Copy)]
struct Offset {
    day: i64,
    seconds: i64,
}

/// The instant of a time on the wall.
#[derive(Debug, Clone, Copy)]
struct Utc {
    seconds: i64,
    /// Not in an hour that clocks pass twice or not at all.
    sure: bool,
}

impl Clock {
    /// A clock for times of these patterns, written in that zone, of a law that holds `here`.
    #[must_use]
    pub fn new(patterns: Vec<Pattern>, written: Written, here: TimeZone) -> Self {
        let usual = i64::from(here.to_offset(Timestamp::UNIX_EPOCH).seconds());
        // Days that hold no instant and offsets of a day that no date has: nothing is remembered yet.
        let days = vec![LocalDay::default(); SLOTS];
        let offsets = vec![Offset { day: i64::MIN, seconds: 0 }; SLOTS];
        Self { patterns, last: 0, written, here, usual, days, offsets }
    }

    /// Reads a text without spaces around it.
    ///
    /// # Errors
    ///
    /// Where it fits no pattern, or names a day or an hour that there is not.
    pub fn read(&mut self, text: &str) -> Result<Moment, NoTime> {
        let read = self.parse(text).ok_or(NoTime)?;
        let first = Date::new(read.year, read.month, read.day.unwrap_or(1)).map_err(|_| NoTime)?;
        if read.day.is_none() {
            return Ok(Moment { on: first, utc: None, precision: Precision::Month });
        }
        let Some(of_day) = read.second_of_day else {
            return Ok(Moment { on: first, utc: None, precision: Precision::Day });
        };
        let wall = days_from_civil(read.year, read.month, first.day()) * DAY + of_day;
        match read.stated {
            Some(Stated(offset)) => self.instant(wall - offset),
            None => self.wall(wall, first),
        }
    }

    /// The moment of an instant, in seconds since 1970.
    ///
    /// # Errors
    ///
    /// Where it lies outside the years that calendars here have.
    pub fn instant(&mut self, utc: i64) -> Result<Moment, NoTime> {
        let slot = slot_of((utc + self.usual).div_euclid(DAY));
        let known = self.days.get(slot).copied().unwrap_or_default();
        let day =
            if (known.from..known.to).contains(&utc) { known } else { self.look_up(utc, slot)? };
        Ok(Moment { on: day.on, utc: Some(utc), precision: Precision::Time })
    }

    /// The moment of a time on the wall that names no zone, in seconds since 1970 as if it were UTC.
    ///
    /// # Errors
    ///
    /// As [`Clock::instant`].
    pub fn wall_seconds(&mut self, wall: i64) -> Result<Moment, NoTime> {
        let utc = Timestamp::from_second(wall).map_err(|_| NoTime)?;
        self.wall(wall, TimeZone::UTC.to_datetime(utc).date())
    }

    fn parse(&mut self, text: &str) -> Option<Read> {
        let likely = self.patterns.get(self.last).and_then(|pattern| pattern.read(text));
        likely.or_else(|| {
            let found = self.patterns.iter().enumerate();
            let (at, read) =
                found.filter_map(|(at, pattern)| Some((at, pattern.read(text)?))).next()?;
            self.last = at;
            Some(read)
        })
    }

    fn wall(&mut self, wall: i64, on: Date) -> Result<Moment, NoTime> {
        match self.written {
            Written::Utc => self.instant(wall),
            Written::Local => {
                let utc = self.utc_of(wall, on).ok_or(NoTime)?;
                Ok(Moment { on, utc: utc.if_sure(), precision: Precision::Time })
            }
            Written::In(_) => {
                let utc = self.utc_of(wall, on).ok_or(NoTime)?;
                Ok(Moment { utc: utc.if_sure(), ..self.instant(utc.seconds)? })
            }
        }
    }

    /// The instant of a time on the wall in the zone in which times are written.
    fn utc_of(&mut self, wall: i64, on: Date) -> Option<Utc> {
        let day = wall.div_euclid(DAY);
        let slot = slot_of(day);
        if let Some(known) = self.offsets.get(slot).filter(|known| known.day == day) {
            return Some(Utc { seconds: wall - known.seconds, sure: true });
        }
        let zone = match &self.written {
            Written::In(zone) => zone,
            Written::Utc | Written::Local => &self.here,
        };
        let starts = start_of(on, zone)?;
        let ends = start_of(on.tomorrow().ok()?, zone)?;
        if ends - starts != DAY {
            return on_a_day_of_change(wall, zone);
        }
        let seconds = day * DAY - starts;
        if let Some(place) = self.offsets.get_mut(slot) {
            *place = Offset { day, seconds };
        }
        Some(Utc { seconds: wall - seconds, sure: true })
    }

    fn look_up(&mut self, utc: i64, slot: usize) -> Result<LocalDay, NoTime> {
        let instant = Timestamp::from_second(utc).map_err(|_| NoTime)?;
        let on = self.here.to_datetime(instant).date();
        let from = start_of(on, &self.here).ok_or(NoTime)?;
        let to = on.tomorrow().ok().and_then(|next| start_of(next, &self.here)).ok_or(NoTime)?;
        let day = LocalDay { from, to, on };
        if let Some(place) = self.days.get_mut(slot) {
            *place = day;
        }
        Ok(day)
    }
}

impl Utc {
    fn if_sure(self) -> Option<i64> {
        self.sure.then_some(self.seconds)
    }
}

/// The instant on a day on which clocks change.
fn on_a_day_of_change(wall: i64, zone: &TimeZone) -> Option<Utc> {
    let at = TimeZone::UTC.to_datetime(Timestamp::from_second(wall).ok()?);
    let (offset, sure) = match zone.to_ambiguous_timestamp(at).offset() {
        AmbiguousOffset::Unambiguous { offset } => (offset, true),
        AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => {
            (before, false)
        }
    };
    Some(Utc { seconds: wall - i64::from(offset.seconds()), sure })
}

fn slot_of(day: i64) -> usize {
    usize::try_from(day.rem_euclid(SLOTS.try_into().unwrap_or(1))).unwrap_or(0)
}

/// The first second of a day.
fn start_of(on: Date, zone: &TimeZone) -> Option<i64> {
    Some(on.to_zoned(zone.clone()).ok()?.timestamp().as_second())
}

/// Days since 1970-01-01, by Howard Hinnant's `days_from_civil`.
fn days_from_civil(year: i16, month: i8, day: i8) -> i64 {
    let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}
