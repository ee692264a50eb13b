from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import kejing as product
from kejing.report.contracts import BrokenSealError, SignatureState, check_signatures, sealed, verify_seal
from kejing.report.statements import NobodyFoundError, PeriodNotInRunError
from tests.cli.conftest import Kejing
from tests.report.statements.page import amount, anchors, inner_links, read_page
from tests.verbs.conftest import SmallRun

YEAR = "2025"


@pytest.fixture(scope="module")
def kept(bank_run: SmallRun, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[tuple[str, str], str]]:
    """Folder of everybody's contracts in both languages, and (RM, language) to hash."""
    folder = tmp_path_factory.mktemp("contracts")
    written = product.contract(bank_run.out, period=YEAR, into=folder, lang=("zh", "en"))
    return folder, {(one.rm_id, one.lang): one.sha256 for one in written}


@pytest.fixture(scope="module")
def amended(bank_run: SmallRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run under the policy as amended from July on: another accelerator."""
    folder = tmp_path_factory.mktemp("amended")
    overlay = folder / "overlay"
    overlay.mkdir()
    (overlay / "parameters.yaml").write_text(
        "accelerator:\n  zh: 超额加速系数\n  en: slope of the pay curve above full completion\n  type: number\n"
        '  values:\n  - {from: 2000-01-01, value: 1.5, source: "assumption: as before"}\n'
        '  - {from: 2025-07-01, value: 1.2, source: "resolution of July"}\n',
        encoding="utf-8",
    )
    product.run(bank_run.facts, policy="bank_corporate", overlays=[overlay], as_of="2025-06-30", out=folder / "out")
    return folder / "out"


def test_a_contract_is_kept_under_the_hash_it_says(kept: tuple[Path, dict[tuple[str, str], str]]) -> None:
    """The file is called by its hash, the page says it, and zeros in its place give it back with plain SHA-256."""
    folder, hashes = kept
    assert len(set(hashes.values())) == len(hashes) == 6
    for digest in hashes.values():
        content = (folder / f"{digest}.html").read_bytes()
        assert verify_seal(content, name=digest) == digest
        zeroed = content.replace(digest.encode(), b"0" * 64)
        assert hashlib.sha256(zeroed).hexdigest() == digest


def test_rendering_again_changes_nothing(
    bank_run: SmallRun, kept: tuple[Path, dict[tuple[str, str], str]], tmp_path: Path
) -> None:
    """The same run gives the same hashes; a kept file that was edited is refused, not written over."""
    folder, hashes = kept
    again = product.contract(bank_run.out, period=YEAR, into=folder, lang=("zh", "en"))
    assert {(one.rm_id, one.lang): one.sha256 for one in again} == hashes
    (first,) = product.contract(bank_run.out, period=YEAR, into=tmp_path, rm=["A"])
    edited = first.path.read_bytes().replace(b"0.5", b"0.9", 1)
    first.path.write_bytes(edited)
    with pytest.raises(BrokenSealError):
        product.contract(bank_run.out, period=YEAR, into=tmp_path, rm=["A"])
    assert first.path.read_bytes() == edited


def test_an_amendment_is_another_document(
    bank_run: SmallRun, amended: Path, kept: tuple[Path, dict[tuple[str, str], str]]
) -> None:
    """From July another rule: a new hash beside the old one, both rules dated in it, settled quarters untouched."""
    folder, hashes = kept
    before = (folder / f"{hashes['A', 'en']}.html").read_bytes()
    (written,) = product.contract(amended, period=YEAR, into=folder, rm=["A"], lang="en")
    assert written.sha256 != hashes["A", "en"]
    assert (folder / f"{hashes['A', 'en']}.html").read_bytes() == before
    page = read_page(written.path.read_text(encoding="utf-8"))
    row = page.all("tr", id="p-accelerator")[0].text
    assert "1.5" in row
    pay = [pq.read_table(out / "pay.parquet") for out in (bank_run.out, amended)]
    assert pay[0].equals(pay[1])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_contract_says_what_the_run_asks(
    bank_run: SmallRun, kept: tuple[Path, dict[tuple[str, str], str]], lang: str
) -> None:
    """Base, increment and total of every measure and period are those of table target; all links lead somewhere."""
    folder, hashes = kept
    rows = pq.read_table(bank_run.out / "target.parquet", filters=[("rm_id", "=", "B")]).to_pylist()
    page = read_page((folder / f"{hashes['B', lang]}.html").read_text(encoding="utf-8"))
    told = [
        [amount(cell.text) for cell in line.all("td", class_="figure")[:3]]
        for line in page.all("section", id="tasks")[0].all("tbody")[0].all("tr")
    ]
    asked = [[row["stock"], row["increment_target"], row["total_target"]] for row in rows]
    assert sorted(told) == sorted(asked)
    assert inner_links(page) - anchors(page) == set()
    assert {"parties", "book", "tasks", "pay", "deferral", "clauses", "signatures", "annex"} <= anchors(page)
    assert "2025.1" in page.all("header")[0].text


def _signature(**said: Any) -> dict[str, Any]:
    row = {
        "rm_id": "A",
        "document": "performance_contract",
        "period": YEAR,
        "signed_by": "A",
        "signed_on": "2025-01-05",
    }
    return {**row, "document_sha256": "1" * 64, **said}


@pytest.mark.parametrize(
    ("rows", "state", "signed"),
    [
        ([], SignatureState.UNSIGNED, ""),
        ([_signature()], SignatureState.SIGNED, "1"),
        ([_signature(document_sha256="2" * 64)], SignatureState.SIGNED, "2"),
        ([_signature(document_sha256="9" * 64)], SignatureState.CHANGED, "9"),
        ([_signature(signed_by="head")], SignatureState.UNSIGNED, ""),
        ([_signature(signed_by="Li")], SignatureState.SIGNED, "1"),
        ([_signature(document="statement")], SignatureState.UNSIGNED, ""),
        ([_signature(period="2024")], SignatureState.UNSIGNED, ""),
        (
            [_signature(), _signature(document_sha256="9" * 64, signed_on="2025-02-01")],
            SignatureState.SIGNED,
            "1",
        ),
    ],
)
def test_whose_signature_counts(rows: list[dict[str, Any]], state: SignatureState, signed: str) -> None:
    """The RM's own signature of either language counts, by id or name; another hash is a change after signing."""
    (answer,) = check_signatures({"A": {"zh": "1" * 64, "en": "2" * 64}}, rows, YEAR, {"A": "Li"})
    assert (answer.state, answer.signed_sha256[:1]) == (state, signed)


def test_a_signature_without_a_contract_is_named() -> None:
    """Somebody signed and the run has no contract for the person: it is shown, never dropped."""
    (answer,) = check_signatures({}, [_signature()], YEAR, {})
    assert answer.state is SignatureState.WITHOUT


def test_the_second_party_is_listed() -> None:
    """Who signs beside the RM stands in the answer."""
    rows = [_signature(), _signature(signed_by="head", signed_on="2025-01-09")]
    (answer,) = check_signatures({"A": {"zh": "1" * 64}}, rows, YEAR, {})
    assert answer.others == ("head 2025-01-09",)


def test_signatures_are_facts(
    bank_run: SmallRun, kept: tuple[Path, dict[tuple[str, str], str]], kejing: Kejing, tmp_path: Path
) -> None:
    """Signatures that were imported are checked on the command line: one signed, one changed, one not; exit code 1."""
    _, hashes = kept
    files = tmp_path / "files"
    files.mkdir()
    head = "rm_id,document,period,document_sha256,signed_by,signed_on\n"
    rms = "rm_id,name,line,grade,unit_id,fte\n" + "".join(f"{rm},n,corporate,middle,B1,1\n" for rm in "ABC")
    (files / "units.csv").write_text("unit_id,name,level\nB1,branch,0\n", encoding="utf-8")
    (files / "rms.csv").write_text(rms, encoding="utf-8")
    rows = f"A,责任书,2025,{hashes['A', 'zh']},A,2025-01-05\nB,责任书,2025,{'9' * 64},B,2025-01-05\n"
    (files / "signatures.csv").write_text(head + rows, encoding="utf-8")
    product.import_facts(files, into=tmp_path / "facts")
    answer = kejing("contract", bank_run.out, "--period", YEAR, "--check", tmp_path / "facts", "--json")
    assert {row["rm_id"]: row["state"] for row in answer.json} == {"A": "signed", "B": "changed", "C": "unsigned"}
    assert answer.code == 1
    said = kejing(
        "contract", bank_run.out, "--period", YEAR, "--check", tmp_path / "facts", "--rm", "A", "--lang", "en"
    )
    assert said.code == 0
    # A narrow screen breaks a hash over two lines, so it is looked for in what a program reads.
    assert hashes["A", "en"] in answer.out


def test_what_cannot_be_rendered_is_refused(bank_run: SmallRun, kejing: Kejing, tmp_path: Path) -> None:
    """An unknown year or RM is named; to render and to check at once is refused with exit code 2."""
    with pytest.raises(PeriodNotInRunError):
        product.contract(bank_run.out, period="2031", into=tmp_path)
    with pytest.raises(NobodyFoundError):
        product.contract(bank_run.out, period=YEAR, into=tmp_path, rm=["Z"])
    assert kejing("contract", bank_run.out, "--period", YEAR).code == 2


def test_the_seal_covers_every_byte() -> None:
    """A change anywhere outside the hash breaks the seal; a page without a hash has none."""
    page = '<p>terms</p><span id="document-sha256" class="code hash">' + "0" * 64 + "</span>"
    digest, content = sealed(page)
    assert verify_seal(content, name="x") == digest
    for at in (0, len(content) - 1):
        changed = bytearray(content)
        changed[at] ^= 1
        with pytest.raises(BrokenSealError):
            verify_seal(bytes(changed), name="x")
    with pytest.raises(BrokenSealError):
        verify_seal(b"<p>terms</p>", name="x")
