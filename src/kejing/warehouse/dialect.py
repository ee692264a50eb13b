"""The tokens by which one SQL text fits several engines (see ``docs/explanation/portable-sql.en.md``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import Template

_CALL = re.compile(r"\$(DIV|WIDE_DIV|DAYS|SUM)\(")
_OPERANDS = {"DIV": 2, "WIDE_DIV": 2, "DAYS": 2, "SUM": 1}


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the tokens of a rule become on one engine.

    Types are ``$BIGINT`` (64 bits), ``$WIDE`` (exact, 38 digits) and ``$TEXT``. Calls are ``$DIV(a, b)`` and
    ``$WIDE_DIV(a, b)``, the whole quotient of operands >= 0 in 64 bits and in the wide type,
    ``$DAYS(later, earlier)``, the days between two dates, and ``$SUM(a)``, the sum of whole numbers in the wide type.
    In a call's pattern ``{0}`` and ``{1}`` stand for its operands.
    """

    name: str
    wide: str
    bigint: str
    text: str
    div: str
    wide_div: str
    days: str
    sum: str
    escapes_backslash: bool = False

    def render(self, text: str) -> str:
        """``text`` with the tokens of this engine put in.

        Raises
        ------
        KeyError
            The text has an unknown ``$TOKEN``.
        ValueError
            A call has no end, or not its operands.

        Examples
        --------
        >>> SPARK.render("SELECT $DIV(a + $DAYS(u, f), b) AS c")
        'SELECT (CAST(a + DATEDIFF(u, f) AS BIGINT) DIV CAST(b AS BIGINT)) AS c'
        """
        if self.escapes_backslash:  # it stands in text literals only, and there it means itself
            text = text.replace("\\", "\\\\")
        names = {"WIDE": self.wide, "BIGINT": self.bigint, "TEXT": self.text}
        return Template(self._expanded(text)).substitute(names)

    def _expanded(self, text: str) -> str:
        """``text`` with its calls written out, inner ones first."""
        patterns = {"DIV": self.div, "WIDE_DIV": self.wide_div, "DAYS": self.days, "SUM": self.sum}
        done, rest = [], text
        while call := _CALL.search(rest):
            operands, end = _operands(rest, call.end())
            if len(operands) != _OPERANDS[call[1]]:
                msg = f"Expected {_OPERANDS[call[1]]} operands, got {rest[call.start() : end]!r}."
                raise ValueError(msg)
            written = patterns[call[1]].format(*(self._expanded(operand) for operand in operands))
            done += [rest[: call.start()], written]
            rest = rest[end:]
        return "".join([*done, rest])


def _operands(text: str, start: int) -> tuple[list[str], int]:
    """What stands between the parentheses that open before ``start``, cut at its commas; and where they end."""
    operands, depth, begin, quoted = [], 0, start, False
    for place in range(start, len(text)):
        sign = text[place]
        if sign == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif sign == "(":
            depth += 1
        elif depth == 0 and sign in ",)":
            operands.append(text[begin:place].strip())
            begin = place + 1
            if sign == ")":
                return operands, begin
        elif sign == ")":
            depth -= 1
    msg = f"Expected ')' after {text[start : start + 40]!r}."
    raise ValueError(msg)


DUCKDB = Dialect(
    "duckdb",
    wide="HUGEINT",
    bigint="BIGINT",
    text="VARCHAR",
    div="(CAST({0} AS BIGINT) // CAST({1} AS BIGINT))",
    wide_div="(CAST({0} AS HUGEINT) // CAST({1} AS HUGEINT))",
    days="(({0}) - ({1}))",
    sum="SUM({0})",  # of 64 bits it is exact in the wide type, and twice as fast as that of the wide type
)

# Spark's DIV always gives 64 bits and, of decimals, silently drops what is above them; its `/` rounds. What is left
# after taking the remainder away divides without a rest, and a quotient of more than 32 digits is an error.
SPARK = Dialect(
    "spark",
    wide="DECIMAL(38,0)",
    bigint="BIGINT",
    text="STRING",
    div="(CAST({0} AS BIGINT) DIV CAST({1} AS BIGINT))",
    wide_div=(
        "CAST((CAST({0} AS DECIMAL(38,0)) - CAST({0} AS DECIMAL(38,0)) % CAST({1} AS DECIMAL(38,0)))"
        " / CAST({1} AS DECIMAL(38,0)) AS DECIMAL(38,0))"
    ),
    days="DATEDIFF({0}, {1})",
    sum="SUM(CAST({0} AS DECIMAL(38,0)))",  # of 64 bits it ends at 64 bits
    escapes_backslash=True,
)

POSTGRES = Dialect(
    "postgres",
    wide="NUMERIC",
    bigint="BIGINT",
    text="VARCHAR",
    div="(CAST({0} AS BIGINT) / CAST({1} AS BIGINT))",
    wide_div="DIV(CAST({0} AS NUMERIC), CAST({1} AS NUMERIC))",
    days="(({0}) - ({1}))",
    sum="SUM({0})",
)
