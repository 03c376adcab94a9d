//! Figures that an agency published: whether they satisfy their own identities, and whether a log's
//! figures are the same.

use std::collections::BTreeMap;

use bylaw_mapping::{Equation, LogMapping};
use serde::Deserialize;

use super::{Totals, totals::identity};
use crate::{error::Problem, log::run::Identity};

/// One report of figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its name in the file.
    pub id: String,
    /// The figures.
    pub figures: BTreeMap<String, i64>,
    /// What must hold between them.
    pub identities: Vec<Equation>,
}

/// As the file has it. Whose figures, when and where they stood are for readers.
#[derive(Deserialize)]
struct Written {
    id: String,
    figures: BTreeMap<String, i64>,
    #[serde(default)]
    identities: Vec<String>,
}

impl Published {
    /// Reads a JSON file: one report or a list of them, each with `id`, `figures` and `identities`.
    ///
    /// # Errors
    ///
    /// What is wrong with the file. It is used whole or not at all.
    pub fn read(file: &str, json: &str) -> Result<Vec<Self>, Problem> {
        let problem = |what: String| Problem { list: file.to_owned(), row: None, what };
        let wrong = |error: serde_json::Error| {
            problem(format!(
                "line {}: the file holds no figures; each report has `id`, `figures` with whole numbers, \
                 and perhaps `identities`",
                error.line()
            ))
        };
        let written: Vec<Written> = if json.trim_start().starts_with('{') {
            vec![serde_json::from_str(json).map_err(wrong)?]
        } else {
            serde_json::from_str(json).map_err(wrong)?
        };
        written.into_iter().map(|one| Self::of(one).map_err(problem)).collect()
    }

    fn of(written: Written) -> Result<Self, String> {
        let Written { id, figures, identities } = written;
        let mut equations = Vec::with_capacity(identities.len());
        for text in &identities {
            let equation = Equation::parse(text)
                .map_err(|help| format!("`{id}`: `{text}` is no identity; {help}"))?;
            if let Some(name) = equation.figures().find(|name| !figures.contains_key(*name)) {
                return Err(format!("`{id}`: `{text}` names `{name}`, which is no figure of it"));
            }
            equations.push(equation);
        }
        Ok(Self { id, figures, identities: equations })
    }

    /// The identities of the published figures themselves.
    #[must_use]
    pub fn check(&self) -> Vec<Identity> {
        let value = |name: &str| self.figures.get(name).copied();
        let checked = self.identities.iter().filter_map(|equation| identity(equation, value));
        checked.map(|one| Identity { text: format!("{}: {}", self.id, one.text), ..one }).collect()
    }

    /// The log's figures against the published ones of the same name.
    #[must_use]
    pub fn compare(&self, totals: &Totals) -> Vec<Identity> {
        let figures = totals.figures();
        let both = figures.iter().filter_map(|own| {
            let published = *self.figures.get(&own.name)?;
            let counted = i64::try_from(own.yes).ok()?;
            Some(Identity {
                text: format!("{name} of the log = {name} of {id}", name = own.name, id = self.id),
                sides: (counted, published),
                holds: counted == published,
            })
        });
        both.collect()
    }
}

/// All that can be checked: the mapping's identities, those of the published figures, and the log's figures
/// against the report that the mapping names, or against the only one.
#[must_use]
pub fn identities(log: &LogMapping, totals: &Totals, published: &[Published]) -> Vec<Identity> {
    let mut all = totals.identities();
    all.extend(published.iter().flat_map(Published::check));
    let about = match &log.published {
        Some(id) => published.iter().find(|one| one.id == *id),
        None => published.first().filter(|_| published.len() == 1),
    };
    all.extend(about.into_iter().flat_map(|one| one.compare(totals)));
    all
}
