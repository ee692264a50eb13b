"""A pack: one institution's policy for one population, loaded, merged and ready to be asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Self

from kejing.measure.errors import RefusedInputError
from kejing.measure.findings import Finding, Severity
from kejing.measure.money import minor_digits
from kejing.measure.period import FiscalCalendar
from kejing.policy import build, writing
from kejing.policy.build_tables import build_tables
from kejing.policy.layers import FindPack, Layer, read_layers
from kejing.policy.literals import Value
from kejing.policy.models import HeaderModel
from kejing.policy.parts import Case, Formula, Labels, Parameter, Population, RateCardRule
from kejing.policy.problems import UnknownPolicyNameError
from kejing.policy.shipped import find_shipped_pack
from kejing.policy.tables import DecisionTable


@dataclass(frozen=True, slots=True)
class Pack:
    """A loaded policy. It never changes; a what-if is another pack, loaded with an overlay.

    ``digest`` is the SHA-256 of what the policy says, whatever files say it.
    """

    name: str
    version: str
    labels: Labels
    currency: str
    extends: str | None
    population: Population
    calendar: FiscalCalendar
    code_lists: Mapping[str, Mapping[str, Labels]]
    sections: Mapping[str, object]
    parameters: Mapping[str, Parameter]
    tables: Mapping[str, DecisionTable]
    formulas: Mapping[str, Formula]
    rate_cards: Mapping[str, RateCardRule]
    cases: tuple[Case, ...]
    findings: tuple[Finding, ...]
    digest: str
    layer: Layer

    @classmethod
    def load(cls, path: Path | str, overlays: Iterable[Path | str] = (), find_pack: FindPack | None = None) -> Self:
        """The pack in folder ``path`` with ``overlays`` laid on top, in order.

        Parameters
        ----------
        path
            Folder with a ``policy.yaml``.
        overlays
            Folders with the same files, each holding changes only.
        find_pack
            Folder of a pack by the name in ``extends``; the shipped packs if not given.

        Raises
        ------
        RefusedInputError
            The text has errors; all of them travel along as findings.
        """
        pack, findings = cls.read(path, overlays, find_pack)
        if pack is None:
            raise RefusedInputError(findings, source=Path(path).name)
        return pack

    @classmethod
    def read(
        cls, path: Path | str, overlays: Iterable[Path | str] = (), find_pack: FindPack | None = None
    ) -> tuple[Self | None, list[Finding]]:
        """As `load`, but errors are returned beside None instead of raised."""
        findings: list[Finding] = []
        layer, extends = read_layers(
            Path(path), [Path(overlay) for overlay in overlays], find_pack or find_shipped_pack, findings
        )
        if any(finding.code.startswith("policy.extends_") for finding in findings):
            return None, findings  # without the pack below, every change would look like a mistake
        header = build.build_header(layer.policy, findings)
        if header is None:
            return None, findings
        pack = cls._build(header, layer, extends, findings)
        refused = any(finding.severity is Severity.ERROR for finding in findings)
        return (None if refused else pack), sorted(findings, key=Finding.sort_key)

    @classmethod
    def _build(cls, header: HeaderModel, layer: Layer, extends: str | None, findings: list[Finding]) -> Self:
        code_lists = {
            name: {code: Labels(labels.zh, labels.en) for code, labels in codes.items()}
            for name, codes in header.code_lists.items()
        }
        parameters = build.build_parameters(layer.parameters, findings)
        tables = build_tables(layer, code_lists, findings)
        formulas = build.build_formulas(layer.formulas, minor_digits(header.currency), findings)
        cases = build.build_cases(layer.cases, findings)
        findings += build.find_missing_sources(parameters, formulas, cases)
        return cls(
            name=header.pack,
            version=header.version,
            labels=Labels(header.labels.zh, header.labels.en),
            currency=header.currency,
            extends=extends,
            population=Population(tuple(header.population.customer_kinds), tuple(header.population.rm_lines)),
            calendar=FiscalCalendar(header.calendar.grain, header.calendar.start_month),
            code_lists=code_lists,
            sections={name: value for name, value in layer.policy.data.items() if name not in build.HEADER_KEYS},
            parameters=parameters,
            tables=tables,
            formulas=formulas,
            rate_cards=build.build_cards(layer.rate_cards, findings),
            cases=tuple(cases.values()),
            findings=tuple(sorted(findings, key=Finding.sort_key)),
            digest=writing.digest_of(layer, tables),
            layer=layer,
        )

    @property
    def minor_digits(self) -> int:
        """Digits after the point of the pack's currency."""
        return minor_digits(self.currency)

    def section(self, name: str) -> dict[str, object]:
        """A copy of the section that the stage ``name`` owns; empty where the pack has none."""
        section = self.sections.get(name)
        return deepcopy(section) if isinstance(section, dict) else {}

    def parameter(self, name: str, on: dt.date) -> Fraction | str | bool:
        """The value of a parameter in force on a day; money in whole currency units.

        Raises
        ------
        UnknownPolicyNameError
            The pack has no such parameter.
        PolicyGapError
            ``on`` lies before the first value.
        """
        value: Value = self._get(self.parameters, "parameter", name).on(on).value
        assert isinstance(value, Fraction | str | bool)
        return value

    def table(self, name: str) -> DecisionTable:
        """The decision table ``name``.

        Raises
        ------
        UnknownPolicyNameError
            The pack has no such table.
        """
        return self._get(self.tables, "table", name)

    def _get[Part](self, parts: Mapping[str, Part], kind: str, name: str) -> Part:
        try:
            return parts[name]
        except KeyError:
            raise UnknownPolicyNameError(kind=kind, name=name, pack=self.name) from None

    def write(self, folder: Path) -> None:
        """Write what the pack says, overlays merged in, so that it loads to the same digest."""
        writing.write_layer(self.layer, folder)
