//! What of the files was not read, what is wrong with them, and which were given more than once.

use std::collections::BTreeMap;

use super::{
    Lang, Report,
    words::{self, number},
};
use crate::log::run::FileRead;

/// So many files are named before the others are counted.
const MOST_NAMED: usize = 3;

/// What was not read: rows as far as they are known, and files of which it is not known.
#[derive(Debug, Clone, Copy)]
pub(super) struct NotRead {
    pub(super) rows: u64,
    /// Files that were read up to some place.
    in_part: usize,
    /// Files of which nothing was read.
    whole: usize,
}

/// Rows of one file with which the same is wrong.
#[derive(Debug)]
pub(super) struct Wrong<'a> {
    pub(super) what: &'a str,
    /// The first of them; none where it is the whole file.
    row: Option<u64>,
    rows: u64,
    /// Whether there are more of them than the file's list has.
    or_more: bool,
}

impl NotRead {
    pub(super) fn of(report: &Report<'_>) -> Self {
        let (files, tally) = (&report.audited.files, &report.audited.tally);
        let by_reason: u64 = tally.not_read.values().sum();
        let by_file: u64 = files.iter().map(|file| file.rows_not_read).sum();
        let whole = |file: &&FileRead| file.rows == 0 && (is_cut(file) || is_refused(file));
        Self {
            rows: by_reason.max(by_file),
            in_part: files.iter().filter(|file| file.rows > 0 && is_cut(file)).count(),
            whole: files.iter().filter(whole).count(),
        }
    }

    /// `the rest of 1 file and all of 2 files`: what has an unknown number of rows; none where there is no such
    /// file.
    pub(super) fn beyond(self, lang: Lang) -> Option<String> {
        let Self { in_part, whole, .. } = self;
        let rest = (in_part > 0).then(|| {
            format!("{} {}", lang.say("the rest of", "el resto de"), words::files(lang, in_part))
        });
        let all = (whole > 0)
            .then(|| format!("{} {}", lang.say("all of", "todo lo de"), words::files(lang, whole)));
        let parts: Vec<String> = rest.into_iter().chain(all).collect();
        (!parts.is_empty()).then(|| parts.join(lang.say(" and ", " y ")))
    }
}

/// Whether it ended before its end, or some part of it could not be read at all.
pub(super) fn is_cut(file: &FileRead) -> bool {
    file.cut || file.problems.iter().any(|problem| problem.row.is_none())
}

/// Whether no row was found in it, for a reason.
fn is_refused(file: &FileRead) -> bool {
    file.rows_not_read == 0 && !file.problems.is_empty()
}

/// What is wrong with a file, each once, in the order of the rows.
pub(super) fn problems(file: &FileRead) -> Vec<Wrong<'_>> {
    let mut found: Vec<Wrong<'_>> = Vec::new();
    let listed = file.problems.iter().filter(|problem| problem.row.is_some()).count();
    let or_more = file.rows_not_read > u64::try_from(listed).unwrap_or(u64::MAX);
    for problem in &file.problems {
        match found.iter_mut().find(|wrong| wrong.what == problem.what) {
            Some(wrong) => wrong.rows += 1,
            None => {
                found.push(Wrong { what: &problem.what, row: problem.row, rows: 1, or_more });
            }
        }
    }
    found
}

impl Wrong<'_> {
    /// `row 7, the first of 12: `; nothing where it is the whole file.
    pub(super) fn place(&self, lang: Lang) -> String {
        let Some(row) = self.row.map(number) else { return String::new() };
        let rows = number(self.rows);
        match (self.rows, self.or_more, lang) {
            (1, _, Lang::En) => format!("row {row}: "),
            (1, _, Lang::Es) => format!("fila {row}: "),
            (_, false, Lang::En) => format!("row {row}, the first of {rows}: "),
            (_, false, Lang::Es) => format!("fila {row}, la primera de {rows}: "),
            (_, true, Lang::En) => format!("row {row}, the first of at least {rows}: "),
            (_, true, Lang::Es) => format!("fila {row}, la primera de al menos {rows}: "),
        }
    }
}

/// Files of the same bytes, where rows of them were decided, in the order given.
pub(super) fn same(files: &[FileRead]) -> Vec<Vec<&FileRead>> {
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<&FileRead>> = Vec::new();
    for file in files.iter().filter(|file| file.rows > 0 && !file.sha256.is_empty()) {
        let place = *known.entry(&file.sha256).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(file),
            None => groups.push(vec![file]),
        }
    }
    groups.retain(|group| group.len() > 1);
    groups
}

/// That these files are the same, in a sentence.
pub(super) fn same_in_words(lang: Lang, group: &[&FileRead]) -> String {
    let named = if group.len() > MOST_NAMED + 1 { MOST_NAMED } else { group.len() };
    let (named, others) = group.split_at(named);
    let mut names: Vec<String> = named.iter().map(|file| file.name.clone()).collect();
    if !others.is_empty() {
        names.push(format!("{} {}", number(others.len()), lang.say("others", "más")));
    }
    let last = names.pop().unwrap_or_default();
    let (names, times) = (names.join(", "), number(group.len()));
    match (lang, group.len()) {
        (Lang::En, 2) => {
            format!("{names} and {last} are the same file, byte for byte; its rows count twice.")
        }
        (Lang::En, _) => format!(
            "{names} and {last} are the same file, byte for byte; its rows count {times} times."
        ),
        (Lang::Es, 2) => format!(
            "{names} y {last} son el mismo archivo, byte por byte; sus filas se cuentan dos veces."
        ),
        (Lang::Es, _) => format!(
            "{names} y {last} son el mismo archivo, byte por byte; sus filas se cuentan {times} veces."
        ),
    }
}
