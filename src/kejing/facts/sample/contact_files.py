"""Contacts of RMs and customers, a file a year, written month by month."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Self

import numpy as np
import pyarrow as pa

from kejing.facts.sample.clients import BANDS, Clients
from kejing.facts.sample.defects import put
from kejing.facts.sample.delivery import Delivery
from kejing.facts.sample.files import CsvFile
from kejing.facts.sample.organisation import Days, Flags, Ints
from kejing.facts.sample.parameters import months_later
from kejing.facts.sample.teams import NOBODY, Teams
from kejing.measure.findings import Place


class ContactBook:
    """Files of contacts, one a year; open for one sample, fed one month after another."""

    COLUMNS = ("记录编号", "客户编号", "工号", "联系方式", "方向", "联系结果", "联系时间")

    def __init__(self, delivery: Delivery) -> None:
        self._delivery, self._plan, self._organisation = delivery, delivery.plan, delivery.organisation
        self._chance = self._plan.chance("contacts")
        self._files = ExitStack()
        self._by_year = {
            year: self._files.enter_context(self._open(f"联系记录_{year}.csv"))
            for year in (self._plan.year - 1, self._plan.year)
        }
        self._booked = self._files.enter_context(self._open("联系记录_预约.csv"))
        self._count = 0

    def _open(self, name: str) -> CsvFile:
        return CsvFile(self._delivery.folder, name, self.COLUMNS, self._delivery.log, encoding="utf-8-sig")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self._files.close()

    def write_month(self, month: int) -> None:
        """Contacts of the RMs who led in the month [0..23], none while they were absent."""
        start = self._plan.months[month]
        file = self._by_year[int(str(start)[:4])]
        table = pa.concat_tables([self._contacts(start, clients, teams) for clients, teams in self._delivery.served])
        table = table.take(pa.array(np.argsort(table["联系时间"].to_numpy(), kind="stable")))
        ids = pa.array([f"V{self._count + index:09d}" for index in range(table.num_rows)])
        self._count += table.num_rows
        table = table.add_column(0, "记录编号", ids)
        count = self._delivery.defects.in_month("contact_impossible_time", month)
        wrong = np.sort(self._chance.permutation(table.num_rows)[:count])
        texts = [table["联系时间"][row].as_py()[:11] + "25:10:00" for row in wrong.tolist()]
        first = file.append(put(table, "联系时间", wrong, texts))
        for row, text in zip(wrong.tolist(), texts, strict=True):
            place = Place(file=file.name, row=first + row, column="联系时间", value=text)
            self._delivery.defects.note("contact_impossible_time", place)

    def write_booked(self) -> None:
        """Visits that RMs have agreed on with customers for the weeks after the last month."""
        start = months_later(self._plan.months[-1], 1)
        chance = self._plan.chance("appointments")
        table = pa.concat_tables(
            [self._visits(start, clients, teams, chance) for clients, teams in self._delivery.served]
        )
        table = table.take(pa.array(np.argsort(table["联系时间"].to_numpy(), kind="stable")))
        ids = pa.array([f"Y{number:09d}" for number in range(table.num_rows)], pa.string())
        self._booked.append(table.add_column(0, "记录编号", ids))

    def _visits(self, start: np.datetime64, clients: Clients, teams: Teams, chance: np.random.Generator) -> pa.Table:
        """At most one visit booked with a customer, on a day on which the RM is there."""
        contacts = self._plan.institution.contacts
        likely = np.array([contacts.booked[band] for band in _bands(clients)])[clients.band]
        rows = np.flatnonzero((teams.lead != NOBODY) & (chance.random(len(clients)) < likely))
        day = start + chance.integers(0, contacts.booked_days, len(rows)).astype("timedelta64[D]")
        lead = teams.lead_on(rows, day)
        is_served = (lead != NOBODY) & clients.is_open(rows, day) & ~self._is_away(lead, day)
        kept = np.flatnonzero(is_served & np.is_busday(day))
        minutes = chance.integers(18, 33, len(kept)) * 30  # on the half hour, nine to four
        return pa.table(
            {
                **self._whom(clients, rows[kept], lead[kept]),
                "联系方式": pa.array(["上门拜访"] * len(kept), pa.string()),
                "方向": pa.array(["呼出"] * len(kept), pa.string()),
                "联系结果": pa.array(["已预约"] * len(kept), pa.string()),
                "联系时间": _moments(day[kept], minutes),
            }
        )

    def _whom(self, clients: Clients, rows: Ints, lead: Ints) -> dict[str, pa.Array]:
        rms = pa.array([rm.rm_id for rm in self._organisation.rms])
        customers = pa.array(clients.customer_id, pa.string()).take(pa.array(rows))
        return {"客户编号": customers, "工号": rms.take(pa.array(lead))}

    def _contacts(self, start: np.datetime64, clients: Clients, teams: Teams) -> pa.Table:
        chance, contacts = self._chance, self._plan.institution.contacts
        days = int((months_later(start, 1) - start).astype(int))
        rates = np.array([contacts.rate[band] for band in _bands(clients)])
        times = chance.poisson(rates[clients.band] * (teams.lead != NOBODY))
        rows = np.repeat(np.arange(len(clients)), times)
        day = start + chance.integers(0, days, len(rows)).astype("timedelta64[D]")
        lead = teams.lead_on(rows, day)
        is_served = (lead != NOBODY) & clients.is_open(rows, day) & ~self._is_away(lead, day)
        kept = np.flatnonzero(is_served & np.is_busday(day))
        minutes = chance.integers(8 * 60 + 30, 17 * 60 + 30, len(kept))
        channels = pa.array(list(contacts.channels))
        drawn = chance.choice(len(channels), len(kept), p=list(contacts.channels.values()))
        outbound = chance.random(len(kept)) < contacts.outbound_share
        connected = chance.random(len(kept)) < contacts.connected_share
        return pa.table(
            {
                **self._whom(clients, rows[kept], lead[kept]),
                "联系方式": channels.take(pa.array(drawn)),
                "方向": pa.array(["呼入", "呼出"]).take(pa.array(outbound.astype(int))),
                "联系结果": pa.array(["未接通", "已接通"]).take(pa.array((connected | ~outbound).astype(int))),
                "联系时间": _moments(day[kept], minutes),
            }
        )

    def _is_away(self, lead: Ints, day: Days) -> Flags:
        away = np.zeros(len(lead), bool)
        for absence in self._organisation.absences:
            away |= (lead == absence.rm) & (day >= absence.start) & (day < absence.end)
        return away


def _bands(clients: Clients) -> tuple[str, ...]:
    return tuple(BANDS) if clients.kind == "corporate" else ("retail",)


def _moments(day: Days, minutes: Ints) -> pa.Array:
    """Days and minutes of the day as the files write them."""
    moment = day.astype("datetime64[s]") + minutes.astype("timedelta64[m]")
    return pa.array([text.replace("T", " ") for text in np.datetime_as_string(moment).tolist()], pa.string())
