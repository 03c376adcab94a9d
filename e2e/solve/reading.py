"""That this reading of the packs is Bylaw's: complete cases of every answer, decided both ways."""

import random
from datetime import date

from law import WORDS, Answers, Case
from packs import Packs
from replay import Bylaw, rules_of
from room import Rooms, changes_within, edition_of


def check_reading(packs: Packs, rooms: Rooms, bylaw: Bylaw, chance: random.Random, days: int) -> tuple[int, list[str]]:
    """Cases that were decided, and what disagrees. Of every jurisdiction and act so many random days."""
    requests, expected = [], []
    for jurisdiction in packs.jurisdictions:
        changes = changes_within(packs, [jurisdiction], packs.first_day(jurisdiction), None)
        for action in packs.vocabulary.actions:
            for day in chance.sample(changes, min(days, len(changes))):
                for facts in some_cases(packs, rooms, jurisdiction, action, day, chance):
                    requests.append(request(jurisdiction, day, action, facts))
                    expected.append(answer(packs, jurisdiction, action, day, facts))
    disagreements = []
    for asked, own, reply in zip(requests, expected, bylaw.decide(requests)):
        decided = (reply.get("answer"), rules_of(reply) if "because" in reply else [])
        if decided != own:
            disagreements.append(f"reading: bylaw decide says {decided}, the packs say {own}: {asked}")
    return len(requests), disagreements


def some_cases(packs: Packs, rooms: Rooms, jurisdiction: str, action: str, day: date, chance: random.Random):
    """For each answer that there is, one of its cases."""
    _, room = rooms.of(action, frozenset([jurisdiction]))
    diagrams, facts = room.algebra, list(packs.vocabulary.facts)
    bound = diagrams.one_of("actor_kind", packs.bound(jurisdiction))
    words = room.answers(jurisdiction, day).words
    cases = [diagrams.sample(words[word] & bound, facts, chance) for word in WORDS]
    return [case for case in cases if case]


def answer(packs: Packs, jurisdiction: str, action: str, day: date, facts: dict) -> tuple[str, list[str]]:
    """The answer at one case and its controlling rules, with every formula simply true or false."""
    answers = Answers(edition_of(packs, jurisdiction, action, day), Case(facts))
    [word] = [word for word in WORDS if answers.words[word]]
    return word, sorted(rule for rule, controls in answers.because.items() if controls)


def request(jurisdiction: str, day: date, action: str, facts: dict) -> dict:
    truths = {"true": True, "false": False}
    stated = {fact: truths.get(value, value) for fact, value in facts.items()}
    return {"jurisdiction": jurisdiction, "on": day.isoformat(), "facts": stated | {"action": action}}
