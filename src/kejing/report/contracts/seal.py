"""The hash of a document that says its own hash: taken over the document with zeros in that place."""

from __future__ import annotations

import hashlib
import re

from kejing.measure.errors import KejingError

UNSEALED = "0" * 64
"""What stands in the place of the hash while the hash is taken."""

_PLACE = re.compile(rb'(<span id="document-sha256" class="code hash">)([0-9a-f]{64})(</span>)')


class BrokenSealError(KejingError):
    """A kept document is not the one whose hash it says, or says none."""

    code = "contract.broken_seal"


def unsealed_hash(document: bytes) -> str:
    """SHA-256 of ``document`` with zeros in the place of its hash.

    Notes
    -----
    Without this program: replace the hash on the page by 64 zeros and take ``sha256sum`` of the file.
    """
    return hashlib.sha256(_PLACE.sub(rb"\g<1>" + UNSEALED.encode() + rb"\g<3>", document, count=1)).hexdigest()


def sealed(document: str) -> tuple[str, bytes]:
    """The hash of ``document``, written with zeros in the place of it, and the document that says it."""
    raw = document.encode()
    assert _PLACE.search(raw) is not None, "Expected a place for the hash."
    digest = unsealed_hash(raw)
    return digest, _PLACE.sub(rb"\g<1>" + digest.encode() + rb"\g<3>", raw, count=1)


def verify_seal(document: bytes, *, name: str) -> str:
    """The hash that a kept document says, after taking it again.

    Raises
    ------
    BrokenSealError
        The document says no hash, or was changed since.
    """
    place = _PLACE.search(document)
    said = place[2].decode() if place else ""
    if not said or said != unsealed_hash(document):
        raise BrokenSealError(document=name)
    return said
