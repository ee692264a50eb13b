from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest

from kejing.policy import Pack, find_shipped_pack, shipped_packs
from kejing.policy.exact import Figure
from kejing.policy.formula.binding import bind_or_refuse
from kejing.policy.parts import Labels
from kejing.policy.vocabulary import Type
from kejing.report.clauses import ClauseBook, Voice
from kejing.report.clauses.phrase import plain_text
from kejing.report.clauses.rules import is_assumption
from kejing.report.clauses.worked import worked
from kejing.report.contracts import policy_html
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from tests.cli.conftest import Kejing
from tests.report.statements.page import anchors, inner_links, read_page

PACKS = sorted(shipped_packs())
DAY = dt.date(2025, 12, 31)


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_rule_stands_in_the_document(name: str, lang: str) -> None:
    """Each formula, table rule, card and parameter of a shipped pack is on the page, and every link finds its rule."""
    pack = Pack.load(find_shipped_pack(name))
    text = policy_html(pack, lang=lang)
    assert text == policy_html(pack, lang=lang)
    page = read_page(text)
    known = anchors(page)
    wanted = {f"f-{one}" for one in pack.formulas} | {f"t-{one}" for one in pack.tables}
    wanted |= {f"p-{one}" for one in pack.parameters} | {f"k-{one}" for one in pack.rate_cards}
    assert wanted - known == set()
    assert inner_links(page) - known == set()
    for table in pack.tables.values():
        rows = page.all("article", id=f"t-{table.name}")[0].all("tbody")[0].all("tr")
        assert len(rows) == len(table.rows)
    sources = [value.source for one in pack.parameters.values() for value in one.values]
    sources += [version.source for one in pack.formulas.values() for version in one.versions]
    sources += [row.source for one in pack.tables.values() for row in one.rows]
    assert len(page.all("span", class_="assumed")) == sum(map(is_assumption, sources))
    assert pack.digest in page.all("header")[0].text


@pytest.mark.parametrize(
    ("formula", "zh", "en"),
    [
        (
            "increment_pay_due",
            "单项目标奖金 × 兑现系数 × 平均系数",
            "target bonus of the measure × payout factor × average coefficient",
        ),
        (
            "income_pay_due",
            "金额 × 查《收入计价比例》（按业务类型） × 计价完成率 × 三方面系数",
            (
                "amount × share of income that is paid (by business type) × completion counted in fee income pay"
                ' × "industry × customer × business coefficient"'
            ),
        ),
        ("total_points", "各指标单项得分合计", "sum of points over the measures"),
    ],
)
def test_formulas_read_as_sentences(formula: str, zh: str, en: str) -> None:
    """A formula is told with names; a name that holds a sign stands between quotes."""
    pack = Pack.load(find_shipped_pack("bank_corporate"))
    for lang, said in (("zh", zh), ("en", en)):
        book = ClauseBook(pack, EARN_VOCABULARY, Voice(pack, lang))  # type: ignore[arg-type]
        assert plain_text(book.sentence(formula, DAY)) == said


def test_cases_stand_one_below_the_other() -> None:
    """Nested conditions become cases in their order, the last without a condition."""
    pack = Pack.load(find_shipped_pack("bank_corporate"))
    book = ClauseBook(pack, EARN_VOCABULARY, Voice(pack, "zh"))
    clause = next(one for one in book.everything().formulas if one.name == "payout_factor")
    told = [(plain_text(one.condition), plain_text(one.value)) for one in clause.versions[0].branches]
    assert told == [
        ("完成率 < 起付完成率", "0"),
        ("完成率 < 1", "完成率"),
        ("", "取最小（1 + 超额加速系数 × (完成率 − 1)、兑现系数上限）"),
    ]


@pytest.mark.parametrize(
    ("completion", "told"),
    [
        (Fraction(1, 2), "0"),
        (Fraction(9, 10), "完成率 0.9"),
        (Fraction(6, 5), "取最小（1 + 超额加速系数 1.5 × (完成率 1.2 − 1)、兑现系数上限 1.75）"),
    ],
)
def test_only_the_branch_that_was_taken_is_told(completion: Fraction, told: str) -> None:
    """Worked out for one row, a formula shows its values along the branch that the row takes."""
    pack = Pack.load(find_shipped_pack("bank_corporate"))
    binding = bind_or_refuse(pack, EARN_VOCABULARY)
    labels = pack.formulas["completion"].labels
    children = [Figure("completion", labels, completion, Type.NUMBER, grain="task")]
    for name in ("payout_threshold", "accelerator", "payout_cap"):
        parameter = pack.parameters[name]
        children.append(Figure(name, parameter.labels, parameter.on(DAY).value, Type.NUMBER))
    figure = Figure("payout_factor", Labels("", ""), None, Type.NUMBER, children=tuple(children))
    said = worked(binding.bound["payout_factor"][0], Voice(pack, "zh"), figure, day=DAY)
    assert plain_text(said) == told


def test_the_command_writes_the_document(kejing: Kejing, tmp_path: Path) -> None:
    """``kejing policy render`` writes one file in the language asked for."""
    target = tmp_path / "policy.html"
    answer = kejing("policy", "render", "bank_retail", "--into", target, "--lang", "en", "--json")
    assert answer.json == {"file": str(target)}
    assert read_page(target.read_text(encoding="utf-8")).all("h1")[0].text
