//! The report in one paragraph, as the page and the terminal begin.

use super::{
    Lang, Report,
    counts::{self, Split},
    html,
    words::{self, number, rows},
};

/// The report in one paragraph.
pub(super) fn paragraph(report: &Report<'_>, lang: Lang, split: &Split) -> String {
    let audited = report.audited;
    let count = html::count(lang, split.all());
    let files = words::files(lang, audited.files.len());
    let first = audited.files.iter().filter_map(|file| file.days).map(|days| days.0).min();
    let last = audited.files.iter().filter_map(|file| file.days).map(|days| days.1).max();
    let span = match (first, last, lang) {
        (Some(first), Some(last), Lang::En) => format!(", of {first} to {last}"),
        (Some(first), Some(last), Lang::Es) => format!(", del {first} al {last}"),
        _ => String::new(),
    };
    let flagged = counts::total(counts::flagged(&audited.tally)).all().rows;
    let (barred, open) = (rows(lang, split.barred.rows), rows(lang, split.cannot_tell.rows));
    let permitted = rows(lang, split.permitted.rows + split.silent.rows);
    let (silent, flagged, unread) =
        (number(split.silent.rows), rows(lang, flagged), rows(lang, not_read(report)));
    let flagged = match (report.mapping, lang) {
        (Some(_), _) => String::new(),
        (None, Lang::En) => format!(
            "For a person to look at, as an immigration agency, paper or violation is named: {flagged}; that is a reason to look, and no finding. "
        ),
        (None, Lang::Es) => format!(
            "Para que las revise una persona, porque se nombra una agencia, un documento o una infracción de inmigración: {flagged}; es un motivo para mirar, no una conclusión. "
        ),
    };
    let law = match (report.on, lang) {
        (None, Lang::En) => "each under the law in force on its own day".to_owned(),
        (None, Lang::Es) => "cada una según la ley vigente en su propio día".to_owned(),
        (Some(on), Lang::En) => format!("all under the law of {on}, not of their own days"),
        (Some(on), Lang::Es) => format!("todas según la ley del {on}, no la de su propio día"),
    };
    match lang {
        Lang::En => format!(
            "Read and decided, {law}: {count} in {files}{span}. \
             Barred, if what the row records is right: {barred}. Cannot be told from what was recorded: {open}. \
             Permitted: {permitted}, of which the law is silent about {silent}. \
             {flagged}\
             Not read, and in none of these numbers: {unread}."
        ),
        Lang::Es => format!(
            "Leídas y decididas, {law}: {count} en {files}{span}. \
             Prohibidas, si lo que registra la fila es correcto: {barred}. No se puede saber por lo registrado: {open}. \
             Permitidas: {permitted}; de ellas, la ley no dice nada de {silent}. \
             {flagged}\
             No leídas, y en ninguna de estas cifras: {unread}."
        ),
    }
}

/// Rows that could not be read, by whichever count knows of more.
pub(super) fn not_read(report: &Report<'_>) -> u64 {
    let by_reason: u64 = report.audited.tally.not_read.values().sum();
    let by_file: u64 = report.audited.files.iter().map(|file| file.rows_not_read).sum();
    by_reason.max(by_file)
}
