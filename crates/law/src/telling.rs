//! A case told: in words for people, and as a request that `decide` reads.

use serde_json::{Map, Value, json};

use crate::{
    Law,
    joint::Side,
    vocabulary::{ActionId, Domain, Fact, FactId},
};

impl Law {
    /// Some facts of a case in words: who acts, the act, and each other fact as its question and
    /// answer.
    #[must_use]
    pub fn story(&self, action: ActionId, told: &[(FactId, u8)]) -> String {
        let vocabulary = &self.vocabulary;
        let actor = told.iter().find(|(fact, _)| *fact == vocabulary.actor_kind);
        let actor =
            actor.and_then(|&(fact, class)| Some(vocabulary.facts.get(fact)?.class_label(class)));
        let act = vocabulary.actions.get(action).map_or("", |action| action.say.as_str());
        let mut story = format!("{}: {act}.", actor.as_deref().unwrap_or("Anyone"));
        let mut rest: Vec<(FactId, u8)> =
            told.iter().copied().filter(|&(fact, _)| fact != vocabulary.actor_kind).collect();
        rest.sort_unstable();
        for (fact, class) in rest {
            if let Some(fact) = vocabulary.facts.get(fact) {
                story.push_str(&format!(" {} {}.", fact.ask, fact.class_label(class)));
            }
        }
        story
    }

    /// A whole case as a request for `decide`; of a range of numbers the least is stated.
    #[must_use]
    pub fn request(&self, side: Side<'_>, action: ActionId, case: &[(FactId, u8)]) -> Value {
        let mut facts = Map::new();
        if let Some(action) = self.vocabulary.actions.get(action) {
            facts.insert("action".to_owned(), json!(action.name));
        }
        let mut case = case.to_vec();
        case.sort_unstable();
        for (fact, class) in case {
            if let Some(fact) = self.vocabulary.facts.get(fact) {
                facts.insert(fact.name.clone(), value(fact, class));
            }
        }
        json!({ "jurisdiction": side.jurisdiction.path, "on": side.on.to_string(), "facts": facts })
    }
}

fn value(fact: &Fact, class: u8) -> Value {
    match &fact.domain {
        Domain::Bool => json!(class == 1),
        Domain::Values(_) => json!(fact.class_name(class)),
        Domain::Range { low, cuts, .. } => {
            let before = usize::from(class).checked_sub(1);
            json!(before.and_then(|before| cuts.get(before)).unwrap_or(low))
        }
    }
}
