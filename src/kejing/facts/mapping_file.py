"""Read a mapping file with its parameters; every mistake is a finding with line, key, value and remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from kejing.facts.mapping import Mapping
from kejing.facts.schema import FACT_TABLES, FactTable
from kejing.facts.yaml_text import KeyPath, YamlText, read_yaml
from kejing.measure.errors import RefusedInputError
from kejing.measure.findings import Finding, Place, Severity
from kejing.measure.period import NotAPeriodError, parse_day

BOOKKEEPING_COLUMNS = frozenset({"known_at", "voided"})
"""Bookkeeping columns a mapping may feed."""

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


class MappingRefusedError(RefusedInputError):
    """The mapping file or the parameters given to it cannot be used."""

    code = "facts.mapping_refused"


@dataclass(frozen=True, slots=True)
class _Reader:
    file: str
    text: YamlText

    def finding(self, code: str, path: KeyPath, value: object = "", **facts: str) -> Finding:
        key = ".".join(str(part) for part in path)
        place = Place(file=self.file, row=self.text.line(path), column=key, value=str(value))
        return Finding(code=code, severity=Severity.ERROR, place=place, stage="facts", facts=facts)


def load_mapping(path: Path, settings: AnyMapping[str, str]) -> Mapping:
    """The mapping in ``path`` with its parameters filled from ``settings``.

    Raises
    ------
    MappingRefusedError
        The file or a parameter is wrong; every mistake found is in ``findings``.
    """
    try:
        text = read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as cause:
        place = Place(file=path.name, row=_yaml_line(cause))
        detail = str(getattr(cause, "problem", None) or getattr(cause, "strerror", None) or cause)
        finding = Finding(
            code="facts.mapping_unreadable",
            severity=Severity.ERROR,
            place=place,
            stage="facts",
            facts={"detail": detail},
        )
        raise MappingRefusedError([finding], file=path.name) from cause
    reader = _Reader(path.name, text)
    findings = [reader.finding("facts.mapping_key_repeated", path_) for path_ in text.repeated]
    data, wrong = _fill(reader, settings)
    findings += wrong
    mapping = None
    if not findings:
        try:
            mapping = Mapping.model_validate(data)
        except ValidationError as cause:
            findings = [_schema_finding(reader, error) for error in cause.errors()]
    if mapping is not None:
        findings = list(_content_findings(reader, mapping))
    if findings or mapping is None:
        raise MappingRefusedError(findings, file=path.name)
    return mapping


def _yaml_line(cause: BaseException) -> int:
    mark = getattr(cause, "problem_mark", None)
    return mark.line + 1 if mark is not None else 0


def _fill(reader: _Reader, settings: AnyMapping[str, str]) -> tuple[Any, list[Finding]]:
    """The data with every ``{name}`` replaced, and what is wrong with the parameters."""
    data = reader.text.data
    if not isinstance(data, dict):
        return data, []
    declared = data.get("parameters")
    values, findings = _parameter_values(reader, declared if isinstance(declared, dict) else {}, settings)
    if findings:
        return data, findings
    filling = _Filling(reader, values)
    filled = {key: part if key == "parameters" else filling.fill(part, (key,)) for key, part in data.items()}
    return filled, filling.findings


def _parameter_values(
    reader: _Reader, declared: AnyMapping[str, Any], settings: AnyMapping[str, str]
) -> tuple[dict[str, str], list[Finding]]:
    """Values of the declared parameters; one that is not given and not required has none."""
    known = ", ".join(sorted(declared)) or "-"
    findings = [
        reader.finding("facts.mapping_parameter_unknown", ("parameters",), settings[name], name=name, known=known)
        for name in sorted(set(settings) - set(declared))
    ]
    values: dict[str, str] = {}
    for name, rule in declared.items():
        rule_map = rule if isinstance(rule, dict) else {}
        value, pattern = settings.get(name, rule_map.get("default")), rule_map.get("pattern")
        path: KeyPath = ("parameters", name)
        if value is None:
            if rule_map.get("required") == "true":
                findings.append(reader.finding("facts.mapping_parameter_missing", path, name=name))
        elif pattern is not None and not re.fullmatch(pattern, value):
            wrong = reader.finding("facts.mapping_parameter_mismatch", path, value, name=name, pattern=pattern)
            findings.append(wrong)
        else:
            values[name] = value
    return values, findings


@dataclass(frozen=True, slots=True)
class _Filling:
    """Puts parameter values into texts and notes the names that have none."""

    reader: _Reader
    values: AnyMapping[str, str]
    findings: list[Finding] = field(default_factory=list)

    def fill(self, part: Any, path: KeyPath) -> Any:  # noqa: ANN401 - YAML holds anything
        """``part`` with its placeholders replaced."""
        match part:
            case dict():
                return {key: self.fill(child, (*path, key)) for key, child in part.items()}
            case list():
                return [self.fill(child, (*path, index)) for index, child in enumerate(part)]
            case _:
                text = str(part)
                for name in _PLACEHOLDER.findall(text):
                    if name not in self.values:
                        unknown = self.reader.finding("facts.mapping_placeholder_unknown", path, text, name=name)
                        self.findings.append(unknown)
                return _PLACEHOLDER.sub(lambda found: self.values.get(found[1], found[0]), text)


def _schema_finding(reader: _Reader, error: Any) -> Finding:  # noqa: ANN401 - pydantic's own record
    """One mistake against the shape of a mapping."""
    path = _known_path(reader, tuple(error["loc"]))
    match error["type"]:
        case "extra_forbidden":
            return reader.finding("facts.mapping_key_unknown", path, "", key=str(error["loc"][-1]))
        case "missing":
            return reader.finding(
                "facts.mapping_key_missing", path[:-1] if path else path, "", key=str(error["loc"][-1])
            )
        case _:
            value = error["input"] if isinstance(error["input"], str) else ""
            return reader.finding("facts.mapping_value_wrong", path, value, detail=str(error["msg"]))


def _known_path(reader: _Reader, loc: KeyPath) -> KeyPath:
    """The key path of a mistake without the names of models that pydantic puts in between."""
    path: KeyPath = ()
    for part in loc[:-1]:
        if (*path, part) in reader.text.lines:
            path = (*path, part)
    return (*path, loc[-1]) if loc else path


def _content_findings(reader: _Reader, mapping: Mapping) -> list[Finding]:
    """Names that do not exist, required columns that nothing feeds, days that are none."""
    findings = []
    if isinstance(mapping.known_at, str):
        try:
            parse_day(mapping.known_at)
        except NotAPeriodError:
            findings.append(reader.finding("facts.mapping_known_at_wrong", ("known_at",), mapping.known_at))
    for name, blocks in mapping.tables.items():
        table = FACT_TABLES.get(name)
        if table is None:
            known = ", ".join(FACT_TABLES)
            findings.append(reader.finding("facts.mapping_table_unknown", ("tables", name), name, known=known))
            continue
        for index, block in enumerate(blocks):
            path: KeyPath = ("tables", name, index)
            if block.source not in mapping.sources:
                known = ", ".join(sorted(mapping.sources))
                findings.append(
                    reader.finding("facts.mapping_source_unknown", (*path, "from"), block.source, known=known)
                )
            if block.columns is not None:
                findings += _column_findings(reader, table, path, set(block.columns), extra=bool(block.allow_extra))
    return findings


def _column_findings(
    reader: _Reader, table: FactTable, path: KeyPath, columns: set[str], *, extra: bool
) -> list[Finding]:
    names = {column.name for column in table.columns}
    findings = [
        reader.finding(
            "facts.mapping_column_unknown",
            (*path, "columns", name),
            name,
            table=table.name,
            known=", ".join(sorted(names)),
        )
        for name in sorted(columns - names - BOOKKEEPING_COLUMNS)
        if not extra
    ]
    findings += [
        reader.finding("facts.mapping_column_missing", (*path, "columns"), "", table=table.name, name=column.name)
        for column in table.columns
        if column.required and column.name not in columns
    ]
    return findings
