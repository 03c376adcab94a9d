"""cvc5 as a program, made from the Python package of that name, which carries the library alone.

Reads SMT-LIB commands from standard input, one or more lines each, and answers as the program
`cvc5 --lang smt` does. cedar-policy-symcc starts it and talks to it over pipes.
"""

import sys

import cvc5


def session():
    """A fresh solver with its parser."""
    solver = cvc5.Solver()
    # Milliseconds for one question; cedar-policy-symcc's own choice.
    solver.setOption("tlimit-per", "60000")
    symbols = cvc5.SymbolManager(solver)
    return solver, symbols, cvc5.InputParser(solver, symbols)


def depth(line, inside):
    """How many parentheses the line leaves open, and whether it ends within `|quoted|` or "text"."""
    opened = 0
    for character in line:
        if inside:
            inside = None if character == inside else inside
        elif character in '|"':
            inside = character
        elif character == ";":
            break
        else:
            opened += (character == "(") - (character == ")")
    return opened, inside


def main():
    solver, symbols, parser = session()
    pending, opened, inside = [], 0, None
    for line in sys.stdin:
        more, inside = depth(line, inside)
        opened += more
        pending.append(line)
        if opened > 0 or inside:
            continue
        text, pending = "".join(pending), []
        if text.strip() == "(reset)":
            solver, symbols, parser = session()
            continue
        if text.strip() == "(exit)":
            return
        try:
            parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "standard input")
            while not (command := parser.nextCommand()).isNull():
                answer = command.invoke(solver, symbols)
                if answer:
                    sys.stdout.write(answer)
        except RuntimeError as error:
            sys.stdout.write('(error "' + str(error).replace('"', '""').replace("\n", " ") + '")\n')
        sys.stdout.flush()


main()
