from __future__ import annotations

from pathlib import Path

import pytest

from kejing.report.statements import NobodyFoundError, PeriodNotInRunError, StatementSource, Wanted, write_statements
from kejing.report.statements.names import href, rm_file, safe
from kejing.verbs.stating import freeze
from tests.report.statements.conftest import PERIOD
from tests.verbs.conftest import SmallRun


def test_frozen_statements_have_the_same_bytes(bank_run: SmallRun) -> None:
    """Frozen twice, every paper of everybody is the same to the bit, pages and workbooks."""
    first = freeze(bank_run.out, PERIOD)
    assert first == freeze(bank_run.out, PERIOD)
    rms = [f"rm-{rm}.{lang}.{ending}" for rm in "ABC" for lang in ("zh", "en") for ending in ("html", "xlsx")]
    assert set(rms) | {"index.zh.html", "index.en.html", "unit-HQ.zh.html", "unit-HQ.en.xlsx"} <= set(first)
    assert "最终" in first["rm-A.zh.html"].decode()


def test_one_rm_is_the_same_alone_and_among_all(bank_run: SmallRun, papers: Path, tmp_path: Path) -> None:
    """Who else is written does not change a statement."""
    with StatementSource(bank_run.out, PERIOD, facts=bank_run.facts) as source:
        alone = write_statements(source, tmp_path, langs=("en",), wanted=Wanted(rm_ids=("B",)))
    assert [path.name for path in alone] == ["rm-B.en.html", "rm-B.en.xlsx"]
    assert [path.read_bytes() for path in alone] == [(papers / path.name).read_bytes() for path in alone]


def test_nobody_gets_no_statement(bank_run: SmallRun, tmp_path: Path) -> None:
    """A period or a person that the run does not know is refused, and nothing is written."""
    with pytest.raises(PeriodNotInRunError):
        StatementSource(bank_run.out, "2031-Q1", facts=bank_run.facts)
    with StatementSource(bank_run.out, PERIOD, facts=bank_run.facts) as source, pytest.raises(NobodyFoundError):
        write_statements(source, tmp_path / "none", langs=("zh",), wanted=Wanted(unit_ids=("nowhere",)))
    assert not (tmp_path / "none").exists()


def test_no_id_leaves_the_folder_or_takes_anothers_name() -> None:
    """Ids with slashes, dots or percent signs become names of their own; links find them."""
    ids = ["K1", "../K1", "K1/..", "a%2Fb", "a/b", "A b", "é", "机构"]
    names = {rm_file(one, "zh", "html") for one in ids}
    assert len(names) == len(ids)
    assert not any("/" in name or name.startswith(".") for name in names)
    assert href(safe("a/b")) == "a%252Fb"
