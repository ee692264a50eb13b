"""The restore drill: an office in use is backed up, put back elsewhere, and everything is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from kejing.office.backup import FolderInUseError, NotABackupError, back_up, restore

_OPEN = """
import sys
from pathlib import Path
from kejing.office.opening import open_office
open_office(Path(sys.argv[1]))
from kejing.office.people.accounts import first_administrator
first_administrator()
"""
_WORK = """
import sys
from pathlib import Path
from kejing.office.opening import open_office
open_office(Path(sys.argv[1]))
from kejing.office.acts.act import act
print("ready", flush=True)
for number in range(100_000):
    with act("people.signed_in", by=None, number=number):
        pass
"""
_COMMAND = "from kejing.cli.app import main; main()"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office with an administrator and a kept contract."""
    folder = tmp_path_factory.mktemp("offices") / "office"
    subprocess.run([sys.executable, "-c", _OPEN, str(folder)], check=True)
    (folder / "contracts").mkdir()
    (folder / "contracts" / "a.html").write_text("text", encoding="utf-8")
    return folder


def test_the_restore_drill(office: Path, tmp_path: Path) -> None:
    """While somebody writes without pause: all counts, all files and the chain are those of one moment."""
    with subprocess.Popen([sys.executable, "-c", _WORK, str(office)], stdout=subprocess.PIPE) as worker:
        try:
            assert worker.stdout is not None
            assert worker.stdout.readline() == b"ready\n"
            report = back_up(office, tmp_path / "kept.zip")
            assert worker.poll() is None, "the office went on working"
        finally:
            worker.kill()
    command = [sys.executable, "-c", _COMMAND, "restore", str(tmp_path / "kept.zip"), str(tmp_path / "again"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["rows"] == report.rows
    assert (told["events"], told["seal"]) == (report.events, report.seal)
    assert report.rows["acts_event"] == report.events >= 1
    assert report.rows["people_user"] == 1
    assert (tmp_path / "again" / "contracts" / "a.html").read_text(encoding="utf-8") == "text"
    assert (tmp_path / "again" / "secret.key").read_bytes() == (office / "secret.key").read_bytes()


@pytest.mark.scale
def test_the_restore_drill_on_postgresql(postgres_dsn: str, tmp_path: Path) -> None:
    """The same two commands: the dump of one moment goes into an empty database, whole, and never over another."""
    said = dict(part.split("=", 1) for part in postgres_dsn.split())
    addresses = {}
    with psycopg.connect(postgres_dsn, autocommit=True) as server:
        for name in ("drill_source", "drill_target"):
            server.execute(f"CREATE DATABASE {name}")
            addresses[name] = f"postgresql://{said['user']}@/{name}?host={quote(said['host'])}"
    source = {**os.environ, "KEJING_DATABASE": addresses["drill_source"]}
    target = {**os.environ, "KEJING_DATABASE": addresses["drill_target"]}
    office, kept, again = tmp_path / "office", str(tmp_path / "kept.zip"), str(tmp_path / "again")
    with subprocess.Popen([sys.executable, "-c", _WORK, str(office)], stdout=subprocess.PIPE, env=source) as worker:
        try:
            assert worker.stdout is not None
            assert worker.stdout.readline() == b"ready\n"
            made = _kejing("backup", str(office), kept, "--json", env=source)
            assert worker.poll() is None, "the office went on working"
        finally:
            worker.kill()
    report = json.loads(made.stdout)
    done = _kejing("restore", kept, again, "--json", env=target)
    assert (made.returncode, done.returncode) == (0, 0), made.stderr + done.stdout + done.stderr
    assert json.loads(done.stdout) == report
    assert report["rows"]["acts_event"] == report["events"] >= 1
    refused = _kejing("restore", kept, str(tmp_path / "over"), env=target)
    assert refused.returncode == 2
    assert "drill_target" in refused.stdout + refused.stderr
    assert not (tmp_path / "over").exists()


def _kejing(*words: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _COMMAND, *words], capture_output=True, text=True, check=False, env=env
    )


def test_a_restore_writes_over_nothing(office: Path, tmp_path: Path) -> None:
    """A folder with something in it is left alone."""
    back_up(office, tmp_path / "kept.zip")
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine").touch()
    with pytest.raises(FolderInUseError):
        restore(tmp_path / "kept.zip", tmp_path / "there")
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["mine"]


@pytest.mark.parametrize("fault", ["edited", "escapes", "no zip"])
def test_a_backup_that_is_not_sound_is_refused(office: Path, tmp_path: Path, fault: str) -> None:
    """An edited part, a name that leads out of the folder, another file: nothing is left behind."""
    back_up(office, tmp_path / "kept.zip")
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(tmp_path / "kept.zip") as source, zipfile.ZipFile(bad, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if fault == "edited" and name == "contracts/a.html":
                content = b"other"
            if fault == "escapes" and name == "backup.json":
                said = json.loads(content)
                content = json.dumps({**said, "hashes": {**said["hashes"], "../out": "0"}}).encode()
            target.writestr(name, content)
    if fault == "no zip":
        bad.write_bytes(b"hello")
    with pytest.raises(NotABackupError):
        restore(bad, tmp_path / "again")
    assert not (tmp_path / "again").exists()
    assert not (tmp_path / "out").exists()
