"""Targets and contracts: seen by scope, accepted in person, under the hash of the text that was read."""

from __future__ import annotations

import hashlib
import re

import pytest
from django.urls import reverse

from kejing.office.acts.act import act
from kejing.office.acts.models import Event
from kejing.office.books.models import Acceptance
from kejing.office.feeds.cast import demonstration_cast
from kejing.office.feeds.loading import load_facts
from kejing.office.feeds.run_tables import run_rows, show_run
from kejing.office.people.models import Position, User
from kejing.report.contracts import unsealed_hash
from tests.office.bank import PASSWORD
from tests.office.shown import institution
from tests.office.test_frame import sign_in


@pytest.fixture
def rm_id(db: None, settings: object) -> str:
    """The demonstration's RM in the sample institution."""
    folder = institution()
    load_facts(folder / "facts", by=None)
    run = show_run(folder / "bank_corporate", by=None)
    demonstration_cast(run.as_of)
    with act("tests.passwords", by=None) as doing:
        for user in User.objects.all():
            before = user.version
            user.set_password(PASSWORD)
            password = user.password
            user.refresh_from_db()
            doing.change(user, expected_version=before, password=password)
        rows = run_rows(run, "target", columns=("rm_id",), limit=1)
        doing.change_all(list(Position.objects.filter(user__username="rm")), rm_id=rows[0]["rm_id"])
    return str(rows[0]["rm_id"])


def test_an_rm_reads_and_accepts_his_contract(rm_id: str) -> None:
    """The hash that is kept is that of the document on the screen; another text, or another person, is refused."""
    at = ("bank_corporate", "2025", rm_id)
    client = sign_in("rm")
    assert rm_id in client.get(reverse("targets:targets")).content.decode()
    document = client.get(reverse("targets:document", args=at))
    page = client.get(reverse("targets:contract", args=at)).content.decode()
    found = re.search(r'name="sha256" value="([0-9a-f]{64})"', page)
    assert found is not None
    assert unsealed_hash(document.content) == found[1]
    assert "unsafe" not in document.headers["Content-Security-Policy"]
    assert hashlib.sha256(document.content).hexdigest() != found[1], "the document says its own hash"
    accept = reverse("targets:accept", args=at)
    assert client.post(accept, {"sha256": "0" * 64}).status_code == 409
    assert sign_in("head").post(accept, {"sha256": found[1]}).status_code == 403
    assert not Acceptance.objects.exists()
    assert client.post(accept, {"sha256": found[1]}).status_code == 302
    kept = Acceptance.objects.get()
    assert (kept.rm_id, kept.document_sha256, kept.accepted_by.username) == (rm_id, found[1], "rm")
    assert Event.objects.filter(code="targets.accepted", facts__sha256=found[1]).count() == 1
    assert found[1] in sign_in("head").get(reverse("targets:contract", args=at)).content.decode()


def test_foreign_contracts_are_not_there(rm_id: str) -> None:
    """A colleague's contract answers 404, page and document alike."""
    client = sign_in("rm")
    for name in ("contract", "document"):
        assert client.get(reverse(f"targets:{name}", args=("bank_corporate", "2025", "nobody"))).status_code == 404
