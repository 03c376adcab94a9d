"""`bylaw law prove` and `bylaw law compare` by an SMT solver and a model counter, sharing no code with them.

    python e2e/solve/check.py target/debug/bylaw [--quick] [--seed N] [--packs DIR]

First that this reading of the packs is Bylaw's, case by case. Then every claim: the verdict by z3, the numbers of cases
and violations by the decision diagrams of the package dd, the counterexample replayed by `bylaw decide`. Then pairs of
laws: every act, every pair of answers, every class. With --quick some claims and pairs are taken, by the printed seed.
"""

import argparse
import random
import secrets
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from claims import check_claim
from drawn import draw
from packs import Claim, Packs
from pairs import Pair, check_pair
from reading import check_reading
from replay import Bylaw
from room import Rooms

TODAY = date(2026, 11, 22)
PAIRS = [
    ("us/ca/los-angeles", "us/ca"),
    ("us/ca/los-angeles", "us/ny/new-york-city"),
    ("us/ca", "us/tx"),
    ("us/ca@2017-12-31", "us/ca@2018-01-01"),
    ("us/ca/lausd", "us/ma/boston"),
    ("us/nj", "us/wa"),
]
QUICK_CLAIMS, QUICK_PAIRS = 25, 2


def main() -> int:
    arguments = read_arguments()
    print(f"repeat with --seed {arguments.seed}")
    chance = random.Random(arguments.seed)
    packs = Packs(arguments.packs)
    rooms, bylaw = Rooms(packs), Bylaw(arguments.bylaw, str(arguments.packs))
    print(f"{len(packs.rules)} rules, {len(packs.terms)} definitions, {len(packs.claims)} claims of {len(packs.jurisdictions)} jurisdictions")
    begun = time.monotonic()
    wrong = check_all_readings(packs, rooms, bylaw, chance, arguments.quick)
    wrong += check_all_claims(packs, rooms, bylaw, chance, arguments.quick)
    wrong += check_drawn_claims(packs, rooms, bylaw, chance, arguments.quick)
    wrong += check_all_pairs(packs, rooms, bylaw, chance, arguments.quick)
    seconds = time.monotonic() - begun
    if wrong:
        print(f"\n{len(wrong)} disagreements in {seconds:.0f} s:", *wrong, sep="\n")
    else:
        print(f"z3, dd and bylaw agree on all of it, in {seconds:.0f} s")
    return 1 if wrong else 0


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("bylaw")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    parser.add_argument("--packs", type=Path, default=Path(__file__).parents[2] / "packs")
    return parser.parse_args()


def check_all_readings(packs: Packs, rooms: Rooms, bylaw: Bylaw, chance: random.Random, quick: bool) -> list[str]:
    begun = time.monotonic()
    cases, wrong = check_reading(packs, rooms, bylaw, chance, 1 if quick else 6)
    line("reading", begun, wrong, f"{cases} cases decided both ways")
    return wrong


def check_all_claims(packs: Packs, rooms: Rooms, bylaw: Bylaw, chance: random.Random, quick: bool) -> list[str]:
    claims = chance.sample(packs.claims, min(QUICK_CLAIMS, len(packs.claims))) if quick else packs.claims
    return check_claims(packs, rooms, bylaw, packs.claims, claims, bylaw.ask("law", "prove"))


def check_drawn_claims(packs: Packs, rooms: Rooms, bylaw: Bylaw, chance: random.Random, quick: bool) -> list[str]:
    claims = []
    with TemporaryDirectory() as folder:
        for jurisdiction in packs.jurisdictions:
            file = Path(folder, f"{jurisdiction.replace('/', '-')}.claims.md")
            text, drawn = draw(packs, rooms, jurisdiction, 1 if quick else 8, chance)
            file.write_text(text)
            claims += [replace(claim, file=str(file)) for claim in drawn]
        said = bylaw.ask("law", "prove", *sorted({claim.file for claim in claims}))
        return check_claims(packs, rooms, bylaw, claims, claims, said)


def check_claims(packs: Packs, rooms: Rooms, bylaw: Bylaw, all_claims: list[Claim], chosen: list[Claim], said: dict) -> list[str]:
    """`all_claims` are those that `prove` was asked for, `chosen` those that are looked into."""
    by_name = {claim["claim"]: claim for claim in said["claims"]}
    wrong = check_totals(said)
    if sorted(claim["claim"] for claim in said["claims"]) != sorted(claim.id for claim in all_claims):
        wrong.append(f"prove lists other claims than the files: {set(by_name) ^ {claim.id for claim in all_claims}}")
    for claim in chosen:
        begun = time.monotonic()
        result = by_name.get(claim.id)
        if result is None:
            continue
        disagreements = check_claim(packs, rooms, bylaw, claim, result)
        line(claim.id, begun, disagreements, f"{result['verdict']}, {len(result['parts'])} parts, {result['violations']} of {result['cases']} cases")
        wrong += disagreements
    return wrong


def check_totals(said: dict) -> list[str]:
    """How many claims hold, fail and are findings, from the claims themselves."""
    kinds = {(verdict, found): 0 for verdict in ("holds", "fails") for found in (False, True)}
    for claim in said["claims"]:
        kinds[claim["verdict"], claim["finding"] is not None] += 1
    expected = {
        "hold": kinds["holds", False],
        "fail": kinds["fails", False],
        "findings": kinds["fails", True],
        "stale_findings": kinds["holds", True],
    }
    return [f"prove: `{key}` is {said[key]}, its claims make {count}" for key, count in expected.items() if said[key] != count]


def check_all_pairs(packs: Packs, rooms: Rooms, bylaw: Bylaw, chance: random.Random, quick: bool) -> list[str]:
    wrong = []
    for texts in chance.sample(PAIRS, QUICK_PAIRS) if quick else PAIRS:
        begun = time.monotonic()
        said = bylaw.ask("law", "compare", *texts, "--on", TODAY.isoformat())
        disagreements = check_pair(packs, rooms, bylaw, Pair.read(texts, TODAY), said)
        classes = sum(len(act["classes"]) for act in said["acts"])
        line(" beside ".join(texts), begun, disagreements, f"{len(said['acts'])} acts differ, {classes} classes")
        wrong += disagreements
    return wrong


def line(name: str, begun: float, wrong: list[str], what: str) -> None:
    verdict = f"{len(wrong)} DISAGREEMENTS" if wrong else "agrees"
    print(f"{time.monotonic() - begun:6.1f} s  {name}: {what}: {verdict}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
