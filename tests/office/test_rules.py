"""Policies: readable, proved by their cases, changed by two people, used by the next run."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from kejing.office.feeds.models import PolicyVersion
from kejing.office.feeds.policies import approved_overlays
from kejing.office.people.roles import Power
from kejing.office.rules import versions
from tests.office.bank import POSTS, Bank
from tests.office.test_frame import sign_in
from tests.office.test_imports import archive

POLICY = "bank_corporate"
PARAMETER = """dispute_answer_days:
  zh: 争议答复天数
  en: days to answer a dispute
  type: count
  unit: days
  values: [{from: 2000-01-01, value: 3, source: "assumption: a shorter answer"}]
"""


@pytest.fixture
def office(bank: Bank, tmp_path: Path, settings: object) -> Path:
    """An office folder of its own."""
    settings.OFFICE_FOLDER = tmp_path  # type: ignore[attr-defined]  # pytest-django's
    return tmp_path


def overlay(text: str, name: str = "short/parameters.yaml") -> dict[str, object]:
    """The form of a new version."""
    return {
        "title": "short",
        "reason": "faster",
        "overlay": SimpleUploadedFile("o.zip", archive({name: text.encode()})),
    }


def test_a_version_takes_two_people_and_is_used_from_then_on(bank: Bank, office: Path) -> None:
    """Brought and compared by one, approved by another; its files must be those that were brought."""
    clerk, head = sign_in("performance"), sign_in("head")
    assert clerk.post(reverse("rules:bring", args=(POLICY,)), overlay(PARAMETER)).status_code == 302
    made = PolicyVersion.objects.get()
    page = head.get(reverse("rules:version", args=(made.pk,))).content.decode()
    assert "dispute_answer_days" in page
    assert approved_overlays(POLICY) == []
    approve = reverse("rules:approve", args=(made.pk,))
    assert clerk.post(approve).status_code == 403, "who brought it has no such power"
    kept = office / made.folder / "parameters.yaml"
    kept.write_text(PARAMETER.replace("value: 3", "value: 300"), encoding="utf-8")
    assert head.post(approve).status_code == 409, "files were touched"
    kept.write_text(PARAMETER, encoding="utf-8")
    assert head.post(approve).status_code == 302
    assert head.post(approve).status_code == 409, "once"
    assert versions.in_force(POLICY).parameter("dispute_answer_days", bank.viewer("head").today) == 3
    head.post(reverse("rules:withdraw", args=(made.pk,)), {"reason": "too fast"})
    assert approved_overlays(POLICY) == []


def test_nobody_approves_what_he_brought(bank: Bank, office: Path) -> None:
    """A head may do both, and not on the same version."""
    head = sign_in("head")
    head.post(reverse("rules:bring", args=(POLICY,)), overlay(PARAMETER))
    made = PolicyVersion.objects.get()
    assert head.post(reverse("rules:approve", args=(made.pk,))).status_code == 403
    assert sign_in("east_head").post(reverse("rules:approve", args=(made.pk,))).status_code == 302


@pytest.mark.parametrize(
    ("text", "name"),
    [("dispute_answer_days: {type: nonsense}", "parameters.yaml"), (PARAMETER, "../parameters.yaml"), ("x", "x.py")],
)
def test_a_broken_version_is_refused(bank: Bank, office: Path, text: str, name: str) -> None:
    """A policy with errors, a name that leads out, an archive without rules: refused, and nothing is kept."""
    answer = sign_in("performance").post(reverse("rules:bring", args=(POLICY,)), overlay(text, name))
    assert answer.status_code == 422
    assert not PolicyVersion.objects.exists()
    assert not (office / "policies").exists()


def test_everybody_with_a_position_reads_the_policy(bank: Bank, office: Path) -> None:
    """Document and list for all of them; for a stranger nothing; bringing and approving by power alone."""
    for name in (*POSTS, "stranger"):
        client = sign_in(name)
        expected = 403 if name == "stranger" else 200
        assert client.get(reverse("rules:rules")).status_code == expected, name
        if name in {"rm_e11", "stranger"}:
            answer = client.get(reverse("rules:document", args=(POLICY,)))
            assert answer.status_code == expected
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
        if not bank.viewer(name).may(Power.DRAFT_CHANGE):
            assert client.post(reverse("rules:bring", args=(POLICY,)), overlay(PARAMETER)).status_code == 403, name
    assert sign_in("head").get(reverse("rules:document", args=("nothing",))).status_code == 404


def test_cases_pass_on_the_page(bank: Bank, office: Path) -> None:
    """Every shipped case passes, and the page says so."""
    page = sign_in("rm_e11").get(reverse("rules:cases", args=("telecom_4plus1",))).content.decode()
    assert 'class="tag good"' in page
    assert 'class="tag bad"' not in page
