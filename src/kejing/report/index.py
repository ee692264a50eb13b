"""One small page for several runs: key figures and links to their reports."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from kejing.report import overview
from kejing.report.numbers import Numbers
from kejing.report.page import checked_lang, render, write_page
from kejing.report.read_run import Run
from kejing.report.speech import Speech
from kejing.text.labels import Lang

REPORT_FILES: dict[Lang, dict[str, str]] = {
    "zh": {"report.html": "link.report_zh", "report.xlsx": "link.workbook_zh"},
    "en": {"report.en.html": "link.report_en", "report.en.xlsx": "link.workbook_en"},
}
"""Files that ``kejing report`` leaves in the folder of a run, to the words of the link."""


def index_name(lang: str, langs: Sequence[str]) -> str:
    """File name of the index in ``lang``: the first language is the default page."""
    return "index.html" if lang == langs[0] else f"index.{lang}.html"


def write_index(folder: Path, runs: Sequence[Path], langs: Sequence[str]) -> list[Path]:
    """Write one index page per language into ``folder``.

    Parameters
    ----------
    folder
        Where ``index.html`` goes; links to the reports are relative to it.
    runs
        Folders of runs, in the order in which they are shown.
    langs
        ``zh`` and ``en`` in any order; the first is ``index.html``, the other ``index.<lang>.html``.

    Returns
    -------
    list
        The files written.
    """
    known = [checked_lang(lang) for lang in langs]
    written = []
    for lang in known:
        target = folder / index_name(lang, langs)
        cards = [_card(folder, run, lang) for run in runs]
        others = [(other, index_name(other, langs)) for other in known if other != lang]
        numbers = Numbers(lang, "CNY")
        write_page(target, render("index.html.j2", lang=lang, numbers=numbers, scripts=[], cards=cards, others=others))
        written.append(target)
    return written


def _card(folder: Path, out: Path, lang: Lang) -> dict[str, object]:
    with Run(out) as run:
        speech = Speech(run, lang)
        links = [
            (speech.text(key), Path(os.path.relpath(out / name, folder)).as_posix())
            for files in sorted(REPORT_FILES, key=lambda other: other != lang)
            for name, key in REPORT_FILES[files].items()
            if (out / name).is_file()
        ]
        return {
            "name": overview.institution(run, speech),
            "facts": overview.facts(run, speech)[:4],
            "figures": overview.figures(run, speech),
            "notes": [
                *(
                    speech.text("index.simulated", said=part.zh if lang == "zh" else part.en)
                    for part in run.manifest.simulated
                ),
                *(
                    speech.text("index.absent", step=label, why=why)
                    for label, present, why in overview.steps(run, speech)
                    if not present
                ),
            ],
            "links": links,
        }
