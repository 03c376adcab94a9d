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
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from claims import check_claim
from drawn import draw
from packs import Claim, Packs
from pairs import Pair, check_pair
from reading import check_reading
from replay import Bylaw
from room import Rooms, changes_within

TODAY = date(2026, 11, 22)
# Every jurisdiction is in one.
PAIRS = [
    ("us/ca/los-angeles", "us/ca"),
    ("us/ca/los-angeles", "us/ny/new-york-city"),
    ("us/ca", "us/tx"),
    ("us/ca@2017-12-31", "us/ca@2018-01-01"),
    ("us/ca/lausd", "us/ma/boston"),
    ("us/nj", "us/wa"),
    ("us/ca/los-angeles-county", "us/co"),
    ("us/fl", "us/il"),
    ("us/ma", "us/ny"),
    ("us/or", "us"),
]
QUICK_CLAIMS, QUICK_PAIRS = 25, 2


def main() -> int:
    arguments = read_arguments()
    print(f"repeat with --seed {arguments.seed}")
    chance = random.Random(arguments.seed)
    packs = Packs(arguments.packs)
    rooms, bylaw = Rooms(packs), Bylaw(arguments.bylaw, str(arguments.packs))
    print(f"{len(packs.rules)} rules and {len(packs.claims)} claims of {len(packs.jurisdictions)} jurisdictions")
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
    said = bylaw.ask("law", "prove")
    wrong = check_list(packs.claims, said)
    claims = chance.sample(packs.claims, min(QUICK_CLAIMS, len(packs.claims))) if quick else packs.claims
    for claim, result, replies in with_results(bylaw, claims, said):
        begun = time.monotonic()
        disagreements = check_claim(packs, rooms, claim, result, replies)
        counts = f"{len(result['parts'])} parts, {result['cases']} cases, {result['violations']} violations"
        line(claim.id, begun, disagreements, f"{result['verdict']}, {counts}")
        wrong += disagreements
    return wrong


def check_drawn_claims(packs: Packs, rooms: Rooms, bylaw: Bylaw, chance: random.Random, quick: bool) -> list[str]:
    claims = []
    begun = time.monotonic()
    with TemporaryDirectory() as folder:
        for jurisdiction in packs.jurisdictions:
            file = Path(folder, f"{jurisdiction.replace('/', '-')}.claims.md")
            text, drawn = draw(packs, rooms, jurisdiction, 1 if quick else 10, chance)
            file.write_text(text)
            claims += [replace(claim, file=str(file)) for claim in drawn]
        said = bylaw.ask("law", "prove", *sorted({claim.file for claim in claims}))
    wrong = check_list(claims, said)
    for claim, result, replies in with_results(bylaw, claims, said):
        wrong += check_claim(packs, rooms, claim, result, replies)
    line("claims drawn by lot", begun, wrong, f"{said['hold']} hold, {said['fail']} fail")
    return wrong


def with_results(bylaw: Bylaw, claims: list[Claim], said: dict) -> list[tuple[Claim, dict, list[dict]]]:
    """Each claim with what `prove` says of it and the replies to its counterexample's requests."""
    by_name = {result["claim"]: result for result in said["claims"]}
    results = [(claim, by_name[claim.id]) for claim in claims if claim.id in by_name]
    requests = [(result["counterexample"] or {"requests": []})["requests"] for _, result in results]
    replies = iter(bylaw.decide([request for some in requests for request in some]))
    return [(claim, result, list(islice(replies, len(some)))) for (claim, result), some in zip(results, requests)]


def check_list(claims: list[Claim], said: dict) -> list[str]:
    """It lists exactly these claims, and how many of them hold, fail and are findings."""
    listed, asked = sorted(claim["claim"] for claim in said["claims"]), sorted(claim.id for claim in claims)
    wrong = [] if listed == asked else [f"prove lists {listed}, the files have {asked}"]
    kinds = {(verdict, found): 0 for verdict in ("holds", "fails") for found in (False, True)}
    for claim in said["claims"]:
        kinds[claim["verdict"], claim["finding"] is not None] += 1
    expected = {
        "hold": kinds["holds", False],
        "fail": kinds["fails", False],
        "findings": kinds["fails", True],
        "stale_findings": kinds["holds", True],
    }
    for key, count in expected.items():
        if said[key] != count:
            wrong.append(f"prove: `{key}` is {said[key]}, its claims make {count}")
    return wrong


def check_all_pairs(packs: Packs, rooms: Rooms, bylaw: Bylaw, chance: random.Random, quick: bool) -> list[str]:
    wrong = []
    drawn = [drawn_pair(packs, chance) for _ in range(1 if quick else 6)]
    for texts in (chance.sample(PAIRS, QUICK_PAIRS) if quick else PAIRS) + drawn:
        begun = time.monotonic()
        said = bylaw.ask("law", "compare", *texts, "--on", TODAY.isoformat())
        disagreements = check_pair(packs, rooms, bylaw, Pair.read(texts, TODAY), said)
        classes = sum(len(act["classes"]) for act in said["acts"])
        line(" beside ".join(texts), begun, disagreements, f"{len(said['acts'])} acts differ, {classes} classes")
        wrong += disagreements
    return wrong


def drawn_pair(packs: Packs, chance: random.Random) -> tuple[str, str]:
    """Any two laws, each today's or that of some day on which it changed."""
    paths = chance.choices(packs.jurisdictions, k=2)
    days = [chance.choice(changes_within(packs, [path], packs.first_day(path), None)) for path in paths]
    return tuple(f"{path}@{day}" if chance.random() < 0.5 else path for path, day in zip(paths, days))


def line(name: str, begun: float, wrong: list[str], what: str) -> None:
    verdict = f"{len(wrong)} DISAGREEMENTS" if wrong else "agrees"
    print(f"{time.monotonic() - begun:6.1f} s  {name}: {what}: {verdict}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
