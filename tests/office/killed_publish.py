"""Publish a change set in an office folder and be killed in the middle of it: a process of its own for a test."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from unittest.mock import patch

from kejing.office.opening import open_office


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    open_office(Path(sys.argv[1]))
    from kejing.office.changes import publishing
    from kejing.office.changes.models import ChangeSet
    from kejing.office.people.models import User
    from kejing.office.people.viewer import Viewer
    from tests.office.bank import TODAY

    head = Viewer(User.objects.get(username="head"), TODAY, TODAY)
    with patch("kejing.office.acts.act.event_seal", _die):  # every row is written by then, the event is not
        publishing.publish(viewer=head, change_set=ChangeSet.objects.get())
