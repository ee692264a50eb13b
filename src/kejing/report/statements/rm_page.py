"""An RM's statement as one HTML file: from a total to its lines, from a line to its coverage and its clause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from kejing.report.blocks import Fact
from kejing.report.clauses.phrase import markup
from kejing.report.page import asset, render
from kejing.report.statements.extras import ExtraGrid, extra_grid, extra_text
from kejing.report.statements.frame import Desk
from kejing.report.statements.names import href, rm_file, unit_file
from kejing.report.statements.register import Registers
from kejing.report.statements.statement import Component, Line, Measure, Part, Statement
from kejing.report.statements.style import register_style
from kejing.report.statements.sums import APART, LADDER, amount_of, known, ties_of
from kejing.report.statements.why import Why


@dataclass(frozen=True, slots=True)
class PartView:
    """A component's amount under one measure, with its reason."""

    label: str
    amount: str
    sentence: Markup
    lines_anchor: str
    lines: int
    why: Sequence[Why]
    clause: str


@dataclass(frozen=True, slots=True)
class ComponentView:
    """One component: its total, its rule in words, its parts."""

    anchor: str
    label: str
    code: str
    amount: str
    formula: Markup
    formula_anchor: str
    note: str
    parts: Sequence[PartView]


class RmPage:
    """Builds the page of one statement at the desk of one language."""

    def __init__(self, desk: Desk, statement: Statement) -> None:
        self.desk = desk
        self.voice = desk.voice
        self.statement = statement

    def html(self) -> str:
        """The page."""
        voice, statement = self.voice, self.statement
        other = "en" if voice.lang == "zh" else "zh"
        labels = {one.component: voice.label(one.labels) for one in statement.components}
        builder = Registers(self.desk, labels)
        registers = [builder.register(measure) for measure in statement.measures if measure.lines]
        return render(
            "statement.html.j2",
            lang=voice.lang,
            numbers=voice.numbers,
            scripts=[asset("templates", "statement.js")],
            sheets=(asset("templates", "statement.css"), register_style(registers, voice)),
            w=voice.word,
            markup=markup,
            desk=self.desk,
            statement=statement,
            name=self.desk.rm(statement.rm_id),
            unit=self.desk.unit(statement.unit_id),
            person=self.person(),
            facts=self.desk.facts(),
            figures=self._figures(),
            components=[self._component(component) for component in statement.components],
            total=voice.money(statement.of_components),
            measures=[self._measure(measure) for measure in statement.measures],
            points=self._points(),
            registers=registers,
            ladder=self._ladder(),
            deferred=self._deferred(),
            extras=[self._extra(extra_grid(extra, voice)) for extra in statement.extras.values()],
            corrections=self._corrections(),
            ties=self._ties(),
            clauses=self.desk.clauses,
            alternate=href(rm_file(statement.rm_id, other, "html")),
            workbook=href(rm_file(statement.rm_id, voice.lang, "xlsx")),
            unit_page=href(unit_file(statement.unit_id, voice.lang, "html")) if statement.unit_id else "",
        )

    def person(self) -> str:
        """Unit, line, grade and days in service."""
        person, voice = self.statement.person, self.voice
        parts = [self.desk.unit(self.statement.unit_id)] if self.statement.unit_id else []
        parts += [
            voice.code(person[name], kind)
            for name, kind in (("line", "rm_line"), ("grade", "grade"))
            if person.get(name)
        ]
        if person.get("service_days") is not None:
            parts.append(voice.word("head.days", days=person["service_days"], of=person["period_days"]))
        return " · ".join(parts)

    def _figures(self) -> list[Fact]:
        voice, statement = self.voice, self.statement
        found = [Fact(voice.word("figure.gross"), voice.money(statement.gross))]
        settled = statement.settlement
        if settled is None:
            found += [
                Fact(voice.word("figure.deferred"), voice.money(statement.deferred)),
                Fact(voice.word("figure.paid_now"), voice.money(statement.paid_now)),
            ]
        else:
            found += [
                Fact(voice.word(f"figure.{name}"), voice.money(amount_of(settled[name])))
                for name in ("deferred", "payable")
            ]
        if statement.corrections:
            found.append(Fact(voice.word("figure.corrected"), voice.money(statement.corrected)))
        return found

    def _component(self, component: Component) -> ComponentView:
        formula = component.formula
        sentence = self.desk.book.sentence(formula, self.desk.last_day) if formula else ()
        settled = {one.component: one for one in self.desk.settings.components}.get(component.component)
        key = ""
        if settled is not None:
            key = "component.split" if settled.split else "component.by_line" if settled.over == "line" else ""
        return ComponentView(
            f"c-{component.component}",
            self.voice.label(component.labels),
            component.component,
            self.voice.money(component.amount),
            markup(sentence),
            f"f-{formula}" if formula else "",
            self.voice.word(key) if key else "",
            [self._part(component, part) for part in component.parts],
        )

    def _part(self, component: Component, part: Part) -> PartView:
        reasons, day = self.desk.reasons, self.desk.last_day
        lines = [line for line in self._lines(part.measure) if line.paid_by(component.component)]
        why: list[Why] = []
        sentence = Markup()
        if part.figure is not None:
            tree = reasons.of(part.figure, day)
            sentence, why = markup(tree.how), list(tree.children)
        elif lines:
            figure = next((one.figure for one in lines[0].paid if one.component == component.component), None)
            why = reasons.shared(figure, day) if figure is not None else []
        label = self.voice.code(part.measure, "measure") if part.measure else self.voice.label(component.labels)
        return PartView(
            label,
            self.voice.money(part.amount),
            sentence,
            f"m-{part.measure}" if part.on_lines is not None else "",
            len(lines),
            why,
            part.clause,
        )

    def _lines(self, measure: str) -> tuple[Line, ...]:
        return next((one.lines for one in self.statement.measures if one.measure == measure), ())

    def _measure(self, measure: Measure) -> dict[str, str]:
        task, voice = measure.task, self.voice
        return {
            "label": voice.code(measure.measure, "measure"),
            "anchor": f"m-{measure.measure}" if measure.lines else "",
            "stock": voice.money(known(task.get("stock"))),
            "target": voice.money(known(task.get("increment_target"))),
            "actual": voice.money(known(task.get("actual"))),
            "completion": voice.percent(known(task.get("completion"))),
            "points": voice.points(known(task.get("points"))),
        }

    def _points(self) -> str:
        total = self.statement.total
        if not total:
            return ""
        rank = total.get("rank")
        points = self.voice.points(known(total.get("points")))
        return self.voice.word("measure.total", points=points) + (
            self.voice.word("measure.rank", rank=rank) if rank is not None else self.voice.word("measure.no_rank")
        )

    def _component_label(self, name: str) -> str:
        return next((self.voice.label(one.labels) for one in self.statement.components if one.component == name), name)

    def _ladder(self) -> list[tuple[str, str, str, bool]]:
        """Sign, label, amount and whether it is a result; without a settlement gross, deferred and paid now."""
        voice, settled = self.voice, self.statement.settlement
        if settled is None:
            amounts = [("gross", 1, self.statement.gross), ("deferred", -1, self.statement.deferred)]
            amounts.append(("paid_now", 0, self.statement.paid_now))
        else:
            amounts = [(name, sign, amount_of(settled[name])) for name, sign in LADDER if name in settled]
        signs = {1: "+", -1: "−", 0: "="}
        bare = {amounts[0][0], *APART}
        return [
            ("" if name in bare else signs[sign], voice.word(f"figure.{name}"), voice.money(amount), sign == 0)
            for name, sign, amount in amounts
        ]

    def _deferred(self) -> Why | None:
        figure = self.statement.deferred_figure
        return None if figure is None else self.desk.reasons.of(figure, self.desk.last_day)

    def _extra(self, grid: ExtraGrid) -> dict[str, object]:
        rows = [[extra_text(row, column, self.voice) for column in grid.columns] for row in grid.rows]
        total = "" if grid.total is None else self.voice.money(grid.total)
        return {"grid": grid, "rows": rows, "total": total}

    def _corrections(self) -> list[dict[str, str]]:
        voice = self.voice
        return [
            {
                "posting": one.posting_id,
                "period": one.period,
                "posted_in": one.posted_in,
                "what": " · ".join(
                    filter(
                        None, (self._component_label(one.component), voice.code(one.measure, "measure"), one.line_id)
                    )
                ),
                "customer": one.customer_id,
                "amount": voice.money(one.amount),
                "corrects": one.corrects,
                "kind": voice.word(f"code.posting.{one.kind}")
                if f"code.posting.{one.kind}" in voice.words
                else one.kind,
                "clause": one.policy_clause,
                "known_on": one.known_on,
                "href": f"../{href(one.period)}/{href(rm_file(one.rm_id, voice.lang, 'html'))}",
            }
            for one in self.statement.corrections
        ]

    def _ties(self) -> list[tuple[str, str, str, bool]]:
        """What, ours, theirs, whether they agree."""
        return [
            (self.voice.word(f"tie.{key}"), self.voice.money(ours), self.voice.money(theirs), ours == theirs)
            for key, ours, theirs in ties_of(self.statement)
        ]
