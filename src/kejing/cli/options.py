"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kejing.measure.findings import Severity


class LangChoice(StrEnum):
    """Languages of what is shown."""

    ZH = "zh"
    EN = "en"


class Threshold(StrEnum):
    """From which severity on the exit code is 1."""

    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


LangOption = Annotated[LangChoice, typer.Option("--lang", envvar="KEJING_LANG", help="语言 / language")]
JsonOption = Annotated[bool, typer.Option("--json", help="以 JSON 输出 / answer as JSON")]
FailOption = Annotated[
    Threshold, typer.Option("--fail-on", help="达到该级别即退出码 1 / exit with 1 from this severity on")
]
OutArgument = Annotated[Path, typer.Argument(metavar="OUT", help="运行结果文件夹 / folder of a run")]
FactsArgument = Annotated[Path, typer.Argument(metavar="FACTS", help="事实库文件夹 / facts folder")]
PolicyOption = Annotated[str, typer.Option("--policy", help="办法文件夹或内置办法名 / policy folder or shipped pack")]
OverlayOption = Annotated[
    list[Path] | None, typer.Option("--overlay", help="叠加文件夹 / overlay folder, may be repeated")
]
SinceOption = Annotated[
    Path | None,
    typer.Option(
        "--since",
        metavar="OUT",
        help="上次运行的文件夹:只重算变化所及 / an earlier run: reckon only what changed since",
    ),
]


def exit_code(severities: list[Severity], threshold: Threshold) -> int:
    """1 if a finding reaches the threshold, else 0.

    Examples
    --------
    >>> exit_code([Severity.WARNING], Threshold.ERROR), exit_code([Severity.WARNING], Threshold.WARNING)
    (0, 1)
    """
    grave = {
        Threshold.ERROR: {Severity.ERROR},
        Threshold.WARNING: {Severity.ERROR, Severity.WARNING},
        Threshold.NEVER: set(),
    }
    return int(any(severity in grave[threshold] for severity in severities))
