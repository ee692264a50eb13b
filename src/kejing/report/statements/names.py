"""Names of the files of statements: one rule, so that pages can link to one another."""

from __future__ import annotations

from urllib.parse import quote


def safe(text: str) -> str:
    """An id as a part of a file name that every system takes and that no two ids share.

    Examples
    --------
    >>> safe("K00001"), safe("../x"), safe("甲")
    ('K00001', '%2E%2E%2Fx', '甲')
    """
    kept = "".join(one if one.isalnum() or one in "-_" else quote(one, safe="") for one in text)
    return kept.replace(".", "%2E").replace("~", "%7E")


def rm_file(rm_id: str, lang: str, ending: str) -> str:
    """File of an RM's statement."""
    return f"rm-{safe(rm_id)}.{lang}.{ending}"


def unit_file(unit_id: str, lang: str, ending: str) -> str:
    """File of a unit's statement."""
    return f"unit-{safe(unit_id)}.{lang}.{ending}"


def href(name: str) -> str:
    """A file name as the address of a link beside it."""
    return quote(name)
