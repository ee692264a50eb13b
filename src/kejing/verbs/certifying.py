"""``kejing certify``: check the books' plan and bound in exact integers, without the solver."""

from __future__ import annotations

from pathlib import Path

from kejing.stages.deploy.assign import CertificateReport
from kejing.stages.deploy.assign import certify as certify_folder
from kejing.warehouse.store import recover_folder


def certify(out: str | Path) -> CertificateReport:
    """Recompute feasibility, cost and bound of the plan of run ``out`` from its certificate."""
    recover_folder(Path(out))
    return certify_folder(Path(out) / "certificate")
