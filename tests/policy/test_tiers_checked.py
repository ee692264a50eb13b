"""What the checker says of tiers, curves, time and peers: each mistake once, at its place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from kejing.policy.check import check_folder
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from kejing.text import finding_sentence
from tests.policy.conftest import copy_text

PLANS = Path(__file__).resolve().parents[2] / "examples" / "plans"
STEPS, CURVE, PIECES = "step_commission", "scorecard_curve", "piece_and_pool"


@dataclass(frozen=True)
class Defect:
    """A text replaced in one file of a plan, and the finding it must give."""

    code: str
    plan: str
    file: str
    old: str
    new: str
    row: int
    column: str


COMMISSION, BONUS = "tables/commission_steps.csv", "tables/bonus_curve.csv"
FORMULAS, SCORE, POOLS = "formulas/commission.yaml", "formulas/scorecard.yaml", "formulas/pools.yaml"
DEFECTS = [
    Defect("boundary_differs", STEPS, "tables.yaml", "boundary: upper", "boundary: lower", 2, "income"),
    Defect(
        "unknown_boundary", STEPS, "tables.yaml", "boundary: upper", "boundary: uper", 5, "commission_steps.boundary"
    ),
    Defect("key_without_meaning", STEPS, "tables.yaml", "boundary: upper", "below: flat", 1, "commission_steps"),
    Defect("table_gap", STEPS, COMMISSION, "[100万..300万)", "[100万..200万)", 3, "income"),
    Defect("table_overlap", STEPS, COMMISSION, "[100万..300万)", "[100万..400万)", 4, "income"),
    Defect(
        "key_without_meaning", CURVE, "tables.yaml", "below: flat", "below: flat\n  boundary: upper", 7, "bonus_curve"
    ),
    Defect("outside_unsaid", CURVE, "tables.yaml", "  below: flat\n", "", 7, "bonus_curve"),
    Defect("unknown_outside", CURVE, "tables.yaml", "below: flat", "below: level", 11, "bonus_curve.below"),
    Defect("not_a_point", CURVE, BONUS, "met,100%,", "met,[100%..110%),", 4, "completion"),
    Defect("doubled_point", CURVE, BONUS, "met,100%,", "met,80%,", 4, "completion"),
    Defect(
        "table_gap",
        CURVE,
        "policy.yaml",
        "    junior: {zh",
        "    trainee: {zh: 见习, en: trainee}\n    junior: {zh",
        0,
        "",
    ),
    Defect("no_time", CURVE, SCORE, "LOOKUP(incident_effect, cause, veto)", "PREVIOUS(veto)", 0, ""),
    Defect(
        "not_a_curve", CURVE, SCORE, "LOOKUP(measure_weight, measure)", "INTERPOLATE(measure_weight, completion)", 0, ""
    ),
    Defect("curve_not_looked_up", CURVE, SCORE, "INTERPOLATE(bonus_curve, score", "LOOKUP(bonus_curve, score", 0, ""),
    Defect("not_tiers", CURVE, SCORE, "LOOKUP(measure_weight, measure)", "MARGINAL(measure_weight, measure)", 0, ""),
    Defect(
        "wrong_unit",
        STEPS,
        FORMULAS,
        "MARGINAL(commission_steps, income_to_date)",
        "MARGINAL(commission_steps, 5)",
        0,
        "",
    ),
    Defect("circle", STEPS, FORMULAS, "PREVIOUS(withheld) + earned", "withheld + earned", 0, ""),
    Defect("needs_own_name", STEPS, FORMULAS, "TO_DATE(actual)", "TO_DATE(extra_rate)", 0, ""),
    Defect("needs_own_name", STEPS, FORMULAS, "TO_DATE(actual)", "TO_DATE(actual + 0)", 0, ""),
    Defect("share_convention", PIECES, POOLS, '"rest_to_last"', '"rest_to_lats"', 0, ""),
    Defect(
        "share_of_money",
        PIECES,
        POOLS,
        'PEER_SHARE(travel_pool, points, "rest_to_last"',
        'PEER_SHARE(points, points, "rest_to_last"',
        0,
        "",
    ),
    Defect("group_of_words", PIECES, POOLS, "PEER_SUM(sales, unit_id)", "PEER_SUM(sales, service_days)", 0, ""),
    Defect("argument_count", PIECES, POOLS, 'PEER_RANK(points)"', 'PEER_RANK()"', 0, ""),
]


def _planted(defect: Defect, folder: Path) -> Path:
    copy_text(PLANS / defect.plan, folder)
    for case in (folder / "cases").glob("*.yaml"):
        case.unlink()  # a case that fails would be told beside the defect
    path = folder / defect.file
    text = path.read_text(encoding="utf-8")
    assert defect.old in text
    path.write_text(text.replace(defect.old, defect.new, 1), encoding="utf-8")
    return folder


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: f"{defect.code}-{defect.new[:12]}")
def test_a_mistake_is_told(defect: Defect, tmp_path: Path) -> None:
    """Every planted mistake gives its finding, at its place, in words of both languages."""
    found = check_folder(_planted(defect, tmp_path / defect.plan), EARN_VOCABULARY, sections=("credit",))
    meant = [one for one in found if one.code == f"policy.{defect.code}"]
    assert meant, [(one.code, one.place) for one in found]
    if defect.row:
        assert (meant[0].place.row, meant[0].place.column) == (defect.row, defect.column)
    for lang in ("zh", "en"):
        told = finding_sentence(meant[0], lang)
        assert "{" not in told.reason + told.remedy


def test_a_loop_needs_time(tmp_path: Path) -> None:
    """A loop through PREVIOUS that passes through lines is refused: lines do not follow one another."""
    folder = tmp_path / PIECES
    copy_text(PLANS / PIECES, folder)
    (folder / "cases" / "pieces.yaml").unlink()
    text = (folder / "formulas" / "pieces.yaml").read_text(encoding="utf-8")
    text = text.replace(
        '"SIGN(amount) * LOOKUP(piece_price, product, each) + ',
        '"rm.kept + SIGN(amount) * LOOKUP(piece_price, product, each) + ',
    )
    text += (
        "kept:\n  over: rm\n  zh: 留存\n  en: kept\n  type: money\n"
        '  versions: [{from: 2000-01-01, formula: "PREVIOUS(gathered)", source: "assumption: test"}]\n'
        "gathered:\n  over: rm\n  zh: 归集\n  en: gathered\n  type: money\n"
        '  versions: [{from: 2000-01-01, formula: "SUM(line.piece_pay)", source: "assumption: test"}]\n'
    )
    (folder / "formulas" / "pieces.yaml").write_text(text, encoding="utf-8")
    found = check_folder(folder, EARN_VOCABULARY, sections=("credit",))
    assert [(one.code, one.facts["name"]) for one in found if one.code == "policy.loop_without_time"] == [
        ("policy.loop_without_time", "piece_pay")
    ]
