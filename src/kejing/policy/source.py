"""Reading the text of a policy: YAML with the line of every leaf, CSV with the row of every cell."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import yaml

from kejing.measure.findings import Finding, Place
from kejing.policy.literals import LONGEST_NUMBER
from kejing.policy.problems import problem

type Path_ = tuple[str | int, ...]
"""Keys from the root of a document to a leaf."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A line of a file."""

    file: str
    line: int


@dataclass(slots=True)
class Tree:
    """Nested maps of a document, and where each of them stands."""

    data: dict[str, object] = field(default_factory=dict)
    spots: dict[Path_, Spot] = field(default_factory=dict)

    def place(self, path: Path_, value: object = "") -> Place:
        """Where ``path`` stands, or the nearest thing above it that does."""
        known = path
        while known and known not in self.spots:
            known = known[:-1]
        spot = self.spots.get(known, Spot("", 0))
        return Place(file=spot.file, row=spot.line, column=".".join(map(str, path)), value=show_scalar(value))

    def merged_with(self, over: Tree) -> Tree:
        """The tree with ``over`` laid on top: maps merge, null takes a map away, everything else is replaced."""
        merged = Tree(deepcopy(self.data), dict(self.spots))
        _lay_over(merged, over, merged.data, over.data, ())
        return merged


def _lay_over(merged: Tree, over: Tree, under: dict[str, object], top: Mapping[str, object], path: Path_) -> None:
    for key, value in top.items():
        here = (*path, key)
        below = under.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            _lay_over(merged, over, below, value, here)
            continue
        for old in [old for old in merged.spots if old[: len(here)] == here]:
            del merged.spots[old]
        if value is None and isinstance(below, dict):
            del under[key]
            continue
        merged.spots.update({new: spot for new, spot in over.spots.items() if new[: len(here)] == here})
        under[key] = deepcopy(value)


_DEEPEST = 64
"""Collections inside one another that a document may have."""


class _Loader(yaml.CSafeLoader):
    """YAML with few surprises: 010, 1:30, yes and no stay text; fractions stay exact."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # the library reads a plain class attribute


class _Dumper(yaml.SafeDumper):
    """Writes what `_Loader` reads back as the same value."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # the same

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  # the library's signature
        return True


_TAGS = (
    ("tag:yaml.org,2002:null", re.compile(r"~|null|"), ["~", "n", ""]),
    ("tag:yaml.org,2002:bool", re.compile(r"true|false"), ["t", "f"]),
    ("tag:yaml.org,2002:int", re.compile(r"-?(?:0|[1-9][0-9]*)"), list("-0123456789")),
    ("tag:yaml.org,2002:float", re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+"), list("-0123456789")),
    ("tag:yaml.org,2002:timestamp", re.compile(r"\d{4}-\d{2}-\d{2}"), list("0123456789")),
)
for _tag, _pattern, _first in _TAGS:
    _whole = re.compile(f"^(?:{_pattern.pattern})$")
    _Loader.add_implicit_resolver(_tag, _whole, _first)
    _Dumper.add_implicit_resolver(_tag, _whole, _first)
_Dumper.add_representer(Decimal, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:float", f"{value:f}"))


def show_scalar(value: object) -> str:
    """One leaf as text, cut to a length that a message can carry."""
    if isinstance(value, dict | list):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "" if value is None else str(value)
    return text if len(text) <= 200 else f"{text[:199]}…"  # noqa: PLR2004  # a message, not a rule


def dump_yaml(data: object) -> str:
    """``data`` as YAML that reads back as the same values."""
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)


def read_yaml(path: Path, file: str, findings: list[Finding], *, root: str = "") -> Tree:
    """The maps of ``path``; what cannot be read becomes a finding and an empty tree.

    With ``root`` the file may hold anything, which then stands below that key.
    """
    text = read_text(path, file, findings)
    try:
        if _is_too_deep(text):
            findings.append(problem("bad_yaml", Place(file=file), detail="nested too deep"))
            return Tree()
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        row = mark.line + 1 if mark else 0
        value = text.splitlines()[mark.line].strip() if mark and mark.line < len(text.splitlines()) else ""
        detail = getattr(error, "problem", None) or str(error).splitlines()[0]
        findings.append(problem("bad_yaml", Place(file=file, row=row, value=value), detail=detail))
        return Tree()
    if node is None:
        return Tree()
    reading = _Reading(file, findings)
    data = reading.build(node, (root,) if root else ())
    if root:
        return Tree({root: data}, reading.spots)
    if not isinstance(data, dict):
        findings.append(problem("not_a_map", Place(file=file, row=1, value=show_scalar(data))))
        return Tree()
    return Tree(data, reading.spots)


def _is_too_deep(text: str) -> bool:
    """Whether collections stand inside one another deeper than any policy does: the compiled reader would crash."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                return True
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return False


class _Reading:
    """Nodes to values, noting the line of each; aliases and doubled keys are refused."""

    def __init__(self, file: str, findings: list[Finding]) -> None:
        self.file = file
        self.findings = findings
        self.spots: dict[Path_, Spot] = {}
        self._seen: set[int] = set()

    def build(self, node: yaml.Node, path: Path_) -> object:
        self.spots[path] = Spot(self.file, node.start_mark.line + 1)
        if id(node) in self._seen:
            self._refuse("yaml_alias", path, "")
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._map(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*path, index)) for index, child in enumerate(node.value)]
        return self._leaf(node, path)

    def _map(self, node: yaml.MappingNode, path: Path_) -> dict[str, object]:
        built: dict[str, object] = {}
        for key_node, child in node.value:
            key = str(key_node.value)
            here = (*path, key)
            if key in built:
                self.spots[here] = Spot(self.file, key_node.start_mark.line + 1)
                self._refuse("duplicate_key", here, key)
                continue
            built[key] = self.build(child, here)
            self.spots[here] = Spot(self.file, key_node.start_mark.line + 1)
        return built

    def _leaf(self, node: yaml.Node, path: Path_) -> object:
        text = str(node.value)
        match node.tag.removeprefix("tag:yaml.org,2002:"):
            case "null":
                return None
            case "bool":
                return text == "true"
            case "int":
                return int(text) if len(text) <= LONGEST_NUMBER else text
            case "float":
                return Decimal(text) if len(text) <= LONGEST_NUMBER else text
            case "timestamp":
                try:
                    return dt.date.fromisoformat(text)
                except ValueError:
                    self._refuse("bad_date", path, text)
                    return None
            case "str":
                return text
            case _:
                self._refuse("yaml_tag", path, text, tag=node.tag)
                return None

    def _refuse(self, code: str, path: Path_, value: str, **facts: object) -> None:
        spot = self.spots[path]
        place = Place(file=self.file, row=spot.line, column=".".join(map(str, path)), value=value)
        self.findings.append(problem(code, place, **facts))


def read_text(path: Path, file: str, findings: list[Finding]) -> str:
    """Text of ``path`` in UTF-8 (with or without a mark) or, as spreadsheets save it in China, GB18030."""
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    findings.append(problem("bad_encoding", Place(file=file)))
    return ""


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row of a table file, by column; ``number`` is the row as a spreadsheet shows it."""

    file: str
    number: int
    cells: dict[str, str]

    def place(self, column: str = "") -> Place:
        """Where a cell of this row stands."""
        return Place(file=self.file, row=self.number, column=column, value=self.cells.get(column, ""))


@dataclass(frozen=True, slots=True)
class CsvTable:
    """The header and rows of a table file; a broken one has been told of already."""

    file: str
    header: tuple[str, ...]
    rows: tuple[CsvRow, ...]
    is_broken: bool = False


def read_csv(path: Path, file: str, findings: list[Finding]) -> CsvTable:
    """Rows of ``path``; a row of the wrong width becomes a finding and is left out."""
    lines = csv.reader(io.StringIO(read_text(path, file, findings)), strict=True)
    header: tuple[str, ...] = ()
    rows = []
    odd: list[tuple[int, list[str]]] = []
    try:
        for number, cells in _numbered(lines):
            if not header:
                header = tuple(cell.strip() for cell in cells)
            elif len(cells) != len(header):
                odd.append((number, cells))
            else:
                stripped = (cell.strip() for cell in cells)
                rows.append(CsvRow(file, number, dict(zip(header, stripped, strict=True))))
    except csv.Error as error:
        findings.append(problem("bad_csv", Place(file=file, row=lines.line_num), detail=error))
    if len(odd) > 1 and not rows:  # where no row fits, it is the header that is wrong
        place = Place(file=file, row=1, value=",".join(header))
        findings.append(problem("header_width", place, cells=len(odd[0][1]), columns=len(header)))
        return CsvTable(file, header, (), is_broken=True)
    for number, cells in odd:
        place = Place(file=file, row=number, value=",".join(cells))
        findings.append(problem("row_width", place, cells=len(cells), columns=len(header)))
    return CsvTable(file, header, tuple(rows))


def _numbered(lines: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold anything, with their number."""
    for number, cells in enumerate(lines, start=1):
        if any(cell.strip() for cell in cells):
            yield number, cells
