"""``kejing report``: the HTML page and the workbook of a run."""

from __future__ import annotations

from pathlib import Path

from kejing.report import write_html, write_xlsx
from kejing.text.labels import Lang


def report(out: str | Path, *, lang: Lang = "zh") -> list[Path]:
    """Write ``report.html`` and ``report.xlsx`` into the run's folder; English ones carry ``.en`` in the name.

    Returns
    -------
    list of Path
        The files written.
    """
    folder = Path(out)
    suffix = "" if lang == "zh" else f".{lang}"
    html, xlsx = folder / f"report{suffix}.html", folder / f"report{suffix}.xlsx"
    write_html(folder, lang=lang, target=html)
    write_xlsx(folder, lang=lang, target=xlsx)
    return [html, xlsx]
