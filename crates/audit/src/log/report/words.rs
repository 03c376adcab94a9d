//! The words for what is counted, in both languages.
use std::fmt::Display;

use bylaw_law::{Law, RuleId, Word, vocabulary::FactId};

use super::Lang;
use crate::{
    lexicon::Strength,
    log::{cell::State, link::Kind, row::Field},
};

/// A number with its thousands set apart.
pub(super) fn number(number: impl Display) -> String {
    let digits = number.to_string();
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |rest| ("-", rest));
    let mut text = sign.to_owned();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number given in thousandths, without zeros at its end.
pub(super) fn thousandths(value: i128) -> String {
    let (whole, rest) = (value.unsigned_abs() / 1000, value.unsigned_abs() % 1000);
    let sign = if value < 0 { "-" } else { "" };
    let text = format!("{sign}{}.{rest:03}", number(whole));
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `1 row`, `1,234 rows`.
pub(super) fn rows(lang: Lang, count: u64) -> String {
    counted(count, lang.say("row", "fila"), lang.say("rows", "filas"))
}

/// `1 file`, `12 files`.
pub(super) fn files(lang: Lang, count: usize) -> String {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    counted(count, lang.say("file", "archivo"), lang.say("files", "archivos"))
}

/// A number and the word in its form.
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// A share of all rows. What is not nothing is never 0, what is not all never 100.
pub(super) fn percent(part: u64, all: u64) -> String {
    let tenths = (u128::from(part) * 2000 + u128::from(all)) / (u128::from(all).max(1) * 2);
    match (part, tenths) {
        (0, _) => "0\u{a0}%".to_owned(),
        (_, 0) => "<\u{a0}0.1\u{a0}%".to_owned(),
        (part, 1000..) if part < all => ">\u{a0}99.9\u{a0}%".to_owned(),
        _ => format!("{}.{}\u{a0}%", tenths / 10, tenths % 10),
    }
}

/// The four kinds of rows, in the order of the pictures.
pub(super) const fn parts(lang: Lang) -> [&'static str; 4] {
    [
        lang.say("barred", "prohibidas"),
        lang.say("cannot tell", "no se puede saber"),
        lang.say("permitted", "permitidas"),
        lang.say("the law is silent", "la ley no dice nada"),
    ]
}

/// What an answer of the law would make of a row.
pub(super) const fn becomes(lang: Lang, word: Word) -> &'static str {
    match word {
        Word::MustNot => lang.say("Barred, if it is", "Prohibida, si es"),
        Word::Must => lang.say("Required, if it is", "Obligatoria, si es"),
        Word::May => lang.say("Permitted, if it is", "Permitida, si es"),
        Word::Unregulated => lang.say("The law is silent, if it is", "La ley no dice nada, si es"),
        Word::Refer => {
            lang.say("For counsel to decide, if it is", "Lo decide la asesoría legal, si es")
        }
        Word::NeedsFacts => {
            lang.say("Further facts are needed, if it is", "Hacen falta más hechos, si es")
        }
    }
}

/// How a purpose is stated, or why it is not.
pub(super) const fn strength(lang: Lang, strength: Strength) -> &'static str {
    match strength {
        Strength::Immigration => lang.say(
            "An immigration purpose, in words or chosen from the vendor’s list",
            "Un propósito migratorio, en palabras o elegido de la lista del proveedor",
        ),
        Strength::Other => lang.say("Another purpose, in words", "Otro propósito, en palabras"),
        Strength::Ambiguous => lang.say(
            "Words that may mean either, such as an agency’s name alone",
            "Palabras que pueden significar una cosa u otra, como solo el nombre de una agencia",
        ),
        Strength::Generic => lang.say(
            "Words that state no purpose, such as “investigation”",
            "Palabras que no dicen ningún propósito, como «investigation»",
        ),
        Strength::Number => lang.say("A number alone", "Solo un número"),
        Strength::Unread => {
            lang.say("Words that the lexicon does not know", "Palabras que el léxico no conoce")
        }
        Strength::Blank => lang.say("Nothing was written", "No se escribió nada"),
        Strength::Withheld => {
            lang.say("Something was written and is masked", "Algo se escribió y está tapado")
        }
        Strength::NotExported => {
            lang.say("The file has no such column", "El archivo no tiene esa columna")
        }
    }
}

/// What an organization is, from its word in findings such as `california_public`.
pub(super) fn class(lang: Lang, class: &str) -> String {
    match class {
        "federal" => "federal".to_owned(),
        "private" => lang.say("private", "privada").to_owned(),
        "unknown" => lang.say("cannot be told", "no se puede saber").to_owned(),
        "other_state_public" => {
            lang.say("public, of another state", "pública, de otro estado").to_owned()
        }
        _ => class.strip_suffix("_public").map_or_else(
            || class.to_owned(),
            |state| {
                let words: Vec<String> = state.split('_').map(capital).collect();
                format!("{} {}", lang.say("public, of", "pública, de"), words.join(" "))
            },
        ),
    }
}

/// How copies differ.
pub(super) const fn kind(lang: Lang, kind: Kind) -> &'static str {
    match kind {
        Kind::Replaced => lang.say("other words", "otras palabras"),
        Kind::Masked => lang.say("masked in one", "tapado en una"),
        Kind::Emptied => lang.say("empty in one", "vacío en una"),
        Kind::MissingColumn => lang.say("column missing in one", "falta la columna en una"),
    }
}

/// The state of a cell.
pub(super) const fn state(lang: Lang, state: State) -> &'static str {
    match state {
        State::Present => lang.say("recorded", "registrado"),
        State::Empty => lang.say("empty", "vacío"),
        State::Withheld => lang.say("withheld", "retenido"),
        State::NotExported => lang.say("not exported", "no exportado"),
    }
}

/// A field as a person calls it.
pub(super) const fn field(lang: Lang, field: Field) -> &'static str {
    match field {
        Field::Id => lang.say("number of the search", "número de la búsqueda"),
        Field::At => lang.say("time of the search", "hora de la búsqueda"),
        Field::Owner => lang.say("whose cameras", "de quién son las cámaras"),
        Field::Organization => lang.say("organization", "organización"),
        Field::State => lang.say("its state", "su estado"),
        Field::User => lang.say("user", "usuario"),
        Field::Networks => lang.say("networks searched", "redes buscadas"),
        Field::Devices => lang.say("cameras searched", "cámaras buscadas"),
        Field::TimeFrame => lang.say("time searched", "período buscado"),
        Field::TimeFrameEnd => lang.say("end of the time searched", "fin del período buscado"),
        Field::Plate => lang.say("plate", "placa"),
        Field::Reason => lang.say("reason", "motivo"),
        Field::Offense => lang.say("kind of offense", "tipo de delito"),
        Field::Case => lang.say("case", "caso"),
        Field::Filters => lang.say("filters", "filtros"),
        Field::SearchType => lang.say("kind of search", "tipo de búsqueda"),
        Field::Prompt => lang.say("words searched for", "palabras buscadas"),
        Field::Moderation => lang.say("moderation", "moderación"),
        Field::Count => lang.say("how many searches", "cuántas búsquedas"),
    }
}

/// A row's group; the columns of one that has several are set apart.
pub(super) fn group(lang: Lang, group: &[Box<str>]) -> String {
    let named: Vec<&str> =
        group.iter().map(AsRef::as_ref).filter(|part| !part.is_empty()).collect();
    if named.is_empty() {
        lang.say("(none recorded)", "(ninguna registrada)").to_owned()
    } else {
        named.join(" · ")
    }
}

/// `2026-03`.
pub(super) fn month((year, month): (i16, i8)) -> String {
    format!("{year:04}-{month:02}")
}

/// The text with its first letter in upper case.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>());
    first.unwrap_or_default() + letters.as_str()
}

/// What is asked about, in the vocabulary's words.
pub(super) fn act<'a>(law: &'a Law, name: &'a str) -> &'a str {
    let actions = &law.vocabulary.actions;
    actions.iter().find(|action| action.name == name).map_or(name, |action| &action.say)
}

/// A fact by its name.
pub(super) fn fact_name(law: &Law, fact: FactId) -> &str {
    law.vocabulary.facts.get(fact).map_or("", |fact| &fact.name)
}

/// The vocabulary's question for a fact.
pub(super) fn ask(law: &Law, fact: FactId) -> &str {
    law.vocabulary.facts.get(fact).map_or("", |fact| &fact.ask)
}

/// A value as people read it.
pub(super) fn label(law: &Law, fact: FactId, value: &str) -> String {
    let known = law
        .vocabulary
        .facts
        .get(fact)
        .and_then(|fact| Some(fact.class_label(fact.class_of(value)?)));
    known.unwrap_or_else(|| value.to_owned())
}

/// The heading under which a rule stands in its pack.
pub(super) fn heading(law: &Law, id: RuleId) -> &str {
    let name = &law.rule(id).id;
    let mut provisions = law.instrument_of(id).provisions.iter();
    provisions
        .find(|provision| provision.rules.iter().any(|rule| rule.id == *name))
        .map_or("", |provision| provision.heading.as_str())
}

#[cfg(test)]
mod tests {
    use super::{Lang, class, number, percent, thousandths};

    #[test]
    fn numbers_are_legible() {
        for (count, text) in [(0, "0"), (999, "999"), (-1000, "-1,000"), (26_821, "26,821")] {
            assert_eq!(number(count), text);
        }
    }

    #[test]
    fn thousandths_are_legible() {
        for (value, text) in [(0, "0"), (-1500, "-1.5"), (1_234_567, "1,234.567"), (10_000, "10")] {
            assert_eq!(thousandths(value), text);
        }
    }

    #[test]
    fn a_share_is_never_rounded_to_nothing_or_to_all() {
        let plain = |part, all| percent(part, all).replace('\u{a0}', " ");
        assert_eq!(plain(0, 0), "0 %");
        assert_eq!(plain(1, 26_821), "< 0.1 %");
        assert_eq!(plain(1, 8), "12.5 %");
        assert_eq!(plain(26_820, 26_821), "> 99.9 %");
        assert_eq!(plain(3, 3), "100.0 %");
    }

    #[test]
    fn a_class_is_told_in_words() {
        assert_eq!(class(Lang::En, "new_york_public"), "public, of New York");
        assert_eq!(class(Lang::Es, "other_state_public"), "pública, de otro estado");
        assert_eq!(class(Lang::En, ""), "");
    }
}
