from __future__ import annotations

import hashlib
import re
from pathlib import Path

from kejing.report.page import asset


def test_the_vendored_library_is_the_recorded_one(repository: Path) -> None:
    """Version and hash in the table are those of the file, and its licences lie beside it."""
    folder = repository / "src" / "kejing" / "report" / "assets"
    recorded = re.search(
        r"`echarts\.min\.js` \|.*\| ([\d.]+) \|.*`([0-9a-f]{64})`", (folder / "README.md").read_text(encoding="utf-8")
    )
    assert recorded is not None
    script = (folder / "echarts.min.js").read_bytes()
    assert hashlib.sha256(script).hexdigest() == recorded[2]
    assert f'"{recorded[1]}"'.encode() in script
    assert {"LICENSE", "LICENSE-d3", "NOTICE"} <= {path.name for path in folder.iterdir()}


def test_scripts_can_be_inlined() -> None:
    """No inlined text can end its own element."""
    for folder, name in (("assets", "echarts.min.js"), ("templates", "charts.js"), ("templates", "style.css")):
        assert not re.search(r"</(script|style)|<!--", asset(folder, name), re.IGNORECASE), name
