"""People at a browser: signed in, each with a pause between two pages; what they wait for is the first byte."""

from __future__ import annotations

import http.client
import os
import random
import re
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

_HOST = "127.0.0.1"
_READY_SECONDS = 120
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_OK, _FOUND = 200, 302
_USER_TICKS, _SYSTEM_TICKS = 11, 12  # of /proc/PID/stat, counted after the name


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in."""

    name: str
    role: str
    rm: str
    password: str


@dataclass(frozen=True)
class Person:
    """Somebody signed in; ``cookies`` is the header that says so."""

    account: Account
    cookies: str


@dataclass(frozen=True, slots=True)
class Load:
    """How people ask: how many at once, the mean pause between two pages [s], rounds through all pages."""

    users: int
    pause: float
    rounds: int
    seed: int


@dataclass(slots=True)
class Timing:
    """Seconds to the first byte of one page."""

    seconds: list[float] = field(default_factory=list)

    @property
    def p50(self) -> float:
        """Half of the answers began by then [s]."""
        return median(self.seconds)

    @property
    def p95(self) -> float:
        """19 of 20 answers began by then [s]."""
        return sorted(self.seconds)[max(0, -(-95 * len(self.seconds) // 100) - 1)]

    def as_json(self, peer: float) -> dict[str, float]:
        """The figures, with the ratio of the medians."""
        return {
            "n": len(self.seconds),
            "p50_ms": round(self.p50 * 1000, 1),
            "p95_ms": round(self.p95 * 1000, 1),
            "of_peer": round(self.p50 / peer, 1),
        }


def wait_until_ready(port: int) -> None:
    """Return when the server answers."""
    end = time.monotonic() + _READY_SECONDS
    while True:
        try:
            asked = http.client.HTTPConnection(_HOST, port, timeout=5)
            asked.request("GET", "/health/")
            if asked.getresponse().status == _OK:
                return
        except OSError:
            if time.monotonic() > end:
                raise
        time.sleep(0.2)


def sign_in(port: int, account: Account) -> Person:
    """Sign in as a browser does."""
    asked = http.client.HTTPConnection(_HOST, port, timeout=60)
    asked.request("GET", "/accounts/login/")
    answer = asked.getresponse()
    cookies = _cookies(answer)
    token = _TOKEN.search(answer.read().decode())
    assert token is not None
    form = {"login": account.name, "password": account.password, "csrfmiddlewaretoken": token[1]}
    headers = {"Cookie": _header(cookies), "Content-Type": "application/x-www-form-urlencoded"}
    asked.request("POST", "/accounts/login/", urlencode(form), headers)
    answer = asked.getresponse()
    answer.read()
    assert answer.status == _FOUND, (account.name, answer.status)
    return Person(account, _header(cookies | _cookies(answer)))


def fetch(port: int, person: Person, path: str) -> str:
    """The text of a page."""
    asked = http.client.HTTPConnection(_HOST, port, timeout=120)
    asked.request("GET", path, headers={"Cookie": person.cookies})
    answer = asked.getresponse()
    text = answer.read().decode()
    assert answer.status == _OK, (person.account.name, path, answer.status)
    return text


def first_byte(port: int, person: Person, path: str) -> float:
    """Seconds from asking, connection and all, to the first byte of the page; the rest is read beside the clock."""
    asked = http.client.HTTPConnection(_HOST, port, timeout=120)
    began = time.perf_counter()
    asked.request("GET", path, headers={"Cookie": person.cookies})
    answer = asked.getresponse()
    waited = time.perf_counter() - began
    answer.read()
    asked.close()
    assert answer.status == _OK, (person.account.name, path, answer.status)
    return waited


def cpu_of_pages(
    pages: Mapping[Person, Sequence[tuple[str, str]]], port: int, server: int, *, times: int
) -> dict[str, float]:
    """CPU seconds of the server for each page, asked ``times`` in a row: what no other work on the machine changes."""
    spent: dict[str, list[float]] = defaultdict(list)
    for person, own in pages.items():
        for name, path in own:
            before = _cpu_seconds(server)
            for _ in range(times):
                first_byte(port, person, path)
            spent[name].append((_cpu_seconds(server) - before) / times)
    return {name: sum(each) / len(each) for name, each in spent.items()}


def _cpu_seconds(server: int) -> float:
    """CPU of the processes that answer: the server's own children, but not the one that makes runs."""
    ticks = 0
    for child in Path(f"/proc/{server}/task/{server}/children").read_text(encoding="ascii").split():
        process = Path("/proc") / child
        if b"db_worker" not in (process / "cmdline").read_bytes():
            fields = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            ticks += int(fields[_USER_TICKS]) + int(fields[_SYSTEM_TICKS])
    return ticks / os.sysconf("SC_CLK_TCK")


def measure(pages: Mapping[Person, Sequence[tuple[str, str]]], port: int, load: Load) -> dict[str, Timing]:
    """Let everybody walk through his pages (name, path) at once, in an order of his own, after one walk to warm up."""
    found: dict[str, Timing] = defaultdict(Timing)
    lock = threading.Lock()

    def work(number: int, person: Person, own: Sequence[tuple[str, str]]) -> None:
        chance = random.Random(f"{load.seed} {number}")  # noqa: S311 - pauses, not secrets
        for turn in range(load.rounds + 1):
            for name, path in chance.sample(list(own), len(own)):
                time.sleep(chance.expovariate(1 / load.pause))
                waited = first_byte(port, person, path)
                if turn:
                    with lock:
                        found[name].seconds.append(waited)

    with ThreadPoolExecutor(max_workers=len(pages)) as together:
        walks = [together.submit(work, number, *each) for number, each in enumerate(pages.items())]
    for walk in walks:
        walk.result()
    return dict(found)


def _cookies(answer: http.client.HTTPResponse) -> dict[str, str]:
    pairs = (line.partition(";")[0].partition("=") for line in answer.msg.get_all("Set-Cookie", []))
    return {name: value for name, _, value in pairs}


def _header(cookies: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
