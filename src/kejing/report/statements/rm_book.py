"""An RM's statement as a workbook: sums over folded rows, codes beside labels, the reasons and clauses as sheets."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from kejing.measure.money import minor_digits
from kejing.report.clauses.phrase import plain_text
from kejing.report.statements.clause_sheet import clause_sheet, why_rows
from kejing.report.statements.extras import extra_grid, extra_text
from kejing.report.statements.frame import Desk
from kejing.report.statements.rm_page import RmPage
from kejing.report.statements.sheet import Paper, Sheet
from kejing.report.statements.statement import ZERO, Component, Line, Measure, Part, Statement
from kejing.report.statements.sums import LADDER, amount_of, known, ties_of
from kejing.report.xlsx_cells import SheetColumn

_HEAD = ("component", "component_label", "measure", "measure_label", "amount", "clause", "reason")
_LINE = (
    "measure", "measure_label", "customer_id", "customer", "line_id", "day", "product", "product_name", "role",
    "role_label", "share", "covered_from", "covered_to", "coverage_source", "source", "credited",
)  # fmt: skip
_FACTOR_COLUMNS = 2  # the number, and the rule that gave it


class RmBook:
    """Builds the workbook of one statement at the desk of one language."""

    def __init__(self, desk: Desk, statement: Statement) -> None:
        self.desk = desk
        self.voice = desk.voice
        self.statement = statement
        self.page = RmPage(desk, statement)
        title = f"{statement.rm_id} {statement.period}"
        manifest = desk.frame.run.manifest
        self.paper = Paper(title, manifest.as_of, minor_digits(manifest.currency))

    def bytes(self) -> bytes:
        """The workbook."""
        self._summary()
        self._measures()
        self._lines()
        self._extras()
        self._why()
        clause_sheet(self.paper, self.desk.clauses, self.voice)
        return self.paper.bytes()

    def _summary(self) -> None:
        voice, statement = self.voice, self.statement
        sheet = self.paper.sheet(voice.word("statement.title"), (24, 26, 22, 24, 18, 44, 80))
        sheet.folded_above()
        sheet.title(f"{self.desk.rm(statement.rm_id)} {statement.rm_id}")
        sheet.note(f"{statement.period} {voice.word('statement.title')} · {self.desk.standing}")
        sheet.note(self.page.person())
        for fact in self.desk.facts():
            sheet.line([fact.label, fact.hint or str(fact.value)])
        sheet.part(voice.word("section.earned"))
        sheet.head([voice.word(f"book.{name}") for name in _HEAD], _HEAD)
        for component in statement.components:
            self._component(sheet, component)
        sheet.line(["gross", voice.word("figure.gross"), "", "", statement.of_components], is_total=True)
        sheet.part(voice.word("section.settled"))
        for name, amount in self._ladder():
            sheet.line([name, voice.word(f"figure.{name}"), "", "", amount])
        sheet.part(voice.word("section.checks"))
        for key, ours, theirs in ties_of(statement):
            result = voice.word("tie.agrees" if ours == theirs else "tie.differs")
            sheet.line([key, voice.word(f"tie.{key}"), result, "", ours, theirs])

    def _component(self, sheet: Sheet, component: Component) -> None:
        label = self.voice.label(component.labels)
        sheet.line([component.component, label, "", "", component.amount], is_total=True)
        for part in component.parts:
            sheet.line(self._part(component, part, label), level=1)

    def _part(self, component: Component, part: Part, label: str) -> list[object]:
        reason = ""
        if part.figure is not None:
            reason = plain_text(self.desk.reasons.sentence(part.figure, self.desk.last_day))
        elif component.formula:
            reason = plain_text(self.desk.book.sentence(component.formula, self.desk.last_day))
        measure = self.voice.code(part.measure, "measure") if part.measure else ""
        return [component.component, label, part.measure, measure, part.amount, part.clause, reason]

    def _ladder(self) -> list[tuple[str, Decimal]]:
        settled = self.statement.settlement
        if settled is not None:
            return [(name, amount_of(settled[name])) for name, _ in LADDER if name in settled]
        statement = self.statement
        return [("gross", statement.gross), ("deferred", statement.deferred), ("paid_now", statement.paid_now)]

    def _measures(self) -> None:
        voice = self.voice
        sheet = self.paper.sheet(voice.word("section.measures"), (24, 24, 20, 20, 20, 14, 12))
        names = ("stock", "target", "actual", "completion", "points")
        codes = ("measure", "measure_label", "stock", "increment_target", "actual", "completion", "points")
        sheet.head(
            [
                voice.word("book.measure"),
                voice.word("book.measure_label"),
                *(voice.word(f"measure.{one}") for one in names),
            ],
            codes,
        )
        sheet.freeze()
        kinds = ("", "", "", "", "", "percent", "number")
        for measure in self.statement.measures:
            figures = [known(measure.task.get(code)) for code in codes[2:]]
            sheet.line([measure.measure, voice.code(measure.measure, "measure"), *figures], kinds=kinds)
        total = self.statement.total
        if total:
            sheet.line(
                ["", voice.word("book.all_measures"), None, None, None, None, known(total.get("points"))], kinds=kinds
            )

    def _lines(self) -> None:
        """Measure, customer and line as three depths of one outline."""
        voice = self.voice
        components = list(dict.fromkeys(one for measure in self.statement.measures for one in measure.components))
        factors = {table: labels for measure in self.statement.measures for table, labels in measure.factors.items()}
        sheet = self.paper.sheet(
            voice.word("section.lines"), (18, 16, 12, 24, 26, 12, 10, 16, 10, 10, 9, 12, 12, 22, 26, 18)
        )
        sheet.folded_above()
        labels = [voice.word(f"book.{name}") for name in _LINE]
        codes: list[str] = list(_LINE)
        for table, named in factors.items():
            labels += [voice.label(named), voice.word("book.rule", label=voice.label(named))]
            codes += [table, f"{table}_rule"]
        for component in components:
            label = next(
                (voice.label(one.labels) for one in self.statement.components if one.component == component), component
            )
            labels += [label, voice.word("book.clause_of", label=label)]
            codes += [component, f"{component}_clause"]
        sheet.head(labels, codes)
        sheet.freeze(5)
        for measure in self.statement.measures:
            self._register(sheet, measure, list(factors), components)

    def _register(self, sheet: Sheet, measure: Measure, factors: Sequence[str], components: Sequence[str]) -> None:
        if not measure.lines:
            return
        label = self.voice.code(measure.measure, "measure")
        gap = [None] * (len(factors) * _FACTOR_COLUMNS)

        def sums(lines: Sequence[Line]) -> list[object]:
            found: list[object] = []
            for component in components:
                found += [sum((line.paid_by(component) for line in lines), ZERO), ""]
            return found

        sheet.line([measure.measure, label, *[""] * 13, measure.credited, *gap, *sums(measure.lines)], is_total=True)
        for customer, name, lines in measure.by_customer():
            credited = sum((line.amount for line in lines), ZERO)
            sheet.line([measure.measure, label, customer, name, *[""] * 11, credited, *gap, *sums(lines)], level=1)
            for line in lines:
                self._line(sheet, (measure.measure, label), line, factors, components)

    def _line(
        self, sheet: Sheet, measure: tuple[str, str], line: Line, factors: Sequence[str], components: Sequence[str]
    ) -> None:
        given = {factor.table: factor for factor in line.factors}
        paid = {part.component: part for part in line.paid}
        cells: list[object] = [
            *measure, line.customer_id, line.customer, line.line_id, line.day, line.product, line.product_name,
            line.role, self.voice.code(line.role, "role"), line.share, line.covered_from, line.covered_to,
            line.coverage_source, line.source, line.amount,
        ]  # fmt: skip
        kinds = [""] * len(_LINE)
        kinds[10] = "percent"
        for table in factors:
            factor = given.get(table)
            value = None if factor is None else Decimal(factor.value.numerator) / Decimal(factor.value.denominator)
            cells += [value, "" if factor is None else factor.rule]
            kinds += ["number", ""]
        for component in components:
            part = paid.get(component)
            cells += [part.amount, part.clause] if part else [None, ""]
            kinds += ["", ""]
        sheet.line(cells, level=2, kinds=kinds)

    def _extras(self) -> None:
        voice = self.voice
        sheet = self.paper.sheet(voice.word("book.extras"), (18,) * 12)
        for extra in self.statement.extras.values():
            grid = extra_grid(extra, voice)
            sheet.part(grid.title)
            if grid.empty:
                sheet.note(grid.empty)
                continue
            columns = [SheetColumn(one.name, one.label, "text", 18) for one in grid.columns]
            sheet.head([one.label for one in columns], [one.code for one in columns])
            for row in grid.rows:
                cells = [
                    row[one.name] if isinstance(row.get(one.name), Decimal) else extra_text(row, one, voice)
                    for one in grid.columns
                ]
                kinds = ["percent" if one.kind.value == "percent" else "" for one in grid.columns]
                sheet.line(cells, kinds=kinds)
        sheet.part(voice.word("section.corrections"))
        if not self.statement.corrections:
            key = "corrections.none" if self.desk.frame.has_ledger else "corrections.no_ledger"
            sheet.note(voice.word(key))
            return
        names = [name for name in self.statement.corrections[0].__slots__ if name != "rm_id"]
        sheet.head([voice.word(f"book.correction.{name}") for name in names], names)
        for one in self.statement.corrections:
            sheet.line([getattr(one, name) for name in names])

    def _why(self) -> None:
        voice = self.voice
        sheet = self.paper.sheet(voice.word("book.why"), (60, 22, 90, 36))
        sheet.folded_above()
        sheet.head([voice.word(f"book.why_{key}") for key in ("figure", "value", "how", "rule")])
        sheet.freeze()
        for component in self.statement.components:
            for part in component.parts:
                if part.figure is None:
                    continue
                tree = self.desk.reasons.of(part.figure, self.desk.last_day)
                measure = voice.code(part.measure, "measure") if part.measure else ""
                sheet.line(
                    [
                        " · ".join(filter(None, (tree.label, measure))),
                        tree.value,
                        f"= {plain_text(tree.how)}",
                        tree.rule,
                    ]
                )
                for child in tree.children:
                    why_rows(sheet, child)
        figure = self.statement.deferred_figure
        if figure is not None:
            why_rows(sheet, self.desk.reasons.of(figure, self.desk.last_day))
