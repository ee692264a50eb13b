"""Random policies over a small vocabulary, well typed by construction, and rows to run them on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, cast

from hypothesis import strategies as st

from kejing.measure.findings import Place
from kejing.measure.rounding import Rounding
from kejing.policy import Formula, Grain, Labels, Pack, Type, Variable, Vocabulary
from kejing.policy.formula.parse import parse_formula
from kejing.policy.parts import FormulaVersion

PACK = Pack.load(Path(__file__).parent / "any_rule")
ROUNDINGS = tuple(Rounding)
DAYS = [dt.date(2025, 1, 1), dt.date(2025, 1, 31), dt.date(2025, 2, 1), dt.date(2025, 3, 1)]
LEAF_VARIABLES = (
    Variable("amount", Type.MONEY, "金额", "amount", nullable=True),
    Variable("rate", Type.NUMBER, "比率", "rate", decimals=2, nullable=True),
    Variable("n", Type.COUNT, "件数", "n", nullable=True),
    Variable("kind", Type.TEXT, "种类", "kind", codes="kind", nullable=True),
    Variable("size", Type.TEXT, "大小", "size", codes="size", nullable=True),
    Variable("ok", Type.FLAG, "合格", "ok", nullable=True),
    Variable("day", Type.DATE, "日期", "day", nullable=True),
)
VOCABULARY = Vocabulary(
    [
        Grain("top", ("top_id",), "dated_on", (Variable("budget", Type.MONEY, "预算", "budget", nullable=True),)),
        Grain(
            "mid",
            ("top_id", "mid_id"),
            "dated_on",
            (Variable("part", Type.NUMBER, "份额", "part", nullable=True),),
            "top",
            ("top_id",),
        ),
        Grain("leaf", ("leaf_id",), "dated_on", LEAF_VARIABLES, "mid", ("top_id", "mid_id")),
    ]
)

_LITERALS = st.sampled_from(["0", "1", "2", "0.5", "25%", "0.005", "-1", "3"])


def _joined(sign: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda texts: f"({f' {sign} '.join(texts)})")


def _called(function: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda texts: f"{function}({', '.join(texts)})")


def _once[Made](make: Callable[[Texts, int], Made]) -> Callable[[Texts, int], Made]:
    """Build each strategy once a depth: they are made of one another."""

    def made(texts: Texts, depth: int) -> Made:
        key = (make.__name__, depth)
        if key not in texts.made:
            texts.made[key] = make(texts, depth)
        return cast("Made", texts.made[key])

    return made


class Texts:
    """Formula texts of each kind over one grain, given the formulas that exist already."""

    def __init__(self, over: str, known: Mapping[str, tuple[str, str]]) -> None:
        self.over = over
        self.made: dict[tuple[str, int], object] = {}
        above = {over, *VOCABULARY.ancestors(over)}
        below = set(VOCABULARY.descendants(over))
        self.plain = [name for name, (kind, grain) in known.items() if kind == "plain" and grain in above]
        self.money = [name for name, (kind, grain) in known.items() if kind == "money" and grain in above]
        self.low_plain = [
            f"{grain}.{name}" for name, (kind, grain) in known.items() if kind == "plain" and grain in below
        ]
        self.low_money = [
            f"{grain}.{name}" for name, (kind, grain) in known.items() if kind == "money" and grain in below
        ]
        self.low_plain += {"top": ["mid.part", "leaf.rate", "leaf.n"], "mid": ["leaf.rate", "leaf.n"]}.get(over, [])
        self.low_money += ["leaf.amount"] if over != "leaf" else []

    @_once
    def plain_text(self, depth: int) -> st.SearchStrategy[str]:
        """A number without a unit."""
        own = {"leaf": ["rate", "n", "mid.part", "比率"], "mid": ["part"], "top": []}[self.over]
        atoms = _LITERALS | st.sampled_from([*own, *self.plain, "third"])
        if self.low_plain:
            functions = st.sampled_from(["SUM", "MIN", "MAX", "COUNT"])
            atoms |= st.builds("{}({})".format, functions, st.sampled_from(self.low_plain))
        if depth == 0:
            return atoms
        plain, money, flag = self.plain_text(depth - 1), self.money_text(depth - 1), self.flag_text(depth - 1)
        rounded = st.tuples(plain, st.integers(-1, 2), st.sampled_from(ROUNDINGS))
        grown = [
            atoms,
            *(_joined(sign, plain, plain) for sign in "+-*/"),
            _joined("/", money, money),
            _called("IF", flag, plain, plain),
            _called("IFS", flag, plain, flag, plain),
            _called("MIN", plain, plain),
            _called("MAX", plain, plain, plain),
            _called("COALESCE", plain, plain),
            st.builds("{}({})".format, st.sampled_from(["ABS", "SIGN", "FLOOR", "CEIL", "-"]), plain),
            st.builds("({})^{}".format, plain, st.sampled_from(["2", "0", "-1"])),
            rounded.map(lambda parts: f'ROUND({parts[0]}, {parts[1]}, "{parts[2]}")'),
            _called("LOOKUP", st.just("band"), plain, st.just("y")),
            _called("LOOKUP", st.just("summed"), plain),
            st.builds("({})%".format, plain),
        ]
        if self.over == "leaf":
            kinds = st.sampled_from(["kind", '"a"', '"c"'])
            grown += [
                _called("LOOKUP", st.just("first_rule"), money, kinds, flag),
                _called("LOOKUP", st.just("smallest"), st.just("n")),
                _called("LOOKUP", st.just("largest"), st.just("day")),
                _called("LOOKUP", st.just("card"), kinds, st.sampled_from(["size", '"s"'])),
            ]
        return st.one_of(grown)

    @_once
    def money_text(self, depth: int) -> st.SearchStrategy[str]:
        """An amount."""
        own = {"leaf": ["amount", "top.budget"], "mid": ["budget"], "top": ["budget"]}[self.over]
        atoms = st.sampled_from([*own, *self.money, "bar"])
        if self.low_money:
            functions = st.sampled_from(["SUM", "MIN", "MAX"])
            atoms |= st.builds("{}({})".format, functions, st.sampled_from(self.low_money))
        if depth == 0:
            return atoms
        plain, money, flag = self.plain_text(depth - 1), self.money_text(depth - 1), self.flag_text(depth - 1)
        return st.one_of(
            atoms,
            _joined("+", money, money),
            _joined("-", money, money),
            _joined("*", money, plain),
            _joined("/", money, plain),
            _called("IF", flag, money, money | st.just("0")),
            _called("MAX", money, st.just("0")),
            _called("COALESCE", money, money),
            st.builds("-({})".format, money),
        )

    @_once
    def flag_text(self, depth: int) -> st.SearchStrategy[str]:
        """A condition."""
        if depth <= 0:
            own = (
                ["ok", "day >= dated", 'kind = "a"', "kind <> word", "open"]
                if self.over == "leaf"
                else ["open", "TRUE"]
            )
            return st.sampled_from([text.replace("dated", "day") for text in own])
        plain, money, flag = self.plain_text(depth - 1), self.money_text(depth - 1), self.flag_text(depth - 1)
        signs = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
        return st.one_of(
            flag,
            st.builds("({} {} {})".format, plain, signs, plain),
            st.builds("({} {} {})".format, money, signs, money | st.just("0")),
            _called("AND", flag, flag),
            _called("OR", flag, flag),
            _called("NOT", flag),
        )

    def word_text(self, depth: int) -> st.SearchStrategy[str]:
        """A word."""
        flag, plain = self.flag_text(depth - 1), self.plain_text(depth - 1)
        return _called("IF", flag, st.just('"yes"'), st.just('"no"')) | _called(
            "LOOKUP", st.just("band"), plain, st.just("grade")
        )


_TYPES = {"plain": Type.NUMBER, "money": Type.MONEY, "flag": Type.FLAG, "word": Type.TEXT}


class Written(NamedTuple):
    """One random formula as a person would write it."""

    name: str
    over: str
    kind: str
    decimals: int
    rounding: Rounding
    texts: tuple[str, ...]


@st.composite
def formulas(draw: st.DrawFn) -> list[Written]:
    """A few formulas that read one another across grains."""
    known: dict[str, tuple[str, str]] = {}
    written = []
    for number in range(draw(st.integers(2, 6))):
        over = draw(st.sampled_from(["leaf", "leaf", "mid", "top"]))
        kind = draw(st.sampled_from(["plain", "plain", "money", "money", "flag", "word"]))
        texts = Texts(over, known)
        by_kind = {
            "plain": texts.plain_text,
            "money": texts.money_text,
            "flag": texts.flag_text,
            "word": texts.word_text,
        }
        versions = tuple(draw(by_kind[kind](2)) for _ in range(draw(st.integers(1, 2))))
        decimals = draw(st.integers(0, 3)) if kind in {"plain", "money"} else 0
        name = f"f{number}"
        written.append(Written(name, over, kind, decimals, draw(st.sampled_from(ROUNDINGS)), versions))
        known[name] = (kind, over)
    return written


def pack_of(written: list[Written]) -> Pack:
    """The pack with these formulas; a second version begins inside the rows' days."""
    made = {}
    for number, one in enumerate(written):
        begins = (DAYS[0].replace(year=2000), DAYS[2])
        versions = tuple(_version(text, day) for text, day in zip(one.texts, begins, strict=False))
        made[one.name] = Formula(
            one.name,
            one.over,
            Labels(f"公式{number}", f"formula {number}"),
            _TYPES[one.kind],
            "",
            one.decimals,
            one.rounding,
            nullable=True,
            versions=versions,
            place=Place(),
        )
    return replace(PACK, formulas=made)


def _version(text: str, day: dt.date) -> FormulaVersion:
    return FormulaVersion(day, text, parse_formula(text), "test", Place(value=text))


def _hundredths(low: int, high: int) -> st.SearchStrategy[Fraction | None]:
    return st.none() | st.integers(low, high).map(lambda value: Fraction(value, 100))


@st.composite
def rows(draw: st.DrawFn) -> dict[str, list[dict[str, object]]]:
    """Rows of the three grains: orphans, empty parents, missing values, negatives and ties among them."""
    tops = ["t1", "t2"]
    top: list[dict[str, object]] = [
        {"top_id": name, "dated_on": draw(st.sampled_from(DAYS)), "budget": draw(_hundredths(-9999, 99999))}
        for name in tops
    ]
    mid: list[dict[str, object]] = [
        {
            "top_id": draw(st.sampled_from([*tops, "nobody"])),
            "mid_id": f"m{number}",
            "dated_on": draw(st.sampled_from(DAYS)),
            "part": draw(_hundredths(-200, 200)),
        }
        for number in range(3)
    ]
    leaf = [_leaf(draw, number, mid) for number in range(draw(st.integers(0, 6)))]
    return {"top": top, "mid": mid, "leaf": leaf}


def _leaf(draw: st.DrawFn, number: int, mid: list[dict[str, object]]) -> dict[str, object]:
    parent = draw(st.sampled_from(mid))
    whole = draw(st.none() | st.integers(-3, 5))
    return {
        "leaf_id": f"l{number}",
        "top_id": parent["top_id"],
        "mid_id": parent["mid_id"],
        "dated_on": draw(st.sampled_from(DAYS)),
        "amount": draw(_hundredths(-20000, 20000)),
        "rate": draw(st.sampled_from([None, *(Fraction(n, 200) * 2 for n in (-100, -50, -1, 0, 1, 25, 50, 100, 150))])),
        "n": None if whole is None else Fraction(whole),
        "kind": draw(st.sampled_from([None, "a", "b", "c"])),
        "size": draw(st.sampled_from([None, "s", "l"])),
        "ok": draw(st.sampled_from([None, True, False])),
        "day": draw(st.none() | st.sampled_from(DAYS)),
    }
