"""The office behind a port: gunicorn in this process, workers beside it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from gunicorn.app.base import BaseApplication

_THREADS = 8
_SECONDS_BETWEEN_LOOKS = "1"


class OfficeServer(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn with our settings and nothing from files or the environment."""

    def __init__(self, *, host: str, port: int, workers: int, when_ready: Callable[[], None]) -> None:
        self._settings: dict[str, Any] = {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "workers": workers,
            "threads": _THREADS,
            "worker_class": "gthread",
            "accesslog": None,
            "loglevel": "warning",
            "when_ready": lambda _: when_ready(),
            "control_socket_disable": True,
        }
        super().__init__()

    def load_config(self) -> None:
        """Take our settings."""
        for name, value in self._settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        """The application, in each worker."""
        from kejing.office.wsgi import application  # noqa: PLC0415 - each worker loads its own

        return application


def serve(*, host: str, port: int, workers: int = 2, when_ready: Callable[[], None] = lambda: None) -> None:
    """Answer requests until the process is told to end."""
    connections.close_all()  # a worker must not share what the opening used
    with background_worker():
        OfficeServer(host=host, port=port, workers=workers, when_ready=when_ready).run()


@contextmanager
def background_worker() -> Iterator[None]:
    """A process beside the server that makes runs; it ends with the block."""
    command = [sys.executable, "-m", "django", "db_worker", "--interval", _SECONDS_BETWEEN_LOOKS]
    with subprocess.Popen(command) as worker:  # noqa: S603 - our own interpreter and words
        try:
            yield
        finally:
            worker.terminate()
