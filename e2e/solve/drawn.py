"""Claims drawn by lot, so that more is proved than what anyone thought of claiming.

Each is written as Cedar, as an author would, and read back by both sides. One that says nothing of any case on its
first day is drawn again: `bylaw law prove` refuses such claims.
"""

import random
from datetime import date

from cedar import facts_in
from claims import PROPERTIES, Meaning
from law import WORDS, Edition
from packs import Claim, Packs, holds_on, is_on
from room import Rooms, changes_within, edition_of

ALIKE = ("implies", "equivalent", "disjoint")


def draw(packs: Packs, rooms: Rooms, jurisdiction: str, number: int, chance: random.Random) -> tuple[str, list[Claim]]:
    """A file of so many claims about a jurisdiction: its text, and the claims in it."""
    changes = changes_within(packs, [jurisdiction], packs.first_day(jurisdiction), None)
    first = chance.choice(changes)
    later = [day for day in changes if day > first]
    until = chance.choice(later) if later and chance.random() < 0.3 else None
    ends = f", until = {until}" if until else ""
    days = f"days = {{ from = {first}{ends} }}"
    front = f'+++\ntitle = "Drawn by lot"\njurisdiction = "{jurisdiction}"\n{days}\n+++\n\n# Drawn by lot\n'
    text, claims = front, []
    while len(claims) < number:
        name = f"DRAWN-{jurisdiction.replace('/', '-')}-{len(claims)}"
        block = Lot(packs, jurisdiction, first, chance).claim(name)
        [claim] = packs.claims_in(f"{name}.claims.md", front + block)
        if says_something(packs, rooms, claim):
            text += block
            claims.append(claim)
    return text, claims


def says_something(packs: Packs, rooms: Rooms, claim: Claim) -> bool:
    meaning = Meaning(packs, claim)
    if not holds_on(claim.days, meaning.first):
        return False
    facts = list(packs.vocabulary.facts)
    for action in meaning.actions:
        room, _ = rooms.of(action, frozenset(meaning.jurisdictions))
        if room.algebra.is_possible(meaning.bound(room, meaning.first, facts)):
            return True
    return False


class Lot:
    def __init__(self, packs: Packs, jurisdiction: str, day: date, chance: random.Random):
        self.packs = packs
        self.jurisdiction = jurisdiction
        self.day = day
        self.chance = chance
        self.terms = sorted({term.id for term in packs.terms if term.is_of(jurisdiction, day) and not term.days[1]})
        editions = {action: edition_of(packs, jurisdiction, action, day) for action in packs.vocabulary.actions}
        ruled = [action for action, edition in editions.items() if edition.rules] or list(editions)
        self.actions = chance.sample(ruled, min(chance.choice((1, 1, 1, 3)), len(ruled)))
        self.facts = facts_of([editions[action] for action in self.actions]) or list(packs.vocabulary.facts)
        self.questions = sorted({question for action in self.actions for question in editions[action].questions})

    def claim(self, name: str) -> str:
        notes = "".join(f'@{key}("{value}")\n' for key, value in self.annotations(name))
        acts = ", ".join(f'Action::"{action}"' for action in self.actions)
        scope = f"permit (principal, action in [{acts}], resource)"
        return f"\n```cedar\n{notes}{scope}\nwhen {{ {self.condition()} }};\n```\n"

    def annotations(self, name: str):
        yield "id", name
        kind = self.chance.choice(PROPERTIES)
        if kind in ALIKE:
            yield kind, self.other()
            if self.chance.random() < 0.3:
                yield "answers", self.words()
        else:
            yield kind, self.words()
        for question in self.questions:
            if self.chance.random() < 0.4:
                yield self.chance.choice(("standing", "fallen")), question
                break

    def words(self) -> str:
        return ", ".join(self.chance.sample(WORDS, self.chance.randint(1, 3)))

    def other(self) -> str:
        """Often a law above or below, or the same law on another day."""
        paths, own = self.packs.jurisdictions, self.jurisdiction
        near = [path for path in paths if is_on(path, own) or is_on(own, path)]
        path = self.chance.choice(self.chance.choice((near, paths)))
        if path != own and self.chance.random() < 0.6:
            return path
        return f"{path}@{self.chance.choice(changes_within(self.packs, [path], self.packs.first_day(path), None))}"

    def condition(self) -> str:
        parts = [self.literal() for _ in range(self.chance.choice((1, 1, 2, 3)))]
        text = parts[0]
        for part in parts[1:]:
            text = f"({text}) {self.chance.choice(('&&', '&&', '||'))} {part}"
        return text

    def literal(self) -> str:
        """A term or a test of a fact, perhaps turned about."""
        is_term = self.terms and self.chance.random() < 0.4
        text = f"context.term.{self.chance.choice(self.terms)}" if is_term else self.test()
        return f"!({text})" if self.chance.random() < 0.3 else text

    def test(self) -> str:
        fact = self.packs.vocabulary.facts[self.chance.choice(self.facts)]
        read = f"context.{fact.name}"
        if fact.is_number:
            sign = self.chance.choice(("<", "<=", ">", ">=", "==", "!="))
            return f"{read} {sign} {self.chance.randint(fact.low, min(fact.high, 50))}"
        if fact.values == ("false", "true"):
            return read
        kind = "".join(word.capitalize() for word in fact.name.split("_"))
        # A claim may not name actors of whom the law says nothing.
        values = sorted(self.packs.bound(self.jurisdiction)) if fact.name == "actor_kind" else fact.values
        names = self.chance.sample(values, self.chance.randint(1, max(1, len(values) - 1)))
        named = [f'{kind}::"{name}"' for name in names]
        return f"{read} == {named[0]}" if len(named) == 1 else f"[{', '.join(named)}].contains({read})"


def facts_of(editions: list[Edition]) -> list[str]:
    return sorted(facts_in([policy.condition for edition in editions for policy in edition.rules + edition.terms]))
