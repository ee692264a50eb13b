"""Prices without a linear programme: counted steps along the shortage of each row."""

from __future__ import annotations

import numpy as np

from kejing.stages.deploy.assign.instance import NO_LIMIT, Instance, Prices, lower_bound

_STEPS = 300
_PATIENCE = 12


def price_steps(instance: Instance) -> Prices:
    """Prices for instances too large for the linear programme; weak prices give a weak bound, never a wrong one.

    Notes
    -----
    Subgradient steps scaled by each row's limit: a row asked for more than it has gets dearer. The step
    is halved when the bound has not risen for a while; the best prices seen are returned.
    """
    owner = instance.owner
    first = instance.first[:-1]
    limited_high = instance.high < NO_LIMIT
    limited_low = instance.low > -NO_LIMIT
    size = np.where(
        limited_high, np.maximum(instance.high, 1), np.where(limited_low, np.maximum(instance.low, 1), 1)
    ).astype(float)
    cap_size = np.maximum(instance.cap, 1).astype(float)
    high, low, cap = np.zeros(instance.high.shape), np.zeros(instance.high.shape), np.zeros(instance.cap.shape)
    step = _first_step(instance)
    best, best_bound, waited = Prices.zero(instance), lower_bound(instance, Prices.zero(instance)), 0
    pool = np.zeros((1, high.shape[1]))
    for _ in range(_STEPS):
        reduced = (
            instance.cost
            + (np.vstack([high - low, pool])[instance.rm] * instance.use).sum(axis=1)
            + instance.draw @ cap
        )
        least = np.minimum.reduceat(reduced, first)
        hit = np.flatnonzero(reduced <= least[owner])
        chosen = hit[np.unique(owner[hit], return_index=True)[1]]
        load = np.zeros((len(instance.rms) + 1, high.shape[1]))
        np.add.at(load, instance.rm[chosen], instance.use[chosen])
        high = np.where(limited_high, np.maximum(0.0, high + step * (load[:-1] - instance.high) / size**2), 0.0)
        low = np.where(limited_low, np.maximum(0.0, low + step * (instance.low - load[:-1]) / size**2), 0.0)
        cap = np.maximum(0.0, cap + step * (instance.draw[chosen].sum(axis=0) - instance.cap) / cap_size**2)
        prices = Prices.rounded(instance, high, low, cap)
        bound = lower_bound(instance, prices)
        waited += 1
        if bound > best_bound:
            best, best_bound, waited = prices, bound, 0
        elif waited >= _PATIENCE:
            step, waited = step / 2, 0
    return best


def _first_step(instance: Instance) -> float:
    """A step that lets a row twice over its limit gain about one RM's share of the cost."""
    least = np.minimum.reduceat(instance.cost, instance.first[:-1])
    return float(least.sum()) / max(1, len(instance.rms))
