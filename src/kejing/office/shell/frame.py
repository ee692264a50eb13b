"""What every page shows around its content."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from kejing.office.people.viewer import Viewer
from kejing.office.shell.navigation import entries

_BROWSER_LANGUAGE = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}


def frame(request: HttpRequest) -> dict[str, Any]:
    """Viewer, menu and languages, for the frame's template."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    code = getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)
    return {
        "viewer": viewer,
        "menu": entries(viewer) if viewer is not None else (),
        "languages": settings.LANGUAGES,
        "language_code": code,
        "html_language": _BROWSER_LANGUAGE.get(code, "en"),
    }
