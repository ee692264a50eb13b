"""One column of a feed as trimmed text: origin, words for nothing, padding, codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kejing.facts.convert.problems import Problem
from kejing.facts.convert.sql import literal, literals
from kejing.facts.feeds import Feed
from kejing.facts.headers import traditional
from kejing.facts.mapping import ColumnRule, Condition, Padding
from kejing.facts.schema import Column, Kind
from kejing.facts.words import CODE_WORDS, CURRENCY_WORDS, NULL_WORDS_OF_FIGURES, NULL_WORDS_OF_TEXT
from kejing.measure.money import MINOR_DIGITS

_LONGEST_NULL_WORD = 5


@dataclass(frozen=True, slots=True)
class TextSteps:
    """Expressions of one column's text: ``origin`` over trimmed cells ``w0`` …, the others over ``o_<name>``."""

    origin: str
    text: str
    problem: str


def text_steps(feed: Feed, column: Column, rule: ColumnRule) -> TextSteps:
    """SQL of the text of ``column``, and of the `Problem` found while making it."""
    origin = _origin(feed, rule, is_text=column.kind is Kind.TEXT)
    text, problem = f"o_{column.name}", str(int(Problem.NONE))
    if rule.pad_left is not None:
        problem = f"CASE WHEN length({text}) < {rule.pad_left.width} THEN {int(Problem.ID_PADDED)} ELSE 0 END"
        text = _padded(text, rule.pad_left)
    if rule.codes is not None:
        text, problem = _mapped(text, rule.codes, rule.otherwise)
    elif column.codes is not None:
        text, problem = _known_code(text, column, CODE_WORDS.get((feed.table.name, column.name), {}))
    elif column.name in {"currency", "quote_currency", "pay_currency", "unit"}:
        text = _currency(text)
    if rule.default is not None:
        text = f"COALESCE({text}, {literal(rule.default)})"
    return TextSteps(origin, text, problem)


def trimmed_cells(feed: Feed) -> str:
    """The cells of a sheet the feed uses, trimmed: columns ``w0`` …"""
    return ", ".join(f"kj_trim(c{index}) AS w{index}" for index in sorted(set(feed.index_of.values()))) or "0 AS w"


def condition_sql(feed: Feed, condition: Condition) -> str:
    """SQL over trimmed cells that holds for the rows that meet ``condition``."""
    text = _origin(feed, ColumnRule(column=condition.column), is_text=True)
    claims = []
    if condition.one_of is not None:
        claims.append(f"COALESCE({text}, '') IN ({literals(condition.one_of)})")
    if condition.not_in is not None:
        claims.append(f"COALESCE({text}, '') NOT IN ({literals(condition.not_in)})")
    if condition.equals is not None:
        claims.append(f"COALESCE({text}, '') = {literal(condition.equals)}")
    if condition.is_null:
        claims.append(f"{text} IS NULL")
    if condition.not_null:
        claims.append(f"{text} IS NOT NULL")
    return " AND ".join(claims) or "TRUE"


def _origin(feed: Feed, rule: ColumnRule, *, is_text: bool) -> str:
    if rule.constant is not None:
        return literal(rule.constant) if rule.constant else "CAST(NULL AS VARCHAR)"
    if rule.concat is not None:
        return "(" + " || ".join(_part(feed, part) for part in rule.concat) + ")"
    assert rule.column is not None
    trimmed = f"w{feed.index_of[rule.column]}"
    words = NULL_WORDS_OF_TEXT if is_text else NULL_WORDS_OF_FIGURES
    nothing = [
        f"{trimmed} = ''",
        f"(length({trimmed}) <= {_LONGEST_NULL_WORD} AND lower({trimmed}) IN ({literals(words)}))",
    ]
    if rule.null_values:
        nothing.append(f"{trimmed} IN ({literals(rule.null_values)})")
    return f"CASE WHEN {' OR '.join(nothing)} THEN NULL ELSE {trimmed} END"


def _part(feed: Feed, part: ColumnRule) -> str:
    """A part of a concatenation: constants keep their spaces, columns are trimmed and may be padded."""
    text = _origin(feed, part, is_text=True)
    if part.pad_left is not None:
        text = _padded(text, part.pad_left)
    if part.codes is not None:
        text, _ = _mapped(text, part.codes, part.otherwise or "")
    return text


def _padded(text: str, padding: Padding) -> str:
    """``text`` filled on the left; a longer one is left as it is."""
    return (
        f"CASE WHEN length({text}) < {padding.width} THEN lpad({text}, {padding.width}, {literal(padding.fill)}) "
        f"ELSE {text} END"
    )


def _mapped(text: str, codes: Mapping[str, str], otherwise: str | None) -> tuple[str, str]:
    """Text through the mapping's own code list; empty is nothing."""
    whens = " ".join(f"WHEN {text} = {literal(word)} THEN {literal(code)}" for word, code in codes.items())
    if otherwise is not None:
        rest = f"CASE WHEN {text} IS NULL THEN NULL ELSE {literal(otherwise)} END"
        return f"NULLIF(CASE {whens} ELSE {rest} END, '')", "0"
    known = literals(codes)
    problem = f"CASE WHEN {text} NOT IN ({known}) THEN {int(Problem.CODE_UNKNOWN)} ELSE 0 END"
    return f"NULLIF(CASE {whens} END, '')", problem


def _known_code(text: str, column: Column, words: Mapping[str, str]) -> tuple[str, str]:
    """Text through the codes of the schema and the words people use for them."""
    assert column.codes is not None
    spelled = {code: code for code in sorted(column.codes)} | dict(words)
    spelled |= {traditional(word): code for word, code in words.items()}
    lowered = f"lower({text})"
    other = {word: code for word, code in spelled.items() if word != code}
    whens = " ".join(f"WHEN {lowered} = {literal(word)} THEN {literal(code)}" for word, code in other.items())
    own = literals(sorted(column.codes))
    code = f"CASE WHEN {lowered} IN ({own}) THEN {lowered} {whens} END"
    problem = f"CASE WHEN {lowered} NOT IN ({literals(spelled)}) THEN {int(Problem.CODE_UNKNOWN)} ELSE 0 END"
    return code, problem


def _currency(text: str) -> str:
    """A currency by its name or its code in any case; other units stay as they are."""
    words = CURRENCY_WORDS | {traditional(word): code for word, code in CURRENCY_WORDS.items()}
    whens = " ".join(f"WHEN {text} = {literal(word)} THEN {literal(code)}" for word, code in words.items())
    return f"CASE WHEN upper({text}) IN ({literals(MINOR_DIGITS)}) THEN upper({text}) {whens} ELSE {text} END"
