"""HiGHS on the instances of ``benchmarks.books``: integer programme with a clock, and PDLP for a bound."""

from __future__ import annotations

from itertools import pairwise

import highspy
import numpy as np
from numpy.typing import NDArray

from kejing.stages.deploy.assign.instance import NO_LIMIT, Ints, Prices
from kejing.stages.deploy.assign.solver.problem import Problem


def _model(problem: Problem, *, is_integer: bool) -> highspy.HighsLp:
    """One row per decision, then the minutes of each RM."""
    pairs, n, m = problem.pairs, problem.decisions, problem.rms
    owner = np.repeat(np.arange(n), np.diff(pairs.first))
    led = pairs.rm < m
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(owner), n + m
    model.col_cost_ = pairs.cost.astype(np.float64)
    model.col_lower_, model.col_upper_ = np.zeros(len(owner)), np.ones(len(owner))
    model.row_lower_ = np.concatenate([np.ones(n), np.full(m, -highspy.kHighsInf)])
    model.row_upper_ = np.concatenate([np.ones(n), problem.high[:, 0].astype(np.float64)])
    width = 1 + led
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.concatenate([[0], np.cumsum(width)])
    both = np.stack([owner, n + pairs.rm], axis=1)
    is_there = np.stack([np.ones(len(owner), dtype=bool), led], axis=1)
    model.a_matrix_.index_ = both[is_there]
    model.a_matrix_.value_ = np.stack([np.ones(len(owner)), pairs.use[:, 0].astype(np.float64)], axis=1)[is_there]
    if is_integer:
        model.integrality_ = [highspy.HighsVarType.kInteger] * len(owner)
    return model


def highs_mip(problem: Problem, seconds: float) -> tuple[Ints | None, float]:
    """Plan and own bound of the branch and bound within ``seconds`` of wall time."""
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("time_limit", seconds)
    solver.passModel(_model(problem, is_integer=True))
    solver.run()
    info = solver.getInfo()
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None, float(info.mip_dual_bound)
    values = np.array(solver.getSolution().col_value)
    first = problem.pairs.first
    choice = [start + int(values[start:stop].argmax()) for start, stop in pairwise(first)]
    return np.array(choice, dtype=np.int64), float(info.mip_dual_bound)


def highs_pdlp(problem: Problem, seconds: float) -> Prices:
    """Prices of the minutes as PDLP leaves them at its limit; the caller certifies them."""
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("time_limit", seconds)
    solver.setOptionValue("solver", "pdlp")
    solver.passModel(_model(problem, is_integer=False))
    solver.run()
    dual: NDArray[np.float64] = -np.array(solver.getSolution().row_dual)[problem.decisions :]
    shape = problem.high.shape
    high = np.where(problem.high < NO_LIMIT, np.maximum(dual, 0).reshape(shape), 0.0)
    return Prices.rounded(problem, high, np.zeros(shape), np.zeros(len(problem.cap)))
