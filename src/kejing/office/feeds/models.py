"""Runs that the office knows."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import models

from kejing.office.acts.rows import Row
from kejing.office.people.models import User


class Run(Row):
    """A run whose tables lie in ``folder``, relative to the office folder or absolute."""

    run_id = models.CharField(max_length=40, unique=True)
    folder = models.CharField(max_length=500)
    policy = models.CharField(max_length=120)
    as_of = models.DateField()
    snapshot_id = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    is_shown = models.BooleanField(default=False)  # pages read the shown run of each policy

    def __str__(self) -> str:
        return f"{self.policy} {self.as_of}"


class LoadedSnapshot(Row):
    """The snapshot that the books were loaded from: one row."""

    snapshot_id = models.CharField(max_length=64)
    facts_folder = models.CharField(max_length=500)  # relative to the office folder, or absolute

    def __str__(self) -> str:
        return self.snapshot_id

    @property
    def folder(self) -> Path:
        """Where the facts lie."""
        office: Path = settings.OFFICE_FOLDER
        return office / self.facts_folder


class PolicyVersion(Row):
    """A change of a policy, laid over it from its approval on: the folder of an overlay, kept under its hash."""

    class State(models.TextChoices):
        """Where it stands."""

        DRAFT = "draft"
        APPROVED = "approved"
        WITHDRAWN = "withdrawn"

    policy = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    reason = models.TextField()
    folder = models.CharField(max_length=300)  # relative to the office folder
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drafted_on = models.DateField()
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    approved_on = models.DateField(null=True)

    def __str__(self) -> str:
        return self.title


class RunJob(Row):
    """A run that somebody asked for."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        CANCELLED = "cancelled"
        FAILED = "failed"

    policy = models.CharField(max_length=120)
    as_of = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    run_id = models.CharField(max_length=40, blank=True)
    fault = models.CharField(max_length=80, blank=True)  # code of the error that ended it
    facts = models.JSONField(default=dict)  # what the error names

    def __str__(self) -> str:
        return f"{self.policy} {self.as_of}"


class RunProgress(models.Model):
    """How far a job is: the machinery's own note, no part of any event."""

    job = models.OneToOneField(RunJob, primary_key=True, on_delete=models.CASCADE, related_name="progress")
    step = models.CharField(max_length=80, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.step} {self.done}/{self.total}"


class ImportBatch(Row):
    """Files that somebody brought together, and what became of them."""

    class State(models.TextChoices):
        """Where it stands."""

        PREVIEWED = "previewed"
        COMMITTED = "committed"
        UNDONE = "undone"
        DISCARDED = "discarded"

    folder = models.CharField(max_length=300)  # relative to the office folder
    files = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State, default=State.PREVIEWED)
    counts = models.JSONField(default=dict)  # table to rows read, new, changed, rejected …
    findings = models.JSONField(default=dict)  # code to how many
    snapshot_before = models.CharField(max_length=64, blank=True)
    snapshot_after = models.CharField(max_length=64, blank=True)
    brought_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    brought_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return ", ".join(self.files)
