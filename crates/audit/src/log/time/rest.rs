//! What is left of a text while its time is read.

use super::pattern::{Digits, Stated};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Abbreviations with their hours from UTC.
const ABBREVIATIONS: [(&str, i64); 14] = [
    ("UTC", 0),
    ("GMT", 0),
    ("EST", -5),
    ("EDT", -4),
    ("CST", -6),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
    ("AKST", -9),
    ("AKDT", -8),
    ("HST", -10),
    ("Z", 0),
];

/// What has not been read yet.
pub(super) struct Rest<'a>(pub(super) &'a [u8]);

impl Rest<'_> {
    pub(super) fn byte(&mut self, wanted: u8) -> Option<()> {
        let (&first, rest) = self.0.split_first()?;
        (first == wanted).then(|| self.0 = rest)
    }

    /// Spaces, also those that browsers put before `AM`.
    pub(super) fn spaces(&mut self) {
        loop {
            self.0 = match self.0 {
                [b' ', rest @ ..] | [0xC2, 0xA0, rest @ ..] | [0xE2, 0x80, 0xAF, rest @ ..] => rest,
                _ => return,
            };
        }
    }

    pub(super) fn digit(&mut self) -> Option<i8> {
        let (&first, rest) = self.0.split_first()?;
        let digit = first.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        self.0 = rest;
        digit.try_into().ok()
    }

    pub(super) fn two(&mut self) -> Option<i8> {
        Some(self.digit()? * 10 + self.digit()?)
    }

    pub(super) fn digits(&mut self, digits: Digits) -> Option<i8> {
        let first = self.digit()?;
        match (digits, self.digit()) {
            (_, Some(second)) => Some(first * 10 + second),
            (Digits::OneOrTwo, None) => Some(first),
            (Digits::Two, None) => None,
        }
    }

    pub(super) fn fraction(&mut self) {
        if let [b'.', b'0'..=b'9', ..] = self.0 {
            let digits = self.0.iter().skip(1).take_while(|byte| byte.is_ascii_digit()).count();
            self.0 = self.0.get(digits + 1..).unwrap_or_default();
        }
    }

    /// Passes a word in any case.
    pub(super) fn word(&mut self, word: &str) -> bool {
        match self.0.split_at_checked(word.len()) {
            Some((first, rest)) if first.eq_ignore_ascii_case(word.as_bytes()) => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    pub(super) fn afternoon(&mut self) -> Option<bool> {
        let afternoon = self.word("PM") || self.word("P.M.");
        (afternoon || self.word("AM") || self.word("A.M.")).then_some(afternoon)
    }

    pub(super) fn month(&mut self) -> Option<i8> {
        let letters = self.0.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (name, rest) = self.0.split_at_checked(letters)?;
        let is = |month: &&str| {
            let month = month.as_bytes();
            name.eq_ignore_ascii_case(month)
                || month.get(..3).is_some_and(|short| name.eq_ignore_ascii_case(short))
        };
        let at = MONTHS.iter().position(is)?;
        self.0 = rest;
        i8::try_from(at + 1).ok()
    }

    pub(super) fn utc(&mut self) -> Option<Stated> {
        (self.word("UTC") || self.word("GMT")).then_some(Stated(0))
    }

    pub(super) fn abbreviation(&mut self) -> Option<Stated> {
        let known = ABBREVIATIONS.iter().find(|(name, _)| self.word(name))?;
        Some(Stated(known.1 * 3600))
    }

    pub(super) fn distance(&mut self) -> Option<Stated> {
        if self.word("Z") {
            return Some(Stated(0));
        }
        let east = match self.byte(b'+') {
            Some(()) => 1,
            None => self.byte(b'-').map(|()| -1)?,
        };
        let hours = i64::from(self.two()?);
        let minutes = if self.0.is_empty() {
            0
        } else {
            let _ = self.byte(b':');
            i64::from(self.two()?)
        };
        (hours < 24 && minutes < 60).then_some(Stated(east * (hours * 3600 + minutes * 60)))
    }
}
