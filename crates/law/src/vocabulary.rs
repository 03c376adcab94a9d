//! The vocabulary: every fact a rule may read, every value it may have, every kind of act, and the
//! words for people.
//!
//! It is a Cedar schema (`vocabulary.cedarschema`), read by Cedar itself; what people read stands
//! in its annotations. Facts and acts keep the order in which the file lists them, which is the
//! natural order of asking.

use cedar_policy::SchemaFragment;
use rustc_hash::FxHashMap;
use serde_json::Value as Json;

use crate::{
    diagram::{MOST_CLASSES, UNKNOWN},
    error::{Problem, SourceFile},
};

/// Where the vocabulary stands below the packs' folder.
pub const VOCABULARY_FILE: &str = "vocabulary.cedarschema";

/// The value that means "not known" in any enumeration.
pub(crate) const UNKNOWN_VALUE: &str = "unknown";

/// A fact's place in the vocabulary.
pub type FactId = usize;

/// An act's place in the vocabulary.
pub type ActionId = usize;

/// Every fact and act that the law may speak about.
#[derive(Debug)]
pub struct Vocabulary {
    /// In the natural order of asking.
    pub facts: Vec<Fact>,
    /// In the order of the file.
    pub actions: Vec<Action>,
    /// The facts' groups, in order of first appearance.
    pub groups: Vec<String>,
    /// `@always` conditions, as Cedar expressions: they hold in every possible world.
    pub(crate) always: Vec<String>,
    /// The schema as Cedar's JSON, to which the loader adds the terms.
    pub(crate) schema: Json,
    fact_ids: FxHashMap<String, FactId>,
    action_ids: FxHashMap<String, ActionId>,
    /// The fact called `actor_kind`, which `binds` reads.
    pub(crate) actor_kind: FactId,
}

/// One fact: what may be true of a request, and how a person is asked for it.
#[derive(Debug)]
pub struct Fact {
    /// Its name, stable for ever.
    pub name: String,
    /// Index into [`Vocabulary::groups`].
    pub group: usize,
    /// The question, in plain words.
    pub ask: String,
    /// What to look at, and why it matters.
    pub help: String,
    /// Which desk can know it.
    pub who: Who,
    /// The value that holds where the desk sees that there is nothing.
    pub absent: Option<String>,
    /// Whether it is asked before all others.
    pub first: bool,
    /// How someone may lawfully bring it about, in plain words; absent for facts of the matter.
    pub remedy: Option<String>,
    /// The values it may have.
    pub domain: Domain,
    /// The Cedar type of an enumerated fact.
    pub(crate) cedar_type: Option<String>,
}

/// The values a fact may have. Always finite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Domain {
    /// False or true.
    Bool,
    /// A closed list, in the vocabulary's order, without `unknown`.
    Values(Vec<Value>),
    /// A whole number from `low` to `high`, cut where the law's own constants cut it: class `i`
    /// begins at `cuts[i - 1]`.
    Range {
        /// Least value.
        low: i64,
        /// Greatest value.
        high: i64,
        /// First values of the second and later classes, ascending.
        cuts: Vec<i64>,
    },
}

/// One value of an enumeration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// Its name, stable for ever.
    pub name: String,
    /// What people read.
    pub label: String,
}

/// Which desk can know a fact. Nobody ever asks the person concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// What one can see or be told at the counter.
    Desk,
    /// What the records desk looks up.
    Records,
    /// What counsel judges.
    Counsel,
}

impl Who {
    /// As in `@who`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Records => "records",
            Self::Counsel => "counsel",
        }
    }
}

/// One kind of act.
#[derive(Debug)]
pub struct Action {
    /// Its name, stable for ever.
    pub name: String,
    /// What it is, as an infinitive.
    pub say: String,
    /// What falls under it.
    pub help: String,
}

impl Vocabulary {
    /// Reads the vocabulary from its schema.
    ///
    /// # Errors
    ///
    /// Every problem of the file, such as a fact without a question.
    pub fn parse(file: &SourceFile) -> Result<Self, Vec<Problem>> {
        Reader { file, places: places(&file.text), problems: Vec::new() }.read()
    }

    /// The fact of that name.
    #[must_use]
    pub fn fact_id(&self, name: &str) -> Option<FactId> {
        self.fact_ids.get(name).copied()
    }

    /// The act of that name.
    #[must_use]
    pub fn action_id(&self, name: &str) -> Option<ActionId> {
        self.action_ids.get(name).copied()
    }

    /// The fact called `actor_kind`.
    #[must_use]
    pub const fn actor_kind(&self) -> FactId {
        self.actor_kind
    }

    /// The names of all facts, in the order of asking.
    pub fn fact_names(&self) -> impl Iterator<Item = &str> + Clone {
        self.facts.iter().map(|fact| fact.name.as_str())
    }
}

impl Fact {
    /// The class of an enumerated or true-or-false value by its name.
    #[must_use]
    pub fn class_of(&self, value: &str) -> Option<u8> {
        match &self.domain {
            Domain::Bool => match value {
                "false" => Some(0),
                "true" => Some(1),
                _ => None,
            },
            Domain::Values(values) => values
                .iter()
                .position(|known| known.name == value)
                .and_then(|index| u8::try_from(index).ok()),
            Domain::Range { low, high, cuts } => {
                let number = value.parse().ok().filter(|number| (*low..=*high).contains(number))?;
                u8::try_from(cuts.partition_point(|&cut| cut <= number)).ok()
            }
        }
    }

    /// How many value classes the fact has.
    #[must_use]
    pub fn classes(&self) -> u8 {
        let count = match &self.domain {
            Domain::Bool => 2,
            Domain::Values(values) => values.len(),
            Domain::Range { cuts, .. } => cuts.len() + 1,
        };
        u8::try_from(count).unwrap_or(UNKNOWN)
    }

    /// How many values fall into each class.
    pub(crate) fn class_sizes(&self) -> Vec<u64> {
        match &self.domain {
            Domain::Bool => vec![1, 1],
            Domain::Values(values) => vec![1; values.len()],
            Domain::Range { low, high, cuts } => {
                let starts = std::iter::once(*low).chain(cuts.iter().copied());
                let ends = cuts.iter().copied().chain(std::iter::once(high + 1));
                starts.zip(ends).map(|(start, end)| end.abs_diff(start)).collect()
            }
        }
    }

    /// A value class in words: a value's name, or the numbers of an interval.
    #[must_use]
    pub fn class_name(&self, class: u8) -> String {
        let index = usize::from(class);
        match &self.domain {
            Domain::Bool => if class == 0 { "false" } else { "true" }.to_owned(),
            Domain::Values(values) => {
                values.get(index).map_or_else(String::new, |value| value.name.clone())
            }
            Domain::Range { low, high, cuts } => {
                let start = index.checked_sub(1).and_then(|before| cuts.get(before)).unwrap_or(low);
                let end = cuts.get(index).map_or(*high, |next| next - 1);
                if *start == end { start.to_string() } else { format!("{start}..{end}") }
            }
        }
    }

    /// A value class as people read it: a value's label, yes or no, or the numbers of an interval.
    #[must_use]
    pub fn class_label(&self, class: u8) -> String {
        match &self.domain {
            Domain::Bool => if class == 0 { "no" } else { "yes" }.to_owned(),
            Domain::Values(values) => {
                values.get(usize::from(class)).map_or_else(String::new, |value| value.label.clone())
            }
            Domain::Range { .. } => self.class_name(class),
        }
    }

    /// What the fact may be, for an error: "true or false", "one of …", "a whole number from 0 to
    /// 99".
    pub(crate) fn expected(&self) -> String {
        match &self.domain {
            Domain::Bool => "true or false".to_owned(),
            Domain::Values(_) => "one of its named values".to_owned(),
            Domain::Range { low, high, .. } => format!("a whole number from {low} to {high}"),
        }
    }
}

/// Reads the schema's JSON form, gathering problems as it goes.
struct Reader<'a> {
    file: &'a SourceFile,
    places: FxHashMap<&'a str, usize>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn read(mut self) -> Result<Vocabulary, Vec<Problem>> {
        let schema = match SchemaFragment::from_cedarschema_str(&self.file.text) {
            Ok((fragment, _warnings)) => fragment.to_json_value(),
            Err(error) => {
                let span = crate::pack::first_label(&error).unwrap_or(0..0);
                return Err(vec![
                    Problem::new("law::vocabulary", error.to_string()).at(self.file, span),
                ]);
            }
        };
        let schema = match schema {
            Ok(schema) => schema,
            Err(error) => {
                return Err(vec![
                    Problem::new("law::vocabulary", error.to_string()).at(self.file, 0..0),
                ]);
            }
        };
        let mut groups = Vec::new();
        let mut always = Vec::new();
        let attributes = schema.pointer("//commonTypes/Facts/attributes").and_then(Json::as_object);
        let mut declared: Vec<(usize, &String, &Json)> = attributes
            .into_iter()
            .flatten()
            .map(|(name, declaration)| (self.place(name), name, declaration))
            .collect();
        declared.sort_by_key(|&(place, ..)| place);
        let facts: Vec<Fact> = declared
            .into_iter()
            .filter_map(|(place, name, declaration)| {
                let annotation = |key: &str| annotation(declaration, key);
                always.extend(annotation("always"));
                self.fact(place, name, declaration, &schema, &mut groups)
            })
            .collect();
        let mut actions: Vec<(usize, Action)> = schema
            .pointer("//actions")
            .and_then(Json::as_object)
            .into_iter()
            .flatten()
            .map(|(name, declaration)| {
                let place = self.place(&format!("action {name}"));
                let say = self.required(place, name, declaration, "say");
                (
                    place,
                    Action {
                        name: name.clone(),
                        say,
                        help: annotation(declaration, "help").unwrap_or_default(),
                    },
                )
            })
            .collect();
        actions.sort_by_key(|&(place, _)| place);
        let actions: Vec<Action> = actions.into_iter().map(|(_, action)| action).collect();
        let fact_ids: FxHashMap<_, _> =
            facts.iter().enumerate().map(|(id, fact)| (fact.name.clone(), id)).collect();
        let action_ids =
            actions.iter().enumerate().map(|(id, action)| (action.name.clone(), id)).collect();
        let Some(&actor_kind) = fact_ids.get("actor_kind") else {
            self.problem(
                0,
                "the vocabulary has no fact `actor_kind`",
                "declare it in `type Facts`: rules are limited by it",
            );
            return Err(self.problems);
        };
        if facts.len() >= 128 {
            self.problem(
                0,
                "the vocabulary has more than 127 facts",
                "a set of facts is kept in 128 bits",
            );
        }
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        Ok(Vocabulary { facts, actions, groups, always, schema, fact_ids, action_ids, actor_kind })
    }

    fn fact(
        &mut self,
        place: usize,
        name: &str,
        declaration: &Json,
        schema: &Json,
        groups: &mut Vec<String>,
    ) -> Option<Fact> {
        let ask = self.required(place, name, declaration, "ask");
        let help = self.required(place, name, declaration, "help");
        let group = self.required(place, name, declaration, "group");
        let group = groups.iter().position(|known| *known == group).unwrap_or_else(|| {
            groups.push(group);
            groups.len() - 1
        });
        let who = match annotation(declaration, "who").as_deref() {
            Some("desk") => Who::Desk,
            Some("records") => Who::Records,
            Some("counsel") => Who::Counsel,
            _ => {
                self.problem(
                    place,
                    &format!("`{name}` does not say who can know it"),
                    "add @who(\"desk\"), \"records\" or \"counsel\"",
                );
                return None;
            }
        };
        let type_name = declaration
            .get("name")
            .or_else(|| declaration.get("type"))
            .and_then(Json::as_str)
            .unwrap_or_default();
        let (domain, cedar_type) = match type_name {
            "Bool" | "Boolean" | "__cedar::Bool" => (Domain::Bool, None),
            "Long" | "__cedar::Long" => (self.range(place, name, declaration)?, None),
            other => (self.values(place, name, other, schema)?, Some(other.to_owned())),
        };
        let absent = annotation(declaration, "absent");
        let fact = Fact {
            name: name.to_owned(),
            group,
            ask,
            help,
            who,
            first: annotation(declaration, "first").is_some(),
            remedy: annotation(declaration, "remedy"),
            absent,
            domain,
            cedar_type,
        };
        if let Some(absent) = &fact.absent
            && fact.class_of(absent).is_none()
        {
            self.problem(
                place,
                &format!("`{name}` has no value `{absent}` to be absent with"),
                "@absent names one of its values",
            );
        }
        Some(fact)
    }

    fn range(&mut self, place: usize, name: &str, declaration: &Json) -> Option<Domain> {
        let range = annotation(declaration, "range").unwrap_or_default();
        let bounds = range
            .split_once("..")
            .and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)));
        match bounds {
            Some((low, high)) if low <= high => Some(Domain::Range { low, high, cuts: Vec::new() }),
            _ => {
                self.problem(
                    place,
                    &format!("`{name}` is a number without a range"),
                    "add @range(\"0..99\")",
                );
                None
            }
        }
    }

    fn values(
        &mut self,
        place: usize,
        name: &str,
        type_name: &str,
        schema: &Json,
    ) -> Option<Domain> {
        let declaration = schema.pointer(&format!("//entityTypes/{type_name}"));
        let listed = declaration.and_then(|entity| entity.get("enum")).and_then(Json::as_array);
        let (Some(declaration), Some(listed)) = (declaration, listed) else {
            self.problem(
                place,
                &format!("`{name}` is neither Bool, Long nor an enumeration"),
                "every domain is finite: `entity Type enum [\"a\", \"b\"]`",
            );
            return None;
        };
        let mut values = Vec::with_capacity(listed.len());
        for value in listed.iter().filter_map(Json::as_str).filter(|&value| value != UNKNOWN_VALUE)
        {
            let label =
                self.required(place, &format!("{type_name}::\"{value}\""), declaration, value);
            values.push(Value { name: value.to_owned(), label });
        }
        if values.is_empty() {
            self.problem(
                place,
                &format!("`{type_name}` has no value but `unknown`"),
                "name what it may be",
            );
        }
        if values.len() > MOST_CLASSES {
            self.problem(place, &format!("`{type_name}` has too many values"), "64 is the most");
        }
        Some(Domain::Values(values))
    }

    fn required(&mut self, place: usize, name: &str, declaration: &Json, key: &str) -> String {
        annotation(declaration, key).unwrap_or_else(|| {
            self.problem(
                place,
                &format!("`{name}` has no @{key}"),
                "people read it: add it in plain words",
            );
            String::new()
        })
    }

    /// Where a declaration begins in the text, or its end.
    fn place(&self, declaration: &str) -> usize {
        self.places.get(declaration).copied().unwrap_or(self.file.text.len())
    }

    fn problem(&mut self, place: usize, message: &str, help: &str) {
        self.problems.push(
            Problem::new("law::vocabulary", message).help(help).at(self.file, place..place + 1),
        );
    }
}

/// Where facts (`name: Type`) and acts (`action name …`) are declared: on a line's beginning, or
/// behind its annotations.
fn places(text: &str) -> FxHashMap<&str, usize> {
    let mut places = FxHashMap::default();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let behind = line.rfind("\")").map_or(0, |at| at + 2);
        let rest = line.get(behind..).unwrap_or_default();
        let declared = rest.trim_start();
        let name = match declared.strip_prefix("action ") {
            Some(act) => act
                .split_whitespace()
                .next()
                .and_then(|name| declared.get(.."action ".len() + name.len())),
            None => declared.split_once(':').map(|(name, _)| name.trim_end_matches('?')),
        };
        if let Some(name) = name {
            places.entry(name).or_insert(offset + behind + rest.len() - declared.len());
        }
        offset += line.len();
    }
    places
}

fn annotation(declaration: &Json, key: &str) -> Option<String> {
    Some(declaration.get("annotations")?.get(key)?.as_str()?.to_owned())
}
