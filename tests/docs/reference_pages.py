"""The generated parts of the reference pages: commands, tables, settings and messages, taken from the code.

A page says ``<!-- generated -->`` and ``<!-- end -->`` around its generated part; the rest is written by hand. Run
this module from the root of the repository to bring the pages up to date::

    python -m tests.docs.reference_pages
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from kejing.cli.app import app
from kejing.facts.schema import BOOKKEEPING, FACT_TABLES, Column, FactTable, Kind
from kejing.measure.findings import FINDINGS_SCHEMA
from kejing.stages.sections import SECTIONS
from kejing.stages.tables import OUT_TABLES, OutKind
from kejing.text.catalogue import catalogue
from kejing.text.labels import Lang
from tests.docs.section_words import SECTION_TITLES, SETTING_WORDS

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"
LANGUAGES: tuple[Lang, Lang] = ("zh", "en")
BEGIN, END = "<!-- generated -->\n", "<!-- end -->"


def _say(lang: Lang, zh: str, en: str) -> str:
    return zh if lang == "zh" else en


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _head(*cells: str) -> list[str]:
    return [_row(*cells), "|" + "---|" * len(cells)]


# ---------------------------------------------------------------- the command line


def command_line(lang: Lang) -> Iterator[str]:
    """Every command with its arguments and options."""
    for name, command in _commands(typer.main.get_command(app), ""):
        yield from (f"## kejing {name}", "", _in_language(command.help, lang), "")
        arguments = [each for each in command.params if each.param_type_name == "argument"]
        options = [each for each in command.params if each.param_type_name == "option"]
        words = [each.word if each.required else f"[{each.word}]" for each in map(_Named, arguments)]
        usage = " ".join(["kejing", name, *words, *(["[OPTIONS]"] if options else [])])
        yield from ("```console", usage, "```", "")
        yield from _head(_say(lang, "参数", "parameter"), _say(lang, "默认", "default"), _say(lang, "含义", "meaning"))
        for each in map(_Named, [*arguments, *options]):
            yield _row(each.shown, each.default(lang), _in_language(each.help, lang))
        yield ""


class _Named:
    """An argument or option of a command, as the page shows it."""

    def __init__(self, param: Any) -> None:
        self.param = param
        self.required: bool = param.required
        self.help: str = param.help or ""
        self.word = str(param.metavar or param.name.upper())

    @property
    def shown(self) -> str:
        if self.param.param_type_name == "argument":
            return f"`{self.word}`"
        value = self.word
        if isinstance(self.param.default, Enum):
            value = "|".join(str(choice.value) for choice in type(self.param.default))
        names = "/".join([*self.param.opts, *self.param.secondary_opts])
        return f"`{names}`" if self.param.is_flag else f"`{names} {value}`"

    def default(self, lang: Lang) -> str:
        if self.required:
            return _say(lang, "必填", "required")
        value = self.param.default
        value = value.value if isinstance(value, Enum) else value
        if value is None or value is False or value == [] or callable(value):
            return ""
        if value is True:
            return f"`{self.param.opts[0]}`"
        return f"`{value}`"


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", {})
    if not children:
        yield name, command
    for child, each in children.items():
        yield from _commands(each, f"{name} {child}".strip())


def _in_language(text: str | None, lang: Lang) -> str:
    """The Chinese or the English half of ``中文 / English``."""
    zh, sign, en = (text or "").partition(" / ")
    return zh if lang == "zh" or not sign else en


# ---------------------------------------------------------------- tables


_KINDS = {
    Kind.TEXT: ("文本", "text"),
    Kind.DATE: ("日期", "date"),
    Kind.INSTANT: ("时间", "time"),
    Kind.COUNT: ("整数", "whole number"),
    Kind.WEIGHT: ("分成", "share"),
    Kind.MONEY: ("金额", "money"),
    Kind.MICRO: ("小数(六位)", "number, six decimals"),
    Kind.RATE: ("汇率(八位)", "rate, eight decimals"),
    Kind.QUANTITY: ("数值或等级", "number or grade"),
    Kind.DEGREE: ("经纬度", "degrees"),
    Kind.FLAG: ("是/否", "yes or no"),
}
_OUT_KINDS = {
    OutKind.TEXT: ("文本", "text"),
    OutKind.DATE: ("日期", "date"),
    OutKind.COUNT: ("整数", "whole number"),
    OutKind.MONEY: ("金额", "money"),
    OutKind.MICRO: ("小数(六位)", "number, six decimals"),
    OutKind.FLAG: ("是/否", "yes or no"),
}


def fact_tables(lang: Lang) -> Iterator[str]:
    """Every fact table with its columns."""
    for table in FACT_TABLES.values():
        yield from (f"## {table.name}", "", _table_line(table, lang), "")
        titles = (
            ("列", "表头", "必须", "种类", "说明")
            if lang == "zh"
            else ("column", "headers", "required", "kind", "notes")
        )
        yield from _head(*titles)
        for column in table.columns:
            yield _row(
                f"`{column.name}`",
                _headers(column, lang),
                _say(lang, "是", "yes") if column.required else "",
                _KINDS[column.kind][lang == "en"],
                _notes(column, lang),
            )
        yield ""


def _table_line(table: FactTable, lang: Lang) -> str:
    key = "、".join(f"`{name}`" for name in table.key) if lang == "zh" else ", ".join(f"`{name}`" for name in table.key)
    if lang == "zh":
        return f"{table.zh}。键:{key}。" + ("有生效日与失效日,同一对象的区间不得重叠。" if table.dated else "")
    dated = " Dated: intervals of one thing must not overlap." if table.dated else ""
    return f"{table.en[:1].upper()}{table.en[1:]}. Key: {key}.{dated}"


def _headers(column: Column, lang: Lang) -> str:
    own = (column.zh, column.en) if lang == "zh" else (column.en, column.zh)
    words = dict.fromkeys((*own, *column.headers))
    return "、".join(words) if lang == "zh" else ", ".join(words)


def _notes(column: Column, lang: Lang) -> str:
    notes = []
    if column.references:
        notes.append(_say(lang, "须在", "in ") + f"`{'.'.join(column.references)}`" + _say(lang, "中", ""))
    if column.codes:
        notes.append(", ".join(f"`{code}`" for code in sorted(column.codes)))
    if column.currency:
        notes.append(_say(lang, "单位见", "unit in ") + f"`{column.currency}`")
    return _say(lang, ";", "; ").join(notes)


def output_tables(lang: Lang) -> Iterator[str]:
    """Every table of a run with its columns."""
    for table in OUT_TABLES.values():
        label = table.zh if lang == "zh" else f"{table.en[:1].upper()}{table.en[1:]}"
        separator = _say(lang, "、", ", ")
        key = separator.join(f"`{name}`" for name in table.key)
        yield from (f"## {table.name}", "", f"{label}{_say(lang, '。键:', '. Key: ')}{key}{_say(lang, '。', '.')}", "")
        yield from _head(_say(lang, "列", "column"), _say(lang, "名称", "label"), _say(lang, "种类", "kind"))
        for column in table.columns:
            label = column.zh if lang == "zh" else column.en
            yield _row(f"`{column.name}`", label, _OUT_KINDS[column.kind][lang == "en"])
        yield ""
    title = _say(
        lang,
        "发现事项。reason 与 remedy 由 code 与 facts 写成。",
        "Findings. The sentences are made of code and facts.",
    )
    yield from ("## findings", "", title, "")
    yield ", ".join(f"`{name}`" for name in FINDINGS_SCHEMA.names)
    yield ""


def bookkeeping() -> list[str]:
    """Names of the columns that every fact table carries."""
    return list(BOOKKEEPING.names)


# ---------------------------------------------------------------- sections of a policy


def policy_sections(lang: Lang) -> Iterator[str]:
    """Settings of every stage's section with their defaults."""
    for name, model in SECTIONS.items():
        yield from (f"## {name}", "", SECTION_TITLES[name][lang == "en"], "")
        yield from _head(
            _say(lang, "设置", "setting"),
            _say(lang, "取值", "value"),
            _say(lang, "默认", "default"),
            _say(lang, "含义", "meaning"),
        )
        for path, field in _settings(model, ""):
            words = SETTING_WORDS[f"{name}.{path}"][lang == "en"]
            default = (
                _say(lang, "必填", "required")
                if field.is_required()
                else _default(field.get_default(call_default_factory=True))
            )
            yield _row(f"`{path}`", _values(field.annotation, lang), default, words)
        yield ""


def setting_names() -> list[str]:
    """Every setting of every section, such as ``assign.groups``."""
    return [f"{name}.{path}" for name, model in SECTIONS.items() for path, _ in _settings(model, "")]


def _settings(model: type[BaseModel], path: str) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        here = f"{path}{field.alias or name}"
        inner, is_map, is_list = _model_in(field.annotation)
        if inner is None or inner.__name__ == "LabelSettings":
            yield here, field
            continue
        if field.is_required() or is_map or is_list or field.default is None:
            yield here, field
        yield from _settings(inner, here + (".NAME." if is_map else "[]." if is_list else "."))


def _model_in(annotation: Any) -> tuple[type[BaseModel] | None, bool, bool]:
    """The model inside an annotation, and whether it stands in a map or a list."""
    origin = get_origin(annotation)
    if isinstance(annotation, type) and origin is None and issubclass(annotation, BaseModel):
        return annotation, False, False
    for argument in get_args(annotation):
        inner = argument if isinstance(argument, type) and get_origin(argument) is None else None
        if inner is not None and issubclass(inner, BaseModel):
            return inner, origin is dict, origin is tuple
    return None, False, False


def _values(annotation: Any, lang: Lang) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(f"`{argument}`" for argument in arguments)
    if origin in (Union, types.UnionType):
        inner = [argument for argument in arguments if argument is not type(None)]
        return " / ".join(_values(argument, lang) for argument in inner)
    if origin is tuple:
        return _say(lang, "列表:", "list of ") + _values(arguments[0], lang)
    if origin is dict:
        return _say(lang, "名称 → 设置", "name → settings")
    plain = {str: ("名称", "name"), int: ("整数", "whole number"), bool: ("true / false", "true / false")}
    return plain.get(annotation, ("设置", "settings"))[lang == "en"]


def _default(value: object) -> str:
    if value is None or value is PydanticUndefined:
        return "`null`"
    if isinstance(value, tuple):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`" if value != "" else ""


# ---------------------------------------------------------------- findings and errors


def findings(lang: Lang) -> Iterator[str]:
    """Every code with its reason and remedy."""
    areas: dict[str, list[str]] = {}
    for code in catalogue():
        areas.setdefault(code.partition(".")[0], []).append(code)
    for area, codes in sorted(areas.items()):
        yield from (f"## {area}", "")
        yield from _head(_say(lang, "代码", "code"), _say(lang, "原因", "reason"), _say(lang, "处理办法", "remedy"))
        for code in sorted(codes):
            message = catalogue()[code][lang]
            yield _row(f"`{code}`", message.reason, message.remedy)
        yield ""


# ---------------------------------------------------------------- pages


PAGES: dict[str, Callable[[Lang], Iterator[str]]] = {
    "command-line": command_line,
    "fact-tables": fact_tables,
    "findings": findings,
    "output-tables": output_tables,
    "policy-sections": policy_sections,
}


def page_path(page: str, lang: Lang) -> Path:
    """File of a page."""
    return FOLDER / f"{page}.{lang}.md"


def up_to_date(page: str, lang: Lang) -> str:
    """The page with its generated part as the code has it now."""
    text = page_path(page, lang).read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{'\n'.join(PAGES[page](lang))}\n{END}{after}"


if __name__ == "__main__":
    for name in PAGES:
        for language in LANGUAGES:
            page_path(name, language).write_text(up_to_date(name, language), encoding="utf-8")
