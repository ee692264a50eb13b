"""The report of a run as one HTML file that needs no server and no network."""

from __future__ import annotations

from pathlib import Path

from kejing.report import overview
from kejing.report.blocks import Section
from kejing.report.numbers import AXIS_SCALES
from kejing.report.page import asset, checked_lang, data_block, render, write_page
from kejing.report.read_run import Run
from kejing.report.sections import SECTIONS
from kejing.report.speech import Speech


def write_html(out: Path, *, lang: str, target: Path, alternate: str | None = None) -> None:
    """Write the report of the run in ``out``.

    Parameters
    ----------
    out
        Folder of a run: Parquet tables, ``manifest.json``, ``policy/``.
    lang
        ``zh`` or ``en``.
    target
        The file to write. Same run, same bytes.
    alternate
        File name of the same report in the other language, beside ``target``; linked in the head.

    Raises
    ------
    NotARunError
        ``out`` has no manifest.
    WrongLanguageError
        The report has no such language.

    Notes
    -----
    The file carries aggregates and bounded samples (`kejing.report.limits`), never whole tables.
    """
    known = checked_lang(lang)
    with Run(out) as run:
        speech = Speech(run, known)
        sections = [build(run, speech) for build in SECTIONS.values()]
        text = render(
            "report.html.j2",
            lang=known,
            numbers=speech.numbers,
            scripts=[asset("assets", "echarts.min.js"), asset("templates", "charts.js")],
            institution=overview.institution(run, speech),
            facts=overview.facts(run, speech),
            figures=overview.figures(run, speech),
            steps=overview.steps(run, speech),
            simulated=overview.simulated(run, speech),
            sections=sections,
            alternate=alternate,
            data=data_block(_data(speech, sections)),
        )
    write_page(target, text)


def _data(speech: Speech, sections: list[Section]) -> dict[str, object]:
    """Chart specifications and what the script needs to write numbers."""
    return {
        "charts": {chart.id: chart.spec for section in sections for chart in section.charts},
        "meta": {
            "lang": speech.lang,
            "currency": speech.run.manifest.currency,
            "scales": [[power, word] for power, word in AXIS_SCALES[speech.lang]],
            "units": {unit: speech.text(f"unit.{unit}") for unit in ("heads", "hours", "km")},
        },
    }
