"""What both ways of solving share: the laws of some jurisdictions about one act, each read once."""

from datetime import date
from functools import cache

from cedar import Condition, Vocabulary, facts_in
from count import Diagrams, testing_order
from law import Algebra, Answers, Edition
from packs import Packs, is_on, value_name
from smt import Solver


class Room:
    """One act under the law of some jurisdictions, in one algebra."""

    def __init__(self, packs: Packs, action: str, algebra: Algebra):
        self.packs = packs
        self.action = action
        self.algebra = algebra
        self.read: dict[tuple, Answers] = {}

    def answers(self, jurisdiction: str, day: date, positions: dict[str, bool] | None = None) -> Answers:
        edition = edition_of(self.packs, jurisdiction, self.action, day)
        key = (edition, tuple(sorted((positions or {}).items())))
        if key not in self.read:
            self.read[key] = Answers(edition, self.algebra, positions)
        return self.read[key]

    def meaning(self, condition: Condition, jurisdiction: str, day: date, positions: dict[str, bool]):
        edition = edition_of_condition(self.packs, jurisdiction, day, condition)
        return edition.meaning(condition, self.algebra, positions)

    def possible(self, facts: list[str], actors: frozenset[str]):
        """The actor is one of these, and what is always so is so, as far as it is about these facts."""
        always = [condition for condition in self.packs.vocabulary.always if facts_in([condition]) <= set(facts)]
        formulas = [self.meaning(condition, "", date.max, {}) for condition in always]
        if "actor_kind" in facts:
            formulas.append(self.algebra.one_of("actor_kind", actors))
        return self.algebra.both(formulas)


class Rooms:
    """For each act and set of jurisdictions a room for z3 and one for the model counter."""

    def __init__(self, packs: Packs):
        self.packs = packs
        self.open: dict[tuple, tuple[Room, Room]] = {}

    def of(self, action: str, jurisdictions: frozenset[str]) -> tuple[Room, Room]:
        if (action, jurisdictions) not in self.open:
            self.open[action, jurisdictions] = self.opened(action, jurisdictions)
        return self.open[action, jurisdictions]

    def opened(self, action: str, jurisdictions: frozenset[str]) -> tuple[Room, Room]:
        vocabulary = self.packs.vocabulary
        on_path = lambda policy: any(is_on(policy.instrument.folder, path) for path in jurisdictions)
        rules = [rule for rule in self.packs.rules if on_path(rule) and rule.speaks_of(action)]
        terms = [term for term in self.packs.terms if on_path(term)]
        order = testing_order(vocabulary, [policy.condition for policy in rules + terms])
        return Room(self.packs, action, Solver(vocabulary.facts)), Room(self.packs, action, Diagrams(order))


@cache
def edition_of(packs: Packs, jurisdiction: str, action: str, day: date) -> Edition:
    return Edition.of(packs, jurisdiction, action, day)


@cache
def edition_of_condition(packs: Packs, jurisdiction: str, day: date, condition: Condition) -> Edition:
    return Edition.of_condition(packs, jurisdiction, day, condition)


def stated(algebra: Algebra, vocabulary: Vocabulary, request: dict):
    """The cases that fit what a request states."""
    formulas = []
    for fact, value in request["facts"].items():
        if fact == "action":
            continue
        if vocabulary.facts[fact].is_number:
            formulas.append(between(algebra, fact, value, value))
        else:
            formulas.append(algebra.one_of(fact, frozenset([value_name(value)])))
    return algebra.both(formulas)


def between(algebra: Algebra, fact: str, low: int, high: int):
    return algebra.both([algebra.below(fact, high + 1), algebra.negation(algebra.below(fact, low))])


def stray_always(packs: Packs, facts: list[str]) -> list[str]:
    """Facts that what is always so ties to listed ones, and that are not listed."""
    ties = [facts_in([condition]) for condition in packs.vocabulary.always]
    return sorted({fact for tied in ties if tied & set(facts) for fact in tied - set(facts)})


def changes_within(packs: Packs, jurisdictions: list[str], first: date, until: date | None) -> list[date]:
    """The first day, and the days up to `until` on which the law of one of these changes."""
    policies = packs.rules + packs.terms + packs.instruments
    folder = lambda policy: getattr(policy, "instrument", policy).folder
    own = [policy for policy in policies if any(is_on(folder(policy), path) for path in jurisdictions)]
    days = {day for policy in own for day in policy.days if day and first < day and (until is None or day < until)}
    return [first, *sorted(days)]
