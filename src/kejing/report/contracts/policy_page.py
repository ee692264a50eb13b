"""The 管理办法 as a document: the same folder that runs, told from general to particular."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from markupsafe import Markup

from kejing.measure.period import LAST_DAY, Period
from kejing.policy import Pack
from kejing.report.blocks import Fact
from kejing.report.clauses import ClauseBook, Voice
from kejing.report.clauses.phrase import markup
from kejing.report.clauses.rules import Clauses
from kejing.report.contracts.rules_in_force import RulesInForce, flattened
from kejing.report.page import asset, checked_lang, render
from kejing.stages.earn.vocabulary import EARN_VOCABULARY

_TOLD = frozenset({"pay.components"})
"""Settings that the document tells in sentences of their own."""


def policy_html(pack: Pack, *, lang: str, alternate: str = "") -> str:
    """The policy as one HTML page.

    Parameters
    ----------
    lang
        ``zh`` or ``en``.
    alternate
        File name of the page in the other language, beside this one.

    Raises
    ------
    WrongLanguageError
        There is no such language.
    RefusedInputError
        A formula has a mistake.
    """
    voice = Voice(pack, checked_lang(lang))
    book = ClauseBook(pack, EARN_VOCABULARY, voice)
    clauses = book.everything()
    rules = RulesInForce(pack, book, voice, _days(pack))
    return render(
        "policy.html.j2",
        lang=voice.lang,
        numbers=voice.numbers,
        scripts=[asset("templates", "statement.js")],
        sheets=(asset("templates", "statement.css"),),
        w=voice.word,
        markup=markup,
        title=voice.label(pack.labels),
        facts=_facts(pack, voice),
        figures=_figures(clauses, pack, voice),
        components=rules.components(),
        scores=rules.scores(),
        deferral=rules.deferral(),
        schemes=_schemes(pack, voice),
        targets=_targets(pack, voice),
        clauses=clauses,
        grains=_grains(clauses, pack, voice),
        settings=_settings(pack),
        code_lists=[(name, voice.codes_of(name)) for name in pack.code_lists],
        cases=[(case.name, case.source, case.stage) for case in pack.cases],
        alternate=alternate,
    )


def _days(pack: Pack) -> Period:
    """A day on which every rule has begun: sentences tell the latest version, clauses all of them."""
    starts = [version.valid_from for formula in pack.formulas.values() for version in formula.versions]
    return Period(max(starts, default=date.min), LAST_DAY)


def _facts(pack: Pack, voice: Voice) -> list[Fact]:
    kinds = voice.word("formula.comma").join(
        voice.code(kind, "customer_kind") for kind in pack.population.customer_kinds
    )
    lines = voice.word("formula.comma").join(voice.code(line, "rm_line") for line in pack.population.rm_lines)
    return [
        Fact(voice.word("head.policy"), f"{pack.name} {pack.version}"),
        Fact(voice.word("head.policy_hash"), pack.digest, is_code=True),
        Fact(voice.word("policy.extends"), pack.extends or ""),
        Fact(voice.word("policy.customers"), kinds),
        Fact(voice.word("policy.rms"), lines),
        Fact(voice.word("policy.grain"), voice.word(f"policy.grain.{pack.calendar.grain}")),
        Fact(voice.word("head.currency"), pack.currency),
    ]


def _figures(clauses: Clauses, pack: Pack, voice: Voice) -> list[Fact]:
    counts = {
        "clause.formulas": len(clauses.formulas),
        "clause.tables": len(clauses.tables),
        "clause.parameters": len(clauses.parameters),
        "policy.cases": len(pack.cases),
        "policy.assumptions": clauses.assumed,
    }
    return [Fact(voice.word(key), str(count)) for key, count in counts.items()]


def _schemes(pack: Pack, voice: Voice) -> list[tuple[str, str, Markup, str]]:
    """Segmentation schemes: label, whether it is the main one, table, source."""
    section = pack.section("segment")
    schemes = section.get("schemes")
    found = []
    for name, scheme in schemes.items() if isinstance(schemes, Mapping) else ():
        if not isinstance(scheme, Mapping):
            continue
        labels = scheme.get("labels")
        label = str(labels.get(voice.lang, name)) if isinstance(labels, Mapping) else name
        table = str(scheme.get("table") or "")
        title = voice.label(pack.tables[table].labels) if table in pack.tables else table
        link = Markup('<a href="#t-{}">{}</a>').format(table, title)
        main = voice.word("policy.main_scheme") if name == section.get("main_scheme") else ""
        found.append((label, main, link, str(scheme.get("source") or "")))
    return found


def _targets(pack: Pack, voice: Voice) -> list[tuple[str, str]]:
    """Measures and the way targets are set."""
    section = pack.section("target")
    method = f"code.target.{section.get('method')}"
    found = [
        (voice.word("policy.method"), voice.word(method) if method in voice.words else str(section.get("method") or ""))
    ]
    measures = section.get("measures")
    for name, measure in measures.items() if isinstance(measures, Mapping) else ():
        stock = f"code.stock.{measure.get('stock')}" if isinstance(measure, Mapping) else ""
        found.append((voice.code(name, "measure"), voice.word(stock) if stock in voice.words else ""))
    return [pair for pair in found if pair[1]]


def _grains(clauses: Clauses, pack: Pack, voice: Voice) -> list[tuple[str, list[object]]]:
    """Formulas by what they are worked out for: the RM, each measure, each line, each incident, each account."""
    found = []
    for grain in ("rm", "task", "line", "incident", "account"):
        own: list[object] = [clause for clause in clauses.formulas if pack.formulas[clause.name].over == grain]
        if own:
            found.append((voice.word(f"policy.of.{grain}"), own))
    return found


def _settings(pack: Pack) -> list[tuple[str, list[tuple[str, str]]]]:
    """Settings of every section as written, but those told in sentences."""
    found = []
    for name in pack.sections:
        own = [
            (path, value)
            for path, value in flattened(pack.section(name))
            if not any(f"{name}.{path}".startswith(told) for told in _TOLD)
        ]
        if own:
            found.append((name, own))
    return found
