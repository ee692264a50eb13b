"""The figures of the essays and of the RM's day, end to end."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from kejing.stages.deploy.visit.laws import LAWS
from tests.stages.institution import broken, rows_of
from tests.stages.visit.scene import book, carrier, contact, planned, statuses, summary, visits

PAGE = Path(__file__).resolve().parents[3] / "docs" / "algorithms" / "visit.md"
CRYSTAL = [f"c{place:02d}" for place in range(40)]
A_PLUS = [f"p{place:02d}" for place in range(20)]
BOOK = dict.fromkeys(CRYSTAL, "crystal") | dict.fromkeys(A_PLUS, "a")


def test_forty_crystal_and_twenty_a_plus_are_a_hundred_visits_and_a_hundred_and_eighty_calls() -> None:
    """40 × 2 + 20 × 1 visits and 60 × 3 calls a quarter; at 2.25 h and 15 min they take 270 of 272.8 hours, 99 %."""
    with planned(book(BOOK), as_of="2026-09-30", policy=carrier("essay_4")) as context:
        assert (summary(context, "visit")["standard"], summary(context, "phone")["standard"]) == (100, 180)
        whole = summary(context, "")
        assert (whole["required_hours"], whole["available_hours"]) == (270_000_000, 272_800_000)
        assert whole["load"] == 989_736
        assert statuses(visits(context, "quarter = '2026-Q4'")) == {"planned": 280}
        assert broken(context, LAWS) == []


def test_ten_more_crystal_customers_are_too_many() -> None:
    """Ten more take 322.5 hours, 118 %: the plan says how much is possible and who is left out."""
    more = BOOK | {f"d{place:02d}": "crystal" for place in range(10)}
    with planned(book(more), as_of="2026-09-30", policy=carrier("essay_4")) as context:
        whole = summary(context, "")
        assert (whole["required_hours"], whole["load"]) == (322_500_000, 1_182_184)
        left = visits(context, "status = 'left_out' AND quarter = '2026-Q4'")
        assert {row["reason"] for row in left} == {"no_time"}
        assert {row["tier"] for row in left} == {"a"}
        assert whole["left_out"] == len(left) > 0
        (finding,) = [one for one in context.findings if one.code == "visit.short_of_time"]
        assert finding.facts["one_more"] == "272.8"
        (price,) = rows_of(context.engine, "SELECT heads, cost FROM visit_lever WHERE lever = 'one_more_rm'")
        assert price == {"heads": 1, "cost": 120_000_00}
        assert broken(context, LAWS) == []


def test_the_figures_of_my_day() -> None:
    """Day 41 of 62: 58 visits done, 22 booked: 42 left, 2.0 a day, 8 behind pace; 131 calls: 49 left, 12 ahead."""
    done = [(name, "2026-10-14") for name in (*CRYSTAL, *A_PLUS[:18])]
    booked = [(name, f"2026-12-{3 + place % 14:02d}") for place, name in enumerate(CRYSTAL[:22])]
    calls = [(name, on) for on, name in product(("2026-10-20", "2026-11-17"), (*CRYSTAL, *A_PLUS))] + [
        (name, "2026-12-01") for name in CRYSTAL[:11]
    ]
    contacts = [contact(place, *one) for place, one in enumerate(done)]
    contacts += [contact(1000 + place, *one, outcome="booked") for place, one in enumerate(booked)]
    contacts += [contact(2000 + place, *one, channel="phone") for place, one in enumerate(calls)]
    facts = book(BOOK, contacts=contacts)
    with planned(facts, as_of="2026-12-02", policy=carrier("essay_4")) as context:
        visit = summary(context, "visit")
        names = ("standard", "done", "booked", "remaining", "days_left", "need_per_day", "expected", "ahead")
        assert [visit[name] for name in names] == [100, 58, 22, 42, 21, 2_000_000, 66, -8]
        call = summary(context, "phone")
        assert [call[name] for name in names] == [180, 131, 0, 49, 21, 2_333_333, 119, 12]
        assert visit["planned"] + visit["left_out"] == 20
        assert _page() == [
            [
                row["channel"],
                *(str(row[name]) for name in names[:4]),
                _tenths(row["need_per_day"]),
                *(str(row[name]) for name in names[6:]),
            ]
            for row in (visit, call)
        ]
        assert broken(context, LAWS) == []


def _page() -> list[list[str]]:
    """The rows of the worked table of the page."""
    section = PAGE.read_text(encoding="utf-8").split("## Worked table", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _tenths(micro: int) -> str:
    return f"{micro / 1_000_000:.1f}"


def test_three_hundred_visits_due_and_ninety_possible() -> None:
    """E4-42: 150 crystal customers owe 300 visits a quarter; with time for about 90 the plan keeps that many."""
    crowd = {f"c{place:03d}": "crystal" for place in range(150)}
    with planned(book(crowd), as_of="2026-09-30", policy=carrier("essay_4", "visits_only")) as context:
        visit = summary(context, "visit")
        assert (visit["standard"], visit["planned"], visit["left_out"]) == (300, 90, 210)
        assert broken(context, LAWS) == []
