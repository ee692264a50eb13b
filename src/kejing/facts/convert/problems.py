"""What can be wrong with one value, as a small number beside it in the table while it is checked."""

from __future__ import annotations

from enum import IntEnum

from kejing.measure.findings import Severity


class Problem(IntEnum):
    """What is wrong with a value. From `REPAIRED` on the value was put right and the row goes in."""

    NONE = 0
    MISSING_VALUE = 1
    NOT_A_NUMBER = 2
    NOT_A_DATE = 3
    NOT_A_TIME = 4
    CODE_UNKNOWN = 5
    AMOUNT_TOO_FINE = 6
    AMOUNT_TOO_LARGE = 7
    NOT_WHOLE = 8
    NEGATIVE_VALUE = 9
    CURRENCY_UNKNOWN = 10
    NOT_A_FLAG = 11
    FIGURE_TOO_FINE = 12
    NOT_POSITIVE = 13
    DATE_AS_TEXT = 101
    DATE_AS_SERIAL = 102
    MONTH_NOT_FIRST_DAY = 103
    ID_PADDED = 104
    COORDINATE_OUT_OF_RANGE = 105
    COORDINATE_ZERO = 106


REPAIRED = 100

CODES: dict[Problem, str] = {
    Problem.MISSING_VALUE: "facts.missing_value",
    Problem.NOT_A_NUMBER: "facts.not_a_number",
    Problem.NOT_A_DATE: "facts.not_a_date",
    Problem.NOT_A_TIME: "facts.not_a_time",
    Problem.CODE_UNKNOWN: "facts.code_unknown",
    Problem.AMOUNT_TOO_FINE: "facts.amount_too_fine",
    Problem.AMOUNT_TOO_LARGE: "facts.amount_too_large",
    Problem.NOT_WHOLE: "facts.not_whole",
    Problem.NEGATIVE_VALUE: "facts.negative_value",
    Problem.CURRENCY_UNKNOWN: "facts.currency_unknown",
    Problem.NOT_A_FLAG: "facts.not_a_flag",
    Problem.FIGURE_TOO_FINE: "facts.figure_too_fine",
    Problem.NOT_POSITIVE: "facts.not_positive",
    Problem.DATE_AS_TEXT: "facts.date_as_text",
    Problem.DATE_AS_SERIAL: "facts.date_as_serial",
    Problem.MONTH_NOT_FIRST_DAY: "facts.month_not_first_day",
    Problem.ID_PADDED: "facts.id_padded",
    Problem.COORDINATE_OUT_OF_RANGE: "facts.coordinate_out_of_range",
    Problem.COORDINATE_ZERO: "facts.coordinate_zero",
}


def severity_of(problem: Problem) -> Severity:
    """A repaired value is a warning, any other problem rejects the row."""
    return Severity.WARNING if problem > REPAIRED else Severity.ERROR
