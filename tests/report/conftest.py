"""A made-up run written once, and a browser to look at its report."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.report.sample_run import SampleRun

CHROMIUM = "chromium"


@pytest.fixture(scope="session")
def sample() -> SampleRun:
    """Rows of a corporate run with a simulated roster."""
    return SampleRun()


@pytest.fixture(scope="session")
def out(sample: SampleRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the corporate run."""
    return sample.write(tmp_path_factory.mktemp("runs") / "bank_corporate")


@pytest.fixture(scope="session")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a retail run: no stock step, nothing simulated."""
    return SampleRun(seed=9, has_stock=False, is_simulated=False).write(tmp_path_factory.mktemp("runs") / "bank_retail")


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run that wrote no table."""
    return SampleRun(customers=10, rms=2).write(tmp_path_factory.mktemp("runs") / "empty", only=[])


def _chromium() -> str:
    """Path of Debian's Chromium, put in place if it is missing."""
    if shutil.which(CHROMIUM) is None:
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", CHROMIUM, "fonts-noto-cjk"]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.fail(f"Browser tests need Chromium; '{' '.join(command)}' failed: {done.stderr[-400:]}")
    path = shutil.which(CHROMIUM)
    assert path is not None
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        yield opened
        opened.close()
