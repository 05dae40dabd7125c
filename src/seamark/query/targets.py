"""Which of a model's numbers is asked about: a score, a predicted number, or the share of a class."""

from __future__ import annotations

import math
from collections.abc import Collection

from seamark.errors import InvalidInput
from seamark.stats.attribution import response_of
from seamark.stats.profile import Profile


def chosen_target(target: str | None, targets: Collection[str], current: Profile, baseline: Profile) -> str:
    """The target asked for, else the one that moved furthest, of two that mirror each other the one that rose.

    Raises InvalidInput for one that is not among `targets`, of which there is at least one.
    """
    if target is None:
        return max(targets, key=lambda name: _moved(name, current, baseline))
    if target in targets:
        return target
    known = ", ".join(targets)
    raise InvalidInput(
        f"Nothing is known of a target {target!r}; there is {known}.", field="target", value=target, accepted=known
    )


def _moved(target: str, current: Profile, baseline: Profile) -> tuple[float, bool]:
    shift = response_of(current, target).mean - response_of(baseline, target).mean
    return (0.0, False) if math.isnan(shift) else (round(abs(shift), 9), shift > 0)
