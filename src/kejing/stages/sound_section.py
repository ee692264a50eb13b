"""A section of a policy as its stage reads it, where it is one."""

from __future__ import annotations

from pydantic import BaseModel, ValidationError

from kejing.policy import Pack


def sound_section[M: BaseModel](pack: Pack, section: str, model: type[M]) -> M | None:
    """The section, or None where the policy has none or its shape is wrong: the check of the sections tells that."""
    written = pack.section(section)
    try:
        return model.model_validate(written) if written else None
    except ValidationError:
        return None
