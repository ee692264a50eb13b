"""Documents of the engine as a browser may show them: byte for byte, without scripts."""

from __future__ import annotations

import base64
import hashlib
import re

from django.http import HttpResponse
from django.utils.csp import CSP

_STYLE = re.compile(rb"<style[^>]*>(.*?)</style>", re.DOTALL)


def paper(content: bytes) -> HttpResponse:
    """A document; its own styles are let in by their hashes, and nothing else is."""
    answer = HttpResponse(content, content_type="text/html; charset=utf-8")
    styles = [
        f"'sha256-{base64.b64encode(hashlib.sha256(style).digest()).decode()}'" for style in _STYLE.findall(content)
    ]
    allowed = {"default-src": [CSP.NONE], "style-src": styles, "img-src": ["data:"], "frame-ancestors": [CSP.NONE]}
    answer._csp_config = allowed  # type: ignore[attr-defined]  # as Django's decorator says it
    return answer
