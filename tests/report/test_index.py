from __future__ import annotations

from pathlib import Path

import pytest

from kejing.report import write_html, write_index
from tests.report.page_text import read
from tests.report.sample_run import SampleRun


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """Two runs side by side, the first with reports in both languages."""
    first = SampleRun(customers=40, rms=4).write(tmp_path / "bank_corporate")
    second = SampleRun(seed=3, customers=30, rms=3, has_stock=False, is_simulated=False).write(tmp_path / "bank_retail")
    for lang, name in (("zh", "report.html"), ("en", "report.en.html")):
        write_html(first, lang=lang, target=first / name)
    return [first, second]


def test_the_index_leads_to_every_report(runs: list[Path], tmp_path: Path) -> None:
    """One page per language; every link leads to a file that exists, and nowhere else."""
    written = write_index(tmp_path, runs, ["zh", "en"])
    assert [path.name for path in written] == ["index.html", "index.en.html"]
    for path in written:
        _, attributes = read(path.read_text(encoding="utf-8"))
        links = [
            value for tag, name, value in attributes if tag == "a" and name == "href" and not value.startswith("#")
        ]
        assert {"bank_corporate/report.html", "bank_corporate/report.en.html"} <= set(links)
        assert all((tmp_path / link).is_file() for link in links)


def test_the_index_shows_what_matters(runs: list[Path], tmp_path: Path) -> None:
    """Key figures, what is simulated and which step is absent stand beside each run."""
    chinese, english = (path.read_text(encoding="utf-8") for path in write_index(tmp_path, runs, ["zh", "en"]))
    assert "零售条线不设存量客户分配" in chinese
    assert "Simulated: The institution brought no RMs" in english
    texts, _ = read(english)
    assert {"Gross pay", "40", "30"} <= set(texts)


def test_same_runs_same_index(runs: list[Path], tmp_path: Path) -> None:
    """Written again, the index has the same bytes."""
    first = [path.read_bytes() for path in write_index(tmp_path, runs, ["en", "zh"])]
    assert first == [path.read_bytes() for path in write_index(tmp_path, runs, ["en", "zh"])]
