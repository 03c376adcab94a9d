"""The packs, read without the program: instruments, rules, terms and claims.

Front matter by tomllib, Markdown line by line, Cedar by cedar.py.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from cedar import Condition, Parser, Policy, Vocabulary

FIRST_DAY = date.min


@dataclass(frozen=True, eq=False)
class Instrument:
    file: str
    folder: str
    binds: frozenset[str] | None  # none: everybody
    settles: tuple[tuple[str, str], ...]
    days: tuple[date, date | None]

    @property
    def layer(self) -> int:
        return self.folder.count("/")


@dataclass(frozen=True, eq=False)
class Rule:
    """A rule, or one definition of a term (`id` is then the term's name)."""

    id: str
    instrument: Instrument
    modality: str
    actions: frozenset[str] | None
    condition: Condition
    overrides: tuple[str, ...]
    contested: str | None
    days: tuple[date, date | None]

    def speaks_of(self, action: str) -> bool:
        return self.actions is None or action in self.actions

    def is_of(self, jurisdiction: str, day: date) -> bool:
        return is_on(self.instrument.folder, jurisdiction) and holds_on(self.days, day)


@dataclass(frozen=True)
class Claim:
    id: str
    file: str
    heading: str
    jurisdiction: str
    policy: Policy
    days: tuple[date, date | None]


def is_on(folder: str, jurisdiction: str) -> bool:
    """Whether the folder is the jurisdiction's or stands above it."""
    return (jurisdiction + "/").startswith(folder + "/")


def holds_on(days: tuple[date, date | None], day: date) -> bool:
    return days[0] <= day and (days[1] is None or day < days[1])


class Packs:
    def __init__(self, folder: Path):
        self.folder = folder
        self.vocabulary = Vocabulary(folder.joinpath("vocabulary.cedarschema").read_text())
        self.instruments: list[Instrument] = []
        self.rules: list[Rule] = []
        self.terms: list[Rule] = []
        self.claims: list[Claim] = []
        for path in sorted(folder.rglob("*.md")):
            file = path.relative_to(folder).as_posix()
            if "/" not in file or path.name == "guidance.md":
                continue
            try:
                if path.name.endswith(".claims.md"):
                    self.claims += self.claims_in(file, path.read_text())
                else:
                    self.read_instrument(file, path.read_text())
            except (SyntaxError, KeyError, ValueError) as problem:
                raise SystemExit(f"{path}: cannot be read: {problem!r}") from problem

    @cached_property
    def jurisdictions(self) -> list[str]:
        return sorted({instrument.folder for instrument in self.instruments})

    def on_path(self, jurisdiction: str) -> list[Instrument]:
        """Highest layer first."""
        own = [instrument for instrument in self.instruments if is_on(instrument.folder, jurisdiction)]
        return sorted(own, key=lambda instrument: instrument.layer)

    def first_day(self, jurisdiction: str) -> date:
        return min(instrument.days[0] for instrument in self.on_path(jurisdiction))

    def bound(self, jurisdiction: str) -> frozenset[str]:
        """The actors that the jurisdiction's own instruments bind, on whatever day."""
        everybody = frozenset(self.vocabulary.facts["actor_kind"].values)
        own = [instrument.binds for instrument in self.instruments if instrument.folder == jurisdiction]
        return frozenset().union(*(everybody if binds is None else binds for binds in own))

    def read_instrument(self, file: str, text: str) -> None:
        front, body = front_matter(text)
        binds = front.get("binds")
        settles = {fact: value_name(value) for fact, value in front.get("settles", {}).items()}
        days = (front["in_force"]["from"], front["in_force"].get("until"))
        binds = None if binds is None else frozenset(binds)
        instrument = Instrument(file, str(Path(file).parent), binds, tuple(settles.items()), days)
        self.instruments.append(instrument)
        for policy in policies(body, self.vocabulary):
            name = policy.annotation("term")
            default = "must_not" if policy.effect == "forbid" else "may"
            rule = Rule(
                id=name or dict(policy.annotations)["id"],
                instrument=instrument,
                modality=policy.annotation("modality") or default,
                actions=policy.actions,
                condition=policy.condition,
                overrides=tuple(policy.words("overrides")),
                contested=policy.annotation("contested"),
                days=narrowed(days, policy),
            )
            (self.terms if name else self.rules).append(rule)

    def claims_in(self, file: str, text: str) -> list[Claim]:
        front, body = front_matter(text)
        days = (front["days"]["from"], front["days"].get("until"))
        jurisdiction = front.get("jurisdiction", str(Path(file).parent))
        return [
            Claim(dict(policy.annotations)["id"], file, policy.heading, jurisdiction, policy, narrowed(days, policy))
            for policy in policies(body, self.vocabulary)
        ]


def value_name(value: bool | str) -> str:
    """As Fact.values has it."""
    return str(value).lower() if isinstance(value, bool) else value


def narrowed(days: tuple[date, date | None], policy: Policy) -> tuple[date, date | None]:
    """The days of the file, narrowed by the policy's own."""
    first = max(days[0], date.fromisoformat(policy.annotation("from") or FIRST_DAY.isoformat()))
    own = policy.annotation("until")
    ends = [end for end in (days[1], own and date.fromisoformat(own)) if end]
    return first, min(ends, default=None)


def front_matter(text: str) -> tuple[dict, str]:
    before, front, body = text.split("+++\n", 2)
    if before.strip():
        raise SyntaxError("front matter does not stand first")
    return tomllib.loads(front), body


def policies(body: str, vocabulary: "Vocabulary"):
    """The policies of all cedar blocks, each with the heading that it stands under."""
    heading, block = "", None
    for line in body.splitlines():
        if block is None and line.startswith("#"):
            heading = line.lstrip("#").strip()
        elif block is None and line.startswith("```"):
            block = ([], line == "```cedar")
        elif block is not None and line.startswith("```"):
            lines, is_cedar = block
            block = None
            if is_cedar:
                yield from Parser("\n".join(lines), vocabulary).policies(heading)
        elif block is not None:
            block[0].append(line)
