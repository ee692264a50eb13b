"""Why a change cannot be kept to an island: then everything is run."""

from __future__ import annotations

from kejing.measure.errors import KejingError


class EverythingTouchedError(KejingError):
    """The change reaches everything, or cannot be shown not to; ``why`` is a word of `WHY`, ``what`` the place."""

    code = "run.everything_touched"

    def __init__(self, why: str, what: str = "") -> None:
        assert why in WHY, why
        super().__init__(why=why, what=what)


WHY = (
    "unlike",  # another policy, day, knowledge, seed, ledger, set of stages or version than those of the earlier run
    "no_sums",  # the earlier run kept no sums
    "shared_facts",  # rates or products, which any line may use
    "shared_stage",  # a stage that looks at all customers at once reads what changed
    "large",  # the island has more customers than are worth telling apart
    "not_additive",  # a formula asks for the smallest or largest of the lines, which no difference of sums gives
    "figures_of_lines",  # something of the lines is explained by other rows than theirs
)
