"""The finite Cedar subset of docs/packs.md, read by a small parser: conditions over facts, and the vocabulary itself.

What is outside the subset is a SyntaxError: something that Bylaw loads and this cannot read is a finding.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """A fact with all its values; `unknown` is none of them."""

    name: str
    values: tuple[str, ...] = ()  # false and true, or the names of an enumeration
    low: int = 0
    high: int = 0

    @property
    def is_number(self) -> bool:
        return not self.values


# Conditions. `All(())` is true and `Any(())` is false.
@dataclass(frozen=True)
class OneOf:
    fact: str
    values: frozenset[str]


@dataclass(frozen=True)
class Below:
    fact: str
    number: int


@dataclass(frozen=True)
class TermHolds:
    name: str


@dataclass(frozen=True)
class Not:
    part: "Condition"


@dataclass(frozen=True)
class All:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Any:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class If:
    test: "Condition"
    then: "Condition"
    otherwise: "Condition"


Condition = OneOf | Below | TermHolds | Not | All | Any | If


def parts_of(condition: Condition):
    """The condition and everything inside it."""
    yield condition
    match condition:
        case Not(part):
            yield from parts_of(part)
        case All(parts) | Any(parts):
            for part in parts:
                yield from parts_of(part)
        case If(test, then, otherwise):
            for part in (test, then, otherwise):
                yield from parts_of(part)


def facts_in(conditions: list[Condition]) -> set[str]:
    return {part.fact for condition in conditions for part in parts_of(condition) if isinstance(part, OneOf | Below)}


@dataclass(frozen=True)
class Policy:
    """A rule, a term or a claim as it is written."""

    annotations: tuple[tuple[str, str], ...]
    effect: str
    actions: frozenset[str] | None  # none: every act
    condition: Condition
    heading: str

    def annotation(self, name: str) -> str | None:
        return dict(self.annotations).get(name)

    def words(self, name: str) -> list[str]:
        """The words of an annotation, with spaces or commas between them."""
        return (self.annotation(name) or "").replace(",", " ").split()


class Vocabulary:
    """Facts in the vocabulary's order, acts, and what is always so."""

    def __init__(self, schema: str):
        schema = re.sub(r"^\s*//.*$", "", schema, flags=re.MULTILINE)
        self.enumerations = {
            name: tuple(value for value in re.findall(r'"(\w+)"', values) if value != "unknown")
            for name, values in re.findall(r"entity (\w+) enum \[(.*?)\]", schema, re.DOTALL)
        }
        self.actions = re.findall(r"^action (\w+) ", schema, re.MULTILINE)
        self.facts: dict[str, Fact] = {}
        body = re.search(r"^type Facts = \{(.*?)^\};", schema, re.DOTALL | re.MULTILINE)[1]
        member = re.compile(r'((?:@\w+\("(?:[^"\\]|\\.)*"\)\s*)*)(\w+)\s*:\s*(\w+)')
        always = []
        for annotations, name, kind in member.findall(body):
            notes = dict(re.findall(r'@(\w+)\("((?:[^"\\]|\\.)*)"\)', annotations))
            self.facts[name] = self.fact(name, kind, notes)
            if "always" in notes:
                always.append(notes["always"].replace('\\"', '"'))
        self.always = [Parser(text, self).whole_condition() for text in always]

    def fact(self, name: str, kind: str, notes: dict[str, str]) -> Fact:
        if kind == "Bool":
            return Fact(name, ("false", "true"))
        if kind == "Long":
            low, high = notes["range"].split("..")
            return Fact(name, low=int(low), high=int(high))
        return Fact(name, self.enumerations[kind])


TOKEN = re.compile(r'\s+|//[^\n]*|(?P<token>"(?:[^"\\]|\\.)*"|\w+|::|==|!=|<=|>=|&&|\|\||[-@(){}\[\],;.!<>])')
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


# What a comparison may have on one side besides conditions.
@dataclass(frozen=True)
class Value:
    name: str


@dataclass(frozen=True)
class Number:
    number: int


@dataclass(frozen=True)
class List:
    values: tuple


@dataclass(frozen=True)
class FactOf:
    fact: Fact


class Parser:
    """The finite subset of Cedar."""

    def __init__(self, text: str, vocabulary: Vocabulary):
        self.vocabulary = vocabulary
        self.tokens: list[str] = []
        at = 0
        while at < len(text):
            found = TOKEN.match(text, at)
            if not found:
                raise SyntaxError(f"`{text[at : at + 20]}` is no Cedar of the finite subset")
            if found["token"]:
                self.tokens.append(found["token"])
            at = found.end()
        self.at = 0

    def policies(self, heading: str):
        while self.at < len(self.tokens):
            yield self.policy(heading)

    def whole_condition(self) -> Condition:
        condition = self.condition()
        if self.at < len(self.tokens):
            raise SyntaxError(f"`{self.peek()}` after the end")
        return condition

    def policy(self, heading: str) -> Policy:
        annotations = []
        while self.take("@"):
            name = self.next()
            self.expect("(")
            annotations.append((name, self.string()))
            self.expect(")")
        effect = self.next()
        for token in ("(", "principal", ",", "action"):
            self.expect(token)
        actions = self.actions()
        for token in (",", "resource"):
            self.expect(token)
        self.take(",")
        self.expect(")")
        clauses = []
        while (word := self.next()) != ";":
            self.expect("{")
            clause = self.condition()
            self.expect("}")
            clauses.append({"when": clause, "unless": Not(clause)}[word])
        if effect not in ("permit", "forbid"):
            raise SyntaxError(f"`{effect}` is no effect")
        return Policy(tuple(annotations), effect, actions, All(tuple(clauses)), heading)

    def actions(self) -> frozenset[str] | None:
        if self.take("=="):
            return frozenset([self.entity("Action")])
        if not self.take("in"):
            return None
        self.expect("[")
        actions = []
        while not self.take("]"):
            actions.append(self.entity("Action"))
            self.take(",")
        return frozenset(actions)

    def condition(self) -> Condition:
        return self.holding(self.expression())

    def expression(self):
        if self.take("if"):
            test = self.condition()
            self.expect("then")
            then = self.condition()
            self.expect("else")
            return If(test, then, self.condition())
        return self.chain("||", Any, lambda: self.chain("&&", All, self.relation))

    def chain(self, sign: str, kind, part):
        first = part()
        if self.peek() != sign:
            return first
        parts = [self.holding(first)]
        while self.take(sign):
            parts.append(self.holding(part()))
        return kind(tuple(parts))

    def relation(self):
        left = self.unary()
        sign = self.peek()
        if sign == "in":
            self.next()
            return contained(self.unary(), left)
        if sign not in MIRRORED:
            return left
        self.next()
        return self.comparison(left, sign, self.unary())

    def comparison(self, left, sign: str, right) -> Condition:
        if isinstance(right, FactOf) and isinstance(left, Value | Number):
            left, sign, right = right, MIRRORED[sign], left
        match left, right:
            case FactOf(fact), Number(number) if fact.is_number:
                return compared(fact.name, sign, number)
            case FactOf(fact), Value(name) if sign in ("==", "!="):
                same = OneOf(fact.name, frozenset([name]))
            case _ if sign in ("==", "!="):
                left, right = self.holding(left), self.holding(right)
                same = If(left, right, Not(right))
            case _:
                raise SyntaxError(f"cannot compare {left} {sign} {right}")
        return same if sign == "==" else Not(same)

    def unary(self):
        if self.take("!"):
            return Not(self.holding(self.unary()))
        expression = self.primary()
        while self.take("."):
            self.expect("contains")
            self.expect("(")
            expression = contained(expression, self.expression())
            self.expect(")")
        return expression

    def primary(self):
        token = self.peek()
        if token in ("true", "false"):
            return All(()) if self.next() == "true" else Any(())
        if token == "context":
            return self.attribute()
        if self.take("("):
            inside = self.expression()
            self.expect(")")
            return inside
        if self.take("["):
            values = []
            while not self.take("]"):
                values.append(self.expression())
                self.take(",")
            return List(tuple(values))
        if self.take("-"):
            return Number(-int(self.next()))
        if token.isdigit():
            return Number(int(self.next()))
        return Value(self.entity(None))

    def attribute(self):
        self.expect("context")
        self.expect(".")
        name = self.next()
        if name == "term":
            self.expect(".")
            return TermHolds(self.next())
        return FactOf(self.vocabulary.facts[name])

    def holding(self, expression) -> Condition:
        """What stands where a condition is wanted; a fact alone is a Bool that is true."""
        match expression:
            case FactOf(fact) if fact.values == ("false", "true"):
                return OneOf(fact.name, frozenset(["true"]))
            case FactOf() | Value() | Number() | List():
                raise SyntaxError(f"{expression} is no condition")
        return expression

    def entity(self, kind: str | None) -> str:
        found = self.next()
        if kind not in (None, found):
            raise SyntaxError(f"`{found}` where {kind} was expected")
        self.expect("::")
        name = self.string()
        if name not in (self.vocabulary.actions if found == "Action" else self.vocabulary.enumerations[found]):
            raise SyntaxError(f"{found} has no `{name}`")
        return name

    def string(self) -> str:
        token = self.next()
        if not token.startswith('"'):
            raise SyntaxError(f"`{token}` where a string was expected")
        return re.sub(r"\\(.)", r"\1", token[1:-1])

    def peek(self) -> str | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def next(self) -> str:
        if self.at == len(self.tokens):
            raise SyntaxError("the text ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def take(self, token: str) -> bool:
        taken = self.peek() == token
        self.at += taken
        return taken

    def expect(self, token: str) -> None:
        found = self.next()
        if found != token:
            raise SyntaxError(f"`{found}` where `{token}` was expected")


def contained(values, fact) -> Condition:
    match values, fact:
        case List(values=names), FactOf(known) if all(isinstance(name, Value) for name in names):
            return OneOf(known.name, frozenset(value.name for value in names))
    raise SyntaxError(f"cannot look for {fact} in {values}")


def compared(fact: str, sign: str, number: int) -> Condition:
    below, above = Below(fact, number), Not(Below(fact, number + 1))
    match sign:
        case "<":
            return below
        case ">":
            return above
        case "<=":
            return Not(above)
        case ">=":
            return Not(below)
        case "==":
            return Not(Any((below, above)))
    return Any((below, above))
