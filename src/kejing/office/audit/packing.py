"""The evidence pack: events, their hashes, the state of the chain, and a statement that says what it is."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import asdict

from kejing.office import scope
from kejing.office.acts import chain
from kejing.office.acts.models import Touch
from kejing.office.audit.asking import Question, matching, plain
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer
from kejing.office.shell.words import say

_MOMENT = (1980, 1, 1, 0, 0, 0)  # no moment: the same evidence is the same file


def evidence_pack(*, viewer: Viewer, question: Question, reason: str) -> bytes:
    """A zip with the events that a question asks for, as an export that is itself an event.

    Notes
    -----
    ``events.jsonl`` has one event a line with all that its seal covers; rows behind a wall are left out, and their
    event says how many it touched. ``SHA256SUMS`` is checked with ``sha256sum -c``.
    """
    with viewer.act("audit.exported", power=Power.READ_EVENTS, reason=reason) as doing:
        events = list(matching(viewer, question).order_by("number"))
        rows: dict[int, list[Touch]] = {event.number: [] for event in events}
        for touch in scope.touches(viewer).filter(event__in=list(rows)).order_by("event_id", "place"):
            rows[touch.event_id].append(touch)
        lines = [json.dumps(plain(event, rows[event.number]), ensure_ascii=False, sort_keys=True) for event in events]
        report = chain.verify()
        files = {
            "events.jsonl": "".join(f"{line}\n" for line in lines).encode(),
            "manifest.json": _manifest(viewer, question, len(events), report).encode(),
            "statement.txt": say(
                "audit.statement",
                person=viewer.user.name if viewer.user else "",
                day=viewer.today,
                count=len(events),
                events=report.events,
                seal=report.seal,
                verdict=say("audit.holds") if not report.breaks else say("audit.broken", count=len(report.breaks)),
            ).encode(),
        }
        sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
        files["SHA256SUMS"] = "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode()
        doing.facts |= {"rows": len(events), "question": _plain(question), "sha256": sums["events.jsonl"]}
    return _zip(files)


def _manifest(viewer: Viewer, question: Question, count: int, report: chain.ChainReport) -> str:
    breaks = [{"number": each.number, "fault": each.fault.value} for each in report.breaks]
    said = {
        "made_by": viewer.user.username if viewer.user else None,
        "made_on": viewer.today.isoformat(),
        "question": _plain(question),
        "events": count,
        "chain": {"events": report.events, "seal": report.seal, "breaks": breaks},
    }
    return json.dumps(said, ensure_ascii=False, indent=2)


def _plain(question: Question) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(question).items() if value}


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, _MOMENT), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
