from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kejing.report.numbers import Numbers, grouped, plain
from kejing.text.labels import Lang

amounts = st.integers(-(10**17), 10**17).map(lambda minor: Decimal(minor).scaleb(-2))


@given(amounts)
def test_exact_amounts_read_back(amount: Decimal) -> None:
    """Grouping and plain writing lose no digit."""
    assert Decimal(grouped(plain(amount)).replace(",", "")) == amount
    assert Decimal(Numbers("zh", "CNY").money_digits(amount).replace(",", "")) == amount


@given(amounts, st.sampled_from(["zh", "en"]))
def test_short_amounts_are_near(amount: Decimal, lang: Lang) -> None:
    """A short amount is within half of its last digit of the exact one."""
    figures, word = Numbers(lang, "CNY").scaled(amount)
    sizes = {"亿": 8, "万": 4, "billion": 9, "million": 6, "thousand": 3}
    if word:
        unit = Decimal(1).scaleb(sizes[word])
        assert abs(Decimal(figures.replace(",", "")) * unit - amount) * 200 <= unit
    else:
        assert abs(amount) < Decimal(10_000)


@pytest.mark.parametrize(
    ("amount", "zh", "en"),
    [
        ("123456789.12", "1.23 亿元", "CNY 123.46 million"),
        ("12345.67", "1.23 万元", "CNY 12.35 thousand"),
        ("999.50", "999.50 元", "CNY 999.50"),
        ("-250000000", "-2.50 亿元", "CNY -250.00 million"),
    ],
)
def test_amounts_as_people_say_them(amount: str, zh: str, en: str) -> None:
    """Chinese counts in ten thousands and hundred millions, English in thousands and millions."""
    said = [" ".join(Numbers(lang, "CNY").money_short(Decimal(amount)).split()) for lang in ("zh", "en")]
    assert said == [zh, en]


def test_the_exact_amount_is_one_hover_away() -> None:
    """A short amount carries the exact one."""
    assert (
        Numbers("en", "JPY").money(Decimal(1234567))
        == '<data value="1234567" title="JPY 1,234,567">JPY 1.23 million</data>'
    )
