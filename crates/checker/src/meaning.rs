//! What conditions mean: from expressions to conditions over facts, in one law on one day.

use rustc_hash::FxHashMap;

use crate::{
    cedar::Expression,
    condition::{FALSE, Id, MOST_VARIABLES, Store, Variable},
    packs::{Packs, Term, is_on, numeric},
    vocabulary::{Domain, Set, interval},
};

/// How deep definitions may use definitions; a circle is deeper than that.
const DEEPEST: usize = 30;

/// A store with the names of its variables.
#[derive(Debug)]
pub(crate) struct Ground<'a> {
    pub(crate) packs: &'a Packs,
    pub(crate) store: Store,
    /// Facts by name, open questions with a `?` before theirs; each with all its values.
    variables: Vec<(String, Set)>,
    numbers: FxHashMap<String, Variable>,
    /// Which variables are open questions, one bit each.
    pub(crate) questions: u128,
}

impl<'a> Ground<'a> {
    pub(crate) fn new(packs: &'a Packs) -> Self {
        Self {
            packs,
            store: Store::new(),
            variables: Vec::new(),
            numbers: FxHashMap::default(),
            questions: 0,
        }
    }

    /// The variable of a fact that some condition reads.
    pub(crate) fn known(&self, fact: &str) -> Option<Variable> {
        self.numbers.get(fact).copied()
    }

    /// The name and all values of a variable.
    pub(crate) fn named(&self, variable: Variable) -> (&str, Set) {
        self.variables.get(variable as usize).map_or(("", 0), |(name, all)| (name, *all))
    }

    fn variable(&mut self, name: &str, all: Set) -> Result<Variable, String> {
        if let Some(&known) = self.numbers.get(name) {
            return Ok(known);
        }
        let number = u32::try_from(self.variables.len()).unwrap_or(u32::MAX);
        if self.variables.len() >= MOST_VARIABLES {
            return Err("the law reads too many facts".to_owned());
        }
        if name.starts_with('?') {
            self.questions |= 1 << number;
        }
        self.variables.push((name.to_owned(), all));
        self.numbers.insert(name.to_owned(), number);
        Ok(number)
    }

    /// Where the fact has one of these values, as stated.
    fn stated(&mut self, fact: &str, holds: Set) -> Result<Id, String> {
        let all = self.domain(fact)?.all();
        let variable = self.variable(fact, all)?;
        Ok(self.store.among(variable, holds, all))
    }

    fn domain(&self, fact: &str) -> Result<&'a Domain, String> {
        self.packs.vocabulary.facts.get(fact).ok_or_else(|| format!("unknown fact `{fact}`"))
    }

    /// The actors of these names; all where there are none.
    pub(crate) fn actors(&mut self, names: Option<&[String]>) -> Result<Id, String> {
        let domain = self.domain("actor_kind")?;
        let Some(names) = names else { return Ok(crate::condition::TRUE) };
        let holds =
            names.iter().try_fold(0, |set, name| Ok::<_, String>(set | value(domain, name)?));
        self.stated("actor_kind", holds?)
    }
}

fn value(domain: &Domain, name: &str) -> Result<Set, String> {
    domain.named(name).ok_or_else(|| format!("unknown value `{name}`"))
}

/// The law on a path on one day, as conditions are read under it.
pub(crate) struct Meaning<'g, 'a> {
    pub(crate) ground: &'g mut Ground<'a>,
    /// Definitions in force.
    terms: Vec<&'a Term>,
    /// Facts that are settled, with the value, for the actors; the last one counts.
    settled: Vec<(&'a str, &'a str, Option<&'a [String]>)>,
    positions: &'a [(String, bool)],
    known: FxHashMap<&'a str, Id>,
    depth: usize,
    /// Whether what is read is the law's own, or a claim's about it.
    is_law: bool,
}

impl<'g, 'a> Meaning<'g, 'a> {
    /// Facts as stated, without terms.
    pub(crate) fn plain(ground: &'g mut Ground<'a>) -> Self {
        let (terms, settled, known) = (Vec::new(), Vec::new(), FxHashMap::default());
        Self { ground, terms, settled, positions: &[], known, depth: 0, is_law: false }
    }

    pub(crate) fn new(
        ground: &'g mut Ground<'a>,
        path: &str,
        on: &str,
        positions: &'a [(String, bool)],
    ) -> Self {
        let packs = ground.packs;
        let on_path = || packs.instruments.iter().filter(|read| is_on(&read.folder, path));
        let terms = on_path().flat_map(|read| &read.terms).filter(|term| term.span.contains(on));
        let settled = on_path().filter(|read| read.span.contains(on)).flat_map(|read| {
            let of = |(fact, value): &'a (String, String)| {
                (fact.as_str(), value.as_str(), read.binds.as_deref())
            };
            read.settles.iter().map(of)
        });
        let (terms, settled, known) = (terms.collect(), settled.collect(), FxHashMap::default());
        Self { ground, terms, settled, positions, known, depth: 0, is_law: true }
    }

    /// Where a claim's expression is true: its facts are those of the case, whatever the law
    /// settles; its terms mean what the law makes of them, open questions as their authors answer.
    pub(crate) fn claimed(&mut self, expression: &'a Expression) -> Result<Id, String> {
        self.is_law = false;
        let mut truth = self.truth(expression)?;
        self.is_law = true;
        for question in (0..u128::BITS).filter(|bit| self.ground.questions & (1 << bit) != 0) {
            truth = self.ground.store.narrow(truth, question, 0b10);
        }
        Ok(truth)
    }

    /// Where the expression is true.
    pub(crate) fn truth(&mut self, expression: &'a Expression) -> Result<Id, String> {
        match expression {
            Expression::Truth(holds) => Ok(usize::from(*holds)),
            Expression::Fact(fact) => match self.ground.domain(fact)? {
                Domain::Names { kind: None, .. } => self.test(fact, 0b10),
                _ => Err(format!("`{fact}` is not true or false")),
            },
            Expression::Term(name) => self.term(name),
            Expression::Not(inner) => {
                let inner = self.truth(inner)?;
                Ok(self.ground.store.not(inner))
            }
            Expression::All(parts) => {
                let parts = self.truths(parts)?;
                Ok(self.ground.store.all(&parts))
            }
            Expression::Any(parts) => {
                let parts = self.truths(parts)?;
                Ok(self.ground.store.any(&parts))
            }
            Expression::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                let condition = self.truth(condition)?;
                let (then, otherwise) = (self.truth(then)?, self.truth(otherwise)?);
                Ok(self.choose(condition, then, otherwise))
            }
            Expression::Compare(sign, sides) => self.compare(sign, sides),
            Expression::Contains(parts) => {
                let [Expression::List(values), Expression::Fact(fact)] = &**parts else {
                    return Err("only a fact is looked for, in a list".to_owned());
                };
                let mut holds = 0;
                for listed in values {
                    holds |= self.of_type(fact, listed)?;
                }
                self.test(fact, holds)
            }
            Expression::Number(_) | Expression::Value(..) | Expression::List(_) => {
                Err("a value is no condition".to_owned())
            }
        }
    }

    fn truths(&mut self, parts: &'a [Expression]) -> Result<Vec<Id>, String> {
        parts.iter().map(|part| self.truth(part)).collect()
    }

    fn choose(&mut self, condition: Id, then: Id, otherwise: Id) -> Id {
        let store = &mut self.ground.store;
        let not = store.not(condition);
        let parts = [store.all(&[condition, then]), store.all(&[not, otherwise])];
        store.any(&parts)
    }

    fn compare(&mut self, sign: &'static str, sides: &'a [Expression; 2]) -> Result<Id, String> {
        if let Some((fact, sign, number)) = numeric(sign, sides) {
            let domain = self.ground.domain(fact)?;
            if !matches!(domain, Domain::Numbers(_)) {
                return Err(format!("`{fact}` is no number"));
            }
            let (low, high) = interval(sign, number);
            let holds = domain.between(low, high);
            return self.test(fact, if sign == "!=" { domain.all() & !holds } else { holds });
        }
        if !matches!(sign, "==" | "!=") {
            return Err(format!("`{sign}` compares a fact with a number"));
        }
        let equal = match sides {
            [Expression::Fact(fact), value @ Expression::Value(..)]
            | [value @ Expression::Value(..), Expression::Fact(fact)] => {
                let holds = self.of_type(fact, value)?;
                self.test(fact, holds)?
            }
            [a, b] => {
                let (a, b) = (self.truth(a)?, self.truth(b)?);
                let not = self.ground.store.not(b);
                self.choose(a, b, not)
            }
        };
        Ok(if sign == "!=" { self.ground.store.not(equal) } else { equal })
    }

    /// A value of the fact's own type.
    fn of_type(&self, fact: &str, expression: &Expression) -> Result<Set, String> {
        let domain = self.ground.domain(fact)?;
        match (domain, expression) {
            (Domain::Names { kind: Some(kind), .. }, Expression::Value(own, name))
                if kind == own =>
            {
                value(domain, name)
            }
            _ => Err(format!("`{fact}` is compared with something else")),
        }
    }

    /// Where the fact has one of these values; where a law settles it, the settled value counts for
    /// the actors that the law binds.
    fn test(&mut self, fact: &str, holds: Set) -> Result<Id, String> {
        let mut test = self.ground.stated(fact, holds)?;
        let domain = self.ground.domain(fact)?;
        let settled = if self.is_law { self.settled.clone() } else { Vec::new() };
        for (_, settled, actors) in settled.into_iter().filter(|(settled, ..)| *settled == fact) {
            let bound = self.ground.actors(actors)?;
            let settled = value(domain, settled)? & holds != 0;
            test = self.choose(bound, usize::from(settled), test);
        }
        Ok(test)
    }

    /// Any of the definitions in force.
    fn term(&mut self, name: &'a str) -> Result<Id, String> {
        if let Some(&known) = self.known.get(name) {
            return Ok(known);
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("`{name}` is defined by too many definitions"));
        }
        let outside = !std::mem::replace(&mut self.is_law, true);
        let mut any = FALSE;
        let mut defined = false;
        for term in self.terms.clone().into_iter().filter(|term| term.name == name) {
            let condition = self.truth(&term.condition)?;
            let condition = self.while_standing(condition, term.contested.as_deref())?;
            any = self.ground.store.any(&[any, condition]);
            defined = true;
        }
        self.depth -= 1;
        self.is_law = !outside;
        if !defined {
            return Err(format!("no definition of `{name}` is in force"));
        }
        self.known.insert(name, any);
        Ok(any)
    }

    /// The condition, as long as the open question that it is tied to stands.
    pub(crate) fn while_standing(
        &mut self,
        condition: Id,
        contested: Option<&str>,
    ) -> Result<Id, String> {
        let Some(question) = contested else { return Ok(condition) };
        if let Some((_, stands)) = self.positions.iter().find(|(known, _)| known == question) {
            return Ok(if *stands { condition } else { FALSE });
        }
        let variable = self.ground.variable(&format!("?{question}"), 0b11)?;
        let stands = self.ground.store.among(variable, 0b10, 0b11);
        Ok(self.ground.store.all(&[condition, stands]))
    }
}
