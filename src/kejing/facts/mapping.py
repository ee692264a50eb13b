"""``mapping.yaml``: which columns of anybody's files feed which columns of the fact tables.

Reference of the file: ``docs/reference/mapping``.
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ShareNotation(StrEnum):
    """How a share is written when a bare number does not say it."""

    PERCENT = "percent"  # 60 -> 6,000 basis points
    FRACTION = "fraction"  # 0.6 -> 6,000
    BASIS_POINTS = "basis_points"  # 6000 -> 6,000
    WEIGHT = "weight"  # 3 : 1 : 1, made basis points within the team


def _decimal_text(text: str) -> str:
    try:
        value = Decimal(text)
    except InvalidOperation as cause:
        msg = "not a decimal number"
        raise ValueError(msg) from cause
    if not value.is_finite():
        msg = "not a decimal number"
        raise ValueError(msg)
    return text


DecimalText = Annotated[str, AfterValidator(_decimal_text)]


class Padding(_Strict):
    """Fill on the left up to ``width`` characters."""

    width: int = Field(ge=1, le=64)
    fill: str = Field(alias="with", default="0", min_length=1, max_length=1)


class ColumnRule(_Strict):
    """Where one column of a fact table comes from. Exactly one of ``column``, ``constant``, ``concat``."""

    column: str | None = None
    constant: str | None = None
    concat: tuple[ConcatPart, ...] | None = None
    default: str | None = None
    null_values: tuple[str, ...] = ()
    codes: AnyMapping[str, str] | None = None
    otherwise: str | None = None
    pad_left: Padding | None = None
    null_if_zero: bool = False
    scale: DecimalText | None = None
    format: str | None = None
    inclusive: bool = False
    notation: ShareNotation | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnRule:
        origins = [self.column, self.constant, self.concat]
        if sum(origin is not None for origin in origins) != 1:
            msg = "exactly one of column, constant, concat"
            raise ValueError(msg)
        return self


def _short_column(rule: object) -> object:
    return {"column": rule} if isinstance(rule, str) else rule


def _short_part(part: object) -> object:
    return {"constant": part} if isinstance(part, str) else part


ConcatPart = Annotated[ColumnRule, BeforeValidator(_short_part)]
ShortColumnRule = Annotated[ColumnRule, BeforeValidator(_short_column)]


class Condition(_Strict):
    """One condition on a column of the source; a row must meet every one that is given."""

    column: str
    one_of: tuple[str, ...] | None = Field(alias="in", default=None)
    not_in: tuple[str, ...] | None = None
    equals: str | None = None
    is_null: bool = False
    not_null: bool = False


def _as_list(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


Conditions = Annotated[tuple[Condition, ...], BeforeValidator(_as_list)]


class Notice(_Strict):
    """Rows a person should know of: each becomes a finding with this text."""

    where: Conditions
    zh: str
    en: str


class Block(_Strict):
    """One source feeding one fact table. Without ``columns`` the headers are matched by their words."""

    source: str = Field(alias="from")
    columns: AnyMapping[str, ShortColumnRule] | None = None
    where: Conditions = ()
    notices: Annotated[tuple[Notice, ...], BeforeValidator(_as_list)] = ()
    distinct: bool = False
    allow_extra: bool | None = None


class Source(_Strict):
    """Files of one shape: a file name, or a pattern such as ``income_*.csv``."""

    file: str
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int = Field(default=1, ge=1)
    optional: bool = False


class Parameter(_Strict):
    """A value given by ``--set NAME=VALUE`` and used as ``{NAME}`` anywhere in the mapping."""

    required: bool = False
    pattern: str | None = None
    default: str | None = None
    zh: str = ""
    en: str = ""


class Labels(_Strict):
    """What the mapping is called in both languages."""

    zh: str = ""
    en: str = ""


class KnownAtColumn(_Strict):
    """The column of every source that says when a row became known."""

    column: str


class Mapping(_Strict):
    """A whole mapping file."""

    mapping: str
    labels: Labels = Labels()
    parameters: AnyMapping[str, Parameter] = Field(default_factory=dict)
    known_at: str | KnownAtColumn | None = None
    sources: AnyMapping[str, Source] = Field(min_length=1)
    tables: AnyMapping[str, Annotated[tuple[Block, ...], BeforeValidator(_as_list)]] = Field(min_length=1)


def strict_keys(model: Any) -> list[str]:  # noqa: ANN401 - any of the models above
    """The keys a person may write in ``model``."""
    return sorted(field.alias or name for name, field in model.model_fields.items())


ColumnRule.model_rebuild()
Block.model_rebuild()
