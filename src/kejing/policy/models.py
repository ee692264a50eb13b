"""The shape of a policy's YAML, strict: an unknown key is a mistake, not an extension."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from kejing.measure.findings import Finding
from kejing.measure.period import Grain
from kejing.measure.rounding import Rounding
from kejing.policy.problems import nearest, problem
from kejing.policy.source import Path_, Tree
from kejing.policy.tables import Boundary, Outside
from kejing.policy.vocabulary import Type

type Scalar = str | bool | int | Decimal | dt.date | None


def _text(value: object) -> object:
    """A version or code that YAML took for a number, as it was written."""
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def _member(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


type Text = Annotated[str, BeforeValidator(_text)]
type Word = Annotated[str, Field(min_length=1)]
type TypeName = Annotated[Type, Field(strict=False), BeforeValidator(_member)]


class _Shape(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class LabelsModel(_Shape):
    """What a thing is called in both languages."""

    zh: Word
    en: Word


class CalendarModel(_Shape):
    """The pay period and the start of the fiscal year."""

    grain: Annotated[Grain, Field(strict=False)]
    start_month: Annotated[int, Field(ge=1, le=12)] = 1


class PopulationModel(_Shape):
    """Whom the policy is about."""

    customer_kinds: list[str] = []
    rm_lines: list[str] = []


class HeaderModel(_Shape):
    """``policy.yaml`` without the sections of the stages."""

    pack: Word
    version: Annotated[Word, BeforeValidator(_text)]
    labels: LabelsModel
    currency: Word
    extends: str | None = None
    population: PopulationModel
    calendar: CalendarModel
    code_lists: dict[str, dict[str, LabelsModel]] = {}


class DatedValueModel(_Shape):
    """A value and the day it comes into force."""

    valid_from: dt.date = Field(alias="from")
    value: str | bool | int | Decimal
    source: Text = ""


class ParameterModel(LabelsModel):
    """One entry of ``parameters.yaml``."""

    type: TypeName
    unit: Text = ""
    values: Annotated[list[DatedValueModel], Field(min_length=1)]


class ColumnModel(_Shape):
    """One input or output column of a decision table."""

    type: TypeName
    unit: Text = ""
    codes: str | None = None
    min: str | int | Decimal | dt.date | None = None
    max: str | int | Decimal | dt.date | None = None
    zh: str = ""
    en: str = ""


class TableModel(LabelsModel):
    """One entry of ``tables.yaml``."""

    hit: Literal["unique", "first", "sum", "min", "max", "interpolate"]
    partial: bool = False
    boundary: Annotated[Boundary, Field(strict=False)] | None = None
    below: Annotated[Outside, Field(strict=False)] | None = None
    above: Annotated[Outside, Field(strict=False)] | None = None
    inputs: Annotated[dict[str, ColumnModel], Field(min_length=1)]
    outputs: Annotated[dict[str, ColumnModel], Field(min_length=1)]


class FormulaVersionModel(_Shape):
    """A formula and the day it comes into force."""

    valid_from: dt.date = Field(alias="from")
    formula: Text
    source: Text = ""


class FormulaModel(LabelsModel):
    """One entry of ``formulas/*.yaml``."""

    over: Word
    type: TypeName
    unit: Text = ""
    decimals: Annotated[int, Field(ge=0, le=18)] | None = None
    rounding: Annotated[Rounding, Field(strict=False)] = Rounding.HALF_UP
    nullable: bool = False
    versions: Annotated[list[FormulaVersionModel], Field(min_length=1)]


class RateCardModel(LabelsModel):
    """One entry of ``rate_cards.yaml``."""

    tables: Annotated[list[str], Field(min_length=1)]
    decimals: Annotated[int, Field(ge=0, le=12)] = 6


class CaseModel(_Shape):
    """One case that the policy room runs itself."""

    case: Word
    source: Text = ""
    as_of: dt.date
    given: dict[str, list[dict[str, Scalar]]]
    expect: dict[str, list[dict[str, Scalar]]]


def shaped[Model: BaseModel](model: type[Model], tree: Tree, path: Path_, findings: list[Finding]) -> Model | None:
    """The part of ``tree`` at ``path`` as ``model``; each thing wrong with it becomes a finding."""
    data: object = tree.data
    for key in path:
        assert isinstance(data, dict)
        data = data[key]
    try:
        return model.model_validate(data)
    except ValidationError as error:
        details = _distinct(error, data)
        misspelt = {_meant(model, location, details) for location in details}
        findings.extend(
            _finding(model, detail, tree, (path, location), details)
            for location, detail in details.items()
            if location not in misspelt
        )
        return None


type _Details = dict[Path_, Mapping[str, object]]
"""Errors by their place in the data."""


def _distinct(error: ValidationError, data: object) -> _Details:
    """One error a place: a union reports each of its members, behind a part that the data have not."""
    details: _Details = {}
    for detail in error.errors(include_url=False, include_context=True):
        details.setdefault(_location(detail["loc"], data), detail)
    return details


def _location(parts: Path_, data: object) -> Path_:
    location = []
    for index, part in enumerate(parts):
        if isinstance(data, Mapping):
            location.append(part)
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and index < len(parts):
            location.append(part)
            data = data[part]
    return tuple(location)


def _meant(model: type[BaseModel], location: Path_, details: _Details) -> Path_ | None:
    """The missing key that the unknown key at ``location`` was meant to be."""
    if details[location]["type"] != "extra_forbidden":
        return None
    meant = (*location[:-1], nearest(str(location[-1]), _candidates(model, location, details)))
    return meant if meant in details and details[meant]["type"] == "missing" else None


def _candidates(model: type[BaseModel], location: Path_, details: _Details) -> list[str]:
    """Keys that could stand in the place of an unknown one: those missing beside it, else the model's."""
    beside = [one for one, detail in details.items() if detail["type"] == "missing" and one[:-1] == location[:-1]]
    known = [field.alias or name for name, field in model.model_fields.items()]
    return [str(one[-1]) for one in beside] or known


_CHOICES = {
    "hit": ("wrong_hit_policy", ("unique", "first", "sum", "min", "max", "interpolate")),
    "boundary": ("unknown_boundary", tuple(Boundary)),
    "below": ("unknown_outside", tuple(Outside)),
    "above": ("unknown_outside", tuple(Outside)),
    "rounding": ("unknown_rounding", tuple(Rounding)),
    "type": ("unknown_type", tuple(Type)),
}


def _finding(
    model: type[BaseModel], detail: Mapping[str, object], tree: Tree, at: tuple[Path_, Path_], details: _Details
) -> Finding:
    path, location = at
    here = (*path, *location)
    key = str(location[-1]) if location else ""
    value = detail["input"]
    kind = str(detail["type"])
    if kind == "missing":
        code = "missing_label" if key in {"zh", "en"} else "missing_key"
        return problem(code, tree.place(here), key=key)
    if kind == "string_too_short" and key in {"zh", "en"}:
        return problem("missing_label", tree.place(here), key=key)
    if kind == "extra_forbidden":
        meant = nearest(key, _candidates(model, location, details))
        return problem("unknown_key", tree.place(here, value), key=key, nearest=meant)
    if key in _CHOICES and len(location) in {1, 3}:
        code, choices = _CHOICES[key]
        return problem(code, tree.place(here, value), choices=", ".join(choices), nearest=nearest(str(value), choices))
    return problem("bad_shape", tree.place(here, value), key=key, detail=detail["msg"])
