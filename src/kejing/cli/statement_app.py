"""``kejing statement``, ``kejing contract`` and ``kejing policy render``: the papers that people are handed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from kejing.cli import show
from kejing.cli.options import JsonOption, LangChoice, LangOption, OutArgument, OverlayOption
from kejing.cli.policy_app import PolicyArgument
from kejing.cli.words import word
from kejing.measure.errors import KejingError
from kejing.report.contracts import SignatureCheck, SignatureState
from kejing.text.labels import Lang
from kejing.verbs import contracting, stating

RmOption = Annotated[
    list[str] | None, typer.Option("--rm", metavar="RM", help="客户经理编号,可重复 / RM id, may be repeated")
]
FactsOption = Annotated[
    Path | None, typer.Option("--facts", metavar="FACTS", help="事实库已移动时指明 / where the facts lie now")
]
BothOption = Annotated[bool, typer.Option("--both", help="中英文各出一份 / both languages")]


class NothingAskedError(KejingError):
    """Neither a folder to write into nor signatures to check were given, or both."""

    code = "contract.nothing_asked"


class AllAndSomeError(KejingError):
    """Everybody and somebody were asked for at once."""

    code = "statement.all_and_some"


def statement(
    out: OutArgument,
    period: Annotated[str, typer.Option("--period", metavar="P", help="期间,如 2025-Q4 / period, such as 2025-Q4")],
    into: Annotated[Path, typer.Option("--into", metavar="FOLDER", help="输出文件夹 / folder to write into")],
    rm: RmOption = None,
    unit: Annotated[
        list[str] | None, typer.Option("--unit", metavar="UNIT", help="机构编号,可重复 / unit id, may be repeated")
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="全部(默认) / everybody (default)")] = False,
    ledger: Annotated[
        Path | None,
        typer.Option("--ledger", metavar="LEDGER", help="台账:是否关账、有何更正 / closed or not, what was corrected"),
    ] = None,
    facts: FactsOption = None,
    lang: LangOption = LangChoice.ZH,
    both: BothOption = False,
    as_json: JsonOption = False,
) -> None:
    """薪酬结算单:每人、每机构一份 HTML 与 XLSX / pay statements of RMs and units as HTML and XLSX."""
    if everybody and (rm or unit):
        raise AllAndSomeError(rm=", ".join(rm or []), unit=", ".join(unit or []))
    with show.progress(lang.value, quiet=as_json) as progress:
        files = stating.statement(
            out,
            period=period,
            into=into,
            rm=rm or [],
            unit=unit or [],
            lang=_languages(lang.value, both=both),
            facts=facts,
            ledger=ledger,
            progress=progress,
        )
    if as_json:
        show.print_json({"files": [str(file) for file in files]})
    else:
        show.out.print(word("statement.done", lang.value).format(files=len(files), folder=files[0].parent))


def contract(
    out: OutArgument,
    period: Annotated[str, typer.Option("--period", metavar="P", help="年度或期间,如 2025 / year or period")],
    into: Annotated[
        Path | None, typer.Option("--into", metavar="FOLDER", help="按哈希保存的文件夹 / folder kept by hash")
    ] = None,
    check: Annotated[
        Path | None,
        typer.Option("--check", metavar="FACTS", help="核对签署的事实库 / facts whose signatures are checked"),
    ] = None,
    rm: RmOption = None,
    facts: FactsOption = None,
    lang: LangOption = LangChoice.ZH,
    both: BothOption = False,
    as_json: JsonOption = False,
) -> None:
    """责任书:由目标与办法生成,或核对签署 / performance contracts: render them, or check who signed."""
    if (into is None) == (check is None):
        raise NothingAskedError
    if check is not None:
        with show.progress(lang.value, quiet=as_json) as progress:
            answers = contracting.contract_check(
                out, period=period, signatures=check, rm=rm or [], facts=facts, progress=progress
            )
        _print_check(answers, lang.value, as_json=as_json)
        return
    assert into is not None
    languages = _languages(lang.value, both=both)
    with show.progress(lang.value, quiet=as_json) as progress:
        written = contracting.contract(
            out, period=period, into=into, rm=rm or [], lang=languages, facts=facts, progress=progress
        )
    if as_json:
        show.print_json([{"rm_id": w.rm_id, "lang": w.lang, "sha256": w.sha256, "file": str(w.path)} for w in written])
    else:
        show.out.print(word("contract.done", lang.value).format(files=len(written), folder=into))


def render(
    policy: PolicyArgument,
    into: Annotated[Path, typer.Option("--into", metavar="FILE.html", help="输出文件 / file to write")],
    overlay: OverlayOption = None,
    lang: LangOption = LangChoice.ZH,
    as_json: JsonOption = False,
) -> None:
    """把办法文件夹生成可读文档 / the policy folder as a readable document."""
    file = contracting.policy_render(policy, into=into, overlays=overlay or [], lang=lang.value)
    if as_json:
        show.print_json({"file": str(file)})
    else:
        show.out.print(str(file))


def add_commands(app: typer.Typer, policy_app: typer.Typer) -> None:
    """Hang the commands on the program."""
    app.command("statement")(statement)
    app.command("contract")(contract)
    policy_app.command("render")(render)


def _languages(lang: Lang, *, both: bool) -> tuple[Lang, ...]:
    return ("zh", "en") if both else (lang,)


def _print_check(answers: list[SignatureCheck], lang: Lang, *, as_json: bool) -> None:
    """Who signed what; exit code 1 if anybody has not signed the contract as it reads now."""
    if as_json:
        show.print_json([contracting.as_json(one) for one in answers])
    else:
        table = Table(box=None, pad_edge=False)
        for name in ("rm", "name", "state", "by", "on", "signed", "current", "others"):
            table.add_column(word(f"contract.{name}", lang), overflow="fold")
        for one in answers:
            current = one.current.get(lang, "")
            table.add_row(
                one.rm_id,
                one.name,
                word(f"contract.state.{one.state}", lang),
                one.signed_by or "—",
                one.signed_on or "—",
                one.signed_sha256[:12] or "—",
                current[:12] or "—",
                "; ".join(one.others) or "—",
            )
        show.out.print(table)
        counts = {state.value: sum(one.state is state for one in answers) for state in SignatureState}
        show.out.print(word("contract.counts", lang).format(**counts))
    raise typer.Exit(int(any(one.state is not SignatureState.SIGNED for one in answers)))
