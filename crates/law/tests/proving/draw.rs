//! Draws random small laws, and what is claimed of them.

use bylaw_law::{Word, pack::Property};
use jiff::civil::Date;

use crate::{
    model::{
        ACTS, DAYS, QUESTIONS, SmallClaim, SmallInstrument, SmallLaw, SmallRule, SmallTerm, Test,
        is_on,
    },
    random::Random,
    small::{SmallFact, Values},
};

/// The first day of the law of `land`; those of other folders may begin later.
const FIRST_DAY: Date = DAYS[1];

/// The most cases of a small law, possible or not.
const MOST_CASES: i64 = 400;

/// Draws small laws.
pub(crate) struct Draw<'a> {
    pub(crate) random: &'a mut Random,
    pub(crate) facts: Vec<SmallFact>,
}

impl Draw<'_> {
    /// A law with its claims. It may have a rule that never holds, and then does not load.
    pub(crate) fn law(random: &mut Random, claims: usize) -> SmallLaw {
        let mut draw = Draw { facts: draw_facts(random), random };
        let always = draw.always();
        let mut law =
            SmallLaw { facts: Vec::new(), always, instruments: Vec::new(), claims: Vec::new() };
        let mut folders = vec!["land", "land/town", "isle"];
        if draw.random.chance(30) {
            folders.insert(2, "land/town/ward");
        }
        for folder in folders {
            draw.instruments(folder, &mut law.instruments);
        }
        draw.overrides(&mut law.instruments);
        for number in 0..claims {
            let claim = draw.claim(number, &law);
            law.claims.push(claim);
        }
        law.facts = draw.facts;
        law
    }

    /// Conditions that hold in every possible world, each kept with a fact.
    fn always(&mut self) -> Vec<Test> {
        let mut always = Vec::new();
        for fact in 0..self.random.below(3) {
            let (one, other) = (self.leaf(), self.leaf());
            let test = Test::Any(vec![one, other]);
            self.facts[fact].always = Some(test.cedar(&self.facts));
            always.push(test);
        }
        always
    }

    fn instruments(&mut self, folder: &'static str, instruments: &mut Vec<SmallInstrument>) {
        let parent = folder.rsplit_once('/').map(|(parent, _)| parent);
        let begins = instruments
            .iter()
            .filter(|known| Some(known.folder) == parent)
            .map(|known| known.from)
            .min()
            .unwrap_or(FIRST_DAY);
        let mut settles = false;
        for number in 0..1 + self.random.below(2) {
            let terms_of_folder = number == 0;
            let from = match folder {
                "land" if number == 0 => FIRST_DAY,
                _ => *self.random.pick(&DAYS[1..4]),
            };
            let first = instruments.iter().rfind(|known| known.folder == folder);
            let from = from.max(first.map_or(begins, |known| known.from));
            let until = DAYS.iter().copied().rfind(|&day| number > 0 && day > from);
            let until = until.filter(|_| self.random.chance(40));
            let binds = self.random.chance(50).then(|| self.actors());
            let mut terms = Vec::new();
            if terms_of_folder {
                self.terms(folder, &mut terms);
            }
            let known: Vec<&'static str> = instruments
                .iter()
                .filter(|above| is_on(above.folder, folder))
                .flat_map(|above| &above.terms)
                .chain(&terms)
                .map(|term| term.name)
                .collect();
            let rules = (0..1 + self.random.below(3))
                .map(|rule| self.rule(format!("{folder}-{number}{rule}"), from, until, &known))
                .collect();
            let settled = (!settles && self.random.chance(30)).then(|| self.settled()).flatten();
            settles |= settled.is_some();
            let settles = settled;
            instruments.push(SmallInstrument { folder, from, until, binds, settles, terms, rules });
        }
    }

    /// A definition that is always in force, and perhaps a second one.
    fn terms(&mut self, folder: &str, terms: &mut Vec<SmallTerm>) {
        let name = match folder {
            "land" => "t0",
            "land/town" => "t1",
            "isle" if self.random.chance(60) => "t0",
            _ => return,
        };
        let above: &[&'static str] = if name == "t1" { &["t0"] } else { &[] };
        for number in 0..1 + self.random.below(2) {
            let contested = self.question(25);
            let from = (number > 0 && self.random.chance(50)).then(|| DAYS[3]);
            let condition = self.test(above);
            terms.push(SmallTerm { name, contested, from, condition });
        }
    }

    fn rule(
        &mut self,
        id: String,
        from: Date,
        until: Option<Date>,
        terms: &[&'static str],
    ) -> SmallRule {
        let modalities =
            ["must_not", "must_not", "may", "may", "must", "must", "may_protected", "refer"];
        let modality = *self.random.pick(&modalities);
        let acts = match self.random.below(10) {
            0..6 => vec!["act"],
            6..8 => vec!["tell"],
            _ => ACTS.to_vec(),
        };
        let contested = self.question(20);
        let within = |day: &Date| *day > from && until.is_none_or(|until| *day < until);
        let days: Vec<Date> = DAYS.into_iter().filter(within).collect();
        let day = (!days.is_empty() && self.random.chance(30)).then(|| *self.random.pick(&days));
        let (from, until) = if self.random.chance(50) { (day, None) } else { (None, day) };
        let condition = self.test(terms);
        SmallRule { id, modality, acts, overrides: Vec::new(), contested, from, until, condition }
    }

    /// A rule overrides rules that were drawn after it, of its own folder or below: never in a
    /// circle, never up.
    fn overrides(&mut self, instruments: &mut [SmallInstrument]) {
        let rules: Vec<(usize, usize)> = (0..instruments.len())
            .flat_map(|number| (0..instruments[number].rules.len()).map(move |rule| (number, rule)))
            .collect();
        for (place, &(number, rule)) in rules.iter().enumerate() {
            let folder = instruments[number].folder;
            let acts = instruments[number].rules[rule].acts.clone();
            let below: Vec<String> = rules[place + 1..]
                .iter()
                .map(|&(number, rule)| (&instruments[number], &instruments[number].rules[rule]))
                .filter(|(other, rule)| {
                    is_on(folder, other.folder) && rule.acts.iter().any(|act| acts.contains(act))
                })
                .map(|(_, rule)| rule.id.clone())
                .collect();
            if !below.is_empty() && self.random.chance(35) {
                instruments[number].rules[rule].overrides.push(self.random.pick(&below).clone());
            }
        }
    }

    fn claim(&mut self, number: usize, law: &SmallLaw) -> SmallClaim {
        let property = [
            Property::Never,
            Property::Always,
            Property::Only,
            Property::Implies,
            Property::Equivalent,
            Property::Disjoint,
        ][number % 6];
        let folders = law.folders();
        let folder = *self.random.pick(&folders);
        let acts = match self.random.below(3) {
            0 => ACTS.to_vec(),
            1 => vec!["act"],
            _ => vec!["tell"],
        };
        let other = property.compares().then(|| {
            let other = *self.random.pick(&folders);
            let day = *self.random.pick(&DAYS[1..]);
            (other, (day >= law.first_day(other) && self.random.chance(40)).then_some(day))
        });
        let answers =
            (!property.compares() || self.random.chance(40)).then(|| self.words(property));
        let mut positions = Vec::new();
        for question in QUESTIONS {
            if self.random.chance(30) {
                positions.push((question, self.random.chance(50)));
            }
        }
        let terms: Vec<&'static str> = law
            .instruments
            .iter()
            .filter(|known| is_on(known.folder, folder))
            .flat_map(|instrument| &instrument.terms)
            .map(|term| term.name)
            .collect();
        let condition = match self.random.below(3) {
            0 => self.test(&terms),
            _ => Test::All(vec![self.leaf_or_term(&terms), self.test(&terms)]),
        };
        let mut from = *self.random.pick(&DAYS[..4]);
        let town = law.instruments.iter().find(|known| known.folder == "land/town");
        if condition.reads("t1") {
            from = from.max(town.map_or(from, |town| town.from));
        }
        let later = DAYS.iter().copied().rfind(|&day| day > from);
        let until = later.filter(|_| self.random.chance(30));
        let id = format!("claim-{number}");
        SmallClaim { id, folder, acts, property, answers, other, positions, from, until, condition }
    }

    fn words(&mut self, property: Property) -> Vec<Word> {
        let all = [Word::Must, Word::MustNot, Word::May, Word::Unregulated, Word::Refer];
        let share = match property {
            Property::Always => 65,
            Property::Never | Property::Only => 20,
            Property::Implies | Property::Equivalent | Property::Disjoint => 40,
        };
        let mut words: Vec<Word> = all.into_iter().filter(|_| self.random.chance(share)).collect();
        if words.is_empty() {
            words.push(*self.random.pick(&all));
        }
        words
    }

    fn question(&mut self, percent: usize) -> Option<&'static str> {
        self.random.chance(percent).then(|| *self.random.pick(&QUESTIONS))
    }

    fn actors(&mut self) -> Vec<i64> {
        let mut actors: Vec<i64> = (0..3).filter(|_| self.random.chance(60)).collect();
        if actors.is_empty() {
            actors.push(0);
        }
        actors
    }

    /// A fact that is no number, with a value.
    fn settled(&mut self) -> Option<(usize, i64)> {
        let fact = 1 + self.random.below(self.facts.len() - 1);
        let known = &self.facts[fact];
        let value = self.random.below(usize::try_from(known.count()).expect("few values"));
        (!matches!(known.values, Values::UpTo(_)))
            .then(|| (fact, i64::try_from(value).expect("few values")))
    }

    /// One to three tests joined.
    fn test(&mut self, terms: &[&'static str]) -> Test {
        if self.random.chance(8) {
            let parts = [self.leaf(), self.leaf_or_term(terms), self.leaf()];
            return Test::If(Box::new(parts));
        }
        let mut parts: Vec<Test> =
            (0..1 + self.random.below(3)).map(|_| self.leaf_or_term(terms)).collect();
        if parts.len() == 1 {
            return parts.remove(0);
        }
        if self.random.chance(55) { Test::All(parts) } else { Test::Any(parts) }
    }

    fn leaf_or_term(&mut self, terms: &[&'static str]) -> Test {
        if terms.is_empty() || !self.random.chance(25) {
            return self.leaf();
        }
        let name: &'static str = self.random.pick::<&str>(terms);
        let term = Test::Term(name);
        if self.random.chance(30) { Test::Not(Box::new(term)) } else { term }
    }

    fn leaf(&mut self) -> Test {
        let fact = self.random.below(self.facts.len());
        let count = usize::try_from(self.facts[fact].count()).expect("few values");
        let value = |drawn: usize| i64::try_from(drawn).expect("few values");
        let test = match self.facts[fact].values {
            Values::Truth => Test::Is(fact, vec![1]),
            Values::UpTo(_) => Test::Below(fact, value(1 + self.random.below(count - 1))),
            Values::Names(_) => {
                let first = self.random.below(count);
                let mut values = vec![value(first)];
                if count > 2 && self.random.chance(30) {
                    values.push(value((first + 1) % count));
                }
                Test::Is(fact, values)
            }
        };
        if self.random.chance(35) { Test::Not(Box::new(test)) } else { test }
    }
}

/// The law with one rule drawn anew, as a draft of an amendment is.
pub(crate) fn amended(law: &SmallLaw, random: &mut Random) -> SmallLaw {
    let mut draft = law.clone();
    let mut draw = Draw { facts: law.facts.clone(), random };
    let number = draw.random.below(draft.instruments.len());
    let rules = &mut draft.instruments[number].rules;
    let place = draw.random.below(rules.len());
    let drawn = draw.rule(String::new(), DAYS[4], None, &[]);
    rules[place].condition = drawn.condition;
    rules[place].modality = drawn.modality;
    draft
}

/// Three to six facts, few enough cases to look at each.
fn draw_facts(random: &mut Random) -> Vec<SmallFact> {
    let mut facts = vec![SmallFact::new("actor_kind", Values::Names(3))];
    let mut cases = 3;
    for number in 0..2 + random.below(4) {
        let values = match random.below(4) {
            _ if number == 0 => Values::UpTo(3 + i64::try_from(random.below(4)).expect("few")),
            0 => Values::Names(3 + i64::try_from(random.below(2)).expect("few")),
            1 => Values::Names(2),
            _ => Values::Truth,
        };
        let mut fact = SmallFact::new(format!("f{number}"), values);
        if random.chance(30) && !matches!(values, Values::UpTo(_)) {
            fact.absent = Some(1);
        }
        if cases * fact.count() <= MOST_CASES {
            cases *= fact.count();
            facts.push(fact);
        }
    }
    facts
}
