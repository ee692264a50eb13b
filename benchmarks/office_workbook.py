"""A workbook of 20,000 rows, brought to the office and previewed."""

from __future__ import annotations

import http.client
import io
import re
import time
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

from benchmarks.office_users import Person, fetch
from kejing.facts.snapshot import current_snapshot
from kejing.verbs.demonstrate import AS_OF
from kejing.warehouse.engine import DuckEngine

ROWS = 20_000
_COLUMNS = ("contact_id", "customer_id", "rm_id", "channel", "direction", "outcome", "happened_at")
_BOUNDARY = "----of-the-benchmark"
_CSRF = re.compile(r'"X-CSRFToken": "([^"]+)"')
_FOUND = 302


def preview_seconds(port: int, people: Sequence[Person], institution: Path) -> float:
    """From sending the workbook to the last byte of the page that says what it would change [s]."""
    person = next(one for one in people if one.account.role == "performance_administrator")
    token = _CSRF.search(fetch(port, person, "/imports/"))
    assert token is not None
    body = _form(token[1], _workbook(institution))
    headers = {"Cookie": person.cookies, "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
    began = time.perf_counter()
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    asked.request("POST", "/imports/", body, headers)
    answer = asked.getresponse()
    answer.read()
    assert answer.status == _FOUND, answer.status
    page = fetch(port, person, answer.headers["Location"])
    waited = time.perf_counter() - began
    assert f"{ROWS:,}" in page, "not every row was read"
    return round(waited, 2)


def _workbook(institution: Path) -> bytes:
    """New contacts of customers and RMs that there are."""
    snapshot = current_snapshot(institution / "facts")
    assert snapshot is not None
    path = snapshot.path("coverage")
    assert path is not None
    with DuckEngine() as engine:
        engine.attach_parquet("coverage", path)
        held = "SELECT DISTINCT customer_id, rm_id FROM coverage WHERE role = 'lead' AND valid_to IS NULL"
        held = held.replace("valid_to IS NULL", f"valid_to > DATE '{AS_OF.isoformat()}'")
        pairs = engine.fetch(f"{held} ORDER BY customer_id, rm_id LIMIT {ROWS}").to_pylist()
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True, "constant_memory": False})
    sheet = book.add_worksheet("contacts")
    sheet.write_row(0, 0, _COLUMNS)
    for row in range(ROWS):
        pair = pairs[row % len(pairs)]
        when = f"2025-12-{row % 28 + 1:02} {9 + row % 8:02}:30:00"
        cells = (f"new-{row:06}", pair["customer_id"], pair["rm_id"], "phone", "outbound", "reached", when)
        sheet.write_row(row + 1, 0, cells)
    book.close()
    return written.getvalue()


def _form(token: str, content: bytes) -> bytes:
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'.encode(),
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="contacts.xlsx"\r\n'.encode(),
        b"Content-Type: application/octet-stream\r\n\r\n",
        content,
        f"\r\n--{_BOUNDARY}--\r\n".encode(),
    ]
    return b"".join(parts)
