"""From merged text to the parts of a pack; everything that is wrong with the text becomes a finding."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from kejing.measure.findings import Finding, Severity
from kejing.measure.money import UnknownCurrencyError, minor_digits
from kejing.policy.formula.parse import parse_formula
from kejing.policy.formula.tokens import FormulaSyntaxError
from kejing.policy.literals import NotAValueError, Value, parse_value
from kejing.policy.models import (
    CaseModel,
    FormulaModel,
    FormulaVersionModel,
    HeaderModel,
    ParameterModel,
    RateCardModel,
    Scalar,
    shaped,
)
from kejing.policy.parts import Case, DatedValue, Formula, FormulaVersion, Labels, Parameter, RateCardRule
from kejing.policy.problems import problem
from kejing.policy.source import Path_, Tree
from kejing.policy.vocabulary import FORMULA_DECIMALS, NUMERIC, Type

HEADER_KEYS = frozenset(HeaderModel.model_fields)
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SQL_WORDS = frozenset(
    [
        "all",
        "and",
        "any",
        "as",
        "asc",
        "between",
        "by",
        "case",
        "cast",
        "cross",
        "current_date",
        "desc",
        "distinct",
        "else",
        "end",
        "except",
        "exists",
        "false",
        "fetch",
        "for",
        "from",
        "full",
        "group",
        "having",
        "in",
        "inner",
        "intersect",
        "into",
        "is",
        "join",
        "left",
        "like",
        "limit",
        "natural",
        "not",
        "null",
        "offset",
        "on",
        "or",
        "order",
        "outer",
        "over",
        "partition",
        "primary",
        "references",
        "right",
        "row",
        "rows",
        "select",
        "set",
        "some",
        "table",
        "then",
        "to",
        "true",
        "union",
        "unique",
        "user",
        "using",
        "values",
        "when",
        "where",
        "window",
        "with",
    ]
)
"""Words that stand for something else in a SELECT; a formula's name becomes a column."""


def value_of(raw: Scalar, type_: Type) -> Value:
    """The exact value of ``type_`` behind a YAML leaf.

    Raises
    ------
    NotAValueError
        The leaf is not of that type.
    """
    if isinstance(raw, str):
        return parse_value(raw, type_)
    if isinstance(raw, bool):
        if type_ is Type.FLAG:
            return raw
    elif isinstance(raw, int | Decimal):
        if type_ in NUMERIC:
            return parse_value(str(raw), type_)
        if type_ is Type.TEXT:
            return str(raw)
    elif raw is not None and type_ is Type.DATE:
        return raw
    raise NotAValueError(str(raw))


def build_header(tree: Tree, findings: list[Finding]) -> HeaderModel | None:
    """``policy.yaml`` without the sections, which belong to the stages."""
    header = Tree({key: value for key, value in tree.data.items() if key in HEADER_KEYS}, tree.spots)
    if not tree.data:
        return None
    model = shaped(HeaderModel, header, (), findings)
    if model is not None:
        try:
            minor_digits(model.currency)
        except UnknownCurrencyError:
            findings.append(problem("unknown_currency", tree.place(("currency",), model.currency)))
            return None
    return model


def admissible_names(tree: Tree, findings: list[Finding], *, is_column: bool = False) -> Iterable[str]:
    """Names of the entries of ``tree`` that can be called by name; the others become findings."""
    for name in tree.data:
        if _NAME.fullmatch(name) is None or (is_column and name in _SQL_WORDS):
            findings.append(problem("bad_name", tree.place((name,), name)))
        else:
            yield name


def build_parameters(tree: Tree, findings: list[Finding]) -> dict[str, Parameter]:
    """Entries of ``parameters.yaml``."""
    built = {}
    for name in admissible_names(tree, findings):
        model = shaped(ParameterModel, tree, (name,), findings)
        if model is None:
            continue
        values = []
        for index, dated in enumerate(model.values):
            path: Path_ = (name, "values", index)
            try:
                value = value_of(dated.value, model.type)
            except NotAValueError:
                findings.append(problem("bad_value", tree.place((*path, "value"), dated.value), type=model.type))
                continue
            values.append(DatedValue(dated.valid_from, value, dated.source.strip(), tree.place(path)))
        _refuse_doubled_dates(tree, name, "values", [value.valid_from for value in model.values], findings)
        values.sort(key=lambda value: value.valid_from)
        labels = Labels(model.zh, model.en)
        built[name] = Parameter(name, labels, model.type, model.unit.strip(), tuple(values), tree.place((name,)))
    return built


def _refuse_doubled_dates(tree: Tree, name: str, key: str, days: list[object], findings: list[Finding]) -> None:
    seen = set()
    for index, day in enumerate(days):
        if day in seen:
            findings.append(problem("doubled_date", tree.place((name, key, index, "from"), day), name=name))
        seen.add(day)


def build_formulas(tree: Tree, digits: int, findings: list[Finding]) -> dict[str, Formula]:
    """Entries of ``formulas/*.yaml``; ``digits`` are the minor digits of the currency."""
    built = {}
    for name in admissible_names(tree, findings, is_column=True):
        model = shaped(FormulaModel, tree, (name,), findings)
        if model is None:
            continue
        decimals = _decimals(tree, name, model, digits, findings)
        versions = [
            version
            for index, written in enumerate(model.versions)
            if (version := _version(tree, (name, "versions", index), written, findings)) is not None
        ]
        _refuse_doubled_dates(tree, name, "versions", [one.valid_from for one in model.versions], findings)
        built[name] = Formula(
            name,
            model.over,
            Labels(model.zh, model.en),
            model.type,
            model.unit.strip(),
            decimals,
            model.rounding,
            model.nullable,
            tuple(sorted(versions, key=lambda version: version.valid_from)),
            tree.place((name,)),
        )
    return built


def _decimals(tree: Tree, name: str, model: FormulaModel, digits: int, findings: list[Finding]) -> int:
    highest = {Type.MONEY: 18, Type.NUMBER: 18}.get(model.type, 0)
    default = {Type.MONEY: digits, Type.NUMBER: FORMULA_DECIMALS}.get(model.type, 0)
    if model.decimals is not None and model.decimals > highest:
        place = tree.place((name, "decimals"), model.decimals)
        findings.append(problem("too_many_decimals", place, type=model.type, highest=highest))
        return default
    return default if model.decimals is None else model.decimals


def _version(tree: Tree, path: Path_, model: FormulaVersionModel, findings: list[Finding]) -> FormulaVersion | None:
    text = model.formula.strip()
    place = tree.place((*path, "formula"), text)
    try:
        node = parse_formula(text)
    except FormulaSyntaxError as error:
        facts = {"at": str(error.span.start + 1), "found": "", "wanted": "", **error.facts}
        findings.append(problem(error.code, place, **facts))
        return None
    return FormulaVersion(model.valid_from, text, node, model.source.strip(), place)


def build_cards(tree: Tree, findings: list[Finding]) -> dict[str, RateCardRule]:
    """Entries of ``rate_cards.yaml``."""
    built = {}
    for name in admissible_names(tree, findings):
        model = shaped(RateCardModel, tree, (name,), findings)
        if model is not None:
            labels = Labels(model.zh, model.en)
            built[name] = RateCardRule(name, labels, tuple(model.tables), model.decimals, tree.place((name,)))
    return built


def build_cases(tree: Tree, findings: list[Finding]) -> dict[str, Case]:
    """Cases of ``cases/*.yaml``; those of a stage are kept as they are."""
    built = {}
    for name, raw in tree.data.items():
        assert isinstance(raw, dict)
        places = {path[1:]: tree.place(path, _leaf(raw, path[1:])) for path in tree.spots if path[:1] == (name,)}
        if raw.get("stage") is not None:
            as_of = raw.get("as_of")
            source = str(raw.get("source", ""))
            given, expect = raw.get("given", {}), raw.get("expect", {})
            built[name] = Case(name, source, as_of, str(raw["stage"]), given, expect, raw, tree.place((name,)), places)
            continue
        model = shaped(CaseModel, tree, (name,), findings)
        if model is not None:
            built[name] = Case(
                name, model.source, model.as_of, "", model.given, model.expect, raw, tree.place((name,)), places
            )
    return built


def _leaf(data: object, path: Path_) -> object:
    for key in path:
        if isinstance(data, Mapping):
            data = data.get(key)
        elif isinstance(data, list) and isinstance(key, int):
            data = data[key]
    return data


def find_missing_sources(
    parameters: Mapping[str, Parameter], formulas: Mapping[str, Formula], cases: Mapping[str, Case]
) -> list[Finding]:
    """Values, formulas and cases that do not say where they come from."""
    found = []
    for parameter in parameters.values():
        found += [_sourceless(parameter.name, one) for one in parameter.values if not one.source]
    for formula in formulas.values():
        found += [_sourceless(formula.name, one) for one in formula.versions if not one.source]
    found += [
        problem("missing_source", case.place, Severity.WARNING, name=case.name)
        for case in cases.values()
        if not case.source
    ]
    return found


def _sourceless(name: str, dated: DatedValue | FormulaVersion) -> Finding:
    return problem("missing_source", dated.place, Severity.WARNING, name=name)
