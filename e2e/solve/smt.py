"""Whether a formula has a case at all, by an SMT solver (z3) over bit vectors."""

import z3

from cedar import Fact


class Solver:
    """The algebra of z3's terms."""

    def __init__(self, facts: dict[str, Fact]):
        self.facts = facts
        self.variables: dict[str, z3.ExprRef] = {}

    def one_of(self, fact: str, values: frozenset[str]):
        names = self.facts[fact].values
        variable = self.variable(fact)
        if z3.is_bool(variable):
            return self.either([variable if value == "true" else z3.Not(variable) for value in values])
        return self.either([variable == names.index(value) for value in sorted(values)])

    def below(self, fact: str, number: int):
        known = self.facts[fact]
        if number <= known.low:
            return z3.BoolVal(False)
        if number > known.high:
            return z3.BoolVal(True)
        return z3.ULT(self.variable(fact), number - known.low)

    def negation(self, formula):
        return z3.Not(formula)

    def both(self, formulas: list):
        return formulas[0] if len(formulas) == 1 else z3.And(*formulas)

    def either(self, formulas: list):
        return formulas[0] if len(formulas) == 1 else z3.Or(*formulas)

    def choice(self, test, then, otherwise):
        return z3.If(test, then, otherwise)

    def variable(self, fact: str):
        if fact not in self.variables:
            known = self.facts[fact]
            bits = (last_code(known)).bit_length()
            is_bool = known.values == ("false", "true")
            self.variables[fact] = z3.Bool(fact) if is_bool else z3.BitVec(fact, bits)
        return self.variables[fact]

    def is_possible(self, *formulas) -> bool:
        """Whether some case makes all of them true."""
        solver = z3.SolverFor("QF_BV")
        solver.add(*formulas)
        for fact, variable in self.variables.items():
            if not z3.is_bool(variable):
                solver.add(z3.ULE(variable, last_code(self.facts[fact])))
        found = solver.check()
        if found == z3.unknown:
            raise RuntimeError(f"z3 gives up: {solver.reason_unknown()}")
        return found == z3.sat


def last_code(fact: Fact) -> int:
    return fact.high - fact.low if fact.is_number else len(fact.values) - 1
