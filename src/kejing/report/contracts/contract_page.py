"""A performance contract as one HTML file that says its own hash."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

from kejing.report.blocks import Fact
from kejing.report.clauses import ClauseBook, Voice
from kejing.report.clauses.phrase import markup
from kejing.report.contracts.gather import Contract, ContractSource, whole_units
from kejing.report.contracts.rules_in_force import RulesInForce
from kejing.report.contracts.seal import UNSEALED, sealed
from kejing.report.numbers import plain
from kejing.report.page import asset, render
from kejing.report.statements.sums import known
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from kejing.text.labels import Lang


class ContractDesk:
    """Everything that all contracts of one period and language share."""

    def __init__(self, source: ContractSource, lang: Lang) -> None:
        self.source = source
        self.lang: Lang = lang
        self.pack = source.pack
        self.voice = Voice(source.pack, lang)
        self.book = ClauseBook(source.pack, EARN_VOCABULARY, self.voice)
        self.rules = RulesInForce(source.pack, self.book, self.voice, source.days)
        self.shared: Mapping[str, object] = {
            "components": self.rules.components(),
            "scores": self.rules.scores(),
            "deferral": self.rules.deferral(),
            "money_sections": self.rules.money_sections(),
            "has_take_back": self.rules.has_take_back(),
            "clauses": self.rules.clauses(),
        }

    def html(self, contract: Contract) -> tuple[str, bytes]:
        """The contract: its hash and the page that says it."""
        voice = self.voice
        page = render(
            "contract.html.j2",
            lang=voice.lang,
            numbers=voice.numbers,
            scripts=[asset("templates", "statement.js")],
            sheets=(asset("templates", "statement.css"),),
            w=voice.word,
            markup=markup,
            contract=contract,
            name=self.rm_name(contract.rm_id),
            institution=self._institution(),
            unit=self._unit(contract.unit_id),
            policy=voice.label(self.pack.labels),
            facts=self._facts(contract),
            party=self._party(contract),
            book=self._book(contract),
            customers=self._customers(contract),
            targets=self._targets(contract),
            methods=self._methods(contract),
            place=UNSEALED,
            **self.shared,
        )
        return sealed(page)

    def rm_name(self, rm_id: str) -> str:
        """Name of an RM, or the id."""
        return self.source.names.get(rm_id) or rm_id

    def _unit(self, unit_id: str) -> str:
        return str(self.source.run.names["unit"].get(unit_id, {}).get("name") or unit_id)

    def _institution(self) -> str:
        roots = [key for key, above in self.source.parents.items() if not above]
        return self._unit(roots[0]) if len(roots) == 1 else self.voice.label(self.pack.labels)

    def _facts(self, contract: Contract) -> list[Fact]:
        voice, manifest = self.voice, self.source.run.manifest
        days = contract.days
        return [
            Fact(voice.word("head.period"), f"{contract.period} · {voice.span(days.start, days.end)}"),
            Fact(voice.word("head.policy"), f"{self.pack.name} {self.pack.version}"),
            Fact(voice.word("head.policy_hash"), manifest.policy.sha256, is_code=True),
            Fact(voice.word("head.run"), manifest.run_id, is_code=True),
            Fact(voice.word("head.snapshot"), manifest.facts.snapshot, is_code=True),
            Fact(voice.word("head.currency"), manifest.currency),
        ]

    def _party(self, contract: Contract) -> list[Fact]:
        """Who the RM is, at the start of the contract."""
        voice, post = self.voice, contract.post
        pairs = [
            ("contract.rm", f"{self.rm_name(contract.rm_id)} {contract.rm_id}"),
            ("contract.unit", f"{self._unit(contract.unit_id)} {contract.unit_id}"),
            ("contract.line", voice.code(post.get("line"), "rm_line")),
            ("contract.grade", voice.code(post.get("grade"), "grade")),
            ("contract.base_pay", voice.money(known(whole_units(post, "base_pay")))),
            ("contract.target_bonus", voice.money(known(whole_units(post, "target_bonus")))),
        ]
        return [Fact(voice.word(key), value) for key, value in pairs if value and value != "–"]

    def _book(self, contract: Contract) -> list[tuple[str, str, int]]:
        """Customers by role and tier."""
        counts = Counter((str(row["role"]), str(row["tier"])) for row in contract.book)
        order = {code: at for at, (code, _) in enumerate(self.voice.codes_of("tier"))}
        keys = sorted(counts, key=lambda key: (key[0] != "lead", key[0], order.get(key[1], len(order)), key[1]))
        return [
            (self.voice.code(role, "role"), self.voice.code(tier, "tier"), counts[role, tier]) for role, tier in keys
        ]

    def _customers(self, contract: Contract) -> list[tuple[str, str, str, str, str]]:
        voice = self.voice
        return [
            (
                str(row["customer_id"]),
                str(row["name"]),
                voice.code(row["tier"], "tier"),
                voice.code(row["role"], "role"),
                "–" if row["share"] is None else f"{plain(Decimal(int(str(row['share']))) / 100)}%",
            )
            for row in contract.book
        ]

    def _targets(self, contract: Contract) -> list[dict[str, str]]:
        """One row a measure and period: unit, base, target, weight, source, owner."""
        voice = self.voice
        found = []
        for row in contract.targets:
            measure = str(row["measure"])
            weights = self.rules.weights(measure, contract.days.start)
            goal = str(row["goal_unit_id"] or "")
            found.append(
                {
                    "measure": voice.code(measure, "measure"),
                    "period": str(row["period"]),
                    "unit": self.pack.currency,
                    "base": voice.money(known(row["stock"])),
                    "increment": voice.money(known(row["increment_target"])),
                    "total": voice.money(known(row["total_target"])),
                    "weight": " · ".join(value for _, value in weights) or "–",
                    "source": voice.word("contract.source", goal=self._unit(goal))
                    + (voice.word("contract.capped") if row["is_capped"] else ""),
                    "owner": self._unit(str(row["unit_id"] or "")),
                }
            )
        return sorted(found, key=lambda row: (row["measure"], row["period"]))

    def _methods(self, contract: Contract) -> list[str]:
        """How goals became these targets, each way once."""
        keys = dict.fromkeys(f"code.target.{row['method']}" for row in contract.targets)
        return [self.voice.word(key) if key in self.voice.words else key.rpartition(".")[2] for key in keys]
