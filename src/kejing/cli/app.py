"""The commands."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from kejing.cli import show
from kejing.cli.compare_app import add_commands as add_compare
from kejing.cli.ledger_app import add_commands
from kejing.cli.office_app import HostOption, PortOption, serve_demo
from kejing.cli.office_app import add_commands as add_office
from kejing.cli.options import (
    FactsArgument,
    FailOption,
    JsonOption,
    LangChoice,
    LangOption,
    OutArgument,
    OverlayOption,
    PolicyOption,
    SinceOption,
    Threshold,
    exit_code,
)
from kejing.cli.policy_app import policy_app
from kejing.cli.statement_app import add_commands as add_papers
from kejing.cli.tree import print_tree, tree_as_json
from kejing.cli.words import word
from kejing.measure.errors import KejingError
from kejing.measure.period import Grain
from kejing.verbs import bring, certifying, checking, demonstrate, explaining, reporting, running
from kejing.version import __version__

app = typer.Typer(
    name="kejing",
    help="客經:从客户文件到可解释的薪酬 / from customer files to explained pay",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(policy_app, name="policy")
add_papers(app, policy_app)


def _version(value: bool) -> None:  # typer passes the flag by position
    if value:
        typer.echo(f"kejing {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="版本 / version")
    ] = False,
) -> None:  # typer
    """客經 Kejing."""


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", metavar="OUT", help="结果文件夹 / output folder")] = Path("kejing-demo"),
    size: Annotated[str, typer.Option("--size", help="规模倍数 / scale, 1 = 3,000 + 20,000 customers")] = "1",
    seed: Annotated[int, typer.Option("--seed", help="随机种子 / seed")] = 1,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="完成后打开办公系统 / open the office when done")
    ] = True,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8765,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="打开浏览器 / open the browser")] = True,
    lang: LangOption = LangChoice.ZH,
    as_json: JsonOption = False,  # typer
) -> None:
    """示例机构:生成文件、导入、运行全流程、出报告 / sample institution, imported, run and reported."""
    with show.progress(lang.value, quiet=as_json) as progress:
        result = demonstrate.demo(out=out, size=size, seed=seed, progress=progress)
    if as_json:
        show.print_json(result.as_json())
    else:
        show.out.print(
            word("demo.done", lang.value).format(report=result.report, import_findings=result.import_findings)
        )
    if serve and not as_json:
        serve_demo(out, host=host, port=port, browser=browser, lang=lang.value)


@app.command("import")
def import_(
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE...", help="文件或文件夹 / files or a folder")],
    into: Annotated[Path, typer.Option("--into", metavar="FACTS", help="事实库文件夹 / facts folder")],
    mapping: Annotated[Path | None, typer.Option("--mapping", help="映射文件 / mapping file")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="映射参数 / mapping parameter")
    ] = None,
    known_at: Annotated[str | None, typer.Option("--known-at", help="获知日期 / day the files became known")] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="只预览不提交 / show what would change, commit nothing")
    ] = False,  # typer
    lang: LangOption = LangChoice.ZH,
    fail_on: FailOption = Threshold.ERROR,
    as_json: JsonOption = False,  # typer
) -> None:
    """导入:读取、映射、检查、提交 / read, map, check, show what changes, commit."""
    with show.progress(lang.value, quiet=as_json) as progress:
        report = bring.import_facts(
            sources,
            mapping=mapping,
            into=into,
            settings=_pairs(settings or []),
            known_at=known_at,
            preview=preview,
            lang=lang.value,
            progress=progress,
        )
    findings = list(report.findings)
    if as_json:
        tables = {name: count.as_dict() for name, count in report.tables.items()}
        shown = [show.finding_as_json(finding, lang.value) for finding in findings]
        answer = {"snapshot": report.snapshot, "parent": report.parent, "tables": tables}
        show.print_json({**answer, "findings": shown, "not_kept": report.not_kept})
    else:
        show.print_counts(report, lang.value)
        show.print_findings(findings, lang.value)
        if report.not_kept:
            show.out.print(word("import.not_kept", lang.value).format(count=report.not_kept))
    raise typer.Exit(exit_code([finding.severity for finding in findings], fail_on))


@app.command()
def check(
    facts: FactsArgument,
    policy: PolicyOption,
    overlay: OverlayOption = None,
    lang: LangOption = LangChoice.ZH,
    fail_on: FailOption = Threshold.ERROR,
    as_json: JsonOption = False,  # typer
) -> None:
    """检查事实库与办法是否相符 / check facts against a policy."""
    findings = checking.check(facts, policy=policy, overlays=overlay or [])
    if as_json:
        show.print_json({"findings": [show.finding_as_json(finding, lang.value) for finding in findings]})
    else:
        show.print_findings(findings, lang.value)
        show.out.print(word("check.done", lang.value).format(count=len(findings)))
    raise typer.Exit(exit_code([finding.severity for finding in findings], fail_on))


@app.command()
def run(
    facts: FactsArgument,
    policy: PolicyOption,
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="计算日 / the day the run looks from")],
    out: Annotated[Path, typer.Option("--out", metavar="OUT", help="结果文件夹 / output folder")],
    overlay: OverlayOption = None,
    grain: Annotated[
        Grain | None,
        typer.Option(
            "--grain",
            help="按月、季或年计算,代替办法的期间 / periods by month, quarter or year, in place of the policy's",
        ),
    ] = None,
    ledger: Annotated[
        Path | None,
        typer.Option(
            "--ledger",
            metavar="LEDGER",
            help="台账:往年的分期、已付与得分 / instalments, paid pay and scores of earlier years",
        ),
    ] = None,
    since: SinceOption = None,
    stages: Annotated[str | None, typer.Option("--stages", help="环节,逗号分隔 / stages, comma separated")] = None,
    known_on: Annotated[
        str | None, typer.Option("--known-on", metavar="DATE", help="只用该日已知的事实 / only facts known by then")
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", help="计入与计薪的引擎 / engine that credits and pays: duckdb, spark, postgres")
    ] = "duckdb",
    spark_master: Annotated[
        str | None,
        typer.Option(
            "--spark-master", envvar="KEJING_SPARK_MASTER", help="Spark 地址 / local[2], spark://…, yarn or sc://…"
        ),
    ] = None,
    postgres_dsn: Annotated[
        str | None,
        typer.Option("--postgres-dsn", envvar="KEJING_POSTGRES_DSN", help="PostgreSQL 连接串 / connection string"),
    ] = None,
    shards: Annotated[
        int, typer.Option("--shards", min=1, help="按客户分批归属,省内存 / credit customers in so many parts")
    ] = 1,
    memory: Annotated[
        str,
        typer.Option("--memory", metavar="SIZE", help="内存上限,超出部分暂存硬盘 / memory limit, the rest is spilled"),
    ] = "8GiB",
    seed: Annotated[int, typer.Option("--seed", help="随机种子 / seed")] = 0,
    lang: LangOption = LangChoice.ZH,
    with_report: Annotated[
        bool, typer.Option("--report/--no-report", help="同时生成报告 / write the reports too")
    ] = True,
    fail_on: FailOption = Threshold.ERROR,
    as_json: JsonOption = False,  # typer
) -> None:
    """运行全流程 / run the flow."""
    with show.progress(lang.value, quiet=as_json) as progress:
        result = running.run(
            facts,
            policy=policy,
            as_of=as_of,
            out=out,
            overlays=overlay or [],
            grain=grain.value if grain is not None else None,
            ledger=ledger,
            since=since,
            stages=stages.split(",") if stages else None,
            known_on=known_on,
            seed=seed,
            engine=engine,
            spark=spark_master,
            postgres=postgres_dsn,
            shards=shards,
            memory_limit=memory,
            progress=progress,
        )
        if with_report:
            progress("report", 0, 1)
            reporting.report(out, lang=lang.value)
            progress("report", 1, 1)
    if as_json:
        show.print_json(
            {
                "manifest": result.manifest,
                "findings": [show.finding_as_json(finding, lang.value) for finding in result.findings],
            }
        )
    else:
        show.print_findings(result.findings, lang.value)
        show.print_island(result, lang.value)
        show.out.print(word("run.done", lang.value).format(run_id=result.run_id, out=out))
    raise typer.Exit(exit_code([finding.severity for finding in result.findings], fail_on))


@app.command()
def explain(
    out: OutArgument,
    table: Annotated[str, typer.Argument(help="表名,如 pay / table, such as pay")],
    keys: Annotated[list[str], typer.Argument(metavar="KEY=VALUE...", help="主键 / key of the row")],
    facts: Annotated[
        Path | None, typer.Option("--facts", metavar="FACTS", help="事实库已移动时指明 / where the facts lie now")
    ] = None,
    lang: LangOption = LangChoice.ZH,
    as_json: JsonOption = False,  # typer
) -> None:
    """一个数字的来历 / the tree behind one figure."""
    figures = explaining.explain_rows(out, table, _pairs(keys), facts=facts)
    if as_json:
        show.print_json([tree_as_json(figure, lang.value) for figure in figures])
    else:
        for figure in figures:
            print_tree(figure, lang.value)


@app.command()
def certify(out: OutArgument, lang: LangOption = LangChoice.ZH, as_json: JsonOption = False) -> None:  # typer
    """不用求解器,以整数复核管户方案与下界 / check the books' plan and bound in exact integers, without the solver."""
    answer = certifying.certify(out)
    gap = None if answer.gap is None else f"{float(answer.gap):.4%}"
    facts = {**asdict(answer), "gap": gap}
    if as_json:
        show.print_json({**facts, "is_valid": answer.is_valid})
    else:
        show.out.print(word("certify.done" if answer.is_valid else "certify.fails", lang.value).format(**facts))
    raise typer.Exit(0 if answer.is_valid else 1)


@app.command()
def report(
    out: OutArgument,
    lang: LangOption = LangChoice.ZH,
    as_json: JsonOption = False,  # typer
) -> None:
    """生成 HTML 与 XLSX 报告 / write the HTML and XLSX reports."""
    files = reporting.report(out, lang=lang.value)
    if as_json:
        show.print_json({"files": [str(file) for file in files]})
    else:
        for file in files:
            show.out.print(str(file))


add_compare(app)
add_commands(app)
add_office(app)


class NotAPairError(KejingError):
    """An argument that should read NAME=VALUE does not."""

    code = "cli.not_a_pair"


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise NotAPairError(text=text)
        pairs[name] = value
    return pairs


def main() -> None:
    """Run the command line; errors become sentences and exit code 2."""
    as_json = "--json" in sys.argv
    lang = show.language_of(sys.argv)
    try:
        app()
    except KejingError as error:
        show.print_error(error, lang, as_json=as_json)
        sys.exit(2)
