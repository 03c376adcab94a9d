//! Cedar's own evaluator as the reference: which policies hold at a point of the facts.

use bylaw_law::vocabulary::{Domain, Fact};
use cedar_policy::{
    Authorizer, Context, Entities, EntityUid, Policy, PolicyId, PolicySet, Request,
    RestrictedExpression, pst,
};

/// The policy with its effect turned to `permit`, under another id: `permit`s that hold are all
/// named as reasons, while a `forbid` hides them.
pub(crate) fn permitting(policy: &Policy, id: usize) -> Policy {
    let mut template = policy.to_pst().expect("a policy has a syntax tree").body().clone();
    template.effect = pst::Effect::Permit;
    let policy = pst::StaticPolicy::try_from(template).expect("a rule has no slots");
    Policy::from_pst(pst::Policy::Static(policy))
        .expect("a policy of another effect is a policy")
        .new_id(PolicyId::new(id.to_string()))
}

/// A value of a fact: 0 or 1, the place of a name in its list, or the number itself.
pub(crate) fn expression(fact: &Fact, value: i64) -> RestrictedExpression {
    match &fact.domain {
        Domain::Bool => RestrictedExpression::new_bool(value == 1),
        Domain::Range { .. } => RestrictedExpression::new_long(value),
        Domain::Values(values) => {
            let place = usize::try_from(value).expect("a place in a list");
            let name = &values.get(place).expect("a place in the fact's list").name;
            let uid = format!("{}::\"{name}\"", camel_case(&fact.name));
            RestrictedExpression::new_entity_uid(uid.parse().expect("an entity's name"))
        }
    }
}

/// The type of an enumerated fact is its name in camel case.
fn camel_case(name: &str) -> String {
    name.split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters)
        })
        .collect()
}

/// The ids of the policies that hold, none of which may fail.
pub(crate) fn holding(
    policies: &PolicySet,
    action: &EntityUid,
    context: Vec<(String, RestrictedExpression)>,
) -> Vec<usize> {
    if policies.is_empty() {
        return Vec::new();
    }
    let someone: EntityUid = "Office::\"any\"".parse().expect("an entity's name");
    let something: EntityUid = "Matter::\"any\"".parse().expect("an entity's name");
    let context = Context::from_pairs(context).expect("facts make a context");
    let request = Request::new(someone, action.clone(), something, context, None)
        .expect("without a schema every request is well formed");
    let response = Authorizer::new().is_authorized(&request, policies, &Entities::empty());
    let diagnostics = response.diagnostics();
    let errors: Vec<String> = diagnostics.errors().map(ToString::to_string).collect();
    assert!(errors.is_empty(), "Cedar cannot evaluate: {errors:?}");
    diagnostics.reason().map(|id| id.to_string().parse().expect("ids are numbers")).collect()
}
