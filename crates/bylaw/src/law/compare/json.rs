//! A comparison as JSON.

use bylaw_law::{Class, Comparison, Side, compare::share, vocabulary::Fact};
use serde_json::{Map, Value, json};

use super::{super::ids, Report};

impl Report<'_> {
    pub(super) fn as_json(&self) -> Value {
        let (both, only_a, only_b) = self.actors;
        let acts: Vec<Value> = self.differing.iter().map(|act| self.act_json(act)).collect();
        let later = self.pair.later().map(|day| day.to_string());
        json!({
            "a": side(self.pair.a), "b": side(self.pair.b), "actors": self.names(both),
            "only_a": self.names(only_a), "only_b": self.names(only_b), "acts": acts,
            "same": self.same.iter().map(|&act| self.act_name(act)).collect::<Vec<_>>(),
            "draft_changes_on": later,
        })
    }

    fn act_json(&self, act: &Comparison) -> Value {
        let facts = &self.pair.a.law.vocabulary.facts;
        let agreeing: Map<String, Value> = act
            .agreeing
            .iter()
            .map(|(word, cases)| (word.name().to_owned(), json!(cases.to_string())))
            .collect();
        json!({
            "action": self.act_name(act.action), "say": self.act_says(act.action),
            "facts": act.facts.iter().filter_map(|&fact| facts.get(fact)).map(|fact| &fact.name).collect::<Vec<_>>(),
            "cases": act.cases.to_string(), "differing": act.differing.to_string(),
            "share": act.share(), "agreeing": agreeing,
            "classes": act.classes.iter().map(|class| self.class_json(act, class)).collect::<Vec<_>>(),
        })
    }

    fn class_json(&self, act: &Comparison, class: &Class) -> Value {
        let (a, b) = (self.pair.a, self.pair.b);
        let common: Map<String, Value> = class
            .common
            .iter()
            .filter_map(|&(fact, classes)| Some((a.law.vocabulary.facts.get(fact)?, classes)))
            .map(|(fact, classes)| (fact.name.clone(), json!(class_names(fact, classes))))
            .collect();
        let request = |side: Side<'_>| side.law.request(side, act.action, &class.example);
        json!({
            "a": class.a, "b": class.b,
            "a_because": ids(a.law, &class.a_because), "b_because": ids(b.law, &class.b_because),
            "cases": class.cases.to_string(), "share": share(class.cases, act.cases),
            "where": common, "exact": class.exact,
            "story": a.law.story(act.action, &class.story),
            "requests": [request(a), request(b)],
        })
    }

    fn names(&self, actors: u64) -> Vec<String> {
        let vocabulary = &self.pair.a.law.vocabulary;
        let kinds = vocabulary.facts.get(vocabulary.actor_kind());
        kinds.map_or_else(Vec::new, |fact| class_names(fact, actors))
    }
}

fn side(side: Side<'_>) -> Value {
    json!({ "jurisdiction": side.jurisdiction.path, "on": side.on.to_string(), "law": &*side.jurisdiction.hash })
}

fn class_names(fact: &Fact, classes: u64) -> Vec<String> {
    let members = (0..fact.classes()).filter(|&class| classes & (1 << class) != 0);
    members.map(|class| fact.class_name(class)).collect()
}
