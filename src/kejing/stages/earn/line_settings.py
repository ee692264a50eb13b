"""What of a policy's ``pay`` section says how a credited line is seen by the formulas."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict

from kejing.policy import Pack


class LineSettings(BaseModel):
    """``customer_scheme`` gives the customer type of a line on its day.

    A code outside ``industry_list`` or ``business_list`` counts as the ``otherwise`` code of the list.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    customer_scheme: str
    industry_list: str
    industry_otherwise: str = "other"
    business_list: str
    business_otherwise: str = "other"

    @classmethod
    def of(cls, pack: Pack) -> Self:
        """The settings in the ``pay`` section of ``pack``, whatever else stands there."""
        section = pack.section("pay")
        return cls.model_validate({name: section[name] for name in cls.model_fields if name in section})


def paid_by_line(pack: Pack) -> tuple[str, ...]:
    """Formulas over line that components of ``pack`` pay, each once."""
    components = pack.section("pay").get("components", ())
    assert isinstance(components, list | tuple)
    named = (str(component["amount"]) for component in components if component["over"] == "line")
    return tuple(dict.fromkeys(named))
