"""All formulas of a pack bound to a vocabulary, in the order they can be computed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from kejing.measure.errors import RefusedInputError
from kejing.measure.findings import Finding, Severity
from kejing.policy.formula.bind import Bound, bind
from kejing.policy.formula.cards import check_cards
from kejing.policy.formula.kinds import kind_of, met
from kejing.policy.formula.names import Names, Source, Target
from kejing.policy.formula.phases import phases_of
from kejing.policy.formula.problem import FormulaProblem
from kejing.policy.pack import Pack
from kejing.policy.parts import Formula, FormulaVersion
from kejing.policy.problems import nearest, problem
from kejing.policy.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Binding:
    """Formulas whose names and types are known. ``order`` puts everything a formula reads before it."""

    pack: Pack
    vocabulary: Vocabulary
    names: Names
    bound: dict[str, tuple[Bound, ...]]
    order: tuple[str, ...]
    findings: tuple[Finding, ...]

    def versions(self, formula: str) -> list[tuple[FormulaVersion, Bound]]:
        """Each version of a formula with its meaning, earliest first."""
        return list(zip(self.pack.formulas[formula].versions, self.bound[formula], strict=True))

    def reads(self, formula: str) -> list[str]:
        """Formulas that ``formula`` reads in any version, each once."""
        return _reads(self.bound[formula])

    def earlier(self, formula: str) -> list[str]:
        """Formulas that ``formula`` reads of earlier times in any version, each once."""
        return _named(target for bound in self.bound[formula] for target in bound.earlier_targets())

    def closure(self, names: Collection[str]) -> list[str]:
        """``names`` and every formula they rest on, in order."""
        wanted: set[str] = set()
        waiting = [name for name in names if name in self.bound]
        while waiting:
            name = waiting.pop()
            if name not in wanted:
                wanted.add(name)
                waiting += [*self.reads(name), *self.earlier(name)]
        return [name for name in self.order if name in wanted]


def bind_pack(pack: Pack, vocabulary: Vocabulary) -> Binding:
    """Bind every formula; what is wrong is told in ``findings``."""
    names = Names(pack, vocabulary)
    findings: list[Finding] = check_cards(pack)
    bound: dict[str, tuple[Bound, ...]] = {}
    for formula in pack.formulas.values():
        if formula.over not in vocabulary:
            known = [grain.name for grain in vocabulary]
            facts = {"name": formula.name, "over": formula.over, "nearest": nearest(formula.over, known)}
            findings.append(problem("formula_grain", formula.place, **facts))
            continue
        if any(variable.name == formula.name for variable in vocabulary[formula.over].variables):
            findings.append(problem("name_taken", formula.place, name=formula.name, grain=formula.over))
        bound[formula.name] = tuple(_bound(formula, version, names, findings) for version in formula.versions)
    order = _ordered(pack, bound, findings)
    binding = Binding(pack, vocabulary, names, bound, order, tuple(findings))
    if findings:
        return binding
    return replace(binding, findings=tuple(_timeless_loops(binding)))


def _timeless_loops(binding: Binding) -> list[Finding]:
    """Formulas that would have to be reckoned time by time over rows without time."""
    found = []
    for name in phases_of(binding, binding.order).loop:
        formula = binding.pack.formulas[name]
        if not binding.vocabulary[formula.over].sequence:
            found.append(problem("loop_without_time", formula.place, name=name, grain=formula.over))
    return found


def bind_or_refuse(pack: Pack, vocabulary: Vocabulary) -> Binding:
    """As `bind_pack`.

    Raises
    ------
    RefusedInputError
        A formula has a mistake.
    """
    binding = bind_pack(pack, vocabulary)
    if any(finding.severity is Severity.ERROR for finding in binding.findings):
        raise RefusedInputError(list(binding.findings), source=pack.name)
    return binding


def _bound(formula: Formula, version: FormulaVersion, names: Names, findings: list[Finding]) -> Bound:
    bound = bind(version.node, formula.over, names)
    try:
        _result_fits(formula, version, bound, names)
    except FormulaProblem as unfit:
        bound.problems.append(unfit)
    for mistake in bound.problems:
        excerpt = version.text[mistake.span.start : mistake.span.end]
        facts = {"formula": formula.name, "at": mistake.span.start + 1, "part": excerpt, **mistake.facts}
        findings.append(problem(mistake.code, version.place, **facts))
    return bound


def _result_fits(formula: Formula, version: FormulaVersion, bound: Bound, names: Names) -> None:
    """The formula gives what it says it gives."""
    declared = names.by_grain[formula.over][formula.name]
    wanted = kind_of(declared.type, declared.dims, declared.codes)
    if bound.kind.is_unknown:
        return
    try:
        met(bound.kind, wanted, version.node.span)
    except FormulaProblem:
        code = "result_unit" if bound.kind.base is wanted.base else "result_type"
        raise FormulaProblem(code, version.node.span, found=bound.kind, wanted=wanted) from None


def _reads(bounds: tuple[Bound, ...]) -> list[str]:
    return _named(target for bound in bounds for target in bound.all_targets())


def _named(targets: Iterable[Target]) -> list[str]:
    return list(dict.fromkeys(target.name for target in targets if target.source is Source.FORMULA))


def _ordered(pack: Pack, bound: dict[str, tuple[Bound, ...]], findings: list[Finding]) -> tuple[str, ...]:
    """Formulas so that each comes after what it reads; a circle becomes one finding."""
    order: list[str] = []
    done: set[str] = set()
    told: set[str] = set()

    def visit(name: str, path: list[str]) -> None:
        if name in done or name not in bound:
            return
        if name in path:
            circle = path[path.index(name) :]
            if told.isdisjoint(circle):
                first = min(circle)
                start = circle.index(first)
                shown = " → ".join([*circle[start:], *circle[:start], first])
                findings.append(problem("circle", pack.formulas[first].place, name=first, circle=shown))
            told.update(circle)
            return
        for read in _reads(bound[name]):
            visit(read, [*path, name])
        done.add(name)
        order.append(name)

    for name in bound:
        visit(name, [])
    return tuple(order)
