//! Random requests in the words of the vocabulary, from a seed.

use serde_json::{Map, Value, json};

use super::bylaw;

/// A xorshift generator.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("it is below a usize")
    }

    pub(crate) fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}

/// What requests are made of.
pub(crate) struct Vocabulary {
    paths: Vec<String>,
    actions: Vec<String>,
    pub(crate) facts: Vec<Fact>,
}

/// A fact, the values drawn for it, and the value that means absent.
pub(crate) struct Fact {
    pub(crate) name: String,
    values: Vec<Value>,
    pub(crate) absent: Option<Value>,
}

const DAYS: [&str; 6] =
    ["1980-01-01", "2016-05-05", "2018-06-01", "2020-12-31", "2025-01-20", "2026-11-22"];

impl Vocabulary {
    /// As the program shows it.
    pub(crate) fn read() -> Self {
        let text = |value: &Value| value.as_str().expect("a name is text").to_owned();
        let list = |value: &Value| value.as_array().expect("a list").clone();
        let shown = bylaw(&["law", "show", "facts", "--json"]).json();
        let overview = bylaw(&["law", "show", "--json"]).json();
        let facts = list(&shown["facts"]).into_iter().map(|fact| {
            let values = match &fact["values"] {
                Value::Object(range) => vec![range["from"].clone(), range["to"].clone(), json!(5)],
                values => list(values)
                    .iter()
                    .map(|value| value.get("value").unwrap_or(value).clone())
                    .collect(),
            };
            let absent = fact["absent"].as_str().map(|absent| {
                values
                    .iter()
                    .find(|value| value.to_string().trim_matches('"') == absent)
                    .expect("absent is a value")
                    .clone()
            });
            Fact { name: text(&fact["fact"]), values, absent }
        });
        Self {
            paths: list(&overview).iter().map(|known| text(&known["jurisdiction"])).collect(),
            actions: list(&shown["actions"]).iter().map(|action| text(&action["action"])).collect(),
            facts: facts.collect(),
        }
    }

    /// A request that can be read; a few name an actor whom the place does not bind.
    pub(crate) fn request(&self, random: &mut Random) -> Map<String, Value> {
        let known = random.below(101);
        let mut facts = Map::new();
        facts.insert("action".to_owned(), json!(random.of(&self.actions)));
        for fact in &self.facts {
            if random.below(100) < known {
                let value = if random.below(12) == 0 {
                    Value::Null
                } else {
                    random.of(&fact.values).clone()
                };
                facts.insert(fact.name.clone(), value);
            }
        }
        let mut request = Map::new();
        request.insert("jurisdiction".to_owned(), json!(random.of(&self.paths)));
        request.insert("on".to_owned(), json!(random.of(&DAYS)));
        request.insert("facts".to_owned(), facts.into());
        request
    }
}
