"""Samples and imports that several tests look at, made once."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from kejing.facts.import_report import ImportReport
from kejing.facts.importing import import_facts
from kejing.facts.sample import SampleReport, write_sample

SEED = 7


@pytest.fixture(scope="session")
def tenth(tmp_path_factory: pytest.TempPathFactory) -> SampleReport:
    """A sample of a tenth of the size."""
    return write_sample(tmp_path_factory.mktemp("tenth"), seed=SEED, size=Fraction(1, 10))


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> SampleReport:
    """A sample of size 1."""
    return write_sample(tmp_path_factory.mktemp("whole"), seed=SEED)


@pytest.fixture(scope="session")
def facts_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the small sample is imported to."""
    return tmp_path_factory.mktemp("facts")


@pytest.fixture(scope="session")
def imported(tenth: SampleReport, facts_folder: Path) -> ImportReport:
    """What the import says of the small sample."""
    return import_facts([tenth.folder], mapping=tenth.mapping, into=facts_folder)
