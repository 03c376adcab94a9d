//! What was stated of a row, and where each fact comes from.

use super::{
    parties::{Act, Asked},
    rulings::Rulings,
};
use crate::{
    lexicon::{Reading, Strength},
    log::{
        Row,
        cell::State,
        row::Field,
        time::{Moment, Precision},
    },
};

/// A fact stated of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// The fact, by the vocabulary's name; or `action`, `jurisdiction`, `on`.
    pub fact: &'static str,
    /// Its value; `a or b` where it may be either, `not known` where the row leaves it open.
    pub value: String,
    /// Where that comes from: columns, options, or what every such row has in common.
    pub from: String,
}

/// Every fact stated of a row.
pub(super) fn facts(
    rulings: &Rulings<'_>,
    asked: &Asked,
    row: &Row<'_>,
    reading: Reading,
    on: Option<Moment>,
) -> Vec<Stated> {
    let mut stated = vec![on_day(row, on)];
    if asked.reason.is_some() {
        return stated;
    }
    let state_alone = if asked.of_state {
        "it is no act of the body that was named, so the state's law alone"
    } else {
        "--jurisdiction"
    };
    stated.push(Stated::new("jurisdiction", &rulings.jurisdiction(asked).path, state_alone));
    stated.push(Stated::new("action", asked.act.name(), parties(asked.act)));
    for (fact, values) in rulings.facts(asked, reading.purposes) {
        if fact != "purpose" {
            stated.push(Stated::new(fact, &values.join(" or "), from(fact, asked)));
        }
    }
    stated.push(purpose(&rulings.purposes(reading.purposes), row, reading));
    stated
}

impl Stated {
    fn new(fact: &'static str, value: &str, from: impl Into<String>) -> Self {
        Self { fact, value: value.to_owned(), from: from.into() }
    }
}

fn on_day(row: &Row<'_>, on: Option<Moment>) -> Stated {
    let column = from_columns(row, &[Field::At]);
    match on {
        None => Stated::new("on", "not known", column),
        Some(Moment { on, precision: Precision::Month, .. }) => {
            let month = format!("{:04}-{:02}", on.year(), on.month());
            Stated::new("on", &month, format!("{column}, a month without its day"))
        }
        Some(Moment { on, .. }) => {
            Stated::new("on", &on.to_string(), format!("{column}, as the day where the law holds"))
        }
    }
}

const fn parties(act: Act) -> &'static str {
    match act {
        Act::Own => "an organization's own search: its resources are used",
        Act::Shared => "a search of another's cameras: their owner gives access",
    }
}

fn from(fact: &str, asked: &Asked) -> String {
    match (fact, asked.act) {
        ("actor_kind", _) => asked.actor.as_ref().map_or("", |actor| actor.from).to_owned(),
        ("requester_kind", Act::Own) => "its own search: nobody else asks".to_owned(),
        ("requester_kind", Act::Shared) => {
            format!("what the {} is", Field::Organization.name())
        }
        _ => "a search of plate readers; what cameras saw is not public".to_owned(),
    }
}

fn purpose(values: &[&str], row: &Row<'_>, reading: Reading) -> Stated {
    const FIELDS: [Field; 4] = [Field::Reason, Field::Offense, Field::Case, Field::Prompt];
    let columns = from_columns(row, &FIELDS);
    let how = match reading.strength {
        Strength::Immigration => "words that state an immigration purpose",
        Strength::Other => "words that state another purpose",
        Strength::Ambiguous => "words that could mean either",
        Strength::Generic => "words that state no purpose",
        Strength::Number => "a number alone",
        Strength::Unread => "words that the lexicon does not know",
        Strength::Blank => "nothing was written",
        Strength::Withheld => "what was written is masked",
        Strength::NotExported => "the file has no column for it",
    };
    let value = if values.is_empty() { "not known".to_owned() } else { values.join(" or ") };
    Stated::new("purpose", &value, format!("{columns}: {how}"))
}

/// The columns, with what stands in them; never their text.
fn from_columns(row: &Row<'_>, fields: &[Field]) -> String {
    let columns = fields.iter().map(|&field| (field, row.get(field).state()));
    let there = columns.filter(|(_, state)| *state != State::NotExported);
    let words: Vec<String> =
        there.map(|(field, state)| format!("{} ({})", field.name(), state.name())).collect();
    match words.as_slice() {
        [] => "no column of the file".to_owned(),
        words => format!("column {}", words.join(", ")),
    }
}
