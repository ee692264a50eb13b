"""Which encoding a text file has: decided strictly over the whole file, never by likelihood."""

from __future__ import annotations

import codecs
import gzip
from pathlib import Path
from typing import BinaryIO, cast

from kejing.facts.read.sheet import UnreadableSourceError

_CHUNK = 1 << 22
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def open_bytes(path: Path) -> BinaryIO:
    """The bytes of ``path``, unpacked when its name ends in ``.gz``."""
    return cast("BinaryIO", gzip.open(path, "rb")) if path.suffix.lower() == ".gz" else path.open("rb")


def find_encoding(path: Path, asked: str | None) -> str:
    """The encoding of ``path``: its byte order mark, else UTF-8, else GB18030.

    Parameters
    ----------
    path
        A text file.
    asked
        The encoding the mapping names, or None to find out.

    Raises
    ------
    UnreadableSourceError
        Some byte does not fit. A wrong guess would turn names into other names silently.
    """
    with open_bytes(path) as stream:
        start = stream.read(4)
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    if asked is not None:
        candidates = [asked]
    elif marked is not None:
        candidates = [marked]
    else:
        candidates = ["utf-8", "gb18030"]
    for name in candidates:
        if _decodes(path, name):
            return name
    raise UnreadableSourceError("facts.encoding_unreadable", tried=", ".join(candidates))


def _decodes(path: Path, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)("strict")
    with open_bytes(path) as stream:
        try:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True
