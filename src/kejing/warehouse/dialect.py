"""The tokens by which one SQL text fits several engines (see ``docs/explanation/portable-sql.en.md``)."""

from __future__ import annotations

from dataclasses import dataclass
from string import Template


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the tokens of a rule become on one engine.

    ``$DIV`` integer division of operands >= 0, ``$WIDE`` the exact integer type of at least
    38 digits, ``$BIGINT`` the 64-bit type.
    """

    name: str
    div: str
    wide: str
    bigint: str

    def render(self, text: str) -> str:
        """``text`` with the tokens of this engine put in.

        Raises
        ------
        KeyError
            The text has an unknown ``$TOKEN``.
        """
        return Template(text).substitute(DIV=self.div, WIDE=self.wide, BIGINT=self.bigint)


DUCKDB = Dialect("duckdb", div="//", wide="HUGEINT", bigint="BIGINT")
