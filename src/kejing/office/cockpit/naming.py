"""What the policies of the shown runs call their codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kejing.office.cockpit.part import Part
from kejing.office.shell.voices import voice_of
from kejing.report.clauses import Voice


@dataclass(frozen=True, slots=True)
class Names:
    """Labels of several policies: the first that knows a code says what it is called."""

    voices: Sequence[Voice]

    def code(self, code: str, kind: str) -> str:
        """The label of a code of a kind; the code itself if no policy knows it."""
        return next((label for voice in self.voices if (label := voice.code(code, kind)) != code), code)


def names_of(part: Part) -> Names:
    """Labels for the pages of a part."""
    return Names([voice_of(run) for run in part.runs])
