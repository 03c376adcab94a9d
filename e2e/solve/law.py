"""The order of laws (docs/packs.md, "How the rules combine") as formulas.

Written once for any Boolean algebra over the facts: single cases (`Case`, below), z3's terms (smt.py) and decision
diagrams (count.py). For an act under the law of a day it gives one formula for each answer.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import product
from typing import Protocol

from cedar import All, Any, Below, Condition, If, Not, OneOf, TermHolds, facts_in, parts_of
from packs import Instrument, Packs, Rule, holds_on

WORDS = ("must", "must_not", "may", "unregulated", "refer")
OPEN_WORDS = ("may", "must", "unregulated")  # answers that leave the act open


class Algebra(Protocol):
    """A Boolean algebra over the facts of a vocabulary."""

    def one_of(self, fact: str, values: frozenset[str]): ...
    def below(self, fact: str, number: int): ...
    def negation(self, formula): ...
    def both(self, formulas: list): ...
    def either(self, formulas: list): ...
    def choice(self, test, then, otherwise): ...


class Case:
    """The algebra of one complete case: every formula is true or false there."""

    def __init__(self, facts: dict[str, str | int]):
        self.facts = facts

    def one_of(self, fact: str, values: frozenset[str]) -> bool:
        return self.facts[fact] in values

    def below(self, fact: str, number: int) -> bool:
        return self.facts[fact] < number

    def negation(self, formula: bool) -> bool:
        return not formula

    def both(self, formulas: list[bool]) -> bool:
        return all(formulas)

    def either(self, formulas: list[bool]) -> bool:
        return any(formulas)

    def choice(self, test: bool, then: bool, otherwise: bool) -> bool:
        return then if test else otherwise


@dataclass(frozen=True)
class Edition:
    """What of a jurisdiction's law bears on an act on some day. Equal editions are equal law."""

    jurisdiction: str
    rules: tuple[Rule, ...]
    terms: tuple[Rule, ...]
    settles: tuple[tuple[str, str, Instrument], ...]  # fact, value and by whom, highest layer first

    @staticmethod
    def of(packs: Packs, jurisdiction: str, action: str, day: date) -> "Edition":
        rules = [rule for rule in packs.rules if rule.is_of(jurisdiction, day) and rule.speaks_of(action)]
        return Edition.reading(packs, jurisdiction, day, rules, [rule.condition for rule in rules])

    @staticmethod
    def of_condition(packs: Packs, jurisdiction: str, day: date, condition: Condition) -> "Edition":
        """What a condition of nobody's rule (a claim's) means there."""
        return Edition.reading(packs, jurisdiction, day, [], [condition])

    @staticmethod
    def reading(packs: Packs, jurisdiction: str, day: date, rules: list[Rule], read_by: list[Condition]) -> "Edition":
        visible = [term for term in packs.terms if term.is_of(jurisdiction, day)]
        terms = used_terms(list(read_by), visible)
        read = facts_in([*read_by, *(term.condition for term in terms)])
        settles = tuple(
            (fact, value, instrument)
            for instrument in packs.on_path(jurisdiction)
            if holds_on(instrument.days, day)
            for fact, value in instrument.settles
            if fact in read
        )
        return Edition(jurisdiction, tuple(rules), terms, settles)

    @cached_property
    def questions(self) -> tuple[str, ...]:
        return tuple(sorted({policy.contested for policy in self.rules + self.terms if policy.contested}))

    def meaning(self, condition: Condition, algebra: Algebra, positions: dict[str, bool]):
        """What a condition of nobody's rule means where every open question stands that `positions` does not fix."""
        return Outside(self, algebra, positions).condition(condition)


def used_terms(conditions: list[Condition], visible: list[Rule]) -> tuple[Rule, ...]:
    """The definitions that the conditions use, directly or through each other."""
    used: list[Rule] = []
    names: set[str] = set()
    while conditions:
        for part in parts_of(conditions.pop()):
            if isinstance(part, TermHolds) and part.name not in names:
                names.add(part.name)
                definitions = [term for term in visible if term.id == part.name]
                used += definitions
                conditions += [definition.condition for definition in definitions]
    return tuple(used)


class Way:
    """An edition while the open questions have fallen some way: question to whether it stands."""

    def __init__(self, edition: Edition, algebra: Algebra, stands: dict[str, bool]):
        self.edition = edition
        self.algebra = algebra
        self.stands = stands
        self.terms: dict[str, object] = {}
        self.active_rules: dict[str, object] = {}

    @cached_property
    def words(self) -> dict[str, object]:
        """Each answer's formula; exactly one holds in every case."""
        a = self.algebra
        must, must_not = self.any_of(self.surviving["must"]), self.any_of(self.surviving["must_not"])
        free_must = self.any_of(self.free_musts)
        refer = self.any_of(self.active("refer"))
        may = self.any_of({**self.active("may"), **self.active("may_protected")})
        neither = a.both([a.negation(must_not), a.negation(free_must)])
        return {
            "must_not": a.both([must_not, a.negation(must)]),
            "must": a.both([free_must, a.negation(must_not)]),
            "refer": a.either([a.both([must, must_not]), a.both([neither, refer])]),
            "may": a.both([neither, a.negation(refer), may]),
            "unregulated": a.both([neither, a.negation(refer), a.negation(may)]),
        }

    @cached_property
    def because(self) -> dict[str, object]:
        """For each rule where it is one of the controlling rules."""
        a = self.algebra
        must, must_not = self.surviving["must"], self.surviving["must_not"]
        conflict = a.both([self.any_of(must), self.any_of(must_not)])
        by_refer = a.both([self.words["refer"], a.negation(conflict)])
        controls = {}
        for rule, active in must_not.items():
            controls[rule] = a.both([active, a.either([conflict, self.words["must_not"]])])
        for rule, active in must.items():
            free = a.both([self.free_musts[rule], self.words["must"]])
            controls[rule] = a.either([a.both([active, conflict]), free])
        for rule, active in self.active("refer").items():
            controls[rule] = a.both([active, by_refer])
        for rule, active in {**self.active("may"), **self.active("may_protected")}.items():
            controls[rule] = a.both([active, self.words["may"]])
        return {rule.id: where for rule, where in controls.items()}

    @cached_property
    def surviving(self) -> dict[str, dict[Rule, object]]:
        """From the highest folder down: void is what a surviving higher rule binds the other way."""
        a = self.algebra
        protected = self.active("may_protected")
        surviving: dict[str, dict[Rule, object]] = {"must": {}, "must_not": {}}
        for layer in sorted({rule.instrument.layer for rule in self.edition.rules}):
            higher = lambda rules: self.any_of(rules, layer - 1)
            voids = {
                "must": higher(surviving["must_not"]),
                "must_not": a.either([higher(surviving["must"]), higher(protected)]),
            }
            for modality, void in voids.items():
                for rule, active in self.active(modality).items():
                    if rule.instrument.layer == layer:
                        surviving[modality][rule] = a.both([active, a.negation(void)])
        return surviving

    @cached_property
    def free_musts(self) -> dict[Rule, object]:
        """Surviving musts with no refer in their folder or above."""
        a, refers = self.algebra, self.active("refer")
        return {
            rule: a.both([survives, a.negation(self.any_of(refers, rule.instrument.layer))])
            for rule, survives in self.surviving["must"].items()
        }

    def any_of(self, rules: dict[Rule, object], lowest: int = 99):
        """Where any of the rules is, down to some layer."""
        return self.algebra.either([where for rule, where in rules.items() if rule.instrument.layer <= lowest])

    def active(self, modality: str) -> dict[Rule, object]:
        return {rule: self.is_active(rule) for rule in self.edition.rules if rule.modality == modality}

    def is_active(self, rule: Rule):
        """It holds and no active rule overrides it."""
        if rule.id not in self.active_rules:
            a = self.algebra
            over = [self.is_active(other) for other in self.edition.rules if overrides(other, rule)]
            self.active_rules[rule.id] = a.both([self.holds(rule), *map(a.negation, over)])
        return self.active_rules[rule.id]

    def holds(self, rule: Rule):
        a = self.algebra
        if not self.stands.get(rule.contested, True):
            return a.either([])
        return a.both([self.binds(rule.instrument), self.condition(rule.condition)])

    def binds(self, instrument: Instrument):
        if instrument.binds is None:
            return self.algebra.both([])
        return self.algebra.one_of("actor_kind", instrument.binds)

    def condition(self, condition: Condition):
        a = self.algebra
        match condition:
            case OneOf(fact, values):
                return self.read(fact, a.one_of(fact, values), lambda value: value in values)
            case Below(fact, number):
                return self.read(fact, a.below(fact, number), lambda value: int(value) < number)
            case TermHolds(name):
                return self.term(name)
            case Not(part):
                return a.negation(self.condition(part))
            case All(parts):
                return a.both([self.condition(part) for part in parts])
            case Any(parts):
                return a.either([self.condition(part) for part in parts])
            case If(test, then, otherwise):
                return a.choice(self.condition(test), self.condition(then), self.condition(otherwise))

    def read(self, fact: str, stated, holds_for):
        """A settled fact reads as settled for those whom the instrument binds; the lowest layer has the last word."""
        a = self.algebra
        for settled, value, instrument in self.edition.settles:
            if settled == fact:
                stated = a.choice(self.binds(instrument), a.both([]) if holds_for(value) else a.either([]), stated)
        return stated

    def term(self, name: str):
        """Several definitions are read as *or*."""
        if name not in self.terms:
            definitions = [term for term in self.edition.terms if term.id == name]
            standing = [term for term in definitions if self.stands.get(term.contested, True)]
            self.terms[name] = self.algebra.either([self.condition(term.condition) for term in standing])
        return self.terms[name]


class Outside(Way):
    """Reads a condition from outside the law: facts as the case states them, terms as the law means them."""

    def read(self, fact: str, stated, holds_for):
        return stated

    def term(self, name: str):
        return Way(self.edition, self.algebra, self.stands).term(name)


def overrides(over: Rule, under: Rule) -> bool:
    """A bare ID names that rule and all its `ID/word`, but those that themselves override ID; none above its folder."""
    if over == under or not (under.instrument.folder + "/").startswith(over.instrument.folder + "/"):
        return False
    further = lambda name: under.id.startswith(name + "/") and name not in under.overrides
    return any(under.id == name or further(name) for name in over.overrides)


class Answers:
    """The answers of an edition over every way in which its open questions may fall; `positions` fixes some of them."""

    def __init__(self, edition: Edition, algebra: Algebra, positions: dict[str, bool] | None = None):
        self.algebra = algebra
        fixed = positions or {}
        open_questions = [question for question in edition.questions if question not in fixed]
        ways = product((False, True), repeat=len(open_questions))
        self.ways = [Way(edition, algebra, fixed | dict(zip(open_questions, way))) for way in ways]

    @cached_property
    def words(self) -> dict[str, object]:
        """Where all ways agree their answer, may and unregulated counting as the same; else refer."""
        a = self.algebra
        every = lambda *words: a.both([a.either([way.words[word] for word in words]) for way in self.ways])
        may = a.either([way.words["may"] for way in self.ways])
        agreed = {
            "must": every("must"),
            "must_not": every("must_not"),
            "may": a.both([every("may", "unregulated"), may]),
            "unregulated": every("unregulated"),
        }
        return agreed | {"refer": a.negation(a.either(list(agreed.values())))}

    @cached_property
    def because(self) -> dict[str, object]:
        """The rules that all ways rest on where they agree and share one; else the rules of every way."""
        a = self.algebra
        refer = a.both([way.words["refer"] for way in self.ways])
        agree = a.either([refer, *(self.words[word] for word in WORDS if word != "refer")])
        some = {rule: a.either([way.because[rule] for way in self.ways]) for rule in self.ways[0].because}
        shared = {rule: a.both([way.because[rule] for way in self.ways]) for rule in some}
        share = a.both([agree, a.either(list(shared.values()))])
        return {rule: a.choice(share, shared[rule], some[rule]) for rule in some}

    def one_of(self, words):
        return self.algebra.either([self.words[word] for word in words])
