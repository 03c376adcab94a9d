//! Cedar on the same rules: one policy set per act, each rule limited to the actors it binds.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use bylaw_law::{Law, RuleId, Scratch, pack::Modality, vocabulary::Domain};
use cedar_policy::{
    Authorizer, Context, Entities, EntityId, EntityTypeName, EntityUid, Policy, PolicyId,
    PolicySet, Request, RestrictedExpression,
};

use crate::workload::{Act, Item, Told, Workload, bound_actors, first_number};

pub(crate) struct Peer {
    authorizer: Authorizer,
    entities: Entities,
    /// One per act of the workload.
    policies: Vec<PolicySet>,
}

/// A prepared request.
pub(crate) struct Asked {
    act: usize,
    request: Request,
}

impl Peer {
    pub(crate) fn new(law: &Law, workload: &Workload<'_>) -> Result<Self> {
        let policies =
            workload.acts.iter().map(|act| policy_set(law, act)).collect::<Result<_>>()?;
        Ok(Self { authorizer: Authorizer::new(), entities: Entities::empty(), policies })
    }

    pub(crate) fn ask(
        &self,
        law: &Law,
        workload: &Workload<'_>,
        item: &Item,
        told: &Told,
    ) -> Result<Asked> {
        let action = &law.vocabulary.actions[workload.acts[item.act].id].name;
        let request = Request::new(
            entity("Office", "office")?,
            entity("Action", action)?,
            entity("Matter", "matter")?,
            context(law, told)?,
            None,
        )?;
        Ok(Asked { act: item.act, request })
    }

    pub(crate) fn decide(&self, asked: &Asked) -> cedar_policy::Response {
        self.authorizer.is_authorized(&asked.request, &self.policies[asked.act], &self.entities)
    }

    /// Fails unless Cedar's determining policies are the rules that hold by our own reading.
    ///
    /// Cedar names the forbids that hold, or the permits where no forbid does.
    pub(crate) fn agrees(
        &self,
        law: &Law,
        act: &Act<'_>,
        item: &Item,
        asked: &Asked,
    ) -> Result<()> {
        let holding = holding(act, item);
        let forbids: BTreeSet<RuleId> = holding
            .iter()
            .copied()
            .filter(|&rule| law.rule(rule).modality == Modality::MustNot)
            .collect();
        let ours = if forbids.is_empty() { holding } else { forbids };
        let response = self.decide(asked);
        let theirs = response.diagnostics().reason().map(|id| Ok(id.to_string().parse()?));
        ensure!(theirs.collect::<Result<BTreeSet<RuleId>>>()? == ours, "Cedar holds other rules");
        ensure!(response.diagnostics().errors().next().is_none(), "Cedar reports an error");
        Ok(())
    }
}

/// The rules that hold, by our own diagrams.
pub(crate) fn holding(act: &Act<'_>, item: &Item) -> BTreeSet<RuleId> {
    let mut scratch = Scratch::default();
    let mut holds =
        |rule: RuleId| act.compiled.holds(rule, &item.facts, &mut scratch) == Some(true);
    act.rules.iter().copied().filter(|&rule| holds(rule)).collect()
}

fn policy_set(law: &Law, act: &Act<'_>) -> Result<PolicySet> {
    let mut set = PolicySet::new();
    for &rule in &act.rules {
        let text = law.rule(rule).policy.to_string();
        let text = match bound_actors(law, rule) {
            None => text,
            Some(bound) => {
                let kinds: Vec<String> =
                    bound.iter().map(|kind| format!("ActorKind::{kind:?}")).collect();
                let body =
                    text.trim_end().strip_suffix(';').context("a policy ends with a semicolon")?;
                format!("{body} when {{ [{}].contains(context.actor_kind) }};", kinds.join(", "))
            }
        };
        set.add(Policy::parse(Some(PolicyId::new(rule.to_string())), text)?)?;
    }
    Ok(set)
}

fn context(law: &Law, told: &Told) -> Result<Context> {
    let mut pairs = Vec::new();
    for (fact, known) in law.vocabulary.facts.iter().enumerate() {
        let Some(class) = told.facts.class(fact) else { continue };
        let value = match &known.domain {
            Domain::Bool => RestrictedExpression::new_bool(class == 1),
            Domain::Values(_) => RestrictedExpression::new_entity_uid(entity(
                &camel_case(&known.name),
                &known.class_name(class),
            )?),
            Domain::Range { .. } => {
                RestrictedExpression::new_long(first_number(&known.domain, class))
            }
        };
        pairs.push((known.name.clone(), value));
    }
    let terms = told
        .terms
        .iter()
        .map(|(name, holds)| (name.clone(), RestrictedExpression::new_bool(*holds)));
    pairs.push(("term".to_owned(), RestrictedExpression::new_record(terms)?));
    Ok(Context::from_pairs(pairs)?)
}

fn entity(type_name: &str, id: &str) -> Result<EntityUid> {
    Ok(EntityUid::from_type_name_and_id(type_name.parse::<EntityTypeName>()?, EntityId::new(id)))
}

/// The type of an enumerated fact: its name in camel case.
pub(crate) fn camel_case(name: &str) -> String {
    name.split('_')
        .map(|word| {
            word.chars()
                .take(1)
                .flat_map(char::to_uppercase)
                .chain(word.chars().skip(1))
                .collect::<String>()
        })
        .collect()
}
