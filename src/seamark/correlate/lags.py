"""Whether two alerts are far enough apart in time that the one cannot have to do with the other.

All times are of evidence windows (since the onset, where one was found in them), never of when something was noticed.
A kernel is a range of lags: the effect begins at earliest one evaluation interval (and five minutes, by which clocks
may differ) before its cause, and at latest so long after the last of its cause's evidence. The ranges are stated, not
learned.
"""

from __future__ import annotations

from typing import Final

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.correlate.items import Aspect, Item
from seamark.records.signals import OUTCOMES
from seamark.records.window import Window

SKEW_US: Final = 5 * MINUTE_US
_MACHINES: Final = frozenset({Aspect.INFRASTRUCTURE, Aspect.SERVING})
_DRIFT: Final = frozenset({Aspect.TRAFFIC, Aspect.DATA, Aspect.PREDICTION})
_OUTCOMES: Final = frozenset({Aspect.QUALITY, Aspect.BUSINESS})
OUTCOMES_KNOWN_WITHIN_US: Final = 14 * DAY_US  # how far back an incident is looked for that late outcomes are about
CHANGE_LAG_US: Final = HOUR_US
CHANGE_TO_DRIFT_LAG_US: Final = DAY_US


def lag(one: Item, other: Item) -> float:
    """1 where either may follow from the other by the time between them, else 0."""
    return float(follows(one, other) or follows(other, one) or _at_once(one, other))


def after_change(at_us: int, effect: Item) -> bool:
    """Whether something that was changed at a time may show in an alert."""
    longest_us = CHANGE_LAG_US if effect.aspect in _MACHINES else CHANGE_TO_DRIFT_LAG_US
    start_us = effect.window.start_us
    return start_us - longest_us <= at_us <= start_us + effect.interval_us + SKEW_US


def follows(cause: Item, effect: Item) -> bool:
    """Whether the one may come from the other, by what they are about and the time between them."""
    longest_us = _longest_us(cause, effect)
    if longest_us is None:
        return False
    early_us = max(cause.interval_us, effect.interval_us) + SKEW_US
    return cause.window.start_us - early_us <= effect.window.start_us <= cause.window.end_us + longest_us + SKEW_US


def _longest_us(cause: Item, effect: Item) -> int | None:
    """How long after its cause an effect may begin; None where it is none."""
    if cause.aspect in _MACHINES and effect.aspect in _MACHINES:
        return 10 * MINUTE_US if cause.aspect <= effect.aspect else None
    if cause.aspect in _MACHINES:
        return HOUR_US + effect.interval_us
    if cause.aspect is Aspect.TRAFFIC and effect.aspect in _MACHINES:
        return 10 * MINUTE_US
    if cause.aspect in (Aspect.DATA, Aspect.TRAFFIC) and effect.aspect is Aspect.PREDICTION:
        return DAY_US
    if effect.aspect in _OUTCOMES and effect.alert.signal != OUTCOMES:
        return DAY_US if cause.aspect in _DRIFT or cause.aspect is Aspect.QUALITY else None
    return None  # nothing that a model gets or answers keeps outcomes from coming


def _at_once(one: Item, other: Item) -> bool:
    """Of one kind, or of kinds that press on each other (load on machines): their evidence touches."""
    kinds = {one.aspect, other.aspect}
    alike = len(kinds) == 1 or kinds <= _MACHINES or kinds <= _DRIFT or kinds <= _OUTCOMES
    return alike and _touches(one.window, other.window)


def _touches(one: Window, other: Window) -> bool:
    return one.start_us <= other.end_us + SKEW_US and other.start_us <= one.end_us + SKEW_US
