//! Rego on the same rules: conditions lowered to text, compiled for regorus' virtual machine.

use std::{collections::BTreeSet, fmt::Write};

use anyhow::{Result, ensure};
use bylaw_law::{
    Law, RuleId,
    pack::Condition,
    vocabulary::{Domain, FactId},
};
use regorus::{Engine, Value, languages::rego::compiler::Compiler, rvm::RegoVM};
use serde_json::{Map, json};

use crate::{
    cedar::holding,
    workload::{Act, Item, Told, Workload, bound_actors, fact_value},
};

const ENTRY: &str = "data.bylaw.holding";

pub(crate) struct Peer {
    /// One per act of the workload, each with its program loaded.
    machines: Vec<RegoVM>,
    interpreters: Vec<Engine>,
}

/// A prepared input.
pub(crate) struct Asked {
    act: usize,
    input: Value,
}

impl Peer {
    pub(crate) fn new(law: &Law, workload: &Workload<'_>) -> Result<Self> {
        let mut machines = Vec::new();
        let mut interpreters = Vec::new();
        for act in &workload.acts {
            let mut engine = Engine::new();
            engine.add_policy("law.rego".to_owned(), Module::text(law, act))?;
            let compiled = engine.compile_with_entrypoint(&ENTRY.into())?;
            let mut machine = RegoVM::new_with_policy(compiled.clone());
            machine.load_program(Compiler::compile_from_policy(&compiled, &[ENTRY])?);
            machine.set_data(Value::new_object())?;
            machines.push(machine);
            interpreters.push(engine);
        }
        Ok(Self { machines, interpreters })
    }

    pub(crate) fn ask(law: &Law, item: &Item, told: &Told) -> Asked {
        let mut input = Map::new();
        for (fact, known) in law.vocabulary.facts.iter().enumerate() {
            if let Some(class) = told.facts.class(fact) {
                input.insert(known.name.clone(), fact_value(law, fact, class));
            }
        }
        let terms: Map<_, _> =
            told.terms.iter().map(|(name, holds)| (name.clone(), json!(holds))).collect();
        input.insert("term".to_owned(), terms.into());
        Asked { act: item.act, input: serde_json::Value::Object(input).into() }
    }

    /// The rules that hold, by the virtual machine.
    pub(crate) fn decide(&mut self, asked: &Asked) -> Result<Value> {
        let machine = &mut self.machines[asked.act];
        machine.set_input(asked.input.clone());
        Ok(machine.execute_entry_point_by_index(0)?)
    }

    /// The same by the interpreter.
    pub(crate) fn interpret(&mut self, asked: &Asked) -> Result<Value> {
        let engine = &mut self.interpreters[asked.act];
        engine.set_input(asked.input.clone());
        engine.eval_rule(ENTRY.to_owned())
    }

    /// Fails unless exactly the rules hold that hold by our own reading.
    pub(crate) fn agrees(&mut self, act: &Act<'_>, item: &Item, asked: &Asked) -> Result<()> {
        let ours = holding(act, item);
        for found in [self.decide(asked)?, self.interpret(asked)?] {
            let theirs = found.as_set()?.iter().map(|rule| Ok(rule.as_i64()?.try_into()?));
            ensure!(
                theirs.collect::<Result<BTreeSet<RuleId>>>()? == ours,
                "Rego holds other rules"
            );
        }
        Ok(())
    }
}

/// A module in writing. What is nested becomes a rule of its own.
struct Module<'a> {
    law: &'a Law,
    rules: String,
    helpers: usize,
}

impl<'a> Module<'a> {
    fn text(law: &'a Law, act: &Act<'_>) -> String {
        let mut module =
            Self { law, rules: String::from("package bylaw\nimport rego.v1\n"), helpers: 0 };
        for &rule in &act.rules {
            let mut body = Vec::new();
            if let Some(bound) = bound_actors(law, rule) {
                body.push(format!("input.actor_kind in {{{}}}", quoted(&bound)));
            }
            module.lines(&law.rule(rule).condition, &mut body);
            let _ = writeln!(module.rules, "holding contains {rule} if {{ {} }}", body.join("; "));
        }
        module.rules
    }

    /// Adds the expressions that must all hold.
    fn lines(&mut self, condition: &Condition, body: &mut Vec<String>) {
        match condition {
            Condition::All(parts) if !parts.is_empty() => {
                parts.iter().for_each(|part| self.lines(part, body))
            }
            Condition::All(_) => body.push("true".to_owned()),
            Condition::Constant(holds) => body.push(holds.to_string()),
            Condition::OneOf(fact, classes) => body.push(self.one_of(*fact, *classes)),
            Condition::Below(fact, bound) => {
                body.push(format!("input.{} < {bound}", self.law.vocabulary.facts[*fact].name));
            }
            Condition::Term(name) => body.push(format!("input.term.{name}")),
            Condition::Not(inner) => {
                let name = self.helper(&[&[inner]]);
                body.push(format!("not {name}"));
            }
            Condition::Any(parts) => {
                let ways: Vec<[&Condition; 1]> = parts.iter().map(|part| [part]).collect();
                let ways: Vec<&[&Condition]> = ways.iter().map(<[_; 1]>::as_slice).collect();
                body.push(self.helper(&ways));
            }
            Condition::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                let not = Condition::Not(Box::new(condition.clone()));
                body.push(self.helper(&[&[condition, then], &[&not, otherwise]]));
            }
        }
    }

    /// A rule that holds where all conditions of one way do.
    fn helper(&mut self, ways: &[&[&Condition]]) -> String {
        let name = format!("part_{}", self.helpers);
        self.helpers += 1;
        let _ = writeln!(self.rules, "default {name} := false");
        for way in ways {
            let mut body = Vec::new();
            way.iter().for_each(|condition| self.lines(condition, &mut body));
            let _ = writeln!(self.rules, "{name} if {{ {} }}", body.join("; "));
        }
        name
    }

    fn one_of(&self, fact: FactId, classes: u64) -> String {
        let known = &self.law.vocabulary.facts[fact];
        let chosen: Vec<u8> =
            (0..known.classes()).filter(|class| classes & (1 << class) != 0).collect();
        match (&known.domain, chosen.as_slice()) {
            (_, []) => "false".to_owned(),
            (Domain::Bool, [class]) => format!("input.{} == {}", known.name, *class == 1),
            (_, [class]) if matches!(known.domain, Domain::Values(_)) => {
                format!("input.{} == {:?}", known.name, known.class_name(*class))
            }
            (Domain::Bool, _) => "true".to_owned(),
            (Domain::Values(_), chosen) => {
                let names: Vec<String> =
                    chosen.iter().map(|&class| known.class_name(class)).collect();
                format!("input.{} in {{{}}}", known.name, quoted(&names))
            }
            // Numbers are compared by `Below` alone.
            (Domain::Range { .. }, _) => "false".to_owned(),
        }
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}
