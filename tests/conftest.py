"""What every test may ask for, and what none may do: reach the network."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parents[1]

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True, database=None)
settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


class ClosedNetworkError(OSError):
    """A test tried to leave this machine."""


def _is_here(address: object) -> bool:
    """Whether a socket address is a file or the loopback of this machine."""
    if not isinstance(address, tuple) or not isinstance(address[0], str):
        return True
    if address[0] == "localhost":
        return True
    try:
        return ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def _closed_network() -> Iterator[None]:
    """Refuse every connection that leaves this machine."""
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex"):
        real = getattr(socket.socket, name)

        def guarded(sock: socket.socket, address: Any, *, real: Any = real) -> Any:
            if not _is_here(address):
                msg = f"Tests run without a network, got a connection to {address}."
                raise ClosedNetworkError(msg)
            return real(sock, address)

        patch.setattr(socket.socket, name, guarded)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def repository() -> Path:
    """Folder of the repository."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the public data sets that the examples read, beside the repository or at ``KEJING_SHARED``.

    Without them a developer's run skips the test; in CI it fails, so that a green run means that
    the examples ran.
    """
    folder = Path(os.environ.get("KEJING_SHARED") or REPOSITORY.parent / "shared")
    if not (folder / "data").is_dir():
        reason = "The shared data folder is missing: set KEJING_SHARED to it."
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
