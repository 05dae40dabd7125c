"""One version beside the others: what differs, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

_MOST = 0.5  # of the difference of the answers: what explains as much is the reason


def version_verdict(version: str, features: Sequence[str], answers: Sequence[str], explained: float) -> str:
    """Did it change the predictions or the population? A sentence without its full stop.

    `features` are what it gets differently, `answers` what it answers differently; `explained` is the share of the
    latter that the former accounts for, NaN where nobody knows.
    """
    named = f"Version {version}"
    if not features and not answers:
        return f"{named} does not differ from the rest, neither in what it gets nor in what it answers"
    if not features:
        return f"{named} answers differently from the rest on the same population: {', '.join(answers)}"
    population = f"another population than the rest ({', '.join(features)})"
    if not answers:
        return f"{named} gets {population}; what it answers does not differ"
    if math.isnan(explained):
        return f"{named} gets {population} and answers differently: {', '.join(answers)}"
    if explained >= _MOST:
        return f"{named} gets {population}, which explains {min(explained, 1):.0%} of how its answers differ"
    return (
        f"{named} answers differently from the rest: that it gets {population} explains {max(explained, 0):.0%} of it"
    )
