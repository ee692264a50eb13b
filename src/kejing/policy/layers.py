"""A pack as text in layers: the pack it extends, its own folder, overlays on top, merged into one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kejing.measure.errors import KejingError
from kejing.measure.findings import Finding, Place, Severity
from kejing.policy.problems import problem
from kejing.policy.source import CsvRow, CsvTable, Path_, Tree, read_csv, read_yaml

type FindPack = Callable[[str], Path]

REMOVED = "-"
"""Sign before a rule_id that takes the rule away."""

_DEFINED = {"parameters": "type", "tables": "hit", "formulas": "over", "rate_cards": "tables"}
"""By kind of rule, a key that every complete definition has and a mere change need not."""


@dataclass(slots=True)
class Layer:
    """The text of one folder, or of several laid over one another."""

    policy: Tree = field(default_factory=Tree)
    parameters: Tree = field(default_factory=Tree)
    tables: Tree = field(default_factory=Tree)
    formulas: Tree = field(default_factory=Tree)
    rate_cards: Tree = field(default_factory=Tree)
    cases: Tree = field(default_factory=Tree)
    rows: dict[str, CsvTable] = field(default_factory=dict)

    def rule_trees(self) -> dict[str, Tree]:
        """The trees whose entries are rules by name."""
        return {
            "parameters": self.parameters,
            "tables": self.tables,
            "formulas": self.formulas,
            "rate_cards": self.rate_cards,
        }


def read_layers(
    folder: Path, overlays: Iterable[Path], find_pack: FindPack, findings: list[Finding]
) -> tuple[Layer, str | None]:
    """The merged text of ``folder`` under ``overlays``, and the name of the pack it extends."""
    own = read_folder(folder, findings, is_overlay=False)
    extends = own.policy.data.pop("extends", None)
    merged = own
    if isinstance(extends, str):
        under = _extended(extends, own, find_pack, findings, seen=(folder.resolve(),))
        under.cases = Tree()  # they prove the figures of that pack, which this one changes
        merged = lay_over(under, own, findings)
    for overlay in overlays:
        merged = lay_over(merged, read_folder(overlay, findings, is_overlay=True), findings)
    return merged, extends if isinstance(extends, str) else None


def _extended(name: str, by: Layer, find_pack: FindPack, findings: list[Finding], *, seen: tuple[Path, ...]) -> Layer:
    """The pack ``name`` with everything it extends in turn."""
    place = by.policy.place(("extends",), name)
    try:
        folder = find_pack(name)
    except KejingError as error:
        findings.append(problem("extends_unknown", place, available=error.facts.get("available", "-")))
        return Layer()
    if folder.resolve() in seen:
        findings.append(problem("extends_itself", place))
        return Layer()
    layer = read_folder(folder, findings, is_overlay=False)
    deeper = layer.policy.data.pop("extends", None)
    if isinstance(deeper, str):
        under = _extended(deeper, layer, find_pack, findings, seen=(*seen, folder.resolve()))
        return lay_over(under, layer, findings)
    return layer


def read_folder(folder: Path, findings: list[Finding], *, is_overlay: bool) -> Layer:
    """The text of one folder; files that no pack has become findings."""
    name = folder.name
    if not folder.is_dir():
        findings.append(problem("no_folder", Place(file=name)))
        return Layer()
    layer = Layer()
    for part, tree_file in (
        ("policy", "policy.yaml"),
        ("parameters", "parameters.yaml"),
        ("tables", "tables.yaml"),
        ("rate_cards", "rate_cards.yaml"),
    ):
        path = folder / tree_file
        if path.is_file():
            setattr(layer, part, read_yaml(path, f"{name}/{tree_file}", findings))
        elif part == "policy" and not is_overlay:
            findings.append(problem("no_policy_file", Place(file=f"{name}/{tree_file}")))
    layer.formulas = _read_formulas(folder, findings)
    layer.cases = _read_cases(folder, findings)
    for path in sorted((folder / "tables").glob("*.csv")):
        layer.rows[path.stem] = read_csv(path, f"{name}/tables/{path.name}", findings)
    _find_strays(folder, findings)
    return layer


_KNOWN_FILES = {"policy.yaml", "parameters.yaml", "tables.yaml", "rate_cards.yaml"}
_KNOWN_SUFFIXES = {"tables": {".csv"}, "formulas": {".yaml"}, "cases": {".yaml"}}


def _find_strays(folder: Path, findings: list[Finding]) -> None:
    """YAML and CSV files that nothing reads: a misspelt file name would else lose its rules in silence."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).as_posix()
        if not path.is_file() or path.suffix not in {".yaml", ".yml", ".csv"}:
            continue
        where = path.relative_to(folder).parts
        known = inside in _KNOWN_FILES or (len(where) == 2 and path.suffix in _KNOWN_SUFFIXES.get(where[0], set()))  # noqa: PLR2004  # folder and file
        if not known:
            findings.append(problem("stray_file", Place(file=f"{folder.name}/{inside}"), Severity.WARNING))


def _read_formulas(folder: Path, findings: list[Finding]) -> Tree:
    merged = Tree()
    for path in sorted((folder / "formulas").glob("*.yaml")):
        tree = read_yaml(path, f"{folder.name}/formulas/{path.name}", findings)
        doubled = [name for name in tree.data if name in merged.data]
        findings.extend(
            problem("duplicate_name", tree.place((name,), name), other=_where(merged, (name,))) for name in doubled
        )
        merged = merged.merged_with(tree)
    return merged


def _read_cases(folder: Path, findings: list[Finding]) -> Tree:
    """Cases by name. Their files are lists, which `read_yaml` refuses: each is wrapped as one."""
    merged = Tree()
    for path in sorted((folder / "cases").glob("*.yaml")):
        file = f"{folder.name}/cases/{path.name}"
        tree = read_yaml(path, file, findings, root="cases")
        listed = tree.data.get("cases", [])
        if not isinstance(listed, list):
            findings.append(problem("cases_no_list", Place(file=file, row=1)))
            continue
        for index, case in enumerate(listed):
            _add_case(merged, tree, index, case, findings)
    return merged


def _add_case(merged: Tree, tree: Tree, index: int, case: object, findings: list[Finding]) -> None:
    place = tree.place(("cases", index))
    if not isinstance(case, dict) or not isinstance(case.get("case"), str):
        findings.append(problem("case_no_name", place))
        return
    name = str(case["case"])
    if name in merged.data:
        findings.append(
            problem("duplicate_name", tree.place(("cases", index, "case"), name), other=_where(merged, (name,)))
        )
        return
    merged.data[name] = case
    for path, spot in tree.spots.items():
        if path[:2] == ("cases", index):
            merged.spots[(name, *path[2:])] = spot


def _where(tree: Tree, path: Path_) -> str:
    place = tree.place(path)
    return f"{place.file}:{place.row}"


def lay_over(under: Layer, over: Layer, findings: list[Finding]) -> Layer:
    """``under`` with the rules of ``over`` changed, added and taken away."""
    merged = Layer(policy=under.policy.merged_with(over.policy), cases=_replaced(under.cases, over.cases))
    for kind, tree in over.rule_trees().items():
        setattr(merged, kind, _changed_rules(kind, under.rule_trees()[kind], tree, findings))
    merged.rows = dict(under.rows)
    for name, table in over.rows.items():
        goes_first = _hit(merged.tables, name) == "first"
        merged.rows[name] = _changed_rows(under.rows.get(name), table, findings, goes_first=goes_first)
    for name in list(merged.rows):
        if name in under.tables.data and name not in merged.tables.data and name not in over.rows:
            del merged.rows[name]
    return merged


def _replaced(under: Tree, over: Tree) -> Tree:
    """Entries of ``over`` in the place of whole entries of ``under``."""
    kept = {name: value for name, value in under.data.items() if name not in over.data}
    spots = {path: spot for path, spot in under.spots.items() if not path or path[0] in kept}
    return Tree(kept, spots).merged_with(over)


def _changed_rules(kind: str, under: Tree, over: Tree, findings: list[Finding]) -> Tree:
    changes = Tree(dict(over.data), dict(over.spots))
    removed = []
    for name, entry in over.data.items():
        is_change = entry is None or (isinstance(entry, dict) and _DEFINED[kind] not in entry)
        if is_change and name not in under.data:
            findings.append(problem("overlay_unknown_rule", over.place((name,), name), kind=kind, name=name))
            del changes.data[name]
        elif entry is None:
            removed.append(name)
            del changes.data[name]
    merged = under.merged_with(changes)
    for name in removed:
        merged.data.pop(name, None)
    return merged


def _hit(tables: Tree, name: str) -> object:
    declared = tables.data.get(name)
    return declared.get("hit") if isinstance(declared, dict) else None


def _changed_rows(under: CsvTable | None, over: CsvTable, findings: list[Finding], *, goes_first: bool) -> CsvTable:
    """Rows of ``over`` in the place of those with the same rule_id; new ones before the rest, or after it.

    Where the first rule that holds decides, a new rule goes before those below: after them it would never come to
    its turn, because such a table ends with a rule for everything else.
    """
    if under is None:
        return over
    by_id: dict[str, CsvRow] = {}
    below = under.rows
    known = {row.cells.get("rule_id", "") for row in below}
    added = []
    for row in over.rows:
        rule_id = row.cells.get("rule_id", "")
        target = rule_id.removeprefix(REMOVED)
        if rule_id.startswith(REMOVED) and target not in known:
            findings.append(problem("overlay_unknown_rule", row.place("rule_id"), kind="tables", name=target))
        elif target in known and target not in by_id:
            by_id[target] = row
        else:
            added.append(row)
    kept = [by_id.get(row.cells.get("rule_id", ""), row) for row in below]
    rows = [row for row in kept if not row.cells.get("rule_id", "").startswith(REMOVED)]
    ordered = (*added, *rows) if goes_first else (*rows, *added)
    return CsvTable(under.file, _widest(under, over), ordered)


def _widest(under: CsvTable, over: CsvTable) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*under.header, *over.header)))


def merged_files(layer: Layer) -> Mapping[str, object]:
    """What a folder that says the same as ``layer`` holds, by file name without ending."""
    return {
        "policy": layer.policy.data,
        "parameters": layer.parameters.data,
        "tables": layer.tables.data,
        "rate_cards": layer.rate_cards.data,
        "formulas": layer.formulas.data,
        "cases": list(layer.cases.data.values()),
    }
