"""What earlier fiscal years left, whatever was posted for them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kejing.measure.period import Period
from kejing.stages.earn.settle.carried import PostedYears, carried_instalments, carried_pay

_YEARS = ("2024", "2025")
_SPANS = {year: Period(dt.date(int(year), 1, 1), dt.date(int(year) + 1, 1, 1)) for year in _YEARS}
_KEYS = st.tuples(st.sampled_from("AB"), st.sampled_from(_YEARS))
_AMOUNTS = st.integers(-50, 200)
_TAKEN = st.integers(0, 200)
_PARTS = st.tuples(st.sampled_from("AB"), st.sampled_from(_YEARS), st.integers(0, 3))


@st.composite
def posted_years(draw: st.DrawFn) -> PostedYears:
    """Net postings of two years, consistent with one another or not."""
    parts = draw(st.dictionaries(_PARTS.filter(lambda part: part[2] > 0), st.integers(-20, 100)))
    return PostedYears(
        instalments={(part, dt.date(int(part[1]) + part[2], 1, 1)): amount for part, amount in sorted(parts.items())},
        malus=draw(st.dictionaries(_PARTS, _TAKEN)),
        recovered=draw(st.dictionaries(_PARTS, _TAKEN)),
        performance=draw(st.dictionaries(_KEYS, _AMOUNTS)),
        vested=draw(st.dictionaries(_KEYS, _TAKEN)),
        held={},
        balance=draw(st.dictionaries(st.sampled_from("AB"), _AMOUNTS)),
        spans=_SPANS,
    )


@given(posted_years())
def test_no_part_holds_more_than_was_deferred(posted: PostedYears) -> None:
    """Paid and taken together never exceed an instalment; what pays instalments of a period is what vested in it."""
    paid: Counter[tuple[str, str]] = Counter()
    for row in carried_instalments(posted).to_pylist():
        assert row["amount"] > 0
        assert 0 <= row["cancelled"] <= row["amount"] - row["paid"] <= row["amount"]
        paid[row["rm_id"], str(row["vests_on"].year)] += row["paid"]
    assert all(amount <= posted.vested.get(at, 0) for at, amount in paid.items())


@given(posted_years(), _PARTS, st.integers(1, 50))
def test_taking_more_never_leaves_more(posted: PostedYears, part: tuple[str, str, int], more: int) -> None:
    """One more cent recovered leaves no part and no paid amount larger than before."""

    def left(of: PostedYears) -> Counter[tuple[str, str, int]]:
        found: Counter[tuple[str, str, int]] = Counter()
        for row in carried_instalments(of).to_pylist():
            found[row["rm_id"], row["period"], row["number"]] = row["amount"] - row["cancelled"]
        for row in carried_pay(of).to_pylist():
            found[row["rm_id"], row["period"], 0] = row["amount"]
        return found

    recovered = {**posted.recovered, part: posted.recovered.get(part, 0) + more}
    before, after = left(posted), left(replace(posted, recovered=recovered))
    assert all(after[key] <= before[key] for key in {*before, *after})
