"""``kejing policy``: check, diff and test a policy folder."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from kejing.cli import show
from kejing.cli.options import FailOption, JsonOption, LangChoice, LangOption, Threshold, exit_code
from kejing.cli.words import word
from kejing.text.labels import Lang
from kejing.verbs import policies
from kejing.verbs.policies import Difference, PolicyAnswer

policy_app = typer.Typer(help="办法:检查、比较、算例 / policy: check, diff, test", no_args_is_help=True)
PolicyArgument = Annotated[
    str, typer.Argument(metavar="POLICY", help="办法文件夹或内置办法名 / policy folder or shipped pack")
]
OverlayArgument = Annotated[Path | None, typer.Argument(metavar="OVERLAY", help="叠加文件夹 / overlay folder")]


@policy_app.command()
def check(
    policy: PolicyArgument,
    overlay: OverlayArgument = None,
    lang: LangOption = LangChoice.ZH,
    fail_on: FailOption = Threshold.ERROR,
    as_json: JsonOption = False,
) -> None:
    """检查缺口、重叠、未知名称、循环、单位与算例 / gaps, overlaps, names, cycles, units, cases."""
    answer = policies.policy_check(policy, overlay)
    if as_json:
        show.print_json({"findings": [show.finding_as_json(finding, lang.value) for finding in answer.findings]})
    else:
        show.print_findings(answer.findings, lang.value)
        key = "policy.findings" if answer.findings else "policy.ok"
        show.out.print(word(key, lang.value).format(**answer.counts()))
    raise typer.Exit(exit_code([finding.severity for finding in answer.findings], fail_on))


@policy_app.command("test")
def run_cases(
    policy: PolicyArgument,
    overlay: OverlayArgument = None,
    lang: LangOption = LangChoice.ZH,
    as_json: JsonOption = False,
) -> None:
    """运行全部算例,两种计算须一致 / run every case by both evaluators."""
    answer = policies.policy_test(policy, overlay)
    if as_json:
        show.print_json(
            {
                "passed": answer.passed,
                "failed": answer.failed,
                "moved": [asdict(figure) for figure in answer.moved],
                "findings": [show.finding_as_json(f, lang.value) for f in answer.findings],
            }
        )
    else:
        show.print_findings(answer.findings, lang.value)
        _print_moved(answer, lang.value)
        counts = {"passed": answer.passed, "failed": answer.failed, "moved": answer.moved_cases}
        show.out.print(word("test.moved_cases" if answer.moved else "test.cases", lang.value).format(**counts))
    raise typer.Exit(1 if answer.failed else 0)


@policy_app.command()
def diff(
    policy: PolicyArgument,
    overlay: Annotated[Path, typer.Argument(metavar="OVERLAY", help="叠加文件夹 / overlay folder")],
    facts: Annotated[
        Path | None, typer.Option("--facts", help="事实库:一并比较影响 / facts folder: compare the effects too")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="计算日 / the day the runs look from")
    ] = None,
    lang: LangOption = LangChoice.ZH,
    as_json: JsonOption = False,
) -> None:
    """规则差异,以及客户、人数、金额的变化 / rules that differ, and customers, heads and money that move."""
    with show.progress(lang.value, quiet=as_json) as progress:
        difference = policies.policy_diff(policy, overlay, facts=facts, as_of=as_of, progress=progress)
    if as_json:
        show.print_json(difference.as_json())
    else:
        _print_difference(difference, lang.value)


def _print_moved(answer: PolicyAnswer, lang: Lang) -> None:
    """Figures of the policy's own cases that the overlay moves, before and after."""
    if not answer.moved:
        return
    table = Table(title=word("test.moved", lang), box=None)
    for heading in ("test.case", "test.figure", "diff.before", "diff.after"):
        table.add_column(word(heading, lang), overflow="fold")
    for figure in answer.moved:
        table.add_row(figure.case, figure.name, figure.before, figure.after)
    show.out.print(table)


def _print_difference(difference: Difference, lang: Lang) -> None:
    if not difference.rules:
        show.out.print(word("diff.no_change", lang))
    rules = Table(title=word("diff.rules", lang), box=None)
    for heading in ("diff.rule", "diff.before", "diff.after"):
        rules.add_column(word(heading, lang), overflow="fold")
    for rule in difference.rules:
        rules.add_row(rule.name, rule.before or "—", rule.after or "—")
    show.out.print(rules)
    if difference.effects:
        effects = Table(title=word("diff.effects", lang), box=None)
        for heading in ("diff.effect", "diff.before", "diff.after", "diff.count"):
            effects.add_column(word(heading, lang), overflow="fold")
        for effect in difference.effects:
            effects.add_row(word(f"effect.{effect.name}", lang), effect.before, effect.after, str(effect.count))
        show.out.print(effects)
