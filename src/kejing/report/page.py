"""Pages in one file: template, style and script inlined, and a policy that lets nothing else run or load."""

from __future__ import annotations

import base64
import hashlib
import json
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from kejing.measure.errors import KejingError
from kejing.report.blocks import Cell, CellKind
from kejing.report.numbers import Numbers
from kejing.text.labels import HTML_LANG, LANGUAGES, Lang, Words


class WrongLanguageError(KejingError):
    """The report is written in Chinese or English only."""

    code = "report.wrong_language"


@cache
def asset(folder: str, name: str) -> str:
    """Text of one file that ships with the report."""
    return resources.files("kejing.report").joinpath(folder, name).read_text(encoding="utf-8")


def checked_lang(lang: str) -> Lang:
    """``lang`` if the report has it.

    Raises
    ------
    WrongLanguageError
        It has not.
    """
    for known in LANGUAGES:
        if lang == known:
            return known
    raise WrongLanguageError(lang=lang)


def _digest(text: str) -> str:
    """How a content security policy names an inline style or script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def security_policy(styles: list[str], scripts: list[str]) -> str:
    """Nothing loads from anywhere; only these inline texts count."""
    parts = {
        "default-src": "'none'",
        "style-src": " ".join(map(_digest, styles)) or "'none'",
        "script-src": " ".join(map(_digest, scripts)) or "'none'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in parts.items())


def data_block(data: object) -> Markup:
    """JSON for an inline data element; no character in it can end the element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above


def cell_text(value: Cell, kind: CellKind, numbers: Numbers, words: Words) -> str:
    """One cell of a grid as text; missing values are a dash, never a zero."""
    if value is None or value == "":
        return "–"
    if kind is CellKind.FLAG:
        return words.say("yes" if value else "no")
    if kind is CellKind.SEVERITY:
        return words.say(f"code.severity.{value}")
    if isinstance(value, str):
        return value
    return _figure(value, kind, numbers)


def _figure(value: Cell, kind: CellKind, numbers: Numbers) -> str:
    if not isinstance(value, int | Decimal):
        return str(value)
    match kind:
        case CellKind.MONEY:
            return numbers.money_digits(Decimal(value))
        case CellKind.PERCENT:
            return numbers.percent(Decimal(value), 2)
        case CellKind.SHORT:
            return numbers.decimals(Decimal(value), 2)
        case _:
            return numbers.exact(value)


@cache
def _environment() -> Environment:
    """The templates, compiled once however many pages are written."""
    return Environment(
        loader=PackageLoader("kejing.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render(
    template: str, *, lang: Lang, numbers: Numbers, scripts: list[str], sheets: tuple[str, ...] = (), **values: object
) -> str:
    """One page of ``template`` with style and ``scripts`` inlined.

    ``sheets`` are further style sheets of the page, laid over the one of every page.
    """
    words = Words("report", lang)
    style = "".join((asset("templates", "style.css"), *sheets))
    return (
        _environment()
        .get_template(template)
        .render(
            lang=lang,
            html_lang=HTML_LANG[lang],
            say=words.say,
            cell=lambda value, kind: cell_text(value, kind, numbers, words),
            style=Markup(style),  # noqa: S704 - our own files
            scripts=[Markup(script) for script in scripts],  # noqa: S704 - our own files
            security_policy=security_policy([style], scripts),
            **values,
        )
    )


def write_page(target: Path, text: str) -> None:
    """Write a page with the same bytes on every machine."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(text.encode())
