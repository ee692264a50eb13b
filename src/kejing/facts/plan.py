"""Plan an import: which files, through which blocks, into which tables; header defects are found here."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from kejing.facts.feeds import Feed, SheetOrigin
from kejing.facts.headers import OWN_HEADER, find_header, match_headers, table_called
from kejing.facts.mapping import Block, ColumnRule, KnownAtColumn, Mapping
from kejing.facts.read import ReadOptions, Sheet, UnreadableSourceError, sheet_names, stage_sheet
from kejing.facts.read.marker import marked_sheets
from kejing.facts.read.open_file import can_read, is_workbook
from kejing.facts.schema import FACT_TABLES, FactTable
from kejing.measure.findings import Finding, Place, Severity
from kejing.warehouse.engine import DuckEngine


@dataclass(slots=True)
class Plan:
    """What will be read, and what was found before any row was."""

    feeds: list[Feed] = field(default_factory=list)
    origins: list[SheetOrigin] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def find(self, code: str, severity: Severity, place: Place, **facts: str) -> None:
        """Note a finding about a file or its header."""
        self.findings.append(Finding(code=code, severity=severity, place=place, stage="facts", facts=facts))


def list_files(sources: Sequence[Path]) -> list[Path]:
    """Files among ``sources``; of a folder, the files in it that can be read. Ordered by name, then path."""
    files: set[Path] = set()
    for source in sources:
        if source.is_dir():
            files.update(
                path for path in source.iterdir() if path.is_file() and can_read(path) and path.name[0] not in ".~"
            )
        else:
            files.add(source)
    return sorted(files, key=lambda path: (path.name, str(path)))


def make_plan(
    engine: DuckEngine, files: Sequence[Path], *, mapping: Mapping | None, known_at: str | None, folder: Path
) -> Plan:
    """Stage every sheet the mapping (or its name) asks for, and plan the feeds out of it."""
    plan = Plan()
    stager = _Stager(engine, plan, folder)
    returned = {path: marked for path in files if (marked := _marked(path))}
    rest = [path for path in files if path not in returned]
    for path, marked in returned.items():
        known = FACT_TABLES if mapping is None else mapping.sources
        for sheet, source in marked.items():
            if source not in known:
                place = Place(file=path.name, sheet=sheet)
                plan.find("facts.quarantine_of_other_mapping", Severity.ERROR, place, source=source)
                continue
            stager.stage(path, ReadOptions(sheet=sheet), source=source, is_quarantine=True)
    if mapping is None:
        _stage_by_name(stager, rest)
    else:
        _stage_by_mapping(stager, mapping, rest, missing_matters=bool(rest) or not returned)
    roads = [road for origin in plan.origins for road in _roads_of(origin, mapping)]
    for number, road in enumerate(roads, start=1):
        plan.feeds.append(_feed(plan, number, road, mapping=mapping, known_at=known_at))
    return plan


@dataclass(slots=True)
class _Stager:
    """Stages sheets one after the other and keeps what could be read."""

    engine: DuckEngine
    plan: Plan
    folder: Path

    def stage(self, path: Path, options: ReadOptions, *, source: str, is_quarantine: bool = False) -> None:
        relation = f"raw_{len(self.plan.origins)}"
        try:
            sheet = stage_sheet(self.engine, path, options, relation=relation, folder=self.folder)
        except UnreadableSourceError as cause:
            facts = {name: fact for name, fact in cause.facts.items() if name != "reason_code"}
            place = Place(file=path.name, sheet=options.sheet or "")
            self.plan.find(cause.reason_code, Severity.ERROR, place, **facts)
            return
        if sheet.rows_read == 0:
            self.plan.find("facts.no_rows", Severity.WARNING, Place(file=sheet.file, sheet=sheet.sheet))
        self.plan.origins.append(SheetOrigin(sheet=sheet, source=source, path=path, is_quarantine=is_quarantine))


def _marked(path: Path) -> dict[str, str]:
    """Sheets of a quarantine workbook of ours and the sources they stand for; empty for any other file."""
    if not (is_workbook(path) and path.is_file()):
        return {}
    try:
        return marked_sheets(path)
    except UnreadableSourceError:
        return {}  # found again, and reported, when the file is staged


def _stage_by_mapping(stager: _Stager, mapping: Mapping, files: Sequence[Path], *, missing_matters: bool) -> None:
    staged = []
    for name, source in mapping.sources.items():
        options = ReadOptions(
            sheet=source.sheet, encoding=source.encoding, delimiter=source.delimiter, header_row=source.header_row
        )
        matching = [path for path in files if fnmatchcase(path.name, source.file)]
        if not matching and not source.optional and missing_matters:
            stager.plan.find("facts.file_missing", Severity.ERROR, Place(file=source.file), source=name)
        staged += [(path, options, name) for path in matching]
    for path, options, name in sorted(
        staged, key=lambda item: (item[0].name, str(item[0]), item[1].sheet or "", item[2])
    ):
        stager.stage(path, options, source=name)


def _stage_by_name(stager: _Stager, files: Sequence[Path]) -> None:
    """Without a mapping a file, or a sheet of it, is what its name says."""
    for path in files:
        stem = path.name.removesuffix(".gz").rsplit(".", 1)[0]
        try:
            sheets = sheet_names(path) if path.is_file() and can_read(path) else [""]
        except UnreadableSourceError:
            sheets = [""]
        for sheet in sorted(sheets):
            table = table_called(sheet) if sheet else None
            if table is None and len(sheets) == 1:
                table = table_called(stem)
            if table is not None:
                stager.stage(path, ReadOptions(sheet=sheet or None), source=table.name)
            elif len(sheets) == 1 or not any(table_called(name) for name in sheets) or sheet:
                place = Place(file=path.name, sheet=sheet)
                stager.plan.find("facts.file_not_recognised", Severity.WARNING, place, tables="、".join(FACT_TABLES))


class _Road(NamedTuple):
    """A sheet on its way through one block into one table."""

    origin: SheetOrigin
    table: FactTable
    block: Block


def _roads_of(origin: SheetOrigin, mapping: Mapping | None) -> list[_Road]:
    if mapping is None:
        return [_Road(origin, FACT_TABLES[origin.source], Block.model_validate({"from": origin.source}))]
    return [
        _Road(origin, FACT_TABLES[name], block)
        for name, blocks in sorted(mapping.tables.items())
        for block in blocks
        if block.source == origin.source
    ]


def _feed(plan: Plan, number: int, road: _Road, *, mapping: Mapping | None, known_at: str | None) -> Feed:
    origin, table, block = road
    headers = _HeaderCheck(plan, origin.sheet, table)
    rules = headers.matched(block) if block.columns is None else headers.asked(block.columns)
    for condition in (*block.where, *(condition for notice in block.notices for condition in notice.where)):
        headers.need(condition.column, is_required=True)
    constant = known_at
    if mapping is not None:
        match mapping.known_at:
            case KnownAtColumn(column=column) if find_header(origin.sheet.headers, column):
                rules.setdefault("known_at", ColumnRule(column=column))
                headers.need(column, is_required=False)
            case str(day):
                constant = known_at or day
    if block.allow_extra is False or (block.columns is None and block.allow_extra is None):
        headers.report_unused()
    return Feed(
        number=number,
        table=table,
        origin=origin,
        rules=rules,
        index_of=headers.index_of,
        block=block,
        refused=headers.refused,
        known_at=constant,
    )


@dataclass(slots=True)
class _HeaderCheck:
    """Finds headers in a sheet; the first that cannot be found where it must refuses the feed."""

    plan: Plan
    sheet: Sheet
    table: FactTable
    index_of: dict[str, int] = field(default_factory=dict)
    refused: tuple[str, str] | None = None
    claimed: set[int] = field(default_factory=set)

    def matched(self, block: Block) -> dict[str, ColumnRule]:  # noqa: ARG002
        """Rules by the words of the headers."""
        match = match_headers(self.table, self.sheet.headers)
        for name, twice in sorted(match.twice.items()):
            self._refuse("facts.header_duplicated", twice[0], name=name, headers="、".join(twice))
        for column in self.table.columns:
            if column.required and column.name not in match.index_of:
                self._refuse("facts.header_missing", f"{column.zh} / {column.en}", table=self.table.name)
        self.claimed = {index for index, header in enumerate(self.sheet.headers) if header not in match.unused}
        rules = {}
        for name, index in match.index_of.items():
            key = f"{index}"
            self.index_of[key] = index
            rules[name] = ColumnRule(column=key)
        return rules

    def asked(self, columns: AnyMapping[str, ColumnRule]) -> dict[str, ColumnRule]:
        """Rules of the mapping whose headers are there."""
        rules = {}
        required = {column.name for column in self.table.columns if column.required}
        for name, rule in columns.items():
            parts = [rule.column, *(part.column for part in rule.concat or ())]
            wanted = [part for part in parts if part is not None]
            if sum(self.need(header, is_required=name in required) for header in wanted) == len(wanted):
                rules[name] = rule
        return rules

    def need(self, header: str, *, is_required: bool) -> bool:
        """Whether ``header`` is in the sheet, once; if not, that is found and may refuse the feed."""
        if header in self.index_of:
            return True
        places = find_header(self.sheet.headers, header)
        if len(places) == 1:
            self.index_of[header] = places[0]
            return True
        if places:
            spelled = "、".join(self.sheet.headers[index] for index in places)
            self._refuse("facts.header_duplicated", header, name=header, headers=spelled)
        elif is_required:
            self._refuse("facts.header_missing", header, table=self.table.name)
        else:
            self.plan.find(
                "facts.header_missing_optional", Severity.WARNING, self._place(header), table=self.table.name
            )
        return False

    def report_unused(self) -> None:
        """Headers that stand for no column: perhaps a misspelt one."""
        used = set(self.index_of.values())
        for index, header in enumerate(self.sheet.headers):
            if index not in used | self.claimed and header and not header.startswith(OWN_HEADER):
                self.plan.find("facts.header_unknown", Severity.WARNING, self._place(header), table=self.table.name)

    def _refuse(self, code: str, header: str, **facts: str) -> None:
        self.plan.find(code, Severity.ERROR, self._place(header), **facts)
        self.refused = self.refused or (code, header)

    def _place(self, header: str) -> Place:
        sheet = self.sheet
        return Place(file=sheet.file, sheet=sheet.sheet, row=sheet.header_row, column=header, value=header)
