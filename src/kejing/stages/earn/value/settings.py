"""The ``value`` section of a policy: which formulas over account are the parts of simulated profit."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ValueSettings(BaseModel):
    """Formulas over account, all money; ``tier_scheme`` and ``class_scheme`` are segmentations they may read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tier_scheme: str
    class_scheme: str | None = None
    margin: str
    fee: str
    expected_loss: str
    cost: str
    tax: str
    profit: str
    capital: str
    capital_charge: str
    eva: str

    @property
    def formulas(self) -> dict[str, str]:
        """Column of ``value`` and the formula that fills it."""
        names = ("margin", "fee", "expected_loss", "cost", "tax", "profit", "capital", "capital_charge", "eva")
        return {name: str(getattr(self, name)) for name in names}
