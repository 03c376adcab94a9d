"""Two laws side by side, and what `bylaw law compare` says of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations, permutations

from law import WORDS, Answers
from packs import Packs
from replay import Bylaw, rules_of
from room import Room, Rooms, between, edition_of, stated, stray_always

CLOSE = 1e-9


@dataclass(frozen=True)
class Pair:
    """A jurisdiction and its day, and another."""

    paths: tuple[str, str]
    days: tuple[date, date]

    @staticmethod
    def read(texts: tuple[str, str], today: date) -> "Pair":
        """Each `us/ca` or `us/ca@2017-12-31`."""
        split = [text.partition("@") for text in texts]
        days = tuple(date.fromisoformat(day) if day else today for _, _, day in split)
        return Pair(tuple(path for path, _, _ in split), days)

    def sides(self) -> list[tuple[str, date]]:
        return list(zip(self.paths, self.days))


def check_pair(packs: Packs, rooms: Rooms, bylaw: Bylaw, pair: Pair, said: dict) -> list[str]:
    """What `compare` says of a pair that is not so."""
    wrong = check_header(packs, pair, said)
    actors = frozenset.intersection(*map(packs.bound, pair.paths))
    named = [act["action"] for act in said["acts"]] + said["same"]
    if sorted(named) != sorted(packs.vocabulary.actions):
        wrong.append(f"not each act once: {sorted(named)}")
    for action in said["same"]:
        room, _ = rooms.of(action, frozenset(pair.paths))
        if room.algebra.is_possible(*difference(room, pair), room.possible(list(packs.vocabulary.facts), actors)):
            wrong.append(f"{action}: said to be the same, z3 finds a difference")
    kinds = [kind for act in said["acts"] for kind in act["classes"]]
    replies = iter(bylaw.decide([request for kind in kinds for request in kind["requests"]]))
    for act in said["acts"]:
        for what in check_act(packs, rooms, pair, actors, act) + check_examples(rooms, pair, act, replies):
            wrong.append(f"{act['action']}: {what}")
    return [f"{' beside '.join(pair.paths)}: {what}" for what in wrong]


def check_header(packs: Packs, pair: Pair, said: dict) -> list[str]:
    a, b = map(packs.bound, pair.paths)
    expected = {"actors": a & b, "only_a": a - b, "only_b": b - a}
    wrong = []
    for key, value in expected.items():
        if set(said[key]) != value:
            wrong.append(f"`{key}` is {said[key]}, the packs say {sorted(value)}")
    for side, (path, day) in zip("ab", pair.sides()):
        if (said[side]["jurisdiction"], said[side]["on"]) != (path, day.isoformat()):
            wrong.append(f"side {side} is {said[side]}")
    return wrong


def both_answers(room: Room, pair: Pair) -> list[Answers]:
    return [room.answers(path, day) for path, day in pair.sides()]


def difference(room: Room, pair: Pair) -> list:
    """Formulas that together say that the answers differ."""
    a, b = both_answers(room, pair)
    return [room.algebra.negation(room.algebra.both([a.words[word], b.words[word]])) for word in WORDS]


def check_act(packs: Packs, rooms: Rooms, pair: Pair, actors: frozenset[str], act: dict) -> list[str]:
    facts = act["facts"]
    by_z3, room = rooms.of(act["action"], frozenset(pair.paths))
    wrong = [f"`{fact}` is not listed, an @always ties it to one that is" for fact in stray_always(packs, facts)]
    diagrams = room.algebra
    possible = diagrams.both([diagrams.valid(facts), room.possible(facts, actors)])
    a, b = both_answers(room, pair)
    try:
        differing = diagrams.count(diagrams.both([possible, *difference(room, pair)]), facts)
    except ValueError as problem:
        return [*wrong, str(problem)]
    cases = diagrams.count(possible, facts)
    if (cases, differing) != (int(act["cases"]), int(act["differing"])):
        wrong.append(f"{act['cases']} cases and {act['differing']} that differ; counted {cases} and {differing}")
    if not act["classes"] or not by_z3.algebra.is_possible(*difference(by_z3, pair), by_z3.possible(facts, actors)):
        wrong.append("said to differ; z3 finds no case, or there is no class")
    if abs(act["share"] - (differing / cases if cases else 0)) > CLOSE:
        wrong.append(f"its share is {act['share']}")
    for one, two in permutations(WORDS, 2):
        kinds = [kind for kind in act["classes"] if (kind["a"], kind["b"]) == (one, two)]
        listed = sum(int(kind["cases"]) for kind in kinds)
        formula = diagrams.both([possible, a.words[one], b.words[two]])
        counted = diagrams.count(formula, facts)
        if listed != counted:
            wrong.append(f"{one} beside {two}: classes of {listed} cases, counted {counted}")
        if formula & ~diagrams.either([where(room, kind["where"]) for kind in kinds]) != diagrams.bdd.false:
            wrong.append(f"{one} beside {two}: there are cases that fit no class")
    return wrong + check_classes(room, pair, possible, cases, act)


def check_classes(room: Room, pair: Pair, possible, cases: int, act: dict) -> list[str]:
    """Each class by itself: its size, what it has in common, its rules, and that no two share a case."""
    diagrams, facts = room.algebra, act["facts"]
    strongest = strongest_rules(room, pair)
    wrong, exact = [], []
    for kind in act["classes"]:
        name = f"{kind['a']} by {kind['a_because']} beside {kind['b']} by {kind['b_because']}"
        common = diagrams.both([possible, where(room, kind["where"])])
        fitting = diagrams.both([common, *answered(room, pair, kind)])
        size, counted = int(kind["cases"]), diagrams.count(common, facts)
        if size <= 0 or abs(kind["share"] - size / cases) > CLOSE:
            wrong.append(f"{name}: its share of {size} cases is {kind['share']}")
        if diagrams.count(fitting, facts) < size:
            wrong.append(f"{name}: fewer than {size} cases fit")
        if kind["exact"] != (counted == size):
            wrong.append(f"{name}: {counted} cases have this in common, and exact is {kind['exact']}")
        if kind["exact"]:
            exact.append((name, common))
            if common != fitting:
                wrong.append(f"{name}: not every case that has this in common belongs to it")
        if "refer" not in (kind["a"], kind["b"]):
            members = diagrams.both([possible, *strongest_of(room, kind, strongest)])
            wrong += [f"{name}: {what}" for what in check_members(room, pair, members, fitting, kind, facts)]
    for (one, first), (two, second) in combinations(exact, 2):
        if first & second != diagrams.bdd.false:
            wrong.append(f"{one} and {two} share cases")
    return wrong


def answered(room: Room, pair: Pair, kind: dict) -> list:
    """Formulas that together say that the answers are the class's, by the rules it names."""
    formulas = []
    for answer, side in zip(both_answers(room, pair), "ab"):
        nowhere = room.algebra.either([])
        formulas += [answer.words[kind[side]], *(answer.because.get(rule, nowhere) for rule in kind[f"{side}_because"])]
    return formulas


def check_members(room: Room, pair: Pair, members, fitting, kind: dict, facts: list[str]) -> list[str]:
    """A class is made of these cases, no others, and names what all of them share, rules too."""
    diagrams = room.algebra
    counted = diagrams.count(members, facts)
    wrong = [] if counted == int(kind["cases"]) else [f"{kind['cases']} cases, counted {counted}"]
    if members & ~fitting != diagrams.bdd.false:
        wrong.append("not all of its cases have in common what it says")
    for fact, values in kind["where"].items():
        for value in values:
            if members & where(room, {fact: [value]}) == diagrams.bdd.false:
                wrong.append(f"none of its cases has {fact} {value}")
    for answer, side in zip(both_answers(room, pair), "ab"):
        shared = {rule for rule, controls in answer.because.items() if members & ~controls == diagrams.bdd.false}
        if shared != set(kind[f"{side}_because"]):
            wrong.append(f"on side {side} its cases share {sorted(shared)}")
    return wrong


def strongest_rules(room: Room, pair: Pair) -> list[dict[tuple[str, str | None], object]]:
    """For each side, by answer and rule: where the answer rests on that rule as the strongest, or on none at all.

    Stronger is the higher layer, and in one layer what stands first in the packs; what protects goes before what
    only permits. Where open questions divide the answers no order is defined: `refer` is left out.
    """
    diagrams, sides = room.algebra, []
    for answer, (path, day) in zip(both_answers(room, pair), pair.sides()):
        rules = edition_of(room.packs, path, room.action, day).rules
        before, found = diagrams.bdd.true, {}
        for rule in sorted(rules, key=lambda rule: (rule.modality == "may", rule.instrument.layer)):
            found[rule.id] = before & answer.because[rule.id]
            before &= ~answer.because[rule.id]
        found[None] = before
        words = [word for word in WORDS if word != "refer"]
        sides.append({(word, rule): answer.words[word] & found[rule] for word in words for rule in found})
    return sides


def strongest_of(room: Room, kind: dict, strongest: list[dict]) -> list:
    """Where each side's answer is the class's, by the rule that it names first."""
    firsts = [(kind[f"{side}_because"] or [None])[0] for side in "ab"]
    nowhere = room.algebra.either([])
    return [rules.get((kind[side], first), nowhere) for side, first, rules in zip("ab", firsts, strongest)]


def where(room: Room, common: dict[str, list[str]]):
    """The cases that have something in common; numbers are written `3` or `3..7`."""
    a = room.algebra
    formulas = []
    for fact, values in common.items():
        if room.packs.vocabulary.facts[fact].is_number:
            spans = [value.split("..") for value in values]
            formulas.append(a.either([between(a, fact, int(span[0]), int(span[-1])) for span in spans]))
        else:
            formulas.append(a.one_of(fact, frozenset(values)))
    return a.both(formulas)


def check_examples(rooms: Rooms, pair: Pair, act: dict, replies: Iterator[dict]) -> list[str]:
    """Each class's requests are of the two laws and, decided, give the answers by the rules it names."""
    wrong = []
    room, _ = rooms.of(act["action"], frozenset(pair.paths))
    for kind in act["classes"]:
        told = room.algebra.both([stated(room.algebra, room.packs.vocabulary, request) for request in kind["requests"]])
        if not room.algebra.is_possible(told, *answered(room, pair, kind)):
            wrong.append(f"the example of {kind['a']} beside {kind['b']} is none")
        asked = [(request["jurisdiction"], request["on"], request["facts"]["action"]) for request in kind["requests"]]
        if asked != [(path, day.isoformat(), act["action"]) for path, day in pair.sides()]:
            wrong.append(f"the example of {kind['a']} beside {kind['b']} asks {asked}")
        for side, request in zip("ab", kind["requests"]):
            reply = next(replies)
            decided = rules_of(reply) if reply.get("answer") == kind[side] else None
            if decided is None or not set(kind[f"{side}_because"]) <= set(decided):
                wrong.append(f"side {side} of {kind['a']} beside {kind['b']}: bylaw decide says {reply}: {request}")
    return wrong
