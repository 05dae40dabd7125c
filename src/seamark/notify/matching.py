"""Which alerts a matcher fits; patterns are matched by RE2, which takes linear time whatever people write."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from seamark.records.silence import Matcher


def fits(labels: Mapping[str, str], matchers: Collection[Matcher]) -> bool:
    """Whether labels fit all the matchers; a label that is absent is ""."""
    return all(_fits(labels.get(matcher.label, ""), matcher) for matcher in matchers)


def some_fit(alerts: Sequence[Mapping[str, str]], matchers: Collection[Matcher]) -> bool:
    """Whether one of the alerts fits: then a route is taken."""
    return any(fits(labels, matchers) for labels in alerts)


def all_fit(alerts: Sequence[Mapping[str, str]], matchers: Collection[Matcher]) -> bool:
    """Whether there are alerts and each of them fits: then an incident is silent."""
    return bool(alerts) and all(fits(labels, matchers) for labels in alerts)


def _fits(value: str, matcher: Matcher) -> bool:
    match matcher.operator:
        case "=":
            return value == matcher.value
        case "!=":
            return value != matcher.value
        case "=~":
            return _is_like(value, matcher.value)
        case "!~":
            return not _is_like(value, matcher.value)


@lru_cache(maxsize=10_000)
def _is_like(value: str, pattern: str) -> bool:
    try:
        return bool(pc.match_substring_regex(pa.scalar(value), pattern=f"^(?:{pattern})$").as_py())
    except pa.ArrowInvalid:  # Python knows a few signs that RE2 does not
        return False
