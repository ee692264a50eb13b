"""HiGHS, CP-SAT and SCIP on the same assignment problem, each with its own time limit and default settings."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import highspy
import numpy as np
from ortools.sat.python import cp_model
from pyscipopt import Model, quicksum

from kejing.stages.deploy.assign.instance import Ints
from kejing.stages.deploy.assign.solver.problem import Problem


def highs(problem: Problem, seconds: float) -> tuple[Ints | None, float]:
    """Plan as pair numbers and the bound of the branch and bound of HiGHS."""
    pairs, n, m = problem.pairs, problem.decisions, problem.rms
    owner = np.repeat(np.arange(n), np.diff(pairs.first))
    led = pairs.rm < m
    rows = np.stack([owner, np.where(led, n + pairs.rm, -1)], axis=1)
    values = np.stack([np.ones(len(owner)), pairs.use[:, 0].astype(np.float64)], axis=1)
    is_there = rows >= 0
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("time_limit", seconds)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(owner), n + m
    model.col_cost_ = pairs.cost.astype(np.float64)
    model.col_lower_, model.col_upper_ = np.zeros(len(owner)), np.ones(len(owner))
    model.row_lower_ = np.concatenate([np.ones(n), np.full(m, -highspy.kHighsInf)])
    model.row_upper_ = np.concatenate([np.ones(n), problem.high[:, 0].astype(np.float64)])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.concatenate([[0], np.cumsum(is_there.sum(axis=1))])
    model.a_matrix_.index_ = rows[is_there]
    model.a_matrix_.value_ = values[is_there]
    model.integrality_ = [highspy.HighsVarType.kInteger] * len(owner)
    solver.passModel(model)
    solver.run()
    info = solver.getInfo()
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None, float(info.mip_dual_bound)
    return _largest(problem, np.array(solver.getSolution().col_value)), float(info.mip_dual_bound)


def cp_sat(problem: Problem, seconds: float) -> tuple[Ints | None, float]:
    """The same by CP-SAT with two workers."""
    pairs, n = problem.pairs, problem.decisions
    model = cp_model.CpModel()
    taken = [model.new_bool_var("") for _ in range(len(pairs.rm))]
    for decision in range(n):
        model.add_exactly_one(taken[pairs.first[decision] : pairs.first[decision + 1]])
    for rm in range(problem.rms):
        mine = np.flatnonzero(pairs.rm == rm)
        model.add(
            cp_model.LinearExpr.weighted_sum([taken[one] for one in mine], pairs.use[mine, 0].tolist())
            <= int(problem.high[rm, 0])
        )
    model.minimize(cp_model.LinearExpr.weighted_sum(taken, pairs.cost.tolist()))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 2
    if solver.solve(model) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return None, solver.best_objective_bound
    values = np.array([solver.value(one) for one in taken], dtype=np.float64)
    return _largest(problem, values), solver.best_objective_bound


def scip(problem: Problem, seconds: float) -> tuple[Ints | None, float]:
    """The same by SCIP, one thread."""
    pairs, n = problem.pairs, problem.decisions
    model = Model()
    model.hideOutput()
    model.setParam("limits/time", seconds)
    taken = [model.addVar(vtype="B", obj=int(cost)) for cost in pairs.cost]
    for decision in range(n):
        model.addCons(quicksum(taken[pairs.first[decision] : pairs.first[decision + 1]]) == 1)
    for rm in range(problem.rms):
        mine = np.flatnonzero(pairs.rm == rm)
        model.addCons(quicksum(int(pairs.use[one, 0]) * taken[one] for one in mine) <= int(problem.high[rm, 0]))
    model.optimize()
    if not model.getNSols():
        return None, float(model.getDualbound())
    best = model.getBestSol()
    return _largest(problem, np.array([best[one] for one in taken])), float(model.getDualbound())


def _largest(problem: Problem, values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Ints:
    """The pair of each decision with the largest value [n]."""
    first = problem.pairs.first
    return np.array(
        [start + int(values[start:stop].argmax()) for start, stop in pairwise(first)],
        dtype=np.int64,
    )


PEERS: dict[str, Callable[[Problem, float], tuple[Ints | None, float]]] = {
    "highs": highs,
    "cp_sat": cp_sat,
    "scip": scip,
}
