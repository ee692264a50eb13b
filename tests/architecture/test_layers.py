"""Imports point one way through the house."""

from __future__ import annotations

import tomllib

from importlinter.cli import lint_imports

from tests.architecture.tracked import REPOSITORY, SOURCE

PYPROJECT = REPOSITORY / "pyproject.toml"
CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
}
PHASES = ("decide", "deploy", "earn", "guard", "serve")


def test_imports_keep_the_contracts() -> None:
    """Every import-linter contract of the project holds."""
    assert lint_imports(config_filename=str(PYPROJECT), no_cache=True) == 0


def test_contracts_are_the_agreed_ones() -> None:
    """The contracts that the decision on layers names exist, and new rooms must be declared."""
    assert {name: contract["type"] for name, contract in CONTRACTS.items()} == {
        "house": "layers",
        "phases": "layers",
        "stages-apart": "independence",
        "pure": "forbidden",
        "web": "protected",
        "office": "layers",
        "one-door": "protected",
    }
    assert CONTRACTS["house"]["exhaustive"]
    assert CONTRACTS["phases"]["exhaustive"]


def test_every_stage_is_kept_apart() -> None:
    """A new stage enters the contract that keeps stages apart."""
    packages = {path.parent for phase in PHASES for path in (SOURCE / "stages" / phase).glob("*/__init__.py")}
    names = {".".join(("kejing", *package.relative_to(SOURCE).parts)) for package in packages}
    assert set(CONTRACTS["stages-apart"]["modules"]) == names
