//! What could not be told, why, and what would settle it.
use std::fmt::Write as _;

use bylaw_law::vocabulary::FactId;

use super::Page;
use crate::{
    lexicon::Strength,
    log::{
        judge::Verdict,
        report::{
            Lang,
            counts::{self, Open, Split, Why, by, largest_first, why, with},
            html::{self, Cell, Code, Escaped, Prose, Table},
            words::{self, ask, fact_name, label},
        },
    },
};

/// So many ways to settle it are told at length; each finding has its own in any case.
const MOST_WAYS: usize = 6;

pub(super) fn write(page: &mut Page<'_>) {
    let tally = &page.report.audited.tally;
    if tally.with(Verdict::CannotTell) == 0 {
        page.paragraph(page.say("There is no such row.", "No hay ninguna fila así."));
        return;
    }
    page.paragraph(page.say(
        "For these rows the law’s answer depends on something that the row does not record, or this law is not the one to ask, or it has no rule about them and no purpose is recorded. A purpose that was not recorded makes a row neither lawful nor unlawful.",
        "Para estas filas la respuesta de la ley depende de algo que la fila no registra, o no es esta la ley a la que hay que preguntar, o no tiene ninguna regla sobre ellas y no consta ningún propósito. Un propósito que no se registró no hace una fila ni lícita ni ilícita.",
    ));
    reasons(page);
    ways(page);
}

fn reasons(page: &mut Page<'_>) {
    let law = page.report.law;
    let cells = with(&page.report.audited.tally, Verdict::CannotTell);
    let sides = largest_first(by(cells, |key| why(law, key)), |split| split.all().rows);
    let mut heads = vec![page.say("What is missing", "Qué falta")];
    heads.extend(page.number_heads());
    heads.push(page.say("Share", "Parte"));
    heads.push(page.say("What the row has instead", "Qué tiene la fila en su lugar"));
    let caption = page.say(
        "Rows of which it cannot be told, by reason",
        "Filas de las que no se puede saber, por motivo",
    );
    let mut table = Table::new(caption, &heads);
    let all = counts::sum(sides.iter().map(|(_, split)| split));
    let share = |split: &Split| Cell::text(&words::percent(split.all().rows, all.all().rows));
    for (reason, split) in &sides {
        let (missing, instead) = reason_in_words(page, reason);
        let cells = [Cell::Html(missing), share(split), Cell::Html(instead)];
        table.row(page.counted(cells, split.all()));
    }
    let [name, blank] = page.all_rows();
    page.html += &table.sum(page.counted([name, share(&all), blank], all.all()));
}

/// What is missing, and what the row has instead; both HTML.
fn reason_in_words(page: &Page<'_>, why: &Why<'_>) -> (String, String) {
    let say = |english, spanish| Escaped(page.lang.say(english, spanish)).to_string();
    match *why {
        Why::Fact(fact, strength) => (missing(page, fact), instead(page, strength)),
        Why::Silent(strength) => (
            say(
                "The law has no rule about it, and no purpose is recorded",
                "La ley no tiene ninguna regla sobre ello, y no consta ningún propósito",
            ),
            instead(page, strength),
        ),
        Why::Counsel => (
            say("A decision of counsel", "Una decisión de la asesoría legal"),
            say(
                "All facts that the law asks for; the law itself is open, see below",
                "Todos los hechos que la ley pide; la ley misma está abierta, vea abajo",
            ),
        ),
        Why::NoDay => (
            say("The day", "El día"),
            say("No date that can be read", "Ninguna fecha que se pueda leer"),
        ),
        Why::NotAsked(reason) => {
            (say("The law was not asked", "No se preguntó a la ley"), Escaped(reason).to_string())
        }
        Why::Open => (say("Several facts at once", "Varios hechos a la vez"), String::new()),
    }
}

fn instead(page: &Page<'_>, strength: Option<Strength>) -> String {
    let instead = strength.map(|strength| words::strength(page.lang, strength));
    Escaped(instead.unwrap_or_default()).to_string()
}

fn missing(page: &Page<'_>, fact: FactId) -> String {
    let name = fact_name(page.report.law, fact);
    let words = match name {
        "purpose" => page.say("The purpose", "El propósito"),
        "requester_kind" => page.say("What the organization is", "Qué es la organización"),
        "legal_process" => page.say(
            "Whether a paper stood behind it, and which",
            "Si había un documento detrás, y cuál",
        ),
        _ => "",
    };
    let words = if words.is_empty() { ask(page.report.law, fact) } else { words };
    format!("{} {}", Prose(words), Code(name))
}

/// For each open fact, which value makes what of the row.
fn ways(page: &mut Page<'_>) {
    let ways = counts::open(&page.report.audited.tally);
    if ways.is_empty() {
        return;
    }
    page.heading("What would settle it", "Qué lo resolvería");
    for open in ways.iter().take(MOST_WAYS) {
        way(page, open);
    }
    if ways.len() > MOST_WAYS {
        let more = ways.len() - MOST_WAYS;
        let text = match page.lang {
            Lang::En => format!(
                "Left out here, with fewer rows each: {more}. Each row’s own is in the column `would_settle` of findings.csv."
            ),
            Lang::Es => format!(
                "No se muestran, con menos filas cada una: {more}. La de cada fila está en la columna `would_settle` de findings.csv."
            ),
        };
        page.paragraph(&text);
    }
}

fn way(page: &mut Page<'_>, open: &Open<'_>) {
    let law = page.report.law;
    let fact = open.settled.fact;
    _ = writeln!(
        page.html,
        "<div class=\"way\">\n<h4>{}: {}</h4>\n<p class=\"soft\">{} {}</p>\n<dl>",
        html::count(page.lang, open.count),
        missing(page, fact),
        page.say("The act asked about:", "El acto por el que se preguntó:"),
        Prose(words::act(law, open.act)),
    );
    for (word, values) in &open.settled.by {
        let labels: Vec<String> = values.iter().map(|value| label(law, fact, value)).collect();
        _ = writeln!(
            page.html,
            "<div><dt>{}</dt><dd>{}</dd></div>",
            words::becomes(page.lang, *word),
            Escaped(&labels.join("; "))
        );
    }
    page.html += "</dl>\n</div>\n";
}
