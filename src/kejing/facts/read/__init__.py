"""Files become columns of text with the row a spreadsheet shows: CSV, XLSX and Parquet, read without guessing.

Every reader ends in a `Sheet`: a relation of the engine with one text column per header. Text is
exact; what it means is decided later, in `kejing.facts.convert`, with the kind of the column in hand.
"""

from kejing.facts.read.open_file import sheet_names, stage_sheet
from kejing.facts.read.sheet import ReadOptions, Sheet, UnreadableSourceError

__all__ = ["ReadOptions", "Sheet", "UnreadableSourceError", "sheet_names", "stage_sheet"]
