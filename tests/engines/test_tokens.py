"""The tokens mean the same on every engine, down to the last digit, and no engine lets a figure wrap or vanish."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest

from kejing.warehouse.protocol import ArithmeticOverflowError, Engine

LARGEST = 2**63 - 1
WIDE = 10**38 - 1
TURN_OF_CENTURY = dt.date(2000, 1, 1)


def numbers(engine: Engine, text: str) -> list[int]:
    """The single row of a SELECT, as whole numbers."""
    (row,) = engine.fetch(text).to_pylist()
    return [int(Decimal(str(value))) for value in row.values()]


PAIRS = [
    (0, 1),
    (1, 2),
    (7, 2),
    (7, 7),
    (6, 7),
    (LARGEST, 1),
    (LARGEST, 2),
    (LARGEST, LARGEST),
    (LARGEST - 1, LARGEST),
    (10**18 + 1, 3),
]


def test_whole_quotient_is_exact_in_64_bits(engine: Engine) -> None:
    """$DIV cuts, it never rounds, and leaves 64 bits, up to the largest of them."""
    columns = {name: pa.array([pair[place] for pair in PAIRS], pa.int64()) for place, name in enumerate("ab")}
    engine.attach_arrow("pair", pa.table(columns))
    got = engine.fetch("SELECT a, b, $DIV(a, b) AS q, a % b AS r FROM pair ORDER BY a, b")
    assert [tuple(row.values()) for row in got.to_pylist()] == [(a, b, a // b, a % b) for a, b in sorted(PAIRS)]
    assert got.schema.field("q").type == pa.int64()


WIDE_PAIRS = [
    *PAIRS,
    (3 * 10**31 + 1, 3),
    (10**38 - 1, 10**7),
    (10**38 - 1, 10**19 + 7),
    (10**38 - 1, 10**38 - 1),
    (10**38 - 2, 10**38 - 1),
    (2 * 10**31 + 1, 2),
    (6 * 10**30 + 5, 6),
    ((10**25 + 1) * 999_999, 999_999),
]


def test_whole_quotient_is_exact_in_38_digits(engine: Engine) -> None:
    """$WIDE_DIV cuts exactly where 64 bits end long before: no decimal division rounds the last digit."""
    decimal = pa.decimal128(38, 0)
    columns = {
        name: pa.array([Decimal(pair[place]) for pair in WIDE_PAIRS], decimal) for place, name in enumerate("ab")
    }
    engine.attach_arrow("pair", pa.table(columns))
    got = engine.fetch("SELECT a, b, $WIDE_DIV(a, b) AS q, a % b AS r FROM pair ORDER BY a, b").to_pylist()
    assert [tuple(int(value) for value in row.values()) for row in got] == [
        (a, b, a // b, a % b) for a, b in sorted(WIDE_PAIRS)
    ]


def test_quotient_of_more_than_32_digits_is_exact_or_refused(engine: Engine) -> None:
    """One engine divides no further than 32 digits; it says so, and never gives another figure."""
    engine.attach_arrow("pair", pa.table({"a": pa.array([Decimal(10**37)], pa.decimal128(38, 0))}))
    try:
        assert numbers(engine, "SELECT $WIDE_DIV(a, 3) AS q FROM pair") == [10**37 // 3]
    except ArithmeticOverflowError:
        assert engine.dialect.name == "spark"


def test_wide_arithmetic_is_exact(engine: Engine) -> None:
    """Products, sums and sizes of 38 digits keep every one of them, negative too."""
    text = f"""
    SELECT
      CAST({LARGEST} AS $WIDE) * {LARGEST} AS square,
      -(CAST({LARGEST} AS $WIDE) * 10) AS negative,
      ABS(CAST(-{LARGEST} AS $WIDE) * 1000000000000000000) AS size,
      CAST({WIDE} AS $WIDE) - 1 AS below,
      CASE WHEN 1 = 1 THEN CAST({LARGEST} AS $WIDE) * 3 ELSE 0 END AS chosen
    """
    assert numbers(engine, text) == [LARGEST**2, -LARGEST * 10, LARGEST * 10**18, WIDE - 1, LARGEST * 3]


def test_half_up_at_ties_of_both_signs(engine: Engine) -> None:
    """Half a cent goes away from zero on both sides, in both widths."""
    amounts = [-5, -3, -2, -1, 0, 1, 2, 3, 5]
    engine.attach_arrow("line", pa.table({"x": pa.array(amounts, pa.int64())}))
    for call in ("$DIV", "$WIDE_DIV"):
        half = f"{call}(2 * ABS(x) + 2, 2 * 2)"
        text = f"SELECT x, CASE WHEN x < 0 THEN -1 ELSE 1 END * {half} AS y FROM line ORDER BY x"
        got = [(row["x"], int(row["y"])) for row in engine.fetch(text).to_pylist()]
        assert got == [(-5, -3), (-3, -2), (-2, -1), (-1, -1), (0, 0), (1, 1), (2, 1), (3, 2), (5, 3)]


def test_sum_leaves_64_bits(engine: Engine) -> None:
    """$SUM adds up to far more than one of its rows may hold, and skips what is missing."""
    rows = [LARGEST, LARGEST, LARGEST - 1, None, -1]
    engine.attach_arrow("line", pa.table({"x": pa.array(rows, pa.int64())}))
    assert numbers(engine, "SELECT $SUM(x) AS total, $SUM(CAST(x AS $WIDE)) AS again FROM line") == [
        3 * LARGEST - 2,
        3 * LARGEST - 2,
    ]


def test_days_between_dates(engine: Engine) -> None:
    """$DAYS is a whole number of days, over leap years, backwards, and from the first day to the last."""
    spans = [
        (dt.date(2024, 3, 1), dt.date(2024, 2, 1)),
        (TURN_OF_CENTURY, dt.date(1900, 1, 1)),
        (dt.date(2025, 1, 1), dt.date(2025, 1, 1)),
        (dt.date(2025, 1, 1), dt.date(2025, 1, 31)),
        (dt.date(9999, 12, 31), dt.date(1, 1, 1)),
    ]
    dates = {name: pa.array([span[place] for span in spans], pa.date32()) for place, name in enumerate(("u", "f"))}
    engine.attach_arrow("span", pa.table(dates))
    days = "$DAYS(CASE WHEN u > f THEN u ELSE u END, f)"
    text = f"SELECT u, f, 2 * {days} AS twice, SUM($DAYS(u, f)) OVER (PARTITION BY u, f) AS d FROM span"
    got = {(row["u"], row["f"]): (int(row["twice"]), int(row["d"])) for row in engine.fetch(text).to_pylist()}
    assert got == {(u, f): (2 * (u - f).days, (u - f).days) for u, f in spans}


def test_texts_stay_as_they_are(engine: Engine) -> None:
    """Quotes, backslashes, dollars, line ends, empty text and NULL survive the way in, a rule and the way out."""
    texts = ["it's", "a\\n", "\\", '"', "a,b", "two\nlines", "", None, "客戶", "$$", "~", "Z", "a", "é"]
    engine.attach_arrow("said", pa.table({"place": range(len(texts)), "word": pa.array(texts, pa.string())}))
    assert engine.fetch("SELECT word FROM said ORDER BY place").column(0).to_pylist() == texts
    quoted = "'it''s' AS a, 'a\\n' AS b, '\\' AS c, '$$' AS d, '' AS e, CAST(NULL AS $TEXT) AS f, 'x' || 'y' AS g"
    (row,) = engine.fetch(f"SELECT {quoted}").to_pylist()
    assert list(row.values()) == ["it's", "a\\n", "\\", "$", "", None, "xy"]


def test_text_is_ordered_by_its_bytes(engine: Engine) -> None:
    """Ties go to the smaller id, and what is smaller is the same everywhere."""
    words = ["a", "Z", "é", "~", "A", "客", "10", "9", "B1", "b0", "a_b", "aB", "a-b"]
    engine.attach_arrow("said", pa.table({"word": words}))
    text = "SELECT word, ROW_NUMBER() OVER (ORDER BY word) AS place FROM said ORDER BY word"
    rows = engine.fetch(text).to_pylist()
    assert [row["word"] for row in rows] == sorted(words, key=str.encode)
    assert [row["place"] for row in rows] == list(range(1, len(words) + 1))


OVERFLOWS = {
    "a product of 64 bits": f"SELECT x * 2 AS y FROM top WHERE x = {LARGEST}",
    "a sum of two": f"SELECT x + 1 AS y FROM top WHERE x = {LARGEST}",
    "a total that comes back to 64 bits": "SELECT CAST(SUM(x) AS $BIGINT) AS y FROM top",
    "a cast from the wide type": "SELECT CAST(CAST(x AS $WIDE) * 4 AS $BIGINT) AS y FROM top",
    "a wide dividend of the narrow quotient": "SELECT $DIV(CAST(x AS $WIDE) * 4, 1) AS y FROM top",
    "the size of the smallest": "SELECT ABS(-x - 1) AS y FROM top",
    "a wide product that comes back": "SELECT CAST(CAST(x AS $WIDE) * x * x * x AS $BIGINT) AS y FROM top",
}


@pytest.mark.parametrize("case", OVERFLOWS)
def test_overflow_is_an_error(engine: Engine, case: str) -> None:
    """What does not fit is refused in our own word: it never wraps and never becomes NULL."""
    engine.attach_arrow("top", pa.table({"x": pa.array([LARGEST, LARGEST], pa.int64())}))
    with pytest.raises(ArithmeticOverflowError):
        engine.fetch(OVERFLOWS[case])
    with pytest.raises(ArithmeticOverflowError):
        engine.create("kept", OVERFLOWS[case])


def test_relation_may_be_made_again_from_itself(engine: Engine) -> None:
    """A relation that is made anew takes its name; the views of the day see what they were made on or the new one."""
    engine.attach_arrow("step", pa.table({"x": pa.array([1, 2], pa.int64())}))
    engine.create("step", "SELECT x + 1 AS x FROM step")
    engine.create_view("seen", "SELECT SUM(x) AS total FROM step")
    assert engine.value("SELECT total FROM seen") == 5
    assert engine.columns("step") == ["x"]
    assert {"step", "seen"} <= engine.relations()
