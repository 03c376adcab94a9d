//! What rows with the same decisive cells say, worked out once.

use std::sync::Arc;

use bylaw_law::{QuestionError, Scratch, Word};
use bylaw_mapping::{Asked, Grouping, Json, LogMapping, Object, Recorded, Refused, Row};
use jiff::civil::Date;

use super::Stated;
use crate::{
    ask::{Case, Laws, Said},
    log::{
        cell::Cell,
        judge::{Ruling, SILENT, Verdict},
    },
};

/// What such rows say.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) group: Arc<[Box<str>]>,
    pub(super) count: u64,
    /// Whether the mapping is about such rows; others are in no figure.
    pub(super) is_counted: bool,
    /// By the mapping's figures.
    pub(super) figures: Vec<Option<bool>>,
    pub(super) ruling: Arc<Ruling>,
}

impl Known {
    pub(super) fn of_row(
        log: &LogMapping,
        laws: Laws<'_>,
        cells: &[Cell<'_>],
        on: Option<Date>,
        scratch: &mut Scratch,
    ) -> Result<Self, String> {
        let object = object(log, cells);
        let mut row = log.row(&object);
        let said = |refused: Refused| refused.to_string();
        let group = log.group_by.iter().map(|one| words(log, one, cells, &mut row));
        let group = group.collect::<Result<Arc<[Box<str>]>, _>>().map_err(said)?;
        let count = log.count(&mut row).map_err(said)?;
        let is_counted = log.is_about(&mut row).map_err(said)? == Some(true);
        let figures = log.figures.iter().map(|figure| figure.holds(&mut row)).collect();
        let ruling = rule(log, laws, &mut row, on, scratch).map_err(said)?;
        Ok(Self { group, count, is_counted, figures, ruling: Arc::new(ruling) })
    }
}

/// The cells in which something stands, by their columns' names.
pub(super) fn object<'r>(log: &'r LogMapping, cells: &[Cell<'r>]) -> Object<'r> {
    let present = log
        .columns
        .iter()
        .zip(cells)
        .filter_map(|(name, cell)| Some((name.as_str(), Json::Text(cell.text()?.into()))));
    present.collect()
}

/// The words of a group, where there are none with why.
fn words(
    log: &LogMapping,
    grouping: &Grouping,
    cells: &[Cell<'_>],
    row: &mut Row<'_>,
) -> Result<Box<str>, Refused> {
    if let Some(words) = grouping.words(row)? {
        return Ok(words.into());
    }
    let cell = grouping.column().and_then(|column| cells.get(log.column(column)?));
    Ok(match cell {
        Some(Cell::Withheld(_)) => "(withheld)".into(),
        Some(Cell::NotExported) => "(not exported)".into(),
        _ => "(blank)".into(),
    })
}

fn rule(
    log: &LogMapping,
    laws: Laws<'_>,
    row: &mut Row<'_>,
    on: Option<Date>,
    scratch: &mut Scratch,
) -> Result<Ruling, Refused> {
    let Some(on) = on else {
        return Ok(Ruling::not_decided("", "the row has no date that can be read"));
    };
    Ok(match log.question(laws.law, laws.jurisdiction, row, on)? {
        Recorded::Nothing(why) => Ruling::not_decided("", why),
        Recorded::Act(asked) => decide(laws, &asked, scratch)
            .unwrap_or_else(|error| Ruling::not_decided(act(laws, &asked), error.to_string())),
    })
}

fn decide(
    laws: Laws<'_>,
    asked: &Asked<'_>,
    scratch: &mut Scratch,
) -> Result<Ruling, QuestionError> {
    let question = &asked.question;
    let mut case = Case::new(question.jurisdiction, question.action, vec![question.on]);
    let known = asked.stated.iter().filter_map(|&(fact, value)| Some((fact, vec![value.class()?])));
    case.facts.extend(known);
    let Said { word, because, needs, .. } = laws.say(&case, scratch)?;
    let settled = match (word, needs.first()) {
        (Word::NeedsFacts, Some(&fact)) => laws.settle(&case, fact, scratch)?,
        _ => None,
    };
    // Silence about a purpose that nobody recorded is no permission.
    let purpose = laws.law.vocabulary.fact_id("purpose");
    let is_told = case.facts.iter().any(|(fact, _)| Some(*fact) == purpose);
    let is_open = word == Word::Unregulated && !is_told;
    Ok(Ruling {
        verdict: if is_open { Verdict::CannotTell } else { Verdict::of(word) },
        word: Some(word),
        act: act(laws, asked).to_owned(),
        because,
        needs,
        settled,
        not_decided: None,
        note: is_open.then(|| SILENT.to_owned()),
    })
}

fn act<'a>(laws: Laws<'a>, asked: &Asked<'_>) -> &'a str {
    laws.law.vocabulary.actions.get(asked.question.action).map_or("", |act| act.name.as_str())
}

/// The facts stated of a row, with where each comes from.
pub(super) fn stated(
    log: &LogMapping,
    laws: Laws<'_>,
    cells: &[Cell<'_>],
    on: Option<Date>,
    on_is_given: bool,
) -> Result<Vec<Stated>, String> {
    let stated = |fact: &str, value: &str, from: &str| Stated {
        fact: fact.to_owned(),
        value: value.to_owned(),
        from: from.to_owned(),
    };
    let of_column = log.on.column().map(|column| format!("row.{column}"));
    let from = of_column.filter(|_| !on_is_given);
    let from = from.as_deref().unwrap_or("the same day for all rows");
    let Some(on) = on else { return Ok(vec![stated("on", "not known", from)]) };
    let mut all = vec![stated("on", &on.to_string(), from)];
    let object = object(log, cells);
    let recorded = log.question(laws.law, laws.jurisdiction, &mut log.row(&object), on);
    let asked = match recorded.map_err(|refused| refused.to_string())? {
        Recorded::Nothing(why) => {
            all.push(stated("action", "none", why));
            return Ok(all);
        }
        Recorded::Act(asked) => asked,
    };
    all.push(stated("jurisdiction", &asked.question.jurisdiction.path, "--jurisdiction"));
    all.push(stated("action", act(laws, &asked), &log.origin_of_act()));
    for (id, value) in &asked.stated {
        let Some(fact) = laws.law.vocabulary.facts.get(*id) else { continue };
        let words = match value.json(fact) {
            Json::Null => "not known".to_owned(),
            Json::Text(text) => text.into_owned(),
            Json::Bool(value) => value.to_string(),
            Json::Int(number) => number.to_string(),
            Json::Float(_) | Json::List(_) | Json::Object(_) => continue,
        };
        all.push(stated(&fact.name, &words, &log.origin_of(*id)));
    }
    Ok(all)
}
