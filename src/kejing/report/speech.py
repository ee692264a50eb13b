"""One language and one run: words, numbers, labels and names as the page says them."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from kejing.report.blocks import Cell, CellKind, Grid, GridColumn
from kejing.report.limits import TABLE_ROWS
from kejing.report.numbers import Numbers
from kejing.report.read_run import POOL, Run
from kejing.stages.tables import OUT_TABLES, OutKind
from kejing.text.labels import CodeLabels, Lang, Words

CELL_OF = {
    OutKind.TEXT: CellKind.TEXT,
    OutKind.DATE: CellKind.DATE,
    OutKind.COUNT: CellKind.COUNT,
    OutKind.MONEY: CellKind.MONEY,
    OutKind.MICRO: CellKind.NUMBER,
    OutKind.FLAG: CellKind.FLAG,
}

_NAMED = {"rm_id": "rm", "unit_id": "unit"}
"""Columns whose code the page replaces by a name, to the word above them."""

RATIOS = frozenset(
    {
        ("segment", "boundary_distance"),
        ("assign", "share"),
        ("assign_summary", "gap"),
        ("target", "contribution"),
        ("target", "growth"),
        ("credit", "share"),
        ("score", "completion"),
        ("profit", "raroc"),
        ("attention", "difference"),
        ("hotline", "in_time"),
        ("hotline", "abandoned"),
        ("hotline", "occupancy"),
        ("hotline_day", "in_time"),
        ("hotline_day", "abandoned"),
        ("hotline_day", "simulated_in_time"),
        ("hotline_day", "simulated_abandoned"),
        ("hotline_check", "interval_error"),
        ("hotline_check", "day_error"),
        ("staff_benefit", "coverage"),
        ("handover", "old_share"),
        ("visit_summary", "load"),
    }
)
"""Columns with a fraction that people read as a percentage."""


def kind_of(table: str, name: str) -> CellKind:
    """How the values of column ``name`` of an output table are written."""
    return CellKind.PERCENT if (table, name) in RATIOS else CELL_OF[OUT_TABLES[table].column(name).kind]


class Speech:
    """Says things about ``run`` in ``lang``."""

    def __init__(self, run: Run, lang: Lang) -> None:
        self.run = run
        self.lang = lang
        self.words = Words("report", lang)
        self.numbers = Numbers(lang, run.manifest.currency)
        self.codes = CodeLabels(run.policy.all_lists, self.words)

    def text(self, key: str, **facts: object) -> str:
        """Plain words of ``key``."""
        return self.words.say(key, **facts)

    def say(self, key: str, **facts: object) -> Markup:
        """Words of ``key`` with figures as markup; everything else is escaped."""
        return Markup(self.words.template(key)).format(**facts)  # noqa: S704 - our own words; facts are escaped

    def listed(self, parts: Sequence[object]) -> Markup:
        """Parts of a sentence in a row, with the comma of the language."""
        return Markup(self.text("list.comma")).join(parts)  # type: ignore[arg-type]  # it escapes any object  # noqa: S704

    def of_code(self, code: object, kind: str) -> str:
        """The label of a code; the empty tier or part means all of them."""
        text = "" if code is None else str(code)
        key = f"code.{kind}."
        return self.text(key) if text == "" and key in self.words else self.codes.label(text, kind)

    def periods(self, table: str) -> str:
        """First and last period in ``table``."""
        found = self.run.fetch(f"SELECT MIN(period) AS first, MAX(period) AS last FROM {table}")[0]
        first, last = str(found["first"]), str(found["last"])
        return first if first == last else self.text("span", first=first, last=last)

    def of_tier(self, tier: object, scheme: str) -> str:
        """The label of a tier of ``scheme``."""
        return self.codes.within(str(tier), self.run.policy.tier_list(scheme)) or self.of_code(tier, "tier")

    def of_method(self, method: str) -> str:
        """The label of a staffing method; ``span_<standard>`` is the span of another standard of the policy."""
        base, found, standard = method.partition("_")
        if base == "span" and found:
            return self.text("headcount.span_of", standard=self.of_code(standard, "staffing_standard"))
        return self.of_code(method, "method")

    def rm_and_id(self, rm_id: object) -> str:
        """Name and id of an RM: people share names, ids they do not."""
        name = self.rm(rm_id)
        return name if name == rm_id or not rm_id or str(rm_id).startswith("~") else f"{name} {rm_id}"

    def rm(self, rm_id: object) -> str:
        """Name of an RM, or the id; the pool has a word of its own."""
        return self._name("rm", rm_id)

    def unit(self, unit_id: object) -> str:
        """Name of a unit, or the id."""
        return self._name("unit", unit_id)

    def _name(self, kind: str, key: object) -> str:
        if key is None or key == POOL:
            return self.text(f"nobody.{kind}")
        if str(key).startswith("~"):
            return self.of_code(key, kind)
        row = self.run.names[kind].get(str(key), {})
        return str(row.get("name") or key)

    def label_of(self, table: str, name: str) -> str:
        """What column ``name`` of an output table is called."""
        column = OUT_TABLES[table].column(name)
        return column.zh if self.lang == "zh" else column.en

    def column(self, table: str, name: str, *, kind: CellKind | None = None) -> GridColumn:
        """Column ``name`` of an output table as a column of a grid; ids of RMs and units show as names."""
        if name in _NAMED and kind is not CellKind.CODE:
            return self.heading(_NAMED[name])
        return GridColumn(self.label_of(table, name), kind or kind_of(table, name))

    def amounts_of(self, code: str, kind: str) -> GridColumn:
        """A column of amounts of one code, such as a pay component."""
        return GridColumn(self.of_code(code, kind), CellKind.MONEY)

    def heading(self, key: str, kind: CellKind = CellKind.TEXT) -> GridColumn:
        """A column of our own making."""
        return GridColumn(self.text(key), kind)

    def first_rows(
        self, caption: str, columns: Sequence[GridColumn], rows: Sequence[Sequence[Cell]], *, of: int, source: str
    ) -> Grid:
        """A grid of the first rows that says where all of them are."""
        return Grid(caption, columns, rows[:TABLE_ROWS], total_rows=of, source=source)
