//! One row, read and decided again.

use std::path::Path;

use super::{
    Asked, RunError,
    begun::Begun,
    worker::{Engine, file_and_sheet},
};
use crate::{
    error::Problem,
    log::{
        Finding, FindingId, Row,
        cell::State,
        format::Layout,
        records::is_name,
        row::Field,
        source::{self, Body, Records},
    },
};

/// A row with all that was stated of it.
#[derive(Debug, Clone)]
pub struct Explained {
    /// What is found of it now.
    pub finding: Finding,
    /// Every fact stated: its name, its value, and where that comes from.
    pub facts: Vec<(String, String, String)>,
    /// The row's cells, each with its name, state and text, and whether it may tell who a person is.
    pub cells: Vec<Shown>,
}

/// A cell as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The field, or the column of a mapped log.
    pub name: String,
    /// Its state.
    pub state: State,
    /// Its text; empty where there is none to read.
    pub text: String,
    /// Whether it may tell who a person is.
    pub personal: bool,
}

impl Asked<'_> {
    /// Decides the row again that begins at that line of a file, as findings name it; none where no row
    /// does.
    ///
    /// # Errors
    ///
    /// Where the law cannot be asked or the file cannot be read.
    pub fn explain(&self, place: &str, line: u64) -> Result<Option<Explained>, RunError> {
        let (path, sheet) = file_and_sheet(place);
        let path = Path::new(path);
        let begun = Begun::open(None, self.words)?;
        let mut engine = Engine::new(self, &begun, None)?;
        let source = source::open(path, &self.headers, &self.limits).map_err(RunError::Unread)?;
        for chunk in source
            .filter_map(Result::ok)
            .filter(|chunk| !chunk.lies && chunk.sheet.as_deref() == sheet)
        {
            let Some(cells) = cells_at(&chunk.body, line) else { continue };
            engine.look_at(&chunk.layout, self);
            let explained = self.explained(&mut engine, &chunk.layout, line, &cells);
            return explained.map(Some).map_err(|what| {
                let list = path.display().to_string();
                RunError::Unread(Problem { list, row: Some(line), what })
            });
        }
        Ok(None)
    }

    fn explained(
        &self,
        engine: &mut Engine<'_>,
        layout: &Layout,
        line: u64,
        cells: &[String],
    ) -> Result<Explained, String> {
        let texts: Vec<&str> = cells.iter().map(String::as_str).collect();
        match engine {
            Engine::Searches { decider, .. } => {
                let mut room = String::new();
                let read = layout.row(line, texts.into_iter(), &mut room);
                let (row, _) = read.map_err(|why| why.to_string())?;
                let decided = decider.decide(&row);
                let facts = decider.facts(&row, decided).into_iter();
                Ok(Explained {
                    finding: decider.finding(&row, decided, FindingId(0)),
                    facts: facts
                        .map(|stated| (stated.fact.to_owned(), stated.value, stated.from))
                        .collect(),
                    cells: shown(&row),
                })
            }
            Engine::Records { records, places } => {
                let places = match places {
                    Some((_, places)) => places.clone()?,
                    None => return Err("its header was not read".to_owned()),
                };
                let finding =
                    records.decide("", &places, line, &texts).map_err(|problem| problem.what)?;
                let facts = records.facts(&places, &texts)?.into_iter();
                // Columns that the mapping does not name may hold anything.
                let personal = |name: &str| {
                    let is_one_of =
                        |names: &[String]| names.iter().any(|known| is_name(name, known));
                    self.mapping.is_none_or(|mapping| {
                        !is_one_of(&mapping.columns) || is_one_of(&mapping.personal)
                    })
                };
                let named = layout.headers().iter().zip(cells).map(|(name, text)| Shown {
                    name: name.clone(),
                    state: if text.trim().is_empty() { State::Empty } else { State::Present },
                    text: text.trim().to_owned(),
                    personal: personal(name),
                });
                Ok(Explained {
                    finding,
                    facts: facts.map(|stated| (stated.fact, stated.value, stated.from)).collect(),
                    cells: named.collect(),
                })
            }
        }
    }
}

fn shown(row: &Row<'_>) -> Vec<Shown> {
    let cells = Field::ALL.into_iter().map(|field| {
        let cell = row.get(field);
        let text = cell.text().unwrap_or_default().trim().to_owned();
        let personal = Field::PERSONAL.contains(&field);
        Shown { name: field.name().to_owned(), state: cell.state(), text, personal }
    });
    cells.filter(|cell| cell.state != State::NotExported).collect()
}

/// The cells of the row that begins at that line.
fn cells_at(body: &Body, wanted: u64) -> Option<Vec<String>> {
    match body {
        Body::Text { bytes, delimiter, line } => {
            let mut records = Records::of(bytes, *delimiter, *line);
            while let Some(record) = records.read() {
                match record {
                    Ok((line, record)) if line == wanted => {
                        return Some(record.iter().map(str::to_owned).collect());
                    }
                    Ok((line, _)) if line > wanted => return None,
                    Ok(_) | Err(_) => {}
                }
            }
            None
        }
        Body::Cells(rows) => {
            rows.iter().find(|(line, _)| *line == wanted).map(|(_, cells)| cells.clone())
        }
        Body::Columns(columns) => {
            let row = usize::try_from(wanted.checked_sub(columns.first_row)?).ok()?;
            let mut cells = Vec::new();
            (row < columns.rows()).then(|| {
                columns.cells(row, &mut cells);
                cells
            })
        }
    }
}
