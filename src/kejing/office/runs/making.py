"""A run on its way: asked for, made in a process of its own, cancelled, or done."""

from __future__ import annotations

import datetime as dt
import shutil

from django.conf import settings
from django.tasks import task

from kejing.measure.errors import KejingError
from kejing.office.acts.act import act
from kejing.office.acts.aside import keep
from kejing.office.feeds.models import LoadedSnapshot, RunJob, RunProgress
from kejing.office.feeds.policies import approved_overlays
from kejing.office.feeds.run_tables import know_run
from kejing.office.feeds.writing_back import NothingLoadedError, write_back
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer
from kejing.policy import shipped_packs
from kejing.verbs import run

FOLDER = "runs"
State = RunJob.State


class RunWaitingError(KejingError):
    """A run of the policy is under way already."""

    code = "office.run_waiting"


class NoSuchPolicyError(KejingError):
    """There is no policy of this name."""

    code = "office.no_such_policy"


class CancelledError(KejingError):
    """Somebody cancelled the run."""

    code = "office.run_cancelled"


def ask_for_run(*, viewer: Viewer, policy: str, as_of: dt.date) -> RunJob:
    """Ask for a run of ``policy`` on what the office knows; a worker makes it.

    Raises
    ------
    NothingLoadedError, NoSuchPolicyError, RunWaitingError
        There is nothing to run, or it is under way.
    """
    with viewer.act("runs.asked", power=Power.START_RUN, policy=policy, as_of=str(as_of)) as doing:
        if policy not in shipped_packs():
            raise NoSuchPolicyError(policy=policy)
        if not LoadedSnapshot.objects.exists():
            raise NothingLoadedError
        if RunJob.objects.filter(policy=policy, state__in=(State.WAITING, State.RUNNING)).exists():
            raise RunWaitingError(policy=policy)
        job = doing.add(RunJob(policy=policy, as_of=as_of, asked_by=viewer.user))
    keep(RunProgress(job=job))
    make_run.enqueue(job.pk)
    return job


def cancel_run(*, viewer: Viewer, job: RunJob) -> None:
    """End a run before it is done; one that is done stays."""
    with viewer.act("runs.cancelled", power=Power.START_RUN, policy=job.policy) as doing:
        job.refresh_from_db()
        if job.state in {State.WAITING, State.RUNNING}:
            doing.change(job, expected_version=job.version, state=State.CANCELLED)


@task
def make_run(job_id: int) -> None:
    """Make the run of a job, unless it was cancelled while it waited."""
    job = RunJob.objects.select_related("asked_by").get(pk=job_id)
    if job.state != State.WAITING:
        return
    _step(job, State.RUNNING)
    try:
        run_id = _made(job)
    except CancelledError:
        return
    except KejingError as error:
        _step(job, State.FAILED, fault=error.code, facts={name: str(value) for name, value in error.facts.items()})
        return
    _step(job, State.DONE, run_id=run_id)


def _made(job: RunJob) -> str:
    progress = RunProgress(job=job)

    def tell(step: str, done: int, total: int) -> None:
        if RunJob.objects.filter(pk=job.pk, state=State.CANCELLED).exists():
            raise CancelledError(policy=job.policy)
        progress.step, progress.done, progress.total = step, done, total
        keep(progress)

    tell("snapshot", 0, 1)
    write_back(by=job.asked_by, day=job.as_of)
    facts = LoadedSnapshot.objects.get().folder
    folder = settings.OFFICE_FOLDER / FOLDER / str(job.pk)
    try:
        result = run(
            facts, policy=job.policy, overlays=approved_overlays(job.policy), as_of=job.as_of, out=folder, progress=tell
        )
        tell("finish", 1, 1)
    except KejingError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    know_run(folder, by=job.asked_by)
    return result.run_id


def _step(job: RunJob, state: RunJob.State, **values: object) -> None:
    """Note where the job stands; one that was cancelled in the meantime stays cancelled."""
    with act("runs.moved_on", by=None, policy=job.policy, state=state.value) as doing:
        job.refresh_from_db()
        if job.state != State.CANCELLED:
            doing.change(job, expected_version=job.version, state=state, **values)
