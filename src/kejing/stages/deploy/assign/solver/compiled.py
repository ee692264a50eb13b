"""Loops that are compiled to machine code, with the types that they have in Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numba


def compiled[F: Callable[..., Any]](loop: F) -> F:
    """``loop`` as machine code, kept on disk; it lets other threads run beside it.

    Floats are added in the order written (no fast-math), so one machine gives the same bytes again.
    """
    return cast("F", numba.njit(cache=True, nogil=True)(loop))


def inlined[F: Callable[..., Any]](loop: F) -> F:
    """The same, written out where it is called: columns are not handed over again at every step."""
    return cast("F", numba.njit(cache=True, nogil=True, forceinline=True)(loop))
