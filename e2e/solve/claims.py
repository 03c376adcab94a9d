"""Claims as formulas (docs/claims.md), and what `bylaw law prove` says of them."""

from datetime import date
from itertools import pairwise

from law import OPEN_WORDS, WORDS
from packs import Claim, Packs, holds_on
from replay import rules_of
from room import Room, Rooms, changes_within, edition_of, edition_of_condition, stated, stray_always

PROPERTIES = ("never", "always", "only", "implies", "equivalent", "disjoint")


class Meaning:
    """A claim, read."""

    def __init__(self, packs: Packs, claim: Claim):
        self.packs = packs
        self.claim = claim
        policy = claim.policy
        [self.property] = [name for name in PROPERTIES if policy.annotation(name) is not None]
        actions = packs.vocabulary.actions
        self.actions = [action for action in actions if policy.actions is None or action in policy.actions]
        self.standing, self.fallen = policy.words("standing"), policy.words("fallen")
        self.positions = dict.fromkeys(self.standing, True) | dict.fromkeys(self.fallen, False)
        self.finding = policy.annotation("finding")
        self.other, self.other_day = None, None
        if self.property in ("implies", "equivalent", "disjoint"):
            self.other, _, day = policy.annotation(self.property).partition("@")
            self.other_day = date.fromisoformat(day) if day else None
            default = [] if self.property == "equivalent" else OPEN_WORDS
            self.answers = policy.words("answers") or list(default)
        else:
            self.answers = policy.words(self.property)
        self.jurisdictions = [claim.jurisdiction, *([self.other] if self.other else [])]
        # Jurisdictions whose law of the same day is meant.
        self.moving = self.jurisdictions[:1] if self.other_day else self.jurisdictions
        self.first = max(claim.days[0], *map(packs.first_day, self.moving))
        self.actors = frozenset.intersection(*(packs.bound(path) for path in self.jurisdictions))

    def formulas(self, room: Room, day: date, facts: list[str]) -> tuple[object, object]:
        """The cases it speaks of on that day, and those of them in which it does not hold."""
        a = room.algebra
        possible, condition = self.ground(room, day, facts)
        spoken = a.both([possible, condition])
        own = room.answers(self.claim.jurisdiction, day, self.positions)
        here = own.one_of(self.answers)
        match self.property:
            case "never":
                return spoken, a.both([spoken, here])
            case "always":
                return spoken, a.both([spoken, a.negation(here)])
            case "only":
                return possible, a.both([possible, a.negation(condition), here])
        other = room.answers(self.other, self.other_day or day, self.positions)
        there = other.one_of(self.answers)
        match self.property:
            case "implies":
                broken = a.both([here, a.negation(there)])
            case "disjoint":
                broken = a.both([here, there])
            case "equivalent" if self.answers:
                broken = a.choice(here, a.negation(there), there)
            case "equivalent":
                broken = a.negation(a.either([a.both([own.words[word], other.words[word]]) for word in WORDS]))
        return spoken, a.both([spoken, broken])

    def bound(self, room: Room, day: date, facts: list[str]) -> object:
        """The cases of which it says something on that day."""
        a = room.algebra
        possible, condition = self.ground(room, day, facts)
        return a.both([possible, a.negation(condition) if self.property == "only" else condition])

    def ground(self, room: Room, day: date, facts: list[str]) -> tuple[object, object]:
        """The possible cases, and its condition."""
        condition = room.meaning(self.claim.policy.condition, self.claim.jurisdiction, day, self.positions)
        return room.possible(facts, self.actors), condition

    def days(self, part: dict) -> list[date]:
        """The days within a part on which some law changes: it has to be right on each."""
        first, until = date.fromisoformat(part["from"]), part["until"] and date.fromisoformat(part["until"])
        days, seen = [], set()
        for day in changes_within(self.packs, self.moving, first, until):
            condition = self.claim.policy.condition
            key = tuple(edition_of(self.packs, path, part["action"], day) for path in self.moving)
            key += (edition_of_condition(self.packs, self.claim.jurisdiction, day, condition),)
            if key not in seen:
                seen.add(key)
                days.append(day)
        return days


def check_claim(packs: Packs, rooms: Rooms, claim: Claim, said: dict, replies: list[dict]) -> list[str]:
    """What `prove` says of a claim that is not so. `replies` are those to its counterexample's requests."""
    meaning = Meaning(packs, claim)
    wrong = check_header(meaning, said) + check_span(meaning, said["parts"])
    for part in said["parts"]:
        wrong += check_part(meaning, rooms, part)
    for count in ("cases", "violations"):
        if int(said[count]) != sum(int(part[count]) for part in said["parts"]):
            wrong.append(f"its {count} are not the sum of its parts'")
    verdict = "fails" if int(said["violations"]) else "holds"
    if said["verdict"] != verdict:
        wrong.append(f"the verdict is `{said['verdict']}` with {said['violations']} violations")
    if (said["counterexample"] is None) != (verdict == "holds"):
        wrong.append("a counterexample stands beside a claim that holds, or none beside one that fails")
    if said["counterexample"]:
        wrong += check_counterexample(meaning, rooms, said["counterexample"], replies)
    return [f"{claim.id}: {what}" for what in wrong]


def check_header(meaning: Meaning, said: dict) -> list[str]:
    claim = meaning.claim
    other = meaning.other and {"jurisdiction": meaning.other, "on": meaning.other_day and meaning.other_day.isoformat()}
    expected = {
        "file": claim.file,
        "heading": claim.heading,
        "jurisdiction": claim.jurisdiction,
        "property": meaning.property,
        "other": other,
        "finding": meaning.finding,
    }
    wrong = []
    for key, value in expected.items():
        if said[key] != value:
            wrong.append(f"`{key}` is {said[key]!r}, the file says {value!r}")
    for key in ("answers", "standing", "fallen"):
        if set(said[key]) != set(getattr(meaning, key)):
            wrong.append(f"`{key}` is {said[key]}, the file says {getattr(meaning, key)}")
    return wrong


def check_span(meaning: Meaning, parts: list[dict]) -> list[str]:
    """Every act that it speaks of is there once, on every day that it speaks of and there is law."""
    wrong = []
    first, until = meaning.first.isoformat(), meaning.claim.days[1] and meaning.claim.days[1].isoformat()
    if strays := {part["action"] for part in parts} - set(meaning.actions):
        wrong.append(f"it does not speak of {', '.join(strays)}")
    for action in meaning.actions:
        spans = sorted((part["from"], part["until"]) for part in parts if part["action"] == action)
        gaps = any(one[1] != two[0] for one, two in pairwise(spans))
        if not spans or gaps or spans[0][0] != first or spans[-1][1] != until:
            wrong.append(f"{action}: its parts {spans} are not its days, {first} until {until}")
    return wrong


def check_part(meaning: Meaning, rooms: Rooms, part: dict) -> list[str]:
    facts = part["facts"]
    place = f"{part['action']} from {part['from']}"
    stray = stray_always(meaning.packs, facts)
    wrong = [f"{place}: `{fact}` is not listed, an @always ties it to one that is" for fact in stray]
    by_z3, by_count = rooms.of(part["action"], frozenset(meaning.jurisdictions))
    for day in meaning.days(part):
        _, violated = meaning.formulas(by_z3, day, facts)
        if by_z3.algebra.is_possible(violated) != (int(part["violations"]) > 0):
            wrong.append(f"{place}, on {day}: {part['violations']} violations, z3 says otherwise")
        for name, formula in zip(("cases", "violations"), meaning.formulas(by_count, day, facts)):
            try:
                counted = by_count.algebra.count(formula, facts)
            except ValueError as problem:
                wrong.append(f"{place}, on {day}: {name}: {problem}")
                continue
            if counted != int(part[name]):
                wrong.append(f"{place}, on {day}: {part[name]} {name}, counted {counted}")
    return wrong


def check_counterexample(meaning: Meaning, rooms: Rooms, example: dict, replies: list[dict]) -> list[str]:
    """Its requests are of the claim's laws; whatever fits them is a violation; decided, they give the answers."""
    action, day = example["action"], date.fromisoformat(example["on"])
    laws = list(zip(meaning.jurisdictions, [day, meaning.other_day or day]))
    asked = [(request["jurisdiction"], request["on"], request["facts"]["action"]) for request in example["requests"]]
    if asked != [(path, on.isoformat(), action) for path, on in laws]:
        return [f"the counterexample asks {asked}"]
    if action not in meaning.actions or not holds_on(meaning.claim.days, day):
        return [f"the counterexample is about {action} on {day}, of which it does not speak"]
    room, _ = rooms.of(action, frozenset(meaning.jurisdictions))
    a = room.algebra
    facts = list(meaning.packs.vocabulary.facts)
    told = a.both([stated(a, room.packs.vocabulary, request) for request in example["requests"]])
    spoken, violated = meaning.formulas(room, day, facts)
    possible = room.possible(facts, meaning.actors)
    wrong = []
    if not a.is_possible(told, violated):
        wrong.append("the counterexample is none")
    elif a.is_possible(told, possible, a.negation(violated)):
        wrong.append("the counterexample leaves facts out on which it turns")
    stated_answers = [(example["answer"], example["because"]), (example["other_answer"], example["other_because"])]
    for (path, on), (word, because), reply in zip(laws, stated_answers, replies, strict=False):
        answers = room.answers(path, on, meaning.positions)
        rules = [answers.because.get(rule, a.either([])) for rule in because]
        if a.is_possible(told, possible, a.negation(a.both([answers.words[word], *rules]))):
            wrong.append(f"the counterexample need not be answered {word} by {because} at {path} on {on}")
        decided = (reply.get("answer"), rules_of(reply) if "because" in reply else reply)
        # `decide` leaves all questions open.
        if not meaning.positions and decided != (word, sorted(because)):
            wrong.append(f"the counterexample at {path} on {on}: {(word, because)}, bylaw decide says {decided}")
    return wrong
