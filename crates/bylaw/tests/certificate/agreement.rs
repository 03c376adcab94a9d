//! The checker reads the law as the compiler does: at random points of every jurisdiction, what
//! `decide` answers can be shown to be the answer, and nothing else can.

use std::collections::BTreeMap;

use bylaw_checker::{Error, Text, check};
use bylaw_law::{
    Jurisdiction, Law, Question, Scratch, SourceFile, Word,
    vocabulary::{ActionId, Domain, Fact, FactId, VOCABULARY_FILE},
};
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::support::{self, generate::Random};

/// Random points in each jurisdiction.
const POINTS: usize = 30;

/// One value for every fact, as it is written.
type Facts = Vec<String>;

#[test]
fn the_checker_agrees_with_decide() {
    let mut files = Vec::new();
    gather(support::PACKS.as_ref(), "", &mut files);
    let law = Law::load_checked(&files).expect("the packs load");
    let mut random = Random(20_261_122);
    // The checker takes every point for possible, as `decide` does.
    for file in files.iter_mut().filter(|file| file.name == VOCABULARY_FILE) {
        *file = SourceFile::new(VOCABULARY_FILE, file.text.replace("@always(", "@mostly("));
    }
    let mut words: BTreeMap<Word, usize> = BTreeMap::new();
    for jurisdiction in law.jurisdictions() {
        let mut points = 0;
        while points < POINTS {
            let action = random.below(law.vocabulary.actions.len());
            let on = day(&law, jurisdiction, action, &mut random);
            let facts = point(&law, jurisdiction, action, &mut random);
            let mut question = Question::new(&law, jurisdiction, action, on);
            for (fact, value) in law.vocabulary.facts.iter().zip(&facts) {
                question.state(&law, &fact.name, value).expect("a value of the fact");
            }
            // An actor whom the jurisdiction does not bind, or a day before its law.
            let Ok(decision) = law.decide(&question, &mut Scratch::default()) else { continue };
            points += 1;
            let point = Point { law: &law, jurisdiction, action, on, facts };
            let others = Word::ALL
                .iter()
                .filter(|word| **word != decision.word && **word != Word::NeedsFacts);
            let others: Vec<&str> = others.map(|word| word.name()).collect();
            if let Err(error) = point.show(&files, decision.word.name()) {
                panic!("{}: {error}", point.describe());
            }
            match point.show(&files, &others.join(", ")) {
                Err(Error::Leaf { .. }) => *words.entry(decision.word).or_default() += 1,
                other => {
                    panic!("{}: not {}, but {other:?}", point.describe(), decision.word.name())
                }
            }
        }
    }
    assert!(words.len() == 5 && words.values().all(|points| *points > 10), "{words:?}");
}

/// A point of a law.
struct Point<'a> {
    law: &'a Law,
    jurisdiction: &'a Jurisdiction,
    action: ActionId,
    on: Date,
    facts: Facts,
}

impl Point<'_> {
    /// Checks a certificate which says that the answer is one of these.
    fn show(&self, files: &[SourceFile], words: &str) -> Result<(), Error> {
        let path = &self.jurisdiction.path;
        let action = &self.law.vocabulary.actions[self.action].name;
        let until = self.on.tomorrow().expect("a day");
        let known = || self.law.vocabulary.facts.iter().zip(&self.facts);
        let conditions: Vec<String> = known().map(|(fact, value)| condition(fact, value)).collect();
        let claims = format!(
            "+++\ntitle = \"A point\"\ndays = {{ from = {}, until = {until} }}\n+++\n\n```cedar\n@id(\"point\") @always(\"{words}\")\npermit (principal, action == Action::\"{action}\", resource)\nwhen {{ {} }};\n```\n",
            self.on,
            conditions.join(" && ")
        );
        let nodes: Vec<Value> = known()
            .enumerate()
            .map(|(number, (fact, value))| {
                let last = number + 1 == self.facts.len();
                let next = if last { json!(-1) } else { json!(number + 1) };
                let (this, others) = values(fact, value);
                json!([fact.name, [[this, next], [others, -1]]])
            })
            .collect();
        let name = format!("{path}/point.claims.md");
        let on_path = |file: &&SourceFile| {
            let folder = file.name.rsplit_once('/').map_or("", |(folder, _)| folder);
            let above = path
                .strip_prefix(folder)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            let told = file.name.ends_with(".claims.md") || file.name.ends_with("guidance.md");
            above && !told || file.name == VOCABULARY_FILE
        };
        let mut texts: Vec<Text<'_>> = files
            .iter()
            .filter(on_path)
            .map(|file| Text { name: &file.name, text: &file.text })
            .collect();
        texts.push(Text { name: &name, text: &claims });
        let hashes: BTreeMap<&str, String> = texts
            .iter()
            .map(|text| (text.name, bylaw_law::sources::sha256(text.text.as_bytes())))
            .collect();
        let certificate = json!({
            "format": "bylaw-certificate/1", "files": hashes, "claims": ["point"],
            "proofs": [{ "claim": "point", "action": action, "from": self.on.to_string(), "until": until.to_string(), "nodes": nodes }],
        });
        check(&certificate.to_string(), &texts).map(|_| ())
    }

    fn describe(&self) -> String {
        let facts = self.law.vocabulary.facts.iter().zip(&self.facts);
        let facts: Vec<String> =
            facts.map(|(fact, value)| format!("{}={value}", fact.name)).collect();
        let action = &self.law.vocabulary.actions[self.action].name;
        format!("{action} at {} on {} where {}", self.jurisdiction.path, self.on, facts.join(", "))
    }
}

/// A day near one on which the law changes.
fn day(law: &Law, jurisdiction: &Jurisdiction, action: ActionId, random: &mut Random) -> Date {
    let changes = law.days_of_change(jurisdiction, action);
    let day = *random.of(&changes);
    match random.below(3) {
        0 => day.yesterday().expect("a day"),
        1 => day,
        _ => "2026-11-22".parse().expect("a day"),
    }
}

/// Facts of a worked case about the act where there is one, the others at random.
fn point(law: &Law, jurisdiction: &Jurisdiction, action: ActionId, random: &mut Random) -> Facts {
    let mut facts: Facts = law
        .vocabulary
        .facts
        .iter()
        .map(|fact| match (&fact.absent, &fact.domain) {
            (Some(absent), _) if random.below(3) > 0 => absent.clone(),
            (_, Domain::Bool) => (*random.of(&["false", "true"])).to_owned(),
            (_, Domain::Values(values)) => random.of(values).name.clone(),
            (_, Domain::Range { low, high, .. }) => {
                let width = usize::try_from(high - low + 1).expect("a short range");
                (low + i64::try_from(random.below(width)).expect("a small number")).to_string()
            }
        })
        .collect();
    let cases: Vec<&Vec<(FactId, Option<String>)>> = law
        .instruments
        .iter()
        .filter(|read| jurisdiction.path.starts_with(&read.folder))
        .flat_map(|read| &read.provisions)
        .flat_map(|provision| &provision.cases)
        .filter(|case| case.action == action)
        .map(|case| &case.facts)
        .collect();
    if !cases.is_empty() && random.below(8) > 0 {
        for (fact, value) in *random.of(&cases) {
            facts[*fact] = value.clone().unwrap_or_else(|| facts[*fact].clone());
        }
    }
    facts
}

fn condition(fact: &Fact, value: &str) -> String {
    let name = &fact.name;
    match (&fact.domain, value) {
        (Domain::Bool, "true") => format!("context.{name}"),
        (Domain::Bool, _) => format!("!context.{name}"),
        (Domain::Range { .. }, _) => format!("context.{name} == {value}"),
        (Domain::Values(_), _) => format!("context.{name} == {}::\"{value}\"", camel(name)),
    }
}

/// `legal_process` as a type: `LegalProcess`.
fn camel(name: &str) -> String {
    let capital = |word: &str| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    };
    name.split('_').map(capital).collect()
}

/// The value, and all others, as edges have them.
fn values(fact: &Fact, value: &str) -> (Value, Value) {
    let others = |names: Vec<&str>| {
        json!(names.into_iter().filter(|name| *name != value).collect::<Vec<_>>())
    };
    match &fact.domain {
        Domain::Bool => (json!([value]), others(vec!["false", "true"])),
        Domain::Values(values) => {
            (json!([value]), others(values.iter().map(|value| value.name.as_str()).collect()))
        }
        Domain::Range { low, high, .. } => {
            let number: i64 = value.parse().expect("a number");
            let below = (*low < number).then(|| [*low, number - 1]);
            let above = (number < *high).then(|| [number + 1, *high]);
            (json!([[number, number]]), json!(below.into_iter().chain(above).collect::<Vec<_>>()))
        }
    }
}

fn gather(folder: &std::path::Path, prefix: &str, files: &mut Vec<SourceFile>) {
    for (path, name) in support::entries(folder) {
        if path.is_dir() {
            gather(&path, &format!("{prefix}{name}/"), files);
        } else {
            let text = std::fs::read_to_string(&path).expect("packs are text");
            files.push(SourceFile::new(format!("{prefix}{name}"), text));
        }
    }
}
