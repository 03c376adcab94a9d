//! How it was made: plain sentences that a court could read, and what it takes to do it again.
use std::fmt::Write as _;

use super::Page;
use crate::log::report::{
    Lang, Report,
    html::{Code, Escaped, Prose},
};

/// A title and its paragraph, in both languages.
type Text = [(&'static str, &'static str); 2];

const A_ROW: Text = [
    ("What a row is", "Qué es una fila"),
    (
        "A row is one line of a log, as its file has it: usually one search. A row that stands for several, in a table of counts, says so, and both numbers are given. Rows that repeat each other are counted as they stand. A search that three files hold is three rows. A cell is kept apart by what stands in it: something recorded, nothing, a mark in place of what was recorded, or no such column in the file.",
        "Una fila es un renglón de un registro, tal como está en su archivo: por lo común, una búsqueda. La fila que vale por varias, en una tabla de recuentos, lo dice, y se dan ambos números. Las filas repetidas se cuentan como están. Una búsqueda que está en tres archivos son tres filas. Cada celda se distingue por lo que contiene: algo registrado, nada, una marca en lugar de lo registrado, o ninguna columna así en el archivo.",
    ),
];

const THE_DAY: Text = [
    ("Which day, which law", "Qué día, qué ley"),
    (
        "Each row is decided under the law in force on its own day: the local day of the jurisdiction. A time that the file gives in UTC is turned into that day. Where a file gives only a month, the law is asked for every part of it in which it was the same, and the answer stands if all give it. A row without a date that can be read is not decided. Where one day was named for all rows, the law of that day was asked, and the first paragraph says so.",
        "Cada fila se decide según la ley vigente en su propio día: el día local de la jurisdicción. Una hora que el archivo da en UTC se convierte en ese día. Donde un archivo da solo un mes, se pregunta a la ley por cada parte del mes en que fue la misma, y la respuesta vale si todas la dan. Una fila sin fecha que se pueda leer no se decide. Donde se indicó un solo día para todas las filas, se preguntó a la ley de ese día, y el primer párrafo lo dice.",
    ),
];

const PARTIES: Text = [
    ("Who searched, and whose cameras", "Quién buscó, y las cámaras de quién"),
    (
        "Who searched is the organization that the row names; where the file has no such column, its owner. Whose cameras were searched is the owner that the row names, or the one that was named when this report was made. What an organization is comes from a registry row, from a tag such as [Federal], or from words of its name, in this order. What cannot be told stays unknown; nothing is guessed, and names are never taken for one another because they look alike.",
        "Quién buscó es la organización que nombra la fila; si el archivo no tiene esa columna, su dueño. De quién son las cámaras lo dice la fila, o lo que se indicó al hacer este informe. Qué es una organización sale de una fila de un registro de organizaciones, de una etiqueta como [Federal], o de palabras de su nombre, en este orden. Lo que no se puede saber queda desconocido; nada se adivina, y dos nombres nunca se toman por uno porque se parezcan.",
    ),
];

const REASONS: Text = [
    ("How reasons are read", "Cómo se leen los motivos"),
    (
        "A lexicon reads the reason, the kind of offense, the case and the words searched for. It knows words that state an immigration purpose, words that state another, words that state none, and numbers. It does not guess at misspellings that it does not list. An agency’s name alone states no purpose. What it does not know, it leaves unread, and the purpose is then open, as it is where nothing was written or a mark stands.",
        "Un léxico lee el motivo, el tipo de delito, el caso y las palabras buscadas. Conoce palabras que dicen un propósito migratorio, palabras que dicen otro, palabras que no dicen ninguno, y números. No adivina errores de ortografía que no tiene en su lista. El nombre de una agencia, solo, no dice un propósito. Lo que no conoce lo deja sin leer, y el propósito queda entonces abierto, como donde no se escribió nada o hay una marca.",
    ),
];

const ASKED: Text = [
    ("What the law was asked", "Qué se preguntó a la ley"),
    (
        "Where an organization searched its own cameras, or the file does not say whose: its own act, `use_resources_support`, for the purpose as read, with nobody else asking. Where it searched another’s: the owner’s act, `direct_database_access`, with `info_category` plate reads, `info_publicly_available` false, the kind of the organization that searched, and the purpose as read. What paper stood behind a search a log does not say; it is left open. Where a purpose or a kind may be several, each is tried, and the answer stands if it is the same. The search of an agency of another state, on its own cameras, is not for this law.",
        "Donde una organización buscó en sus propias cámaras, o el archivo no dice de quién son: su propio acto, `use_resources_support`, con el propósito que se leyó, sin que nadie más lo pida. Donde buscó en las de otra: el acto de la dueña, `direct_database_access`, con `info_category` de lecturas de placas, `info_publicly_available` falso, qué es la organización que buscó, y el propósito que se leyó. Qué documento respaldaba la búsqueda, un registro no lo dice; queda abierto. Donde un propósito o una clase pueden ser varios, se prueba cada uno, y la respuesta vale si es la misma. La búsqueda de una agencia de otro estado en sus propias cámaras no es asunto de esta ley.",
    ),
];

const MAPPED: Text = [
    ("What the law was asked", "Qué se preguntó a la ley"),
    (
        "A mapping file says which column states which fact, and about which act the law is asked. What no column states is left open. The file is named below; who doubts a fact can read there where it comes from.",
        "Un archivo de asignación dice qué columna afirma qué hecho, y sobre qué acto se pregunta a la ley. Lo que ninguna columna afirma queda abierto. El archivo se nombra abajo; quien dude de un hecho puede leer allí de dónde viene.",
    ),
];

const WORDS: Text = [
    ("What the words mean", "Qué significan las palabras"),
    (
        "Barred: the law forbids the act that the row records, whatever is true of what it does not record. Cannot be told: the answer depends on something that the row does not record, or counsel decides it, or it is another law’s, or the law has no rule about the act and no purpose is recorded. Permitted: the law permits or requires the act. The law is silent: it has no rule about the act for the purpose that is recorded; silence is no permission, and these rows are counted apart. None of these says that a row is right, that anyone did wrong, or what follows.",
        "Prohibida: la ley prohíbe el acto que la fila registra, sea lo que sea lo que no registra. No se puede saber: la respuesta depende de algo que la fila no registra, o la decide la asesoría legal, o es de otra ley, o la ley no tiene ninguna regla sobre el acto y no consta ningún propósito. Permitida: la ley permite o exige el acto. La ley no dice nada: no tiene ninguna regla sobre el acto para el propósito que consta; el silencio no es un permiso, y estas filas se cuentan aparte. Nada de esto dice que una fila sea correcta, que alguien haya obrado mal, o qué consecuencias tiene.",
    ),
];

const LIMITS: Text = [
    ("What this cannot see", "Lo que esto no puede ver"),
    (
        "Searches that were never logged, or are in none of these files. Whether the words of a reason are true. Whether a log was changed before it was released. What was done with what a search found. Orders of a court, consent, or an emergency that no column records.",
        "Búsquedas que nunca se registraron, o que no están en estos archivos. Si las palabras de un motivo son ciertas. Si un registro se cambió antes de entregarse. Qué se hizo con lo que halló una búsqueda. Órdenes de un juez, consentimientos o emergencias que ninguna columna registra.",
    ),
];

const PERSONS: Text = [
    ("Persons", "Personas"),
    (
        "This page holds no plate, no user, no case number and no reason’s text. It says nothing of anyone’s immigration status: no rule asks for it. A finding’s number is made with a key that was thrown away, so the numbers of two reports have nothing in common.",
        "Esta página no contiene ninguna placa, ningún usuario, ningún número de caso ni el texto de ningún motivo. No dice nada del estatus migratorio de nadie: ninguna regla lo pregunta. El número de un hallazgo se hace con una clave que se desechó; los números de dos informes no tienen nada en común.",
    ),
];

/// The paragraphs of the method for a kind of log, in their order.
fn texts(report: &Report<'_>) -> Vec<&'static Text> {
    match report.mapping {
        None => vec![&A_ROW, &THE_DAY, &PARTIES, &REASONS, &ASKED, &WORDS, &LIMITS, &PERSONS],
        Some(_) => vec![&A_ROW, &THE_DAY, &MAPPED, &WORDS, &LIMITS, &PERSONS],
    }
}

pub(super) fn write(page: &mut Page<'_>) {
    for [title, text] in texts(page.report) {
        page.heading(title.0, title.1);
        page.paragraph(page.say(text.0, text.1));
    }
    if page.report.identifiers {
        page.paragraph(page.say(
            "The tables of findings beside this page do hold identifiers, as was asked (`--with-identifiers`). They are for the owner’s eyes only.",
            "Las tablas de hallazgos junto a esta página sí contienen identificadores, como se pidió (`--with-identifiers`). Son solo para los ojos del dueño.",
        ));
    }
    repeat(page);
}

/// What it takes to make it again.
fn repeat(page: &mut Page<'_>) {
    page.heading("How to repeat it", "Cómo repetirlo");
    page.paragraph(page.say(
        "With the same files, software and law, this command gives the same counts; only the numbers of findings differ.",
        "Con los mismos archivos, el mismo programa y la misma ley, esta orden da las mismas cifras; solo cambian los números de los hallazgos.",
    ));
    let report = page.report;
    _ = writeln!(page.html, "<pre>{}</pre>\n<dl class=\"facts\">", Escaped(report.command));
    let say = |english, spanish| page.lang.say(english, spanish);
    let mut facts = vec![
        (say("Software", "Programa"), format!("Bylaw {}", env!("CARGO_PKG_VERSION"))),
        (
            say("Law", "Ley"),
            format!("{} {}", Code(&report.jurisdiction.path), Code(&report.jurisdiction.hash)),
        ),
        (say("Days of the time zone", "Días de la zona horaria"), Escaped(report.zone).to_string()),
    ];
    match report.mapping {
        Some(mapping) => facts.push((say("Mapping", "Asignación"), Code(mapping).to_string())),
        None => facts.push((say("Lexicon", "Léxico"), Escaped(report.lexicon).to_string())),
    }
    facts.extend(
        report.options.iter().map(|option| (say("Set", "Indicado"), Prose(option).to_string())),
    );
    for (name, value) in facts {
        _ = writeln!(page.html, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    }
    page.html += "</dl>\n";
    if page.lang == Lang::Es {
        page.paragraph("Los textos de las leyes, los nombres de los formatos y los mensajes sobre los archivos están en inglés.");
    }
}
