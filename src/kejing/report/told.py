"""A finding in words: its facts and its place fill the texts of its code."""

from __future__ import annotations

import json

from kejing.report.read_run import Row
from kejing.text import Message, sentence
from kejing.text.catalogue import PLACE_NAMES
from kejing.text.labels import Lang


def tell(row: Row, lang: Lang) -> Message:
    """Reason and remedy of one row of the ``findings`` table."""
    place = {name: "" if row[name] is None else str(row[name]) for name in PLACE_NAMES}
    return sentence(str(row["code"]), place | json.loads(str(row["facts"] or "{}")), lang)
