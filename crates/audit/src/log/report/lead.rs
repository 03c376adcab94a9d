//! The report in one paragraph, as the page and the terminal begin.

use super::{
    Lang, Report,
    counts::{self, Split},
    html,
    unread::{self, NotRead},
    words::{self, rows},
};

/// So many files that are the same are named; more are only counted.
const MOST_SAME: usize = 2;

/// The report in one paragraph.
pub(super) fn paragraph(report: &Report<'_>, lang: Lang, split: &Split) -> String {
    let mut sentences = vec![read(report, lang, split), told(lang, split)];
    sentences.extend(silent(report, lang, split.silent.rows));
    sentences.extend(flagged(report, lang));
    sentences.push(not_read(report, lang));
    sentences.extend(same(report, lang));
    sentences.join(" ")
}

/// What was read, under which law.
fn read(report: &Report<'_>, lang: Lang, split: &Split) -> String {
    let count = html::count(lang, split.all());
    let files = words::files(lang, report.audited.files.len());
    let span = span(report, lang);
    let law = match (report.on, lang) {
        (None, Lang::En) => "each under the law in force on its own day".to_owned(),
        (None, Lang::Es) => "cada una según la ley vigente en su propio día".to_owned(),
        (Some(on), Lang::En) => format!("all under the law of {on}, not of their own days"),
        (Some(on), Lang::Es) => format!("todas según la ley del {on}, no la de su propio día"),
    };
    match lang {
        Lang::En => format!("Read and decided, {law}: {count} in {files}{span}."),
        Lang::Es => format!("Leídas y decididas, {law}: {count} en {files}{span}."),
    }
}

/// The days of the rows.
fn span(report: &Report<'_>, lang: Lang) -> String {
    let days = || report.audited.files.iter().filter_map(|file| file.days);
    let (first, last) = (days().map(|days| days.0).min(), days().map(|days| days.1).max());
    match (first.zip(last), lang) {
        (None, _) => String::new(),
        (Some((first, last)), Lang::En) if first == last => format!(", of {first}"),
        (Some((first, last)), Lang::Es) if first == last => format!(", del {first}"),
        (Some((first, last)), Lang::En) => format!(", of {first} to {last}"),
        (Some((first, last)), Lang::Es) => format!(", del {first} al {last}"),
    }
}

fn told(lang: Lang, split: &Split) -> String {
    let [barred, open, permitted, _] = split.parts().map(|part| rows(lang, part));
    match lang {
        Lang::En => format!(
            "Barred, if what the row records is right: {barred}. Cannot be told from what was recorded: {open}. Permitted: {permitted}."
        ),
        Lang::Es => format!(
            "Prohibidas, si lo que registra la fila es correcto: {barred}. No se puede saber por lo registrado: {open}. Permitidas: {permitted}."
        ),
    }
}

/// What the law is silent about: a mapped log's rows need not state a purpose.
fn silent(report: &Report<'_>, lang: Lang, silent: u64) -> Option<String> {
    let count = rows(lang, silent);
    let purpose = match (report.mapping, silent, lang) {
        (Some(_), ..) => "",
        (None, 1, Lang::En) => ", which states a purpose of which it says nothing",
        (None, _, Lang::En) => ", which state a purpose of which it says nothing",
        (None, 1, Lang::Es) => ", que declara un propósito del que no habla",
        (None, _, Lang::Es) => ", que declaran un propósito del que no habla",
    };
    (silent > 0).then(|| match lang {
        Lang::En => format!("The law is silent about {count}{purpose}; silence is no permission."),
        Lang::Es => {
            format!("La ley no dice nada de {count}{purpose}; el silencio no es un permiso.")
        }
    })
}

/// Only searches have words to look at.
fn flagged(report: &Report<'_>, lang: Lang) -> Option<String> {
    let flagged = counts::total(counts::flagged(&report.audited.tally)).all().rows;
    let flagged = rows(lang, flagged);
    report.mapping.is_none().then(|| match lang {
        Lang::En => format!(
            "For a person to look at, as an immigration agency, paper or violation is named: {flagged}; that is a reason to look, and no finding."
        ),
        Lang::Es => format!(
            "Para que las revise una persona, porque se nombra una agencia, un documento o una infracción de inmigración: {flagged}; es un motivo para mirar, no una conclusión."
        ),
    })
}

fn not_read(report: &Report<'_>, lang: Lang) -> String {
    let not_read = NotRead::of(report);
    let count = rows(lang, not_read.rows);
    let beyond = match (not_read.beyond(lang), lang) {
        (None, _) => String::new(),
        (Some(beyond), Lang::En) => {
            format!("; besides, {beyond}: how many rows that is, is not known")
        }
        (Some(beyond), Lang::Es) => format!("; además, {beyond}: no se sabe cuántas filas son"),
    };
    match lang {
        Lang::En => format!("Not read, and in none of these numbers: {count}{beyond}."),
        Lang::Es => format!("No leídas, y en ninguna de estas cifras: {count}{beyond}."),
    }
}

/// That files were given more than once.
fn same(report: &Report<'_>, lang: Lang) -> Vec<String> {
    let groups = unread::same(&report.audited.files);
    if groups.len() <= MOST_SAME {
        return groups.iter().map(|group| unread::same_in_words(lang, group)).collect();
    }
    let files = words::files(lang, groups.len());
    vec![match lang {
        Lang::En => format!(
            "{files} were given more than once, byte for byte the same; their rows count each time."
        ),
        Lang::Es => format!(
            "{files} se dieron más de una vez, iguales byte por byte; sus filas se cuentan cada vez."
        ),
    }]
}
