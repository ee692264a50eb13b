"""Teams through time: who shares a customer on which days, with which weights.

Writes ``role_weight``, ``seat``, ``team_rm``, ``team_span`` and ``team_seat``, which credit reads, and ``team``, the
same in words, which targets read.
"""

from __future__ import annotations

from fractions import Fraction

import pyarrow as pa

from kejing.stages.context import StageContext
from kejing.stages.rule_file import run_rules
from kejing.stages.spans import cut_teams

_SCALE = 100
"""A role's weight is put on the scale of shares in basis points, for teams where only some members carry a share."""
_ROLE = pa.schema(
    [
        ("role", pa.string()),
        ("position", pa.int64()),
        ("weight", pa.int64()),
        ("shadow_micro", pa.int64()),
        ("rule_id", pa.string()),
    ]
)


def build_teams(context: StageContext, role_table: str) -> None:
    """Cut coverage into spans in which no team changes.

    ``role_table`` is the policy table that gives the weight of a role where coverage carries no
    share, and the role's share of the shadow view.
    """
    rows: list[dict[str, object]] = []
    for rule in context.policy.table(role_table).rows_on(context.as_of):
        weight, shadow = rule.outputs["weight"], rule.outputs["shadow"]
        assert isinstance(weight, Fraction | int)
        assert isinstance(shadow, Fraction | int)
        roles = getattr(rule.cells["role"], "words", ())
        for role in roles:
            micro = int(Fraction(shadow) * 1_000_000)
            rows.append(
                {
                    "role": role,
                    "position": len(rows) + 1,
                    "weight": int(weight) * _SCALE,
                    "shadow_micro": micro,
                    "rule_id": rule.rule_id,
                }
            )
    context.engine.attach_arrow("role_weight", pa.Table.from_pylist(rows, schema=_ROLE))
    engine = context.engine
    run_rules(engine, "kejing.stages", "team.sql", {"ROLES": str(len(rows))})
    cut_teams(engine)
    run_rules(engine, "kejing.stages", "team_view.sql")
