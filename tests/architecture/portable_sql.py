"""The linter of the portable SQL subset: sqlglot parses, the allow-list below decides.

Words and reasons: ``docs/explanation/portable-sql.en.md``. A construct enters the list only together
with a conformance case for each engine. What no parser can see (the sign of an operand, whether a key is
complete, whether a column holds a date) is proved by the tests of the stage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import Token, TokenType, exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

DUCKDB = Dialect.get_or_raise("duckdb")

ALLOWED: dict[type[exp.Expr], frozenset[str]] = {
    node: frozenset(arguments.split())
    for node, arguments in {
        # statements
        exp.Create: "this kind expression",
        exp.Select: "expressions from_ joins where group having order with_ distinct",
        exp.Union: "this expression with_ order",
        exp.With: "expressions",
        exp.CTE: "this alias",
        exp.Subquery: "this alias",
        # sources
        exp.From: "this",
        exp.Table: "this alias",
        exp.TableAlias: "this",
        exp.Join: "this on side kind",
        # clauses
        exp.Where: "this",
        exp.Group: "expressions",
        exp.Having: "this",
        exp.Order: "expressions",
        exp.Ordered: "this desc nulls_first",
        exp.Distinct: "expressions",
        # names and values
        exp.Alias: "this alias",
        exp.Column: "this table",
        exp.Identifier: "this",
        exp.Star: "",
        exp.Literal: "this is_string",
        exp.Boolean: "this",
        exp.Null: "",
        exp.Paren: "this",
        # conditions
        exp.And: "this expression",
        exp.Or: "this expression",
        exp.Not: "this",
        exp.EQ: "this expression",
        exp.NEQ: "this expression",
        exp.LT: "this expression",
        exp.LTE: "this expression",
        exp.GT: "this expression",
        exp.GTE: "this expression",
        exp.Is: "this expression",
        exp.In: "this expressions",
        exp.Case: "ifs default",
        exp.If: "this true",
        exp.Coalesce: "this expressions",
        exp.DPipe: "this expression safe",
        # whole numbers
        exp.Neg: "this",
        exp.Add: "this expression",
        exp.Sub: "this expression",
        exp.Mul: "this expression",
        exp.Anonymous: "this expressions",
        exp.Mod: "this expression",
        exp.Abs: "this",
        exp.Cast: "this to",
        exp.DataType: "this",
        # groups and ranks
        exp.Count: "this big_int",
        exp.Sum: "this",
        exp.Min: "this",
        exp.Max: "this",
        exp.Window: "this partition_by order over",
        exp.RowNumber: "",
    }.items()
}
"""Every node that a rule may hold, with the parts it may have."""

SPREADABLE = (exp.Count, exp.Sum, exp.Min, exp.Max)
"""Totals that may stand beside each row of their group: OVER (PARTITION BY …), without order or frame."""

CAST_TYPES = frozenset({exp.DType.BIGINT, exp.DType.DATE, exp.DType.VARCHAR, exp.DType.TEXT, exp.DType.INT128})
CONDITIONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Is)

FORBIDDEN_TOKENS = {
    TokenType.SLASH: "`/` divides into floats or decimals; write $DIV(a, b) on operands >= 0",
    TokenType.DIV: "`//` is one engine's sign; write $DIV(a, b)",
    TokenType.DCOLON: "`::` is not everywhere; write CAST(… AS …)",
    TokenType.INT128: "the wide integer has another name on each engine; write $WIDE",
    TokenType.HINT: "a hint belongs to one engine",
    TokenType.USING: "USING merges columns by each engine's own rules; write ON",
    TokenType.VARCHAR: "text has another name on each engine; write $TEXT",
    TokenType.TEXT: "text has another name on each engine; write $TEXT",
    TokenType.BETWEEN: "BETWEEN holds both ends; intervals here are half-open: write >= and <",
}
OUTSIDE: dict[type[exp.Expr], str] = {
    exp.Concat: "CONCAT drops NULL on one engine and returns it on another; write ||",
    exp.Div: FORBIDDEN_TOKENS[TokenType.SLASH],
}
CLAUSE_STARTS = frozenset({TokenType.L_PAREN, TokenType.SEMICOLON, TokenType.ALIAS, TokenType.ALL, TokenType.UNION})
AFTER_A_LIST = frozenset({TokenType.FROM, TokenType.R_PAREN, TokenType.WHERE, TokenType.ORDER_BY, TokenType.GROUP_BY})

_HEADER = re.compile(r"^--\s*(?:relation|view):.*$", re.MULTILINE)
_TOKEN = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_MEANINGS = {"WIDE": "HUGEINT", "BIGINT": "BIGINT", "TEXT": "VARCHAR"}
CALLS = {"token_DIV": 2, "token_WIDE_DIV": 2, "token_DAYS": 2, "token_SUM": 1}
"""Calls of the dialect, as the parser sees them, and how many operands each has."""


def violations(sql_text: str) -> list[str]:
    """What in a rule file or statement lies outside the portable subset.

    Parameters
    ----------
    sql_text
        One or more statements as they stand in the repository: with the tokens of the dialect and
        a file's own ``$NAME`` tokens, and ``-- relation: name`` or ``-- view: name`` lines where there are several.

    Returns
    -------
    list
        ``line N: what, and what to write instead``, in the order of the text; empty when it is portable.
    """
    found: list[tuple[int, str]] = []
    start = 0
    for end in [*(header.start() for header in _HEADER.finditer(sql_text)), len(sql_text)]:
        lines_before = sql_text.count("\n", 0, start)
        found += [(line + lines_before, what) for line, what in _check_part(sql_text[start:end])]
        start = end
    return [f"line {line}: {what}" for line, what in sorted(set(found))]


def _check_part(text: str) -> Iterator[tuple[int, str]]:
    try:
        yield from _check_tokens(DUCKDB.tokenize(_TOKEN.sub(_mask, text)))
        for statement in DUCKDB.parse(_TOKEN.sub(_render, text)):
            if statement is not None and not isinstance(statement, exp.Semicolon):
                yield from _check_statement(statement)
    except SqlglotError as error:
        yield 1, f"does not parse: {str(error).splitlines()[0]}"


def _mask(token: re.Match[str]) -> str:
    """A token as a plain name, so that only what stands in the file itself is seen."""
    return f"token_{token[1] or token[2]}"


def _render(token: re.Match[str]) -> str:
    """A token as the embedded engine reads it; a file's own token becomes a name."""
    return _MEANINGS.get(token[1] or token[2], _mask(token))


def _check_tokens(tokens: list[Token]) -> Iterator[tuple[int, str]]:
    """What the parser smooths away: signs, literals and orders that only one engine accepts."""
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.token_type in FORBIDDEN_TOKENS:
            yield token.line, FORBIDDEN_TOKENS[token.token_type]
        if token.token_type is TokenType.EQ and token.text == "==":
            yield token.line, "`==` is not SQL; write ="
        if token.token_type is TokenType.FROM and (before is None or before.token_type in CLAUSE_STARTS):
            yield token.line, "FROM before SELECT is one engine's order"
        if before is None:
            continue
        if before.token_type is TokenType.DATE and token.token_type is TokenType.STRING:
            yield token.line, f"write CAST({token.text!r} AS DATE)"
        if before.token_type is TokenType.COMMA and token.token_type in AFTER_A_LIST:
            yield token.line, "a comma after the last item is one engine's habit"


def _check_statement(statement: exp.Expr) -> Iterator[tuple[int, str]]:
    if not isinstance(statement, exp.Create | exp.Select | exp.Union):
        yield _line(statement), f"{_name(statement)} is not a rule; a rule is a SELECT"
        return
    for node in statement.walk():
        if type(node) not in ALLOWED:
            yield _line(node), OUTSIDE.get(type(node), f"{_name(node)} is outside the subset")
            continue
        for argument, value in node.args.items():
            if value and argument not in ALLOWED[type(node)]:
                yield _line(node), f"{_name(node)} with {argument.strip('_').replace('_', ' ')} is outside the subset"
        yield from ((_line(node), what) for what in _check_node(node))


def _check_node(node: exp.Expr) -> Iterator[str]:
    """Limits that go beyond which parts a node may have."""
    match node:
        case exp.Anonymous():
            yield from _check_call(node)
        case exp.Subquery() if not node.alias and isinstance(node.parent, exp.From | exp.Join):
            yield "a sub-select in FROM without a name; one engine asks for it"
        case exp.Literal() if not node.is_string and not str(node.this).isdigit():
            yield f"{node.this} is not a whole number; scale it and keep integers"
        case exp.Identifier() if node.quoted:
            yield f'"{node.this}" is quoted, and engines quote differently; take a plain name'
        case exp.Cast() if node.to.this not in CAST_TYPES:
            yield f"CAST to {node.to.sql(DUCKDB)}; allowed are BIGINT, DATE, VARCHAR and $WIDE"
        case exp.Union() if node.args.get("distinct"):
            yield "UNION drops rows; write UNION ALL"
        case exp.Create() if node.args.get("kind") not in {"TABLE", "VIEW"}:
            yield f"CREATE {node.args.get('kind')} is not a rule"
        case exp.Window():
            yield from _check_window(node)
        case exp.Group():
            yield from (
                f"GROUP BY {item.sql(DUCKDB)}; group by names"
                for item in node.expressions
                if not isinstance(item, exp.Column)
            )
        case exp.Order():
            yield from (
                f"ORDER BY {item.sql(DUCKDB)}; order by names"
                for item in node.expressions
                if isinstance(item.this, exp.Literal)
            )
        case exp.Join():
            yield from _check_join(node)


def _check_call(call: exp.Anonymous) -> Iterator[str]:
    if call.name not in CALLS:
        yield f"{call.name.upper()} is outside the subset"
    elif len(call.expressions) != CALLS[call.name]:
        yield f"${call.name.removeprefix('token_')} takes another number of operands: {CALLS[call.name]}"


def _check_window(window: exp.Window) -> Iterator[str]:
    if isinstance(window.this, exp.RowNumber):
        if not window.args.get("order"):
            yield "ROW_NUMBER without ORDER BY numbers rows by chance"
    elif not isinstance(window.this, SPREADABLE):
        yield f"{_name(window.this)} OVER is outside the subset; of the windows ROW_NUMBER and totals of a group are in"
    elif window.args.get("order"):
        yield f"{_name(window.this)} OVER (… ORDER BY …) is a running total, whose ties engines treat by default frames"


def _check_join(join: exp.Join) -> Iterator[str]:
    if join.side not in {"", "LEFT"} or join.kind not in {"", "INNER", "OUTER"}:
        yield f"{join.side or join.kind} JOIN is outside the subset; write JOIN or LEFT JOIN"
    if not join.args.get("on"):
        yield "a join names its condition after ON"
        return
    parts = list(join.args["on"].flatten()) if isinstance(join.args["on"], exp.And) else [join.args["on"]]
    for part in parts:
        if not isinstance(part.unnest(), CONDITIONS):
            yield f"ON … {part.sql(DUCKDB)}; a join is by equality and half-open range, joined by AND"


def _name(node: exp.Expr) -> str:
    """The node as it is written: a function by its name, anything else by its kind."""
    if isinstance(node, exp.Func) and not isinstance(node, exp.Case | exp.Cast):
        return node.sql_name()
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(node).__name__).upper()


def _line(node: exp.Expr) -> int:
    """The first line known of the node or of anything in it."""
    lines = [int(part.meta["line"]) for part in node.walk() if "line" in part.meta]
    return min(lines, default=1)
