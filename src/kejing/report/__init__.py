"""The report of a run: one HTML file, one workbook, one index page for several runs."""

from kejing.report.html import write_html
from kejing.report.index import write_index
from kejing.report.xlsx import write_xlsx

__all__ = ["write_html", "write_index", "write_xlsx"]
