"""What an RM answered to a suggestion."""

from __future__ import annotations

from django.db import models

from kejing.office.acts.rows import Row


class Verdict(Row):
    """A suggestion that an RM dismissed, and why; how many there are tells whether suggestions are any good."""

    rm_id = models.CharField(max_length=80)
    customer_id = models.CharField(max_length=80, db_index=True)
    key = models.CharField(max_length=200)  # of the suggestion
    reason = models.TextField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("rm_id", "key"), name="one_verdict_a_suggestion"),)

    def __str__(self) -> str:
        return self.key
