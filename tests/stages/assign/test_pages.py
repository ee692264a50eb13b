"""The worked tables of the pages on headcount and books say what the code computes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from kejing.stages.decide.staff.methods import heads_by_range
from kejing.stages.deploy.assign.instance import Prices, lower_bound, measure_plan, reduced_costs
from kejing.stages.deploy.assign.solve import Limits, solve
from tests.stages.assign.tiny import LIMITS, array, instance_of


def worked_rows(repository: Path, page: str) -> list[list[str]]:
    """Cells of the table under *Worked table*, without its head."""
    text = (repository / "docs" / "algorithms" / page).read_text(encoding="utf-8")
    section = text.split("## Worked table", 1)[1].split("\n## ", 1)[0]
    return [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]


def spread_of(text: str) -> tuple[Fraction, Fraction]:
    """A range written 2–3, or one number."""
    low, _, high = text.partition("–")
    return Fraction(low), Fraction(high or low)


def test_headcount_page(repository: Path) -> None:
    """Heads, officers and ranges of the page follow from its customers and ratios."""
    *tiers, whole = worked_rows(repository, "staff.md")
    sums = [0, 0, 0, 0]
    for _, customers, span, rms, ratio, officers, between in tiers:
        heads = heads_by_range(Fraction(customers), *spread_of(span))[0]
        found = heads_by_range(Fraction(heads), *spread_of(ratio))
        assert (heads, found[0]) == (int(rms), int(officers))
        assert spread_of(between) == (Fraction(found[1]), Fraction(found[2]))
        sums = [total + one for total, one in zip(sums, (heads, *found), strict=True)]
    assert [whole[3], whole[5], whole[6]] == [str(sums[0]), str(sums[1]), f"{sums[2]}–{sums[3]}"]


def test_books_page(repository: Path) -> None:
    """Plan, priced costs and bound of the page are those of the solver."""
    rows = worked_rows(repository, "assign.md")
    cost = array([[int(row[1]), int(row[2])] for row in rows])
    instance = instance_of(cost, np.full((5, 2), 20), array([40, 80]), pool=np.full(5, 300))
    solution = solve(instance, [], Limits(**LIMITS), seed=1)
    assert ["AB"[rm] for rm in instance.rm[solution.choice]] == [row[5] for row in rows]
    assert measure_plan(instance, solution.choice).cost == 89
    prices = Prices.rounded(instance, np.array([[0.5], [0.0]]), np.zeros((2, 1)), np.zeros(0))
    priced = reduced_costs(instance, prices).reshape(5, 3)
    assert [str(one // 1024) for one in priced[:, 0]] == [row[3] for row in rows]
    assert [str(one // 1024) for one in priced.min(axis=1)] == [row[4] for row in rows]
    assert (lower_bound(instance, prices), lower_bound(instance, Prices.zero(instance))) == (89, 79)
