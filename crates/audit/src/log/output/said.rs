//! What many findings say alike: put into words once. A row carries the numbers of its words.

use std::sync::Arc;

use jiff::civil::Date;

use super::{Words, dictionary::Dictionary};
use crate::{
    lexicon::Reading,
    log::{finding::Finding, judge::Ruling},
};

/// A dictionary with more words than this is begun anew.
const MOST_WORDS: usize = 64 * 1024;

/// The words of all findings of a part.
#[derive(Debug)]
pub(super) struct Said<'a> {
    words: Words<'a>,
    pub(super) rulings: Dictionary<usize, Arc<Ruling>, 10>,
    pub(super) readings: Dictionary<Option<Reading>, (), 3>,
    pub(super) groups: Dictionary<(usize, usize), Group, 2>,
    pub(super) days: Dictionary<Option<Date>, Option<i32>, 1>,
    pub(super) files: Dictionary<u32, (), 2>,
    file: (u32, i32),
}

/// Kept beside a group's words, so that nothing else comes to stand at the address that is its key.
type Group = (Arc<[Box<str>]>, Arc<str>);

/// The numbers of what one finding says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers {
    pub(super) ruling: i32,
    pub(super) reading: i32,
    pub(super) group: i32,
    pub(super) day: i32,
    pub(super) file: i32,
    /// Days since 1970.
    pub(super) on: Option<i32>,
}

impl<'a> Said<'a> {
    pub(super) fn new(words: Words<'a>) -> Self {
        Self {
            words,
            rulings: Dictionary::new(),
            readings: Dictionary::new(),
            groups: Dictionary::new(),
            days: Dictionary::new(),
            files: Dictionary::new(),
            file: (0, 0),
        }
    }

    /// The file of the findings that follow.
    pub(super) fn file(&mut self, name: &str, sha256: &str) {
        let key = self.file.0.wrapping_add(1);
        let cells = || ((), [Some(name.to_owned()), Some(sha256.to_owned())]);
        self.file = (key, self.files.number(key, cells));
    }

    pub(super) fn numbers(&mut self, finding: &Finding) -> Numbers {
        let Finding { on, group, class, reading, ruling, .. } = finding;
        let words = self.words;
        // Equal rulings and groups are mostly one allocation, so its address says which it is.
        let ruling = self
            .rulings
            .number(Arc::as_ptr(ruling).addr(), || (Arc::clone(ruling), words.ruling(ruling)));
        let reading = self.readings.number(*reading, || ((), words.reading(*reading)));
        let key = (Arc::as_ptr(group).cast::<()>().addr(), Arc::as_ptr(class).cast::<()>().addr());
        let group = self.groups.number(key, || {
            let name = (!group.is_empty()).then(|| group.join("; "));
            let class_word = (!class.is_empty()).then(|| class.to_string());
            ((Arc::clone(group), Arc::clone(class)), [name, class_word])
        });
        let day = self.days.number(*on, || {
            let month = on.map(|on| format!("{:04}-{:02}", on.year(), on.month()));
            (on.map(days_since_1970), [month])
        });
        let on = self.days.kept(day).copied().flatten();
        Numbers { ruling, reading, group, day, file: self.file.1, on }
    }

    /// Begins anew what has grown too large. No row may still have a number.
    pub(super) fn forget(&mut self) {
        self.rulings.forget_beyond(MOST_WORDS);
        self.readings.forget_beyond(MOST_WORDS);
        self.groups.forget_beyond(MOST_WORDS);
        self.days.forget_beyond(MOST_WORDS);
    }
}

fn days_since_1970(on: Date) -> i32 {
    let hours = on.duration_since(Date::constant(1970, 1, 1)).as_hours();
    i32::try_from(hours / 24).unwrap_or_default()
}
