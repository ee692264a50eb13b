"""Reads what the performance contracts of a year say: who, which book, which targets, under which rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from kejing.facts import attach_facts
from kejing.measure.money import from_minor
from kejing.measure.period import LAST_DAY, Period
from kejing.policy import Pack
from kejing.report.read_run import Row, Run
from kejing.report.statements.gather import NobodyFoundError, PeriodNotInRunError, names_of

_POSTS = """
SELECT r.rm_id, r.name, r.line, r.grade, r.unit_id, r.fte, r.base_pay, r.target_bonus, r.pay_currency AS currency,
  r.valid_from, r.valid_to
FROM rms AS r
WHERE r.valid_from < CAST('{end}' AS DATE) AND r.valid_to > CAST('{start}' AS DATE)
ORDER BY r.rm_id, r.valid_from
"""

_BOOK = """
SELECT c.rm_id, c.customer_id, COALESCE(d.name, '') AS name, c.role, c.share, c.valid_from,
  COALESCE(s.tier, 'unclassified') AS tier
FROM coverage AS c
JOIN wanted AS w ON w.rm_id = c.rm_id AND c.valid_from <= w.day AND c.valid_to > w.day
LEFT JOIN customers AS d ON d.customer_id = c.customer_id AND d.valid_from <= w.day AND d.valid_to > w.day
LEFT JOIN tier_of AS s ON s.customer_id = c.customer_id
ORDER BY c.rm_id, c.role, c.customer_id
"""


@dataclass(frozen=True, slots=True)
class Contract:
    """What one RM's performance contract says.

    ``posts`` are the RM's posts within the contract's days, earliest first; ``day`` is the one the book is listed on;
    ``targets`` are the rows of table ``target``, by period and measure.
    """

    rm_id: str
    period: str
    days: Period
    posts: Sequence[Row]
    day: dt.date
    book: Sequence[Row]
    targets: Sequence[Row]

    @property
    def post(self) -> Row:
        """The post that the contract is made for: the first within its days."""
        return self.posts[0] if self.posts else {}

    @property
    def unit_id(self) -> str:
        """The RM's unit at the start."""
        return str(self.post.get("unit_id") or "")


class ContractSource:
    """The contracts of a run for ``period``, a year or one of its periods.

    Raises
    ------
    NotARunError, PeriodNotInRunError
        There is nothing to make a contract of.
    """

    def __init__(self, out: Path, period: str, *, facts: Path) -> None:
        self.run = Run(out)
        try:
            self._open(out, period, facts)
        except BaseException:
            self.run.engine.close()
            raise

    def _open(self, out: Path, period: str, facts: Path) -> None:
        run = self.run
        known = [one for one in run.manifest.periods if one.period == period or one.period.startswith(f"{period}-")]
        if not known or not run.has("target"):
            raise PeriodNotInRunError(period=period, periods=", ".join(one.period for one in run.manifest.periods))
        self.period = period
        self.periods = [one.period for one in known]
        self.days = Period(known[0].start, known[-1].end)
        self.pack = Pack.load(out / "policy")
        attach_facts(
            run.engine,
            facts,
            known_on=run.manifest.known_on or LAST_DAY,
            snapshot_id=run.manifest.facts.snapshot,
        )
        names = ", ".join(f"'{name}'" for name in self.periods)
        self._targets = self._by_rm(
            f"SELECT * FROM target WHERE period IN ({names}) ORDER BY rm_id, period, measure, unit_id"
        )
        self._posts = self._by_rm(_POSTS.format(start=self.days.start, end=self.days.end))
        self._books = self._read_books()
        self.names: Mapping[str, str] = names_of(run)
        self.parents: Mapping[str, str] = {key: str(row["unit_id"] or "") for key, row in run.names["unit"].items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.run.engine.close()

    def _by_rm(self, text: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self.run.fetch(text):
            found.setdefault(str(row["rm_id"]), []).append(row)
        return found

    def _read_books(self) -> dict[str, list[Row]]:
        """Books on the first day of each contract, with the tier of each customer then."""
        engine = self.run.engine
        days = " UNION ALL ".join(
            f"SELECT '{rm_id.replace(chr(39), chr(39) * 2)}' AS rm_id, CAST('{self._day(rm_id)}' AS DATE) AS day"
            for rm_id in sorted(self._targets)
        )
        engine.create("wanted", days)
        if self.run.has("segment"):
            scheme = str(self.pack.section("segment").get("main_scheme") or "").replace("'", "''")
            engine.create(
                "tier_of",
                "SELECT customer_id, MIN(tier) AS tier FROM segment"
                f" WHERE scheme = '{scheme}' AND valid_from <= CAST('{self.days.start}' AS DATE)"
                f" AND (valid_to IS NULL OR valid_to > CAST('{self.days.start}' AS DATE)) GROUP BY customer_id",
            )
        else:
            engine.create("tier_of", "SELECT '' AS customer_id, '' AS tier WHERE 1 = 0")
        return self._by_rm(_BOOK)

    def _day(self, rm_id: str) -> dt.date:
        """The first day of the contract on which the RM is in post."""
        posts = self._posts.get(rm_id, [])
        first = posts[0]["valid_from"] if posts else self.days.start
        assert isinstance(first, dt.date)
        return max(first, self.days.start)

    def rm_ids(self) -> list[str]:
        """Everybody with a target."""
        return sorted(self._targets)

    def contracts(self, rm_ids: Sequence[str] = ()) -> Iterator[Contract]:
        """Contracts of ``rm_ids``, everybody's if nobody is named.

        Raises
        ------
        NobodyFoundError
            Somebody named has no target.
        """
        for rm_id in rm_ids or self.rm_ids():
            if rm_id not in self._targets:
                raise NobodyFoundError(kind="rm", name=rm_id, period=self.period)
            yield Contract(
                rm_id,
                self.period,
                self.days,
                self._posts.get(rm_id, []),
                self._day(rm_id),
                self._books.get(rm_id, []),
                self._targets[rm_id],
            )


def whole_units(row: Row, name: str) -> object:
    """An amount of a fact in whole units of the row's currency; None where there is none."""
    value = row.get(name)
    return None if value is None else from_minor(int(str(value)), str(row.get("currency") or "CNY"))
