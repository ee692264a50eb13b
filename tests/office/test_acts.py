"""Every write is one act with one event, and the chain of events tells when it was tampered with."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.db import connection

from kejing.office.acts import StaleRowError
from kejing.office.acts.act import Act, act
from kejing.office.acts.chain import FIRST_SEAL, Fault, is_known, verify
from kejing.office.acts.merge import three_way
from kejing.office.acts.models import ChainHead, Event, Touch
from kejing.office.books.models import Coverage, Plan
from tests.office.bank import Bank

OFFICE = Path(__file__).resolve().parents[2] / "src" / "kejing" / "office"
WRITES = re.compile(r"a?(save|delete|bulk_create|bulk_update|update|create|get_or_create|update_or_create|_raw_delete)")


def test_only_acts_write() -> None:
    """Outside the acts layer and migrations nothing calls a method that writes to the database."""
    found = []
    for path in sorted(OFFICE.rglob("*.py")):
        room = path.relative_to(OFFICE).parts
        if room[0] == "acts" or "migrations" in room:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and WRITES.fullmatch(node.func.attr):
                owner = ast.unparse(node.func.value)
                # DuckEngine.create makes a relation of a run's own engine; a digest takes in more bytes; a router
                # of the API names a method of HTTP
                if owner not in {"engine", "self.engine", "digest", "router"}:
                    found.append(f"{path.relative_to(OFFICE)}:{node.lineno} {owner}.{node.func.attr}")
    assert found == []


def test_an_act_records_each_row_before_and_after(bank: Bank) -> None:
    """One act gives one event with who, for whom, why, and every row as it was and as it is."""
    row = Coverage.objects.get(customer_id="e11-1")
    with act("tests.changed", by=bank.users["leader"], on_behalf_of=bank.users["head"], reason="because", n=1) as doing:
        doing.change(row, expected_version=1, rm_id="e12")
    event = Event.objects.get(code="tests.changed")
    touch = Touch.objects.get(event=event)
    assert (event.actor, event.on_behalf_of) == (bank.users["leader"], bank.users["head"])
    assert (event.reason, event.facts, event.touched) == ("because", {"n": 1}, 1)
    assert (touch.entity, touch.customer_id) == ("books.coverage", "e11-1")
    assert touch.before is not None
    assert touch.after == {**touch.before, "rm_id": "e12", "version": 2}


def test_passwords_never_enter_an_event(bank: Bank) -> None:
    """Neither a password nor its hash stands in any event."""
    hashed = bank.users["head"].password
    assert not [touch for touch in Touch.objects.all() if hashed in str(touch.after)]


def test_an_act_that_fails_leaves_nothing(bank: Bank) -> None:
    """An error inside an act takes its rows and its event away."""
    before = (Event.objects.count(), Coverage.objects.count())
    with pytest.raises(RuntimeError), act("tests.failed", by=None) as doing:
        _remove_and_fail(doing)
    assert (Event.objects.count(), Coverage.objects.count()) == before


def _remove_and_fail(doing: Act) -> None:
    doing.remove_all(list(Coverage.objects.filter(rm_id="e11")))
    raise RuntimeError


def _some_events(bank: Bank) -> None:
    for number in range(6):
        with act("tests.noted", by=bank.users["head"], number=number) as doing:
            doing.add(Plan(customer_id=f"c{number}", rm_id="e11", goal=f"目标 {number}"))


def _tamper(statement: str, *values: str | int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_an_untouched_chain_holds(bank: Bank) -> None:
    """Nothing done outside: no break, and the newest seal is the head's."""
    _some_events(bank)
    report = verify()
    assert (report.breaks, report.events) == ((), 7)
    assert report.seal == ChainHead.objects.get().seal
    assert is_known(report.seal)
    assert not is_known(FIRST_SEAL)


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("UPDATE acts_event SET reason = %s WHERE number = 3", ("another",)),
        ("UPDATE acts_event SET actor_id = NULL WHERE number = %s", (3,)),
        ("UPDATE acts_event SET at = %s WHERE number = 3", ("2020-01-01 00:00:00+00:00",)),
        ("UPDATE acts_touch SET customer_id = %s WHERE event_id = 3", ("c99",)),
        ("UPDATE acts_touch SET place = %s WHERE event_id = 3", (7,)),
        ("DELETE FROM acts_touch WHERE event_id = %s", (3,)),
    ],
)
def test_an_edited_event_is_found(bank: Bank, statement: str, values: tuple[str | int, ...]) -> None:
    """A changed word, person, time or row shows at the event itself."""
    _some_events(bank)
    _tamper(statement, *values)
    assert [(each.number, each.fault) for each in verify().breaks] == [(3, Fault.EDITED)]


def test_a_removed_event_is_found(bank: Bank) -> None:
    """A gap in the numbers shows, also when it is the newest events that are gone."""
    _some_events(bank)
    _tamper("DELETE FROM acts_touch WHERE event_id = %s", 4)
    _tamper("DELETE FROM acts_event WHERE number = %s", 4)
    assert [(each.number, each.fault) for each in verify().breaks] == [(4, Fault.MISSING)]
    _tamper("DELETE FROM acts_touch WHERE event_id = %s", 7)
    _tamper("DELETE FROM acts_event WHERE number = %s", 7)
    assert (7, Fault.CUT) in {(each.number, each.fault) for each in verify().breaks}


def test_reordered_events_are_found(bank: Bank) -> None:
    """Two events that change places are both named."""
    _some_events(bank)
    _tamper("DELETE FROM acts_touch WHERE event_id IN (%s, %s)", 3, 4)
    for step in ((3, 99), (4, 3), (99, 4)):
        _tamper("UPDATE acts_event SET number = %s WHERE number = %s", step[1], step[0])
    assert {3, 4} <= {each.number for each in verify().breaks}


def test_a_second_saver_sees_a_merge(bank: Bank) -> None:
    """Two people edit one plan: the second is told what both wanted, and nothing of the first is lost."""
    with act("tests.planned", by=bank.users["rm_e11"]) as doing:
        plan = doing.add(Plan(customer_id="e11-1", rm_id="e11", goal="g", needs="n"))
    mine, theirs = Plan.objects.get(pk=plan.pk), Plan.objects.get(pk=plan.pk)
    with act("tests.planned", by=bank.users["leader"]) as doing:
        doing.change(theirs, expected_version=1, goal="theirs", steps="call")
    with pytest.raises(StaleRowError) as refused, act("tests.planned", by=bank.users["rm_e11"]) as doing:
        doing.change(mine, expected_version=1, goal="mine", needs="more")
    merge = refused.value.merge
    assert (dict(merge.values), merge.version) == ({"needs": "more"}, 2)
    assert [(clash.field, clash.base, clash.mine, clash.theirs) for clash in merge.clashes] == [
        ("goal", "g", "mine", "theirs")
    ]
    assert Plan.objects.get(pk=plan.pk).goal == "theirs"


def test_the_same_wish_is_no_clash() -> None:
    """Both sides wrote the same: there is nothing to choose."""
    merge = three_way({"a": 1}, {"a": 2}, {"a": 2}, version=3)
    assert (dict(merge.values), merge.clashes) == ({}, ())
