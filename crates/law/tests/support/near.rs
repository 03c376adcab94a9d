//! Cases like those that a pack works out: facts drawn freely seldom meet a rule.

use bylaw_law::{Facts, Jurisdiction, Law, vocabulary::ActionId};

use crate::random::Random;

/// An act and every fact: those of a worked case as it states them, the others at random.
pub(crate) fn near_a_case(
    law: &Law,
    jurisdiction: &Jurisdiction,
    random: &mut Random,
) -> (ActionId, Facts) {
    let cases: Vec<_> = jurisdiction
        .instruments
        .iter()
        .flat_map(|&(_, number)| &law.instruments[number].provisions)
        .flat_map(|provision| &provision.cases)
        .collect();
    let case = random.pick(&cases);
    let mut facts = Facts::unknown(&law.vocabulary);
    for (fact, known) in law.vocabulary.facts.iter().enumerate() {
        let stated = case.facts.iter().find(|(stated, _)| *stated == fact);
        let stated = stated.and_then(|(_, value)| value.as_ref());
        let absent = known.absent.as_ref().filter(|_| random.chance(80));
        let class = stated.or(absent).and_then(|value| known.class_of(value));
        let any = u8::try_from(random.below(usize::from(known.classes()))).expect("few classes");
        facts.set(fact, class.or(Some(any)));
    }
    (case.action, facts)
}
