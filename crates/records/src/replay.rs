//! Replaying a decision: the same law, the same facts, the same day must give the same answer.

use std::{collections::BTreeMap, sync::Arc};

use bylaw_law::{Defaults, Law, Reply, RequestId, Scratch};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    Kind, body,
    error::{Error, Result},
    store::Store,
};

/// Replays decisions under the laws they were made under, which it keeps loaded.
#[derive(Debug, Default)]
pub struct Replayer {
    laws: BTreeMap<String, Arc<Law>>,
    scratch: Scratch,
}

/// What a decision rests on.
struct Asked<'a> {
    jurisdiction: &'a str,
    on: Date,
    law: &'a str,
    action: &'a str,
    facts: &'a BTreeMap<String, Value>,
    otherwise_absent: bool,
}

/// The question as `Law::read_question` takes it.
#[derive(Serialize)]
struct Question<'a> {
    jurisdiction: &'a str,
    on: Date,
    facts: BTreeMap<&'a str, &'a Value>,
}

/// Laws kept loaded: a city changes its law a few times a year.
const LAWS: usize = 8;

impl Replayer {
    /// Replays a record. Returns what differs, by name; nothing where all is the same or the record
    /// is of no decision.
    ///
    /// # Errors
    ///
    /// The database failed, the law is not in the archive or was changed there, or the record's
    /// text is not well formed.
    pub async fn differences(
        &mut self,
        store: &Store,
        kind: Kind,
        body: &[u8],
    ) -> Result<Vec<String>> {
        match kind {
            Kind::Decision => self.decision(store, &body::read(body)?).await,
            Kind::Search => self.search(store, &body::read(body)?).await,
            Kind::CaseStep => match case_decision(body)? {
                Some(decision) => self.decision(store, &decision).await,
                None => Ok(Vec::new()),
            },
            Kind::Purge | Kind::Hold | Kind::Audit | Kind::Gap | Kind::Lost => Ok(Vec::new()),
        }
    }

    async fn decision(&mut self, store: &Store, record: &body::Decision) -> Result<Vec<String>> {
        let asked = Asked {
            jurisdiction: &record.jurisdiction,
            on: record.on,
            law: &record.law,
            action: &record.action,
            facts: &record.facts,
            // Older bodies do not say so, and no assumption is listed without it.
            otherwise_absent: record.otherwise_absent || !record.assumed.is_empty(),
        };
        let Some(now) = self.ask(store, &asked).await? else {
            return Ok(vec!["question".to_owned()]);
        };
        let mut differs = different_fields(&record.reply, &now);
        if now.get("assumed") != Some(&Value::from(record.assumed.clone())) {
            differs.push("assumed".to_owned());
        }
        if told_otherwise(record.decision, &now, record.silent.as_deref()) {
            differs.push("decision".to_owned());
        }
        Ok(differs)
    }

    async fn search(&mut self, store: &Store, record: &body::Search) -> Result<Vec<String>> {
        let mut differs = Vec::new();
        for (index, group) in record.groups.iter().enumerate() {
            let asked = Asked {
                jurisdiction: &record.jurisdiction,
                on: record.on,
                law: &record.law,
                action: &group.action,
                facts: &group.facts,
                otherwise_absent: group.otherwise_absent || !group.assumed.is_empty(),
            };
            let same = self.ask(store, &asked).await?.is_some_and(|now| {
                now.get("answer") == Some(&Value::from(group.answer.as_str()))
                    && rules(&now) == group.because
                    && !told_otherwise(group.decision, &now, record.silent.as_deref())
            });
            if !same {
                differs.push(format!("group {index}"));
            }
        }
        Ok(differs)
    }

    /// The reply to the question as the law gives it now; none where it can no longer be asked.
    async fn ask(
        &mut self,
        store: &Store,
        asked: &Asked<'_>,
    ) -> Result<Option<Map<String, Value>>> {
        let law = self.law(store, asked.law).await?;
        let action = Value::from(asked.action);
        let mut facts: BTreeMap<&str, &Value> =
            asked.facts.iter().map(|(name, value)| (name.as_str(), value)).collect();
        facts.insert("action", &action);
        let question = Question { jurisdiction: asked.jurisdiction, on: asked.on, facts };
        let question = body::write(&question)?;
        let defaults =
            Defaults { jurisdiction: None, on: asked.on, otherwise_absent: asked.otherwise_absent };
        let (_, question) = law.read_question(&question, &defaults);
        let Ok(question) = question else { return Ok(None) };
        if *question.jurisdiction.hash != *asked.law {
            return Err(Error::UnknownLaw { hash: asked.law.to_owned() });
        }
        let Ok(decision) = law.decide(&question, &mut self.scratch) else { return Ok(None) };
        let reply = Reply::new(&law, RequestId::default(), &decision);
        match serde_json::to_value(reply) {
            Ok(Value::Object(fields)) => Ok(Some(fields)),
            _ => Ok(None),
        }
    }

    async fn law(&mut self, store: &Store, hash: &str) -> Result<Arc<Law>> {
        if let Some(law) = self.laws.get(hash) {
            return Ok(Arc::clone(law));
        }
        let law = Arc::new(store.load_law(hash).await?);
        if self.laws.len() >= LAWS {
            self.laws.clear();
        }
        self.laws.insert(hash.to_owned(), Arc::clone(&law));
        Ok(law)
    }
}

/// A step of a case may carry a decision; where it does not, there is nothing to replay.
fn case_decision(body: &[u8]) -> Result<Option<body::Decision>> {
    let step: Map<String, Value> = body::read(body)?;
    if step.contains_key("reply") { body::read(body).map(Some) } else { Ok(None) }
}

/// The fields of the recorded reply that are otherwise now. The words for people and the nearest
/// lawful alternative are not part of the answer.
fn different_fields(recorded: &Value, now: &Map<String, Value>) -> Vec<String> {
    let empty = Map::new();
    let recorded = recorded.as_object().unwrap_or(&empty);
    let mut names: Vec<&String> = recorded.keys().chain(now.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .filter(|name| !matches!(name.as_str(), "id" | "words" | "alternative" | "assumed"))
        .filter(|&name| recorded.get(name) != now.get(name))
        .cloned()
        .collect()
}

/// Whether a caller was told something else than the reply gives. Older bodies do not say what.
fn told_otherwise(told: Option<bool>, now: &Map<String, Value>, silent: Option<&str>) -> bool {
    told.is_some_and(|told| Some(told) != allowed(now, silent))
}

/// What a caller is told: only `may` and `must` pass, and `unregulated` where silence is consent.
fn allowed(reply: &Map<String, Value>, silent: Option<&str>) -> Option<bool> {
    match reply.get("answer")?.as_str()? {
        "may" | "must" => Some(true),
        "unregulated" => Some(silent == Some("allow")),
        _ => Some(false),
    }
}

fn rules(reply: &Map<String, Value>) -> Vec<String> {
    let because = reply.get("because").and_then(Value::as_array);
    let rules = because.into_iter().flatten().filter_map(|cited| cited.get("rule")?.as_str());
    rules.map(str::to_owned).collect()
}
