"""Rows of the machinery itself, such as a reply kept for a repeated request, or how far a webhook got.

They say nothing of the business, so no event tells of them; everything else goes through `kejing.office.acts.act`.
"""

from __future__ import annotations

from django.db import models


def keep(row: models.Model) -> None:
    """Write a new row, or the row anew."""
    row.save()
