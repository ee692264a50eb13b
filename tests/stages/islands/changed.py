"""Two snapshots of a random institution, and runs on them: over everything, and upon the earlier one."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import kejing
from kejing.facts.schema import FACT_TABLES
from kejing.facts.snapshot import SnapshotDraft, current_snapshot
from kejing.measure.findings import FINDINGS_SCHEMA
from kejing.stages.flow import FLOW
from kejing.verbs.running import RunResult
from tests.stages.flow.random_institution import OVERLAYS, POLICIES, Institution, make_institution
from tests.stages.institution import fact_table

EARNING = tuple(stage.name for stage in FLOW if stage.name not in ("staff", "assign", "handover", "visit"))
KNOWN_LATE = "2025-07-20"

type Rows = Sequence[Mapping[str, object]]


@dataclass(frozen=True)
class Bench:
    """A facts folder of an institution and the runs beside it."""

    folder: Path
    institution: Institution

    @classmethod
    def of(cls, institution: Institution, folder: Path) -> Bench:
        """A bench with the first snapshot of the institution."""
        bench = cls(folder, institution)
        bench.tell(institution.facts)
        return bench

    def tell(self, facts: Mapping[str, Rows]) -> None:
        """A snapshot with these rows beside the stored ones."""
        facts_folder = self.folder / "facts"
        parent = current_snapshot(facts_folder)
        draft = SnapshotDraft(facts_folder, parent)
        for name, table in FACT_TABLES.items():
            stored = parent.path(name) if parent else None
            rows = facts.get(name, ())
            if not rows and stored is not None:
                draft.keep(name)
            elif rows:
                parts = [fact_table(table, rows)] + ([pq.read_table(stored)] if stored else [])
                whole = pa.concat_tables(parts)
                order = dict.fromkeys((*table.sort, *table.key, "known_at"))
                single = whole.group_by(list(table.key)).aggregate([]).num_rows == whole.num_rows
                whole = whole.sort_by([(column, "ascending") for column in order]).combine_chunks()
                draft.write(table, iter([whole]), single_version=single)
        draft.commit([], FINDINGS_SCHEMA.empty_table())

    def run(self, name: str, *, since: str | None = None, shards: int = 1) -> RunResult:
        """A run on the facts as they are now."""
        return kejing.run(
            self.folder / "facts",
            policy="bank_corporate",
            overlays=[OVERLAYS / overlay for overlay in POLICIES[self.institution.policy]],
            as_of=self.institution.as_of,
            out=self.folder / name,
            stages=EARNING,
            since=None if since is None else self.folder / since,
            shards=shards,
        )

    def files(self, name: str) -> dict[str, str]:
        """Hash of every file of a run."""
        root = self.folder / name
        return {
            str(file.relative_to(root)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(root.rglob("*"))
            if file.is_file()
        }


def some_changes(institution: Institution, chance: random.Random) -> dict[str, Rows]:
    """One to three changes of the kinds that come late."""
    kinds = chance.sample(sorted(_KINDS), chance.randint(1, 3))
    changes: dict[str, list[Mapping[str, object]]] = {}
    for kind in kinds:
        for name, rows in _KINDS[kind](institution, chance).items():
            changes.setdefault(name, []).extend({**row, "known_at": KNOWN_LATE} for row in rows)
    return {name: rows for name, rows in changes.items() if rows}


def late_reassignment(institution: Institution, chance: random.Random) -> dict[str, Rows]:
    """A customer who belonged to another RM from some day on."""
    rows = [row for row in institution.facts["coverage"] if row["customer_id"] != "c99"]
    if not rows:
        return {}
    row = chance.choice(rows)
    rm = chance.choice([str(one["rm_id"]) for one in institution.facts["rms"]])
    day = f"2025-{chance.randint(1, 6):02d}-{chance.choice((1, 9, 20)):02d}"
    return {"coverage": [{**row, "valid_to": day}, {**row, "rm_id": rm, "valid_from": day}]}


def changed_share(institution: Institution, chance: random.Random) -> dict[str, Rows]:
    """A share that was another one all the time."""
    row = chance.choice(institution.facts["coverage"])
    return {"coverage": [{**row, "share": chance.choice((2_500, 5_000, 10_000))}]}


def changed_line(institution: Institution, chance: random.Random) -> dict[str, Rows]:
    """A line of another amount, or of another customer."""
    lines = institution.facts["income"]
    if not lines:
        return {}
    row = chance.choice(lines)
    customer = chance.choice(institution.facts["customers"])["customer_id"]
    return {"income": [{**row, "amount": chance.randint(-(10**7), 10**8), "customer_id": customer}]}


def new_customer(institution: Institution, chance: random.Random) -> dict[str, Rows]:
    """A customer with coverage and a line."""
    assert institution.facts["rms"]
    rm = chance.choice(institution.facts["rms"])["rm_id"]
    line = {"line_id": "LN", "customer_id": "c98", "product": "fee", "amount": 77_777, "booked_on": "2025-03-03"}
    return {
        "customers": [{"customer_id": "c98", "industry": "mining"}],
        "coverage": [{"customer_id": "c98", "rm_id": rm}],
        "income": [line],
    }


def rm_leaves(institution: Institution, chance: random.Random) -> dict[str, Rows]:
    """An RM whose last day was another one."""
    row = chance.choice([one for one in institution.facts["rms"] if one["rm_id"] != "R0"])
    return {"rms": [{**row, "valid_to": "2025-05-05"}] if str(row.get("valid_from", "")) < "2025-05-05" else []}


def changed_balance(institution: Institution, chance: random.Random) -> dict[str, Rows]:
    """An average balance that was another one."""
    row = chance.choice(institution.facts["balances"])
    return {"balances": [{**row, "average_balance": chance.randint(0, 10**9)}]}


def new_sales(institution: Institution, chance: random.Random) -> dict[str, Rows]:
    """A measure that moves a customer to another tier."""
    rows = institution.facts["measures"]
    return {"measures": [{**chance.choice(rows), "value": chance.choice((1, 10**9, 10**12))}]} if rows else {}


def changed_goal(institution: Institution, chance: random.Random) -> dict[str, Rows]:
    """A goal that was another one: no line moves."""
    rows = institution.facts["goals"]
    return {"goals": [{**chance.choice(rows), "amount": 123_456_700}]} if rows else {}


_KINDS = {
    each.__name__: each
    for each in (
        late_reassignment,
        changed_share,
        changed_line,
        new_customer,
        rm_leaves,
        changed_balance,
        new_sales,
        changed_goal,
    )
}


def branches(seed: int, *, policy: str = "corporate", count: int = 6) -> Institution:
    """Several random institutions as branches of one, so that the book of an RM is a small part of all."""
    made = [make_institution(seed * 100 + number, customers=6, policy=policy) for number in range(count)]
    facts: dict[str, Rows] = {name: rows for name, rows in made[0].facts.items() if name not in _OWN}
    for name in _OWN:
        facts[name] = [_named(row, number) for number, one in enumerate(made) for row in one.facts.get(name, ())]
    return Institution(facts, policy, made[0].as_of, seed)


_OWN = ("rms", "rm_absences", "customers", "coverage", "measures", "income", "balances")
_IDS = ("rm_id", "customer_id", "line_id", "group_id")


def _named(row: Mapping[str, object], branch: int) -> Mapping[str, object]:
    """``row`` with ids of its own branch; the last one's keep theirs."""
    own = {name: f"{branch}{row[name]}" for name in _IDS if row.get(name) is not None}
    return {**row, **own} if branch else row
