"""The tree behind a row of ``visit``: why it is due, on which day, and what stands in its way."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import kejing
from kejing.policy.exact import Figure
from tests.stages.visit.scene import OVERLAYS, book, contact
from tests.verbs.small_files import import_bank

type Explained = Callable[..., Figure]

STAGES = ("segment", "staff", "assign", "visit")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of RM A's book on 2 December: one visit made, the rest planned, some left out."""
    tiers = {f"c{place:02d}": "crystal" for place in range(20)} | {f"p{place:02d}": "a" for place in range(60)}
    loss = {"customer_id": "p00", "service": "voice", "amount": 100_00, "reason": "price", "suspected_on": "2026-12-01"}
    made = [contact(1, "c00", "2026-10-13"), contact(2, "c01", "2026-12-16", outcome="booked")]
    folder = tmp_path_factory.mktemp("carrier")
    facts = import_bank(book(tiers, contacts=made, losses=[loss]), folder)
    overlays = (OVERLAYS / "essay_4",)
    kejing.run(facts, policy="telecom_4plus1", overlays=overlays, as_of="2026-12-02", out=folder / "out", stages=STAGES)
    return folder / "out"


@pytest.fixture(scope="module")
def explained(out: Path) -> Explained:
    """The tree of the one row that has a key."""

    def one(**key: str) -> Figure:
        (tree,) = kejing.explain(out, "visit", **key)
        return tree

    return one


def named(tree: Figure, name: str) -> list[Figure]:
    """Figures of a name anywhere in the tree."""
    return [figure for figure in tree.walk() if figure.name == name]


def test_a_visit_made_names_the_contact(explained: Explained) -> None:
    """The row of the standard with its source, and the contact with file and row."""
    tree = explained(customer_id="c00", channel="visit", number="1")
    assert (tree.value, tree.rule) == ("2026-10-13", "visit.done")
    (standard,) = named(tree, "contacts_per_year")
    assert (standard.value, standard.source) == (Fraction(8), "E4-55")
    (made,) = named(tree, "contact")
    assert made.source == "contacts.csv #2"


def test_a_planned_visit_names_its_day(explained: Explained) -> None:
    """Minutes of the day are the sum of what is planned on it, beside the minutes there are and the other visit."""
    tree = explained(customer_id="c00", channel="visit", number="2")
    (day,) = named(tree, "day")
    assert day.value == sum(part.value for part in day.children if isinstance(part.value, Fraction))
    assert [figure.value for figure in named(tree, "daily_minutes")] == [Fraction(264)]
    assert [figure.value for figure in named(tree, "other")] == ["2026-10-13"]


def test_an_event_names_the_loss(explained: Explained) -> None:
    """What asks for the visit is the suspected loss, with file and row."""
    tree = explained(customer_id="p00", standard="churn_signal")
    assert [figure.source for figure in named(tree, "loss")] == ["losses.csv #2"]


def test_who_is_left_out_is_told_why(out: Path) -> None:
    """Hours asked for and there, and what one more RM would bring."""
    rows = pq.read_table(out / "visit.parquet", filters=[("reason", "=", "no_time")]).to_pylist()
    assert rows
    (tree,) = kejing.explain(
        out, "visit", **{name: str(rows[0][name]) for name in ("customer_id", "rm_id", "channel", "number")}
    )
    assert (tree.value, tree.rule) == ("left_out", "visit.no_time")
    (asked,), (there,), (more,) = (named(tree, name) for name in ("required_hours", "available_hours", "one_more_rm"))
    assert there.value == Fraction(2728, 10)
    assert more.value == Fraction(21 * 264, 60)
    assert isinstance(asked.value, Fraction)
