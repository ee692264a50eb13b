"""From ``tables.yaml`` and its CSV files to decision tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from kejing.measure.findings import Finding, Place, Severity
from kejing.measure.period import FIRST_DAY, LAST_DAY
from kejing.policy.build import admissible_names, value_of
from kejing.policy.cells import Cell, OneOf, parse_cell
from kejing.policy.layers import Layer
from kejing.policy.literals import NotAValueError, Value, parse_value
from kejing.policy.models import ColumnModel, Scalar, TableModel, shaped
from kejing.policy.parts import Labels
from kejing.policy.problems import nearest, problem
from kejing.policy.source import CsvRow, CsvTable, Path_, Tree
from kejing.policy.tables import DecisionTable, Hit, TableColumn, TableRow
from kejing.policy.tiers import find_broken_promises
from kejing.policy.vocabulary import NUMERIC, Type

_BOOKKEEPING = ("rule_id", "valid_from", "valid_to", "source")
_OPTIONAL = ("note",)

type CodeLists = Mapping[str, Mapping[str, Labels]]


def build_tables(layer: Layer, code_lists: CodeLists, findings: list[Finding]) -> dict[str, DecisionTable]:
    """Every declared table with its rows."""
    tree = layer.tables
    declared = list(admissible_names(tree, findings))
    rowless = [name for name in declared if name not in layer.rows]
    for name, rows in layer.rows.items():
        if name not in declared:
            meant = nearest(name, declared)
            findings.append(problem("table_undeclared", Place(file=rows.file, value=name), name=name, nearest=meant))
            rowless = [one for one in rowless if one != meant]
    findings.extend(problem("table_no_rows", tree.place((name,), name), name=name) for name in rowless)
    built = {}
    for name in declared:
        model = shaped(TableModel, tree, (name,), findings)
        if model is not None and name in layer.rows:
            table = _Building(name, tree, model, layer.rows[name], code_lists, findings).table()
            if table is not None:
                built[name] = table
    return built


class _Building:
    """One table; its findings gather as it is read."""

    def __init__(  # the parts of one declaration
        self,
        name: str,
        tree: Tree,
        model: TableModel,
        rows: CsvTable,
        code_lists: CodeLists,
        findings: list[Finding],
    ) -> None:
        self.name = name
        self.tree = tree
        self.model = model
        self.rows = rows
        self.code_lists = code_lists
        self.findings = findings
        self.inputs = self._columns("inputs", model.inputs)
        self.outputs = self._columns("outputs", model.outputs)

    def table(self) -> DecisionTable | None:
        """The table, or None where its header is wrong."""
        if self.rows.is_broken or not self._header_is_right() or not self._outputs_fit():
            return None
        rows = []
        seen: set[str] = set()
        for row in self.rows.rows:
            built = self._row(row, seen)
            if built is not None:
                rows.append(built)
        labels = Labels(self.model.zh, self.model.en)
        place = self.tree.place((self.name,))
        table = DecisionTable(
            self.name,
            labels,
            Hit(self.model.hit),
            self.inputs,
            self.outputs,
            tuple(rows),
            place,
            partial=self.model.partial,
            boundary=self.model.boundary,
            below=self.model.below,
            above=self.model.above,
        )
        self.findings.extend(find_broken_promises(table, place))
        return table

    def _columns(self, side: str, models: Mapping[str, ColumnModel]) -> dict[str, TableColumn]:
        columns = {}
        for name, model in models.items():
            path: Path_ = (self.name, side, name)
            codes = model.codes
            if codes is not None and codes not in self.code_lists:
                place = self.tree.place((*path, "codes"), codes)
                self.findings.append(problem("unknown_code_list", place, nearest=nearest(codes, self.code_lists)))
                codes = None
            labels = Labels(model.zh or name, model.en or name)
            low = self._bound((*path, "min"), model.min, model.type)
            high = self._bound((*path, "max"), model.max, model.type)
            columns[name] = TableColumn(name, model.type, labels, model.unit.strip(), codes, low, high)
        return columns

    def _bound(self, path: Path_, raw: Scalar, type_: Type) -> Value | None:
        if raw is None:
            return None
        try:
            if type_ in NUMERIC or type_ is Type.DATE:
                return value_of(raw, type_)
        except NotAValueError:
            pass
        self.findings.append(problem("bad_value", self.tree.place(path, raw), type=type_))
        return None

    def _header_is_right(self) -> bool:
        wanted = (*_BOOKKEEPING, *self.inputs, *self.outputs)
        missing = [name for name in wanted if name not in self.rows.header]
        before = len(self.findings)
        for name in self.rows.header:
            if name in wanted or name in _OPTIONAL:
                continue
            meant = nearest(name, missing or wanted)
            place = Place(file=self.rows.file, row=1, column=name, value=name)
            self.findings.append(problem("unknown_column", place, table=self.name, nearest=meant))
            missing = [one for one in missing if one != meant]
        for name in missing:
            place = Place(file=self.rows.file, row=1, column=name)
            self.findings.append(problem("missing_column", place, table=self.name, name=name))
        for name in {name for name in self.rows.header if self.rows.header.count(name) > 1}:
            place = Place(file=self.rows.file, row=1, column=name, value=name)
            self.findings.append(problem("doubled_column", place, table=self.name))
        return len(self.findings) == before

    def _outputs_fit(self) -> bool:
        """Whether a hit policy that collects has numbers to collect."""
        if self.model.hit in {"unique", "first", "interpolate"}:
            return True
        wrong = [column for column in self.outputs.values() if column.type not in NUMERIC]
        for column in wrong:
            place = self.tree.place((self.name, "hit"), self.model.hit)
            self.findings.append(problem("hit_needs_numbers", place, column=column.name))
        return not wrong

    def _row(self, row: CsvRow, seen: set[str]) -> TableRow | None:
        before = len(self.findings)
        rule_id = row.cells["rule_id"]
        if not rule_id:
            self.findings.append(problem("no_rule_id", row.place("rule_id"), table=self.name))
        elif rule_id in seen:
            self.findings.append(problem("duplicate_rule", row.place("rule_id"), table=self.name))
        seen.add(rule_id)
        cells = {name: cell for name, column in self.inputs.items() if (cell := self._cell(row, column)) is not None}
        outputs = {name: out for name, column in self.outputs.items() if (out := self._output(row, column)) is not None}
        valid_from = self._day(row, "valid_from", FIRST_DAY)
        valid_to = self._day(row, "valid_to", LAST_DAY)
        if valid_from is None or valid_to is None or len(self.findings) > before:
            return None
        if valid_from >= valid_to:
            self.findings.append(problem("empty_period", row.place("valid_to"), valid_from=valid_from, table=self.name))
            return None
        source, note = row.cells["source"], row.cells.get("note", "")
        if not source:
            self.findings.append(problem("missing_source", row.place("source"), Severity.WARNING, name=rule_id))
        return TableRow(rule_id, cells, outputs, valid_from, valid_to, source, note, row.number, row.file, row.cells)

    def _cell(self, row: CsvRow, column: TableColumn) -> Cell | None:
        try:
            cell = parse_cell(row.cells[column.name], column.type)
        except NotAValueError:
            self.findings.append(problem("bad_cell", row.place(column.name), table=self.name, type=column.type))
            return None
        words = cell.words if isinstance(cell, OneOf) else ()
        return cell if self._codes_known(row, column, words) else None

    def _output(self, row: CsvRow, column: TableColumn) -> Value | None:
        try:
            value = parse_value(row.cells[column.name], column.type)
        except NotAValueError:
            self.findings.append(problem("bad_output", row.place(column.name), table=self.name, type=column.type))
            return None
        words = (value,) if isinstance(value, str) else ()
        return value if self._codes_known(row, column, words) else None

    def _codes_known(self, row: CsvRow, column: TableColumn, words: tuple[str, ...]) -> bool:
        if column.codes is None:
            return True
        codes = self.code_lists[column.codes]
        unknown = [word for word in words if word not in codes]
        for word in unknown:
            facts = {"code": word, "codes": column.codes, "nearest": nearest(word, codes)}
            self.findings.append(problem("unknown_code", row.place(column.name), **facts))
        return not unknown

    def _day(self, row: CsvRow, column: str, default: dt.date) -> dt.date | None:
        text = row.cells[column]
        if not text:
            return default
        try:
            day = parse_value(text, Type.DATE)
        except NotAValueError:
            self.findings.append(problem("bad_date", row.place(column)))
            return None
        assert isinstance(day, dt.date)
        return day
