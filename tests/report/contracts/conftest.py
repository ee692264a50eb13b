from __future__ import annotations

from tests.cli.conftest import kejing
from tests.report.statements.conftest import bank_run

__all__ = ["bank_run", "kejing"]
