"""What an uploaded file is refused for."""

from __future__ import annotations

from kejing.measure.errors import KejingError


class FileTooLargeError(KejingError):
    """The file, or what it unpacks to, is larger than any grid of ours."""

    code = "office.grid_too_large"


class NotOurFileError(KejingError):
    """The file is no workbook that this page gave out."""

    code = "office.grid_not_ours"


class ActiveContentError(KejingError):
    """The workbook holds formulas, macros or links."""

    code = "office.grid_active"


class BadCellError(KejingError):
    """A cell holds what the column cannot take."""

    code = "office.grid_bad_cell"


class RowMovedOnError(KejingError):
    """A row was changed after the file was downloaded, or is not the reader's."""

    code = "office.grid_row_moved_on"


class NothingChangedError(KejingError):
    """No cell differs."""

    code = "office.grid_unchanged"
