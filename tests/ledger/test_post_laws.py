"""Laws of posting, over random histories of closes, late facts, corrections and reopenings."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kejing.measure.period import LAST_DAY
from kejing.stages.earn.post import KEY_COLUMNS, PostingRule
from kejing.stages.earn.post import run as post
from kejing.verbs.posting import attach_posted, collect
from kejing.warehouse.engine import DuckEngine
from kejing.warehouse.ledger import Ledger, verify_ledger

PERIODS = ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")
YEAR = "2025"
type Line = tuple[str, str, str]
type Truth = dict[Line, int]

_FRESH = pa.schema(
    [
        ("book", pa.string()),
        *((name, pa.string()) for name in KEY_COLUMNS),
        ("amount", pa.int64()),
        ("policy_clause", pa.string()),
    ]
)
_LINES = st.tuples(st.sampled_from("AB"), st.sampled_from(["pay", "bonus"]), st.sampled_from(["", "L1", "L2"]))
_AMOUNTS = st.one_of(st.just(0), st.integers(-3, 3), st.integers(-(2**53), 2**53))
_TRUTHS = st.dictionaries(_LINES, _AMOUNTS, max_size=4)


def attach_truth(engine: DuckEngine, truth: Truth) -> None:
    """What a fresh run says, as the relation that posting reads."""
    rows = [
        {
            **dict.fromkeys(KEY_COLUMNS, ""),
            "book": "pay",
            "rm_id": rm,
            "component": component,
            "line_id": line,
            "figure": "amount",
            "amount": amount,
            "policy_clause": "",
        }
        for (rm, component, line), amount in truth.items()
    ]
    engine.attach_arrow("fresh", pa.Table.from_pylist(rows, schema=_FRESH))
    engine.create("fresh_control", f"SELECT 'pay' AS book, 'amount' AS figure, {sum(truth.values())} AS amount")


def post_into(engine: DuckEngine, folder: Path, period: str, truth: Truth, names: tuple[str, ...]) -> int:
    """Post a fresh run of ``period`` against everything posted for ``names``; the number of postings made."""
    ledger = Ledger.open(folder)
    attach_truth(engine, truth)
    attach_posted(engine, [entry for entry in ledger.entries if entry.period in names])
    said = PostingRule(
        entry=ledger.head.number + 1, period=period, posted_in="open", known_on=LAST_DAY, is_true_up=len(names) > 1
    )
    post(engine, said)
    posted = collect(engine, ("pay", "amount"), "CNY")
    if posted.rows:
        ledger.append({"kind": "correct", "period": period, **posted.as_content()}, posted.write)
    return posted.rows


def net(engine: DuckEngine, folder: Path, names: tuple[str, ...]) -> Truth:
    """Everything posted for ``names``, by line."""
    attach_posted(
        engine, [entry for entry in Ledger.open(folder).entries if entry.period in names], relation="all_posted"
    )
    rows = engine.fetch(
        "SELECT rm_id, component, line_id, CAST(SUM(amount) AS BIGINT) AS amount FROM all_posted"
        " GROUP BY rm_id, component, line_id"
    ).to_pylist()
    return {(row["rm_id"], row["component"], row["line_id"]): row["amount"] for row in rows if row["amount"]}


def without_zeros(truth: Truth) -> Truth:
    """The lines that pay something."""
    return {line: amount for line, amount in truth.items() if amount}


class Histories(RuleBasedStateMachine):
    """A year of quarters: closed in turn, facts that change at any time, corrections in any order, a settlement."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = DuckEngine(threads=1)
        self.scratch = Path(tempfile.mkdtemp())
        self.folder = self.scratch / "ledger"
        self.truth: dict[str, Truth] = {}
        self.settled: set[str] = set()  # periods of which everything known is posted
        self.is_year_closed = False

    @initialize(first=_TRUTHS)
    def start(self, first: Truth) -> None:
        """The first quarter is closed."""
        self._close(PERIODS[0], first)

    @precondition(lambda self: len(self.truth) < len(PERIODS) and not self.is_year_closed)
    @rule(truth=_TRUTHS)
    def close_next(self, truth: Truth) -> None:
        """The next quarter is closed."""
        self._close(PERIODS[len(self.truth)], truth)

    @precondition(lambda self: not self.is_year_closed)
    @rule(data=st.data(), truth=_TRUTHS)
    def learn(self, data: st.DataObject, truth: Truth) -> None:
        """Late facts change what a fresh run of a closed quarter says: lines come, go and move."""
        period = data.draw(st.sampled_from(sorted(self.truth)))
        self.truth[period] = truth
        self.settled.discard(period)

    @precondition(lambda self: not self.is_year_closed)
    @rule(data=st.data())
    def correct(self, data: st.DataObject) -> None:
        """Quarters are corrected in any order, some of them twice; the second time there is nothing to post."""
        for period in data.draw(st.lists(st.sampled_from(sorted(self.truth)), min_size=1, max_size=5)):
            made = post_into(self.engine, self.folder, period, self.truth[period], (period,))
            assert period not in self.settled or made == 0
            self.settled.add(period)

    @precondition(lambda self: len(self.truth) == len(PERIODS))
    @rule(truth=_TRUTHS)
    def settle_the_year(self, truth: Truth) -> None:
        """The year's own run takes the place of the quarters, whatever was posted for them."""
        post_into(self.engine, self.folder, YEAR, truth, (YEAR, *PERIODS))
        self.is_year_closed = True
        assert net(self.engine, self.folder, (YEAR, *PERIODS)) == without_zeros(truth)
        assert post_into(self.engine, self.folder, YEAR, truth, (YEAR, *PERIODS)) == 0

    @invariant()
    def history_is_the_fresh_run(self) -> None:
        """For each period of which all is posted, everything posted adds up to its fresh run, line by line."""
        for period in self.settled if not self.is_year_closed else ():
            assert net(self.engine, self.folder, (period,)) == without_zeros(self.truth[period])

    @invariant()
    def every_posting_has_one_id_and_links_back(self) -> None:
        """No id twice; a link names an earlier posting of the same line."""
        attach_posted(self.engine, Ledger.open(self.folder).entries, relation="every")
        ids = self.engine.fetch("SELECT posting_id FROM every").to_pylist()
        assert max(Counter(row["posting_id"] for row in ids).values(), default=1) == 1

    def teardown(self) -> None:
        """The chain holds in the end."""
        assert verify_ledger(self.folder) == []
        self.engine.close()
        shutil.rmtree(self.scratch)

    def _close(self, period: str, truth: Truth) -> None:
        self.truth[period] = truth
        post_into(self.engine, self.folder, period, truth, (period,))
        self.settled.add(period)


def test_every_history_adds_up() -> None:
    """History + differences = fresh run; nothing is posted twice; a correction run again posts nothing."""
    run_state_machine_as_test(Histories, settings=settings(max_examples=12, stateful_step_count=10))


@settings(max_examples=12)
@given(
    closed=st.lists(_TRUTHS, min_size=2, max_size=3),
    known=st.lists(_TRUTHS, min_size=3, max_size=3),
    data=st.data(),
)
def test_the_order_of_corrections_does_not_matter(closed: list[Truth], known: list[Truth], data: st.DataObject) -> None:
    """Corrected in any order, what stands for each line of each period in the end is the same."""
    names = PERIODS[: len(closed)]
    order = data.draw(st.permutations(names))
    found = []
    with tempfile.TemporaryDirectory() as scratch, DuckEngine(threads=1) as engine:
        for way, sequence in enumerate((names, order)):
            folder = Path(scratch) / str(way)
            for period, truth in zip(names, closed, strict=True):
                post_into(engine, folder, period, truth, (period,))
            for period in sequence:
                post_into(engine, folder, period, known[names.index(period)], (period,))
            found.append([net(engine, folder, (period,)) for period in names])
    assert found[0] == found[1]


def test_a_line_that_comes_back_links_to_its_reversal(tmp_path: Path) -> None:
    """Posted, gone, back: the third posting corrects the reversal, so the chain of a line can be walked back."""
    line: Line = ("A", "pay", "L1")
    with DuckEngine(threads=1) as engine:
        for truth in ({line: 5_00}, {}, {line: 7_00}):
            post_into(engine, tmp_path / "ledger", "2025-Q1", truth, ("2025-Q1",))
        attach_posted(engine, Ledger.open(tmp_path / "ledger").entries)
        path = [entry.file("postings/pay_posting.parquet") for entry in Ledger.open(tmp_path / "ledger").entries]
        rows = [pq.read_table(each).to_pylist()[0] for each in path]
    assert [(row["amount"], row["kind"], row["corrects"]) for row in rows] == [
        (5_00, "post", ""),
        (-5_00, "reversal", "000001:pay:1"),
        (7_00, "correct", "000002:pay:1"),
    ]


def test_the_days_of_a_posting_are_its_own(tmp_path: Path) -> None:
    """A posting says what it is for, which period carries it and by when it was known: both times are there."""
    with DuckEngine(threads=1) as engine:
        attach_truth(engine, {("A", "pay", "L1"): 1})
        attach_posted(engine, [])
        post(engine, PostingRule(entry=7, period="2025-Q1", posted_in="2025-Q3", known_on=dt.date(2025, 8, 5)))
        [row] = engine.fetch("SELECT * FROM posting").to_pylist()
    assert (row["posting_id"], row["entry"], row["period"], row["posted_in"], row["known_on"]) == (
        "000007:pay:1",
        7,
        "2025-Q1",
        "2025-Q3",
        dt.date(2025, 8, 5),
    )
