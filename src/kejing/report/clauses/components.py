"""What pay components and pools are called, whichever section of the policy pays them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kejing.policy import Pack
from kejing.policy.parts import Labels

_ADJUSTMENT = Labels("手工调整", "manual adjustments")


class _Named(dict[str, Labels]):
    """A name that the policy does not give is the code itself."""

    def __missing__(self, name: str) -> Labels:
        return Labels(name, name)


def component_labels(pack: Pack) -> Mapping[str, Labels]:
    """Pay component to its name: of the pay section, of a pool, of manual adjustments; else its code."""
    found = _Named()
    components = pack.section("pay").get("components")
    for one in components if isinstance(components, list) else ():
        found[str(one["component"])] = Labels(str(one["labels"]["zh"]), str(one["labels"]["en"]))
    for _, rule in _pools(pack):
        found[str(rule["component"])] = _labels(rule)
    adjustment = pack.section("adjustment").get("component")
    if adjustment:
        found[str(adjustment)] = _ADJUSTMENT
    return found


def pool_labels(pack: Pack) -> Mapping[str, Labels]:
    """Pool to its name."""
    return {name: _labels(rule) for name, rule in _pools(pack)}


def _pools(pack: Pack) -> Iterator[tuple[str, Mapping[str, object]]]:
    pools = pack.section("pool").get("pools")
    for name, rule in pools.items() if isinstance(pools, dict) else ():
        if isinstance(rule, dict):
            yield str(name), rule


def _labels(rule: Mapping[str, object]) -> Labels:
    labels = rule["labels"]
    assert isinstance(labels, dict)
    return Labels(str(labels["zh"]), str(labels["en"]))
