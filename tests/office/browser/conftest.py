"""The browser of the journeys: started once for a file, each test with pages of its own."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.report.conftest import _chromium as chromium_path  # the one place that puts Chromium on a machine


@pytest.fixture(scope="session", autouse=True)
def _databases_of_ended_threads() -> Iterator[None]:
    """A database in memory lives on in the threads of the server, where Django does not close it: collected here."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Chromium; its event loop runs in the thread of the tests, where Django must not mind."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        started = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """Chromium without a page; those that a test opens end with it."""
    yield chromium
    for context in chromium.contexts:
        context.close()
