from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kejing.text import sentence
from tests.cli.conftest import Kejing, SmallRun
from tests.stages.institution import plain_bank
from tests.verbs.small_files import varied_bank, write_files

MINING_DOWN = Path(__file__).parents[1] / "stages" / "earn" / "overlays" / "mining_down"
NOWHERE = Path("no") / "such"


@pytest.fixture
def out(small_run: SmallRun, tmp_path: Path) -> Path:
    """A run of one's own, beside the facts it came from."""
    folder = tmp_path / "out"
    shutil.copytree(small_run.out, folder)
    return folder


def test_every_command_answers_in_json(kejing: Kejing, small_run: SmallRun, out: Path, tmp_path: Path) -> None:
    """Every command with ``--json`` writes one JSON document to standard output and nothing else there."""
    write_files(plain_bank(), tmp_path / "files")
    facts = small_run.facts
    answers = {
        "import": kejing("import", tmp_path / "files", "--into", tmp_path / "facts", "--json"),
        "check": kejing("check", facts, "--policy", "bank_corporate", "--json"),
        "run": kejing(
            "run", facts, "--policy", "bank_corporate", "--as-of", "2025-06-30", "--out", tmp_path / "new",
            "--stages", "segment,credit", "--no-report", "--json",
        ),
        "explain": kejing("explain", small_run.out, "pay", "line_id=L4", "--json"),
        "certify": kejing("certify", out, "--json"),
        "report": kejing("report", out, "--json"),
        "policy check": kejing("policy", "check", "bank_retail", "--json"),
        "policy test": kejing("policy", "test", "bank_retail", "--json"),
        "policy diff": kejing("policy", "diff", "bank_corporate", MINING_DOWN, "--json"),
    }  # fmt: skip
    assert {name: answer.code for name, answer in answers.items()} == dict.fromkeys(answers, 0), answers
    assert answers["import"].json["tables"]["income"]["new"] == 6
    assert answers["check"].json["findings"] is not None
    assert answers["run"].json["manifest"]["stages"] == ["segment", "credit"]
    assert answers["explain"].json[0]["children"]
    assert answers["certify"].json["is_valid"] is True
    assert all(Path(file).exists() for file in answers["report"].json["files"])
    assert answers["policy check"].json == {"findings": []}
    assert answers["policy test"].json["failed"] == 0
    assert [rule["name"] for rule in answers["policy diff"].json["rules"]] == ["table industry_coefficient#mining"]


def test_findings_in_json_carry_their_sentences(kejing: Kejing, small_run: SmallRun, tmp_path: Path) -> None:
    """A finding in JSON has its code, place, facts, and reason and remedy in the language asked for."""
    run = (
        "run",
        small_run.facts,
        "--policy",
        "bank_corporate",
        "--as-of",
        "2025-06-30",
        "--stages",
        "segment",
        "--json",
    )
    zh = kejing(*run, "--no-report", "--out", tmp_path / "zh").json["findings"]
    en = kejing(*run, "--no-report", "--out", tmp_path / "en", "--lang", "en").json["findings"]
    assert [finding["code"] for finding in zh] == [finding["code"] for finding in en]
    [chinese] = [f for f in zh if f["code"] == "segment.measure_missing" and f["facts"]["scheme"] == "annual_sales"]
    [english] = [f for f in en if f["code"] == "segment.measure_missing" and f["facts"]["scheme"] == "annual_sales"]
    assert (chinese["reason"], chinese["remedy"]) == tuple(_texts("segment.measure_missing", chinese["facts"], "zh"))
    assert (english["reason"], english["remedy"]) == tuple(_texts("segment.measure_missing", english["facts"], "en"))


def _texts(code: str, facts: dict[str, str], lang: str) -> tuple[str, str]:
    message = sentence(code, facts, "en" if lang == "en" else "zh")
    return message.reason, message.remedy


def test_exit_codes_follow_the_threshold(kejing: Kejing, small_run: SmallRun, tmp_path: Path) -> None:
    """0 when done, 1 when a finding reaches the threshold asked for.

    Warnings count only when asked, errors unless never.
    """
    run = (
        "run",
        small_run.facts,
        "--policy",
        "bank_corporate",
        "--as-of",
        "2025-06-30",
        "--stages",
        "segment",
        "--no-report",
    )
    codes = [
        kejing(*run, "--out", tmp_path / "out", "--fail-on", threshold).code
        for threshold in ("error", "warning", "never")
    ]
    assert codes == [0, 1, 0]
    bank = varied_bank()
    broken = {**bank, "coverage": [*bank["coverage"], {"customer_id": "nobody", "rm_id": "A"}]}
    write_files(broken, tmp_path / "files")
    brought = [
        kejing("import", tmp_path / "files", "--into", tmp_path / f"facts_{threshold}", "--fail-on", threshold).code
        for threshold in ("error", "never")
    ]
    assert brought == [1, 0]
    assert (tmp_path / "facts_error" / "quarantine.xlsx").exists()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_cannot_be_done_ends_in_a_sentence(kejing: Kejing, small_run: SmallRun, tmp_path: Path, lang: str) -> None:
    """A wrong name, folder, day, size or pair ends with exit code 2 and a sentence in the language asked for.

    The sentence is that of the code, with what to do; there is no traceback, and with ``--json`` the error is a
    document.
    """
    facts, out = small_run.facts, tmp_path / "out"
    run = ("run", facts, "--as-of", "2025-06-30", "--out", out, "--policy")
    asked: dict[str, tuple[str | Path, ...]] = {
        "policy.pack_not_found": (*run, "nope"),
        "period.not_a_period": ("run", facts, "--policy", "bank_corporate", "--as-of", "31.12.2025", "--out", out),
        "run.unknown_stage": (*run, "bank_corporate", "--stages", "divination"),
        "run.unknown_engine": (*run, "bank_corporate", "--engine", "abacus"),
        "facts.no_snapshot": ("check", NOWHERE, "--policy", "bank_corporate"),
        "import.no_such_source": ("import", NOWHERE, "--into", tmp_path / "facts"),
        "report.not_a_run": ("report", NOWHERE),
        "explain.no_such_table": ("explain", small_run.out, "wishes", "rm_id=A"),
        "explain.no_such_row": ("explain", small_run.out, "pay", "table=A", "out=B", "facts=C"),
        "cli.not_a_pair": ("explain", small_run.out, "pay", "A"),
        "demo.not_a_size": ("demo", "--size", "0/1", "--out", out),
        "policy.diff_needs_both": ("policy", "diff", "bank_corporate", MINING_DOWN, "--facts", facts),
    }
    for code, arguments in asked.items():
        answer = kejing(*arguments, "--lang", lang, "--json")
        assert answer.code == 2, (code, answer)
        assert answer.json["error"] == code
        assert (answer.json["reason"], answer.json["remedy"]) == _texts(code, answer.json["facts"], lang)
        told = kejing(*arguments, "--lang", lang)
        assert told.code == 2
        assert "Traceback" not in told.err + told.out
        assert answer.json["reason"] in told.err
        assert answer.json["remedy"] in told.err
    assert not out.exists()


def test_the_environment_may_choose_the_language(kejing: Kejing, monkeypatch: pytest.MonkeyPatch) -> None:
    """``KEJING_LANG=en`` speaks English, for results and for errors, and ``--lang`` goes before it."""
    monkeypatch.setenv("KEJING_LANG", "en")
    assert "rules that differ" in kejing("policy", "diff", "bank_corporate", MINING_DOWN).out
    assert "There is no policy called 'nope'" in kejing("policy", "check", "nope").err
    assert "规则变化" in kejing("policy", "diff", "bank_corporate", MINING_DOWN, "--lang", "zh").out
    assert "nope" in kejing("policy", "check", "nope", "--lang=zh").err
    assert "There is no" not in kejing("policy", "check", "nope", "--lang=zh").err


def test_wrong_usage_ends_with_two(kejing: Kejing) -> None:
    """An unknown command, a missing option and a wrong choice are wrong usage: exit code 2."""
    assert kejing("frobnicate").code == 2
    assert kejing("check", "facts").code == 2
    assert kejing("policy", "check", "bank_corporate", "--fail-on", "tuesday").code == 2
    assert kejing("--version").code == 0


def test_somebody_elses_folder_is_left_alone(kejing: Kejing, small_run: SmallRun, tmp_path: Path) -> None:
    """OUT that holds something else is refused with exit code 2 and stays as it is."""
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "to_mother.txt").write_text("…", encoding="utf-8")
    answer = kejing(
        "run", small_run.facts, "--policy", "bank_corporate", "--as-of", "2025-06-30", "--out", folder, "--json"
    )
    assert (answer.code, answer.json["error"]) == (2, "store.not_our_folder")
    assert [path.name for path in folder.iterdir()] == ["to_mother.txt"]


def test_a_tree_in_text_loses_nothing(kejing: Kejing, small_run: SmallRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a narrow screen or in a file the tree keeps clause, source and brackets at the end of each line."""
    monkeypatch.setenv("COLUMNS", "40")
    answer = kejing("explain", small_run.out, "pay", "line_id=L4", "--lang", "en")
    lines = answer.out.splitlines()
    assert lines[0].startswith("fee income pay = ")
    assert lines[0].endswith("(clause income_pay: income_pay_due@2000-01-01)")
    assert any(line.endswith("(source income.csv #5)") for line in lines)
    assert any(
        "coverage B (lead) 2025-05-15 to 9999-12-31" in line and line.endswith("coverage.csv #3)") for line in lines
    )
    assert any("[2025-Q2/B/fee_income]" in line for line in lines)


def test_facts_that_moved_can_be_named(kejing: Kejing, small_run: SmallRun, out: Path, tmp_path: Path) -> None:
    """A run whose facts have moved says so, and explains again when told where they lie."""
    (out / "links.json").unlink()
    refused = kejing("explain", out, "pay", "line_id=L4", "--json")
    assert (refused.code, refused.json["error"]) == (2, "explain.facts_missing")
    assert kejing("explain", out, "pay", "line_id=L4", "--facts", small_run.facts, "--json").code == 0


def test_a_damaged_certificate_fails(kejing: Kejing, out: Path) -> None:
    """Certify answers 1 and not 0 when the plan does not keep what the certificate says, and 2 when there is none."""
    plan = pq.read_table(out / "certificate" / "plan.parquet")
    pq.write_table(plan.slice(0, plan.num_rows - 1), out / "certificate" / "plan.parquet")
    assert kejing("certify", out, "--json").code == 1
    shutil.rmtree(out / "certificate")
    assert kejing("certify", out, "--json").code == 2
