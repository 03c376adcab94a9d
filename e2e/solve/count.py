"""How many cases a formula has, by decision diagrams over bits (the package dd, by CUDD where its wheel has it).

A fact is a row of bits, a value's place among all its values in binary; codes beyond the last value are cut away.
"""

import random
from collections import Counter

from cedar import Condition, Fact, Vocabulary, facts_in

try:
    from dd.cudd import BDD

    SETTINGS = {"initial_cache_size": 2**12}  # there are hundreds of managers, most of them small
except ImportError:  # no wheel with CUDD for this machine: slower, by the same interface
    from dd.autoref import BDD

    SETTINGS = {}


class Diagrams:
    """The algebra of decision diagrams over some facts, in the order in which they are tested."""

    def __init__(self, facts: list[Fact]):
        self.facts = {fact.name: fact for fact in facts}
        self.bdd = BDD(**SETTINGS)
        self.bdd.configure(reordering=False)
        self.bits = {fact.name: [f"{fact.name}.{place}" for place in reversed(range(width(fact)))] for fact in facts}
        self.names = [bit for bits in self.bits.values() for bit in bits]
        self.bdd.declare(*self.names)
        self.kept: dict[tuple, object] = {}
        self.counts: dict[int, tuple] = {}

    def one_of(self, fact: str, values: frozenset[str]):
        names = self.facts[fact].values
        codes = [names.index(value) for value in values]
        return self.remembered(fact, values, lambda: self.either([self.equals(fact, code) for code in codes]))

    def below(self, fact: str, number: int):
        return self.remembered(fact, number, lambda: self.code_below(fact, number - self.facts[fact].low))

    def negation(self, formula):
        return ~formula

    def both(self, formulas: list):
        found = self.bdd.true
        for formula in formulas:
            found &= formula
        return found

    def either(self, formulas: list):
        found = self.bdd.false
        for formula in formulas:
            found |= formula
        return found

    def choice(self, test, then, otherwise):
        return self.bdd.ite(test, then, otherwise)

    def valid(self, facts: list[str]):
        """Every one of these facts has one of its values."""
        codes = lambda: self.both([self.code_below(fact, size(self.facts[fact])) for fact in facts])
        return self.remembered("", tuple(facts), codes)

    def remembered(self, fact: str, key, build):
        if (fact, key) not in self.kept:
            self.kept[fact, key] = build()
        return self.kept[fact, key]

    def equals(self, fact: str, code: int):
        bits = self.bits[fact]
        places = range(len(bits) - 1, -1, -1)
        return self.bdd.cube({bit: bool(code >> place & 1) for bit, place in zip(bits, places)})

    def code_below(self, fact: str, bound: int):
        bits = self.bits[fact]
        if bound <= 0:
            return self.bdd.false
        if bound >= 2 ** len(bits):
            return self.bdd.true
        found = self.bdd.false
        for place, bit in enumerate(reversed(bits)):  # from the least bit up
            set_here = self.bdd.var(bit)
            found = ~set_here | found if bound >> place & 1 else ~set_here & found
        return found

    def count(self, formula, facts: list[str]) -> int:
        """The cases over exactly these facts in which it holds, exactly.

        dd counts with CUDD in floating point, so the nodes are walked here.
        """
        beyond = self.facts_of(formula) - set(facts)
        if beyond:
            raise ValueError(f"it turns on {', '.join(sorted(beyond))}, not listed")
        over_all = self.count_all(formula & self.valid(facts))
        free = len(self.names) - sum(len(self.bits[fact]) for fact in facts)
        return over_all >> free

    def count_all(self, node) -> int:
        """Assignments of all bits; halving is exact, since no path is longer than there are bits."""
        everything = 1 << len(self.names)
        if node.var is None:
            counted = everything
        else:
            key = int(~node if node.negated else node)
            if key not in self.counts:
                counted = (self.count_all(node.low) + self.count_all(node.high)) >> 1
                self.counts[key] = (counted, node)  # the node is held, so that its number stays its own
            counted, _ = self.counts[key]
        return everything - counted if node.negated else counted

    def facts_of(self, formula) -> set[str]:
        return {bit.split(".")[0] for bit in self.bdd.support(formula)}

    def sample(self, formula, facts: list[str], chance: random.Random) -> dict[str, str | int] | None:
        """One case over these facts in which it holds, every such case being as likely as any other."""
        node = formula & self.valid(facts)
        if node == self.bdd.false:
            return None
        bits = {}
        for bit in self.names:
            low, high = cofactors(node) if node.var == bit else (node, node)
            weights = [self.count_all(low), self.count_all(high)]
            bits[bit] = chance.randrange(sum(weights)) >= weights[0]
            node = high if bits[bit] else low
        return {fact: self.value(fact, bits) for fact in facts}

    def value(self, fact: str, bits: dict[str, bool]) -> str | int:
        code = int("".join(str(int(bits[bit])) for bit in self.bits[fact]), 2)
        known = self.facts[fact]
        return known.low + code if known.is_number else known.values[code]


def cofactors(node) -> tuple:
    """What is left of it where its first bit is 0, and where it is 1."""
    return (~node.low, ~node.high) if node.negated else (node.low, node.high)


def size(fact: Fact) -> int:
    return fact.high - fact.low + 1 if fact.is_number else len(fact.values)


def width(fact: Fact) -> int:
    return (size(fact) - 1).bit_length()


def testing_order(vocabulary: Vocabulary, conditions: list[Condition]) -> list[Fact]:
    """Who acts first, then what most conditions read: what only picks among exceptions stands at the bottom."""
    readers = Counter(fact for condition in conditions for fact in facts_in([condition]))
    return sorted(vocabulary.facts.values(), key=lambda fact: (fact.name != "actor_kind", -readers[fact.name]))
