"""``kejing report``: the HTML page and the workbook of a run."""

from __future__ import annotations

from pathlib import Path

from kejing.report import write_html, write_xlsx
from kejing.text.labels import Lang
from kejing.warehouse.store import recover_folder

_SHEET_ROWS = 20_000


def report(out: str | Path, *, lang: Lang = "zh", max_rows: int = _SHEET_ROWS) -> list[Path]:
    """Write ``report.html`` and ``report.xlsx`` into the run's folder; English ones carry ``.en`` in the name.

    Parameters
    ----------
    max_rows
        Rows a sheet of the workbook holds at most; a longer table names the file with the rest.

    Returns
    -------
    list of Path
        The files written.
    """
    folder = Path(out)
    recover_folder(folder)
    html, xlsx = folder / f"report{_suffix(lang)}.html", folder / f"report{_suffix(lang)}.xlsx"
    other: Lang = "en" if lang == "zh" else "zh"
    write_html(folder, lang=lang, target=html, alternate=f"report{_suffix(other)}.html")
    write_xlsx(folder, lang=lang, target=xlsx, max_rows=max_rows)
    return [html, xlsx]


def _suffix(lang: Lang) -> str:
    return "" if lang == "zh" else f".{lang}"
