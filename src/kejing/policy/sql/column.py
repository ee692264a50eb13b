"""The stored column of one formula: the version of the row's date, rounded once."""

from __future__ import annotations

import datetime as dt

from kejing.policy.formula.binding import Binding
from kejing.policy.parts import Formula
from kejing.policy.problems import PolicyGapError
from kejing.policy.sql.exact import Exact, case, scaled
from kejing.policy.sql.layers import Sheet, Sql, sql
from kejing.policy.sql.lower import Columns, Lowering
from kejing.policy.sql.relations import sql_type, stored_scale
from kejing.policy.sql.terms import TRUE, Days, Lowered


def formula_column(binding: Binding, days: Days, formula: Formula, sheet: Sheet, columns: Columns) -> Sql:
    """The column of ``formula`` in ``sheet``, at its stored scale.

    Raises
    ------
    PolicyGapError
        The rule has no version in force on the first of ``days``.
    ScaleTooWideError
        The formula needs more digits than an exact integer has.
    """
    versions = binding.versions(formula.name)
    ends = [version.valid_from for version, _ in versions[1:]] + [dt.date.max]
    dated = [
        (days.condition(columns.date, version.valid_from, end), version, bound)
        for (version, bound), end in zip(versions, ends, strict=True)
        if days.meet(version.valid_from, end)
    ]
    if days.are_known and versions[0][0].valid_from > days.first:
        earliest = versions[0][0].valid_from.isoformat()
        raise PolicyGapError(name=formula.name, as_of=days.first.isoformat(), earliest=earliest)
    conditions, values = [], []
    for condition, version, bound in dated:
        lowering = Lowering(bound, binding.pack, sheet, columns, days)
        lowered = lowering.lower(version.node)
        values.append(_stored(binding, formula, lowered, lowering))
        conditions.append(condition)
    if len(values) == 1 and conditions[0] is None:
        return values[0]
    return case([condition or TRUE for condition in conditions], values)


def _stored(binding: Binding, formula: Formula, lowered: Lowered, lowering: Lowering) -> Sql:
    target = binding.names.by_grain[formula.over][formula.name]
    type_ = sql_type(target, binding.pack.minor_digits)
    if isinstance(lowered, Exact):
        rounded = lowering.exact.rounded(lowered, formula.decimals, formula.rounding)
        lowered = scaled(rounded, stored_scale(target, binding.pack.minor_digits) - formula.decimals)
    return sql(f"CAST({{}} AS {type_})", lowered) if type_ else lowered
