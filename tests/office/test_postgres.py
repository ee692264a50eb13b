"""The suite of the office on a PostgreSQL that is really started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

HERE = Path(__file__).parent
SUITE = (
    "test_acts.py",
    "test_scope.py",
    "test_changes.py",
    "test_frame.py",
    "test_surfaces.py",
    "test_api.py",
    "test_customer.py",
    "test_contacts.py",
    "test_cockpit.py",
    "test_realignment.py",
    "test_grids.py",
    "test_audit.py",
    "test_centralise.py",
    "test_security_forgery.py",
    "test_security_hostile_text.py",
    "test_security_identity.py",
    "test_security_sign_in.py",
    "test_security_written_text.py",
    "test_alerts.py",
    "test_deals.py",
    "test_churn.py",
    "test_myday.py",
)


@pytest.mark.scale
def test_the_suite_holds_on_postgresql(postgres_dsn: str) -> None:
    """Acts, scope, change sets and pages pass with the one setting changed."""
    said = dict(part.split("=", 1) for part in postgres_dsn.split())
    url = f"postgresql://{said['user']}@/{said['dbname']}?host={quote(said['host'])}"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(str(HERE / name) for name in SUITE)]
    environment = {**os.environ, "KEJING_DATABASE": url}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4_000:]
    assert " passed" in done.stdout
