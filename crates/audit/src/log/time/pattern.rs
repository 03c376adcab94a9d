//! Patterns of times, written as people write them: `MM/DD/YYYY, hh:mm:ss AM UTC`.
//!
//! | in a pattern | reads |
//! | --- | --- |
//! | `YYYY` `YY` | a year of four digits; of two, which is of this century |
//! | `MM` `DD` `hh` | two digits |
//! | `M` `D` `h` | one digit or two |
//! | `MMM` | a month's name in English or its first three letters |
//! | `mm` `ss` | minutes and seconds |
//! | `.fff` | a fraction of any length, or none |
//! | `AM` | `AM` or `PM`; hours then run from 12 to 11 |
//! | `Z` `UTC` | UTC, by these names |
//! | `zzz` | `UTC` or an abbreviation of the United States, such as `PDT` |
//! | `+hh:mm` | a distance from UTC, or `Z` |
//! | a space | any spaces, or none |
//!
//! Any other character stands for itself.

use std::str::FromStr;

use super::rest::Rest;

/// A pattern of times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    written: String,
    parts: Vec<Part>,
    /// Places of its signs, as far as they are fixed.
    signs: Vec<(usize, u8)>,
}

/// What a text says of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) year: i16,
    pub(super) month: i8,
    /// None where only the month was written.
    pub(super) day: Option<i8>,
    /// None where no time of day was written.
    pub(super) second_of_day: Option<i64>,
    pub(super) stated: Option<Stated>,
}

/// A zone that a text states, as seconds east of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stated(pub(super) i64);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year4,
    Year2,
    Month(Digits),
    MonthName,
    Day(Digits),
    Hour(Digits),
    Minute,
    Second,
    Fraction,
    HalfOfDay,
    Zulu,
    Utc,
    Abbreviation,
    Distance,
    Spaces,
    Just(u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Digits {
    Two,
    OneOrTwo,
}

/// What patterns are written with, the longer before what it begins with.
const WORDS: [(&str, Part); 18] = [
    ("YYYY", Part::Year4),
    ("YY", Part::Year2),
    ("AM", Part::HalfOfDay),
    ("MMM", Part::MonthName),
    ("MM", Part::Month(Digits::Two)),
    ("M", Part::Month(Digits::OneOrTwo)),
    ("DD", Part::Day(Digits::Two)),
    ("D", Part::Day(Digits::OneOrTwo)),
    ("+hh:mm", Part::Distance),
    ("hh", Part::Hour(Digits::Two)),
    ("h", Part::Hour(Digits::OneOrTwo)),
    ("mm", Part::Minute),
    ("ss", Part::Second),
    (".fff", Part::Fraction),
    ("UTC", Part::Utc),
    ("zzz", Part::Abbreviation),
    ("Z", Part::Zulu),
    (" ", Part::Spaces),
];

impl Pattern {
    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether a text has this pattern and its numbers can be those of a day and an hour.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        self.read(text).is_some()
    }

    /// Whether the signs between a text's numbers are those of this pattern: a glance, for texts that are
    /// read later.
    #[must_use]
    pub fn looks_like(&self, text: &str) -> bool {
        let text = text.as_bytes();
        self.signs.len() > 2
            && text.first().is_some_and(u8::is_ascii_digit)
            && self.signs.iter().all(|&(at, sign)| text.get(at) == Some(&sign))
    }

    pub(super) fn read(&self, text: &str) -> Option<Read> {
        let mut rest = Rest(text.as_bytes());
        let mut found = Found::default();
        for part in &self.parts {
            found.take(*part, &mut rest)?;
        }
        if rest.0.is_empty() { found.read() } else { None }
    }
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(written: &str) -> Result<Self, String> {
        let mut rest = written;
        let mut parts = Vec::new();
        while let Some(first) = rest.bytes().next() {
            let word =
                WORDS.iter().find_map(|(word, part)| Some((rest.strip_prefix(word)?, *part)));
            let (after, part) = match word {
                Some(found) => found,
                None => (rest.get(1..).ok_or("a letter outside ASCII")?, Part::Just(first)),
            };
            parts.push(part);
            rest = after;
        }
        let has = |wanted: fn(&Part) -> bool| parts.iter().any(wanted);
        if !has(|part| matches!(part, Part::Year4 | Part::Year2)) {
            return Err("no year (`YYYY`)".to_owned());
        }
        if !has(|part| matches!(part, Part::Month(_) | Part::MonthName)) {
            return Err("no month (`MM`, `M` or `MMM`)".to_owned());
        }
        let hours = has(|part| matches!(part, Part::Hour(_)));
        if has(|part| matches!(part, Part::Minute | Part::Second | Part::HalfOfDay)) && !hours {
            return Err("minutes, seconds or `AM` without an hour (`hh`)".to_owned());
        }
        if hours && !has(|part| matches!(part, Part::Day(_))) {
            return Err("an hour without a day (`DD`)".to_owned());
        }
        Ok(Self { written: written.to_owned(), signs: signs(&parts), parts })
    }
}

/// The places of signs before the first part whose width varies.
fn signs(parts: &[Part]) -> Vec<(usize, u8)> {
    let mut signs = Vec::new();
    let mut at = 0;
    for part in parts {
        at += match part {
            Part::Just(sign) => {
                signs.push((at, *sign));
                1
            }
            Part::Year4 => 4,
            Part::Year2
            | Part::Month(Digits::Two)
            | Part::Day(Digits::Two)
            | Part::Hour(Digits::Two)
            | Part::Minute
            | Part::Second => 2,
            _ => break,
        };
    }
    signs
}

/// What has been read so far.
#[derive(Default)]
struct Found {
    year: i16,
    month: i8,
    day: Option<i8>,
    hour: Option<i64>,
    minute: i64,
    second: i64,
    afternoon: Option<bool>,
    stated: Option<Stated>,
}

impl Found {
    fn take(&mut self, part: Part, rest: &mut Rest<'_>) -> Option<()> {
        match part {
            Part::Just(byte) => rest.byte(byte)?,
            Part::Spaces => rest.spaces(),
            Part::Year4 => self.year = i16::from(rest.two()?) * 100 + i16::from(rest.two()?),
            Part::Year2 => self.year = 2000 + i16::from(rest.two()?),
            Part::Month(digits) => self.month = rest.digits(digits)?,
            Part::MonthName => self.month = rest.month()?,
            Part::Day(digits) => self.day = Some(rest.digits(digits)?),
            Part::Hour(digits) => self.hour = Some(rest.digits(digits)?.into()),
            Part::Minute => self.minute = rest.two()?.into(),
            Part::Second => self.second = rest.two()?.into(),
            Part::Fraction => rest.fraction(),
            Part::HalfOfDay => self.afternoon = Some(rest.afternoon()?),
            Part::Zulu => self.stated = Some(rest.word("Z").then_some(Stated(0))?),
            Part::Utc => self.stated = Some(rest.utc()?),
            Part::Abbreviation => self.stated = Some(rest.abbreviation()?),
            Part::Distance => self.stated = Some(rest.distance()?),
        }
        Some(())
    }

    fn read(self) -> Option<Read> {
        let Self { year, month, day, stated, .. } = self;
        let day_can_be = day.is_none_or(|day| (1..=31).contains(&day));
        if !(1..=12).contains(&month) || !day_can_be {
            return None;
        }
        let second_of_day = match self.hour {
            Some(hour) => Some(self.second_of_day(hour)?),
            None => None,
        };
        Some(Read { year, month, day, second_of_day, stated })
    }

    fn second_of_day(&self, hour: i64) -> Option<i64> {
        let hour = match self.afternoon {
            Some(afternoon) if (1..=12).contains(&hour) => {
                hour % 12 + if afternoon { 12 } else { 0 }
            }
            Some(_) => return None,
            None => hour,
        };
        // A leap second is read as the second before it.
        let can_be = hour < 24 && self.minute < 60 && self.second <= 60;
        can_be.then_some(hour * 3600 + self.minute * 60 + self.second.min(59))
    }
}
