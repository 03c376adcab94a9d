//! The configuration of the service: options, then the environment, then the file, then defaults.
//!
//! `default.toml` explains every key, and is where the program itself learns which keys there are.
//! Everything that is wrong is said at once.

#[cfg(test)]
mod tests;

use std::{
    env, fs,
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use miette::{Diagnostic, IntoDiagnostic, NamedSource, Result, SourceSpan, WrapErr};
use serde::Deserialize;
use toml::{Table, Value};

use crate::args::Place;

/// The default configuration, with every key explained.
pub(crate) const DEFAULT: &str = include_str!("default.toml");

const PREFIX: &str = "BYLAW_SERVE__";

/// What `default.toml` explains.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) listen: String,
    pub(crate) public_url: Option<String>,
    pub(crate) data: Option<PathBuf>,
    pub(crate) database: Option<String>,
    pub(crate) ledger: Option<String>,
    pub(crate) origin: Option<String>,
    pub(crate) law: Option<PathBuf>,
    pub(crate) timezone: Option<String>,
    pub(crate) key_file: Option<PathBuf>,
    pub(crate) key_command: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) witnesses: Vec<Neighbor>,
    #[serde(default)]
    pub(crate) retention: Vec<Retention>,
    pub(crate) serve_witness: Option<ServeWitness>,
    pub(crate) tls: Option<Tls>,
    pub(crate) envoy: Option<Envoy>,
    pub(crate) limits: Limits,
    pub(crate) log: Log,
    pub(crate) telemetry: Option<Telemetry>,
}

/// A neighbor that is asked to witness.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub(crate) struct Neighbor {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) keys: Vec<String>,
}

/// How long records of some kinds are kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub(crate) struct Retention {
    pub(crate) name: String,
    pub(crate) cite: String,
    pub(crate) days: u32,
    pub(crate) kinds: Vec<String>,
}

/// The logs that this service witnesses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub(crate) struct ServeWitness {
    pub(crate) name: Option<String>,
    pub(crate) logs: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) client_ca: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub(crate) struct Envoy {
    pub(crate) listen: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub(crate) struct Limits {
    pub(crate) calls_per_second: NonZeroU32,
    pub(crate) calls_at_once: usize,
    pub(crate) call_seconds: u64,
    pub(crate) body_bytes: usize,
    pub(crate) queue: usize,
    pub(crate) shutdown_seconds: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) format: Format,
    pub(crate) level: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    Text,
    Json,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub(crate) struct Telemetry {
    pub(crate) otlp: String,
}

impl Config {
    /// The configuration for these options and this process's environment.
    pub(crate) fn load(place: &Place) -> Result<Self> {
        let file = match &place.config {
            Some(path) => Some((path.as_path(), read(path)?)),
            None => None,
        };
        // A name or value that is not Unicode is no key of ours.
        let variables = env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let mut config =
            Self::merge(file.as_ref().map(|(path, text)| (*path, &**text)), variables)?;
        config.data = place.data.clone().or(config.data);
        config.database = place.database.clone().or(config.database);
        Ok(config)
    }

    fn merge(
        file: Option<(&Path, &str)>,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let known = known();
        let mut problems = Vec::new();
        let mut table: Table = DEFAULT.parse().unwrap_or_default();
        if let Some((path, text)) = file {
            let source = Source { name: path.display().to_string(), text };
            lay_over(&mut table, source.table(&known, &mut problems));
        }
        let mut set: Vec<_> = variables.filter(|(name, _)| name.starts_with(PREFIX)).collect();
        set.sort();
        for (name, value) in set {
            match variable(&name, &value, &known) {
                Ok(given) => lay_over(&mut table, given),
                Err(problem) => problems.push(problem),
            }
        }
        match Self::deserialize(table) {
            Ok(config) if problems.is_empty() => Ok(config),
            // A key that is known to be wrong is not reported again in other words.
            Err(error) if problems.is_empty() => {
                Err(ConfigError { problems: vec![Problem::new(error.to_string().trim_end())] })
            }
            _ => Err(ConfigError { problems }),
        }
    }

    /// The folder of keys, records and ledger.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        if let Some(folder) = &self.data {
            return Ok(folder.clone());
        }
        let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        set("XDG_DATA_HOME")
            .or_else(|| set("HOME").map(|home| home.join(".local/share")))
            .map(|base| base.join("bylaw"))
            .ok_or_else(|| {
                miette::miette!(help = "give --data DIR", "there is no folder to keep data in")
            })
    }

    /// The URL of the database.
    pub(crate) fn database_url(&self) -> Result<String> {
        match &self.database {
            Some(url) => Ok(url.clone()),
            None => Ok(format!("sqlite:{}", self.folder()?.join("records.sqlite").display())),
        }
    }

    /// Where the ledger is.
    pub(crate) fn ledger_location(&self) -> Result<String> {
        match &self.ledger {
            Some(location) => Ok(location.clone()),
            None => Ok(self.folder()?.join("ledger").display().to_string()),
        }
    }
}

/// Everything that is wrong with a configuration.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("the configuration does not load")]
#[diagnostic(
    code(bylaw::config),
    help("`bylaw serve --print-config` prints every key with its default")
)]
pub(crate) struct ConfigError {
    #[related]
    problems: Vec<Problem>,
}

/// One thing that is wrong with it.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{message}")]
#[diagnostic(code(bylaw::config))]
struct Problem {
    message: String,
    #[help]
    help: Option<String>,
    #[source_code]
    source_code: Option<NamedSource<String>>,
    #[label("here")]
    span: Option<SourceSpan>,
}

impl Problem {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, source_code: None, span: None }
    }

    fn unknown(key: &str, known: &Table) -> Self {
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        let help = bylaw_law::nearest(key, names.into_iter());
        Self { help: Some(help), ..Self::new(format!("unknown key `{key}`")) }
    }
}

struct Source<'a> {
    name: String,
    text: &'a str,
}

impl Source<'_> {
    /// The file as a table; what is wrong with it alone is added to the problems.
    fn table(&self, known: &Table, problems: &mut Vec<Problem>) -> Table {
        match toml::de::DeTable::parse(self.text) {
            Ok(table) => self.unknown_keys(table.get_ref(), known, problems),
            Err(error) => {
                problems.push(self.at(Problem::new(error.message()), error.span()));
                return Table::new();
            }
        }
        self.text.parse().unwrap_or_default()
    }

    fn unknown_keys(
        &self,
        table: &toml::de::DeTable<'_>,
        known: &Table,
        problems: &mut Vec<Problem>,
    ) {
        for (key, value) in table {
            let name = key.get_ref();
            let Some(expected) = known.get(&**name) else {
                problems.push(self.at(Problem::unknown(name, known), Some(key.span())));
                continue;
            };
            let Some(inner) = table_of(expected) else { continue };
            match value.get_ref() {
                toml::de::DeValue::Table(table) => self.unknown_keys(table, inner, problems),
                toml::de::DeValue::Array(items) => {
                    for item in items.iter() {
                        if let toml::de::DeValue::Table(table) = item.get_ref() {
                            self.unknown_keys(table, inner, problems);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn at(&self, problem: Problem, span: Option<std::ops::Range<usize>>) -> Problem {
        Problem {
            source_code: Some(NamedSource::new(&self.name, self.text.to_owned())),
            span: span.map(Into::into),
            ..problem
        }
    }
}

/// A table's keys, or those of the tables of an array.
fn table_of(value: &Value) -> Option<&Table> {
    match value {
        Value::Table(table) => Some(table),
        Value::Array(items) => items.first().and_then(Value::as_table),
        _ => None,
    }
}

/// One variable of the environment as a table of one key.
fn variable(name: &str, value: &str, known: &Table) -> Result<Table, Problem> {
    let path = name.strip_prefix(PREFIX).unwrap_or(name).to_ascii_lowercase();
    let mut level = Some(known);
    for key in path.split("__") {
        let Some(here) = level else {
            return Err(Problem::new(format!("{name} goes below a key that is no table")));
        };
        let Some(expected) = here.get(key) else {
            let problem = Problem::unknown(key, here);
            return Err(Problem { message: format!("{} in {name}", problem.message), ..problem });
        };
        level = expected.as_table();
    }
    let leaf = read_value(value);
    let given = path
        .rsplit("__")
        .fold(leaf, |inner, key| Value::Table(std::iter::once((key.to_owned(), inner)).collect()));
    Ok(given.as_table().cloned().unwrap_or_default())
}

/// A value that could stand in the file is read as one; anything else is text.
fn read_value(text: &str) -> Value {
    let parsed = format!("value = {text}").parse::<Table>().ok();
    let value = parsed.and_then(|mut table| table.remove("value").filter(|_| table.is_empty()));
    match value {
        // A day or a time is not a kind of value that any key takes.
        Some(Value::Datetime(_)) | None => Value::String(text.to_owned()),
        Some(value) => value,
    }
}

/// Tables are merged key by key; anything else is replaced.
fn lay_over(below: &mut Table, above: Table) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay_over(below, above),
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

/// Every key there is, with its default or an example.
fn known() -> Table {
    let example = |line: &&str| {
        !line.starts_with('#')
            || line.starts_with("#[")
            || line.starts_with('#') && line.chars().nth(1).is_some_and(|c| c.is_ascii_lowercase())
    };
    let lines: Vec<&str> = DEFAULT
        .lines()
        .filter(example)
        .map(|line| line.strip_prefix('#').unwrap_or(line))
        .collect();
    lines.join("\n").parse().unwrap_or_default()
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read {}", path.display()))
}
