"""Numbers as a reader of Chinese or English expects them: short in a sentence, exact beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Self

from markupsafe import Markup, escape

from kejing.measure.money import MINOR_DIGITS
from kejing.measure.rounding import round_fraction
from kejing.text.labels import Lang

type Scales = tuple[tuple[int, str], ...]

SCALES: dict[Lang, Scales] = {
    "zh": ((8, "亿"), (4, "万")),
    "en": ((9, "billion"), (6, "million"), (3, "thousand")),
}
"""Powers of ten that have a word, largest first."""

AXIS_SCALES: dict[Lang, Scales] = {
    "zh": ((8, "亿"), (4, "万")),
    "en": ((9, "bn"), (6, "m"), (3, "k")),
}
"""The same where there is little room."""

CURRENCY_WORDS = {"CNY": "元", "USD": "美元", "HKD": "港元", "EUR": "欧元", "JPY": "日元", "GBP": "英镑"}
"""Chinese words after an amount; English writes the ISO code before it."""

_SHORT_DIGITS = 2


class Counted(str):
    """A count in figures that picks its English noun: ``{n:customer|customers}``.

    Examples
    --------
    >>> f"{Counted('1', 1):customer|customers}, {Counted('1,204', 1204):customer|customers}"
    '1 customer, 1,204 customers'
    """

    __slots__ = ("number",)
    number: int

    def __new__(cls, figures: str, number: int) -> Self:
        """Keep the plain number beside its figures."""
        made = super().__new__(cls, figures)
        made.number = number
        return made

    def __format__(self, nouns: str) -> str:
        if not nouns:
            return str(self)
        one, many = nouns.split("|")
        return f"{self} {one if self.number == 1 else many}"

    def __html_format__(self, nouns: str) -> Markup:
        """How markup fills the same placeholder."""
        return escape(format(self, nouns))


def plain(value: Decimal | int) -> str:
    """All digits of ``value`` without exponent and without trailing zeros after the point."""
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def grouped(text: str) -> str:
    """Digits of a plain number in groups of three.

    Examples
    --------
    >>> grouped("-1234567.50")
    '-1,234,567.50'
    """
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, point, rest = digits.partition(".")
    groups = [whole[max(0, end - 3) : end] for end in range(len(whole), 0, -3)]
    return sign + ",".join(reversed(groups)) + point + rest


@dataclass(frozen=True, slots=True)
class Numbers:
    """Writes numbers in one language, money in one currency."""

    lang: Lang
    currency: str

    def count(self, value: int) -> Counted:
        """A whole number in figures."""
        return Counted(grouped(str(value)), value)

    def exact(self, value: Decimal | int) -> str:
        """All digits, grouped."""
        return grouped(plain(value))

    def money_digits(self, value: Decimal) -> str:
        """An amount to the minor unit, grouped, without currency."""
        step = Decimal(1).scaleb(-MINOR_DIGITS.get(self.currency, _SHORT_DIGITS))
        return grouped(f"{value.quantize(step, rounding=ROUND_HALF_UP):f}")

    def money_exact(self, value: Decimal) -> str:
        """An amount to the minor unit with its currency code."""
        return f"{self.currency} {self.money_digits(value)}"

    def scaled(
        self, value: Decimal, digits: int = _SHORT_DIGITS, *, scales: Mapping[Lang, Scales] = SCALES
    ) -> tuple[str, str]:
        """``value`` to a few figures and the word of its scale, rounded half up."""
        for power, word in scales[self.lang]:
            if abs(value) >= Decimal(1).scaleb(power):
                units = round_fraction(Fraction(value) / 10**power, digits)
                return grouped(f"{Decimal(units).scaleb(-digits):f}"), word
        return "", ""

    def money_short(self, value: Decimal) -> str:
        """An amount as it stands in a sentence: ``1.23 亿元``, ``CNY 123.00 million``."""
        figures, scale = self.scaled(value)
        figures = figures or self.money_digits(value)
        if self.lang == "en":
            return " ".join(filter(None, (self.currency, figures, scale)))
        return f"{figures} {scale}{CURRENCY_WORDS.get(self.currency, self.currency)}"

    def axis(self, value: Decimal) -> str:
        """A round amount beside an axis: ``15 万``, ``150 k``."""
        figures, scale = self.scaled(value, scales=AXIS_SCALES)
        return f"{plain(Decimal(figures.replace(',', '')))} {scale}" if figures else self.exact(value)

    def money(self, value: Decimal) -> Markup:
        """The short amount, the exact one on hover."""
        return Markup('<data value="{}" title="{}">{}</data>').format(
            plain(value), self.money_exact(value), self.money_short(value)
        )

    def quantity(self, value: Decimal, unit: str) -> Markup:
        """A number of ``unit``, which may be a currency."""
        if unit in MINOR_DIGITS:
            return Numbers(self.lang, unit).money(value)
        figures, scale = self.scaled(value)
        short = f"{figures} {scale}" if figures else self.exact(value)
        return Markup('<data value="{}" title="{}">{} {}</data>').format(plain(value), self.exact(value), short, unit)

    def percent(self, ratio: Decimal | Fraction, digits: int = 1) -> str:
        """A ratio as a percentage, rounded half up.

        Examples
        --------
        >>> Numbers("en", "CNY").percent(Decimal("0.11555"))
        '11.6%'
        """
        units = round_fraction(Fraction(ratio) * 100, digits)
        return grouped(f"{Decimal(units).scaleb(-digits):f}") + "%"

    def brief(self, value: Decimal | Fraction, digits: int) -> str:
        """A number to at most ``digits`` after the point."""
        return grouped(plain(Decimal(round_fraction(Fraction(value), digits)).scaleb(-digits)))

    def decimals(self, value: Decimal | Fraction, digits: int) -> str:
        """A number to ``digits`` after the point, rounded half up."""
        return grouped(f"{Decimal(round_fraction(Fraction(value), digits)).scaleb(-digits):f}")
