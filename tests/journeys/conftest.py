from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest

import kejing as product
from kejing.facts.sample import write_sample
from tests.cli.conftest import kejing

__all__ = ["kejing"]

AS_OF = dt.date(2025, 12, 31)


@pytest.fixture(scope="session")
def sample_facts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The facts of the sample institution at a twentieth of its size."""
    folder = tmp_path_factory.mktemp("sample")
    sample = write_sample(folder / "files", seed=1, size=Fraction(1, 20), as_of=AS_OF)
    product.import_facts(folder / "files", mapping=sample.mapping, into=folder / "facts")
    return folder / "facts"


@pytest.fixture(scope="session")
def sample_run(sample_facts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corporate policy over the sample."""
    out = tmp_path_factory.mktemp("corporate") / "out"
    product.run(sample_facts, policy="bank_corporate", as_of=AS_OF, out=out)
    return out
