"""Words of the owner: thresholds, as `psi > 0.2`, holidays, as `2026-12-25` or `FR`, and rules, as `p99`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache

from seamark.detect.metric_defaults import NAMES
from seamark.errors import InvalidInput
from seamark.plugins import discover

try:
    import holidays as calendars
except ModuleNotFoundError:  # a bare install checks a configuration, too
    calendars = None  # type: ignore[assignment]  # said in a sentence where a country is asked for

RATIO_STATISTICS = frozenset(
    {"missing_rate", "mistyped_rate", "unseen_rate", "out_of_range_rate", "class_share", "near_half_share", "volume"}
)
GROUP_SHIFT = "group_shift"  # of an embedding's or a text's series
_PATTERN = re.compile(r"\s*([a-z_]+)\s*>\s*([0-9.eE+-]+)\s*")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A statistic and the debiased value past which a window is a breach."""

    statistic: str
    fire: float


def parse_threshold(text: str) -> Threshold:
    """Read `STATISTIC > NUMBER`; raises InvalidInput naming the statistics that exist."""
    known = sorted({*discover("seamark.stats.distances", "DISTANCE"), *RATIO_STATISTICS, GROUP_SHIFT})
    match = _PATTERN.fullmatch(text)
    if match is None or match[1] not in known:
        raise InvalidInput(
            f"{text!r} is not a threshold; write STATISTIC > NUMBER, like psi > 0.2. Statistics: {', '.join(known)}.",
            value=text,
        )
    try:
        fire = float(match[2])
    except ValueError:
        raise InvalidInput(f"{match[2]!r} in {text!r} is not a number.", value=text) from None
    if not 0 < fire < float("inf"):
        raise InvalidInput(f"The threshold in {text!r} must be above 0.", value=text)
    return Threshold(match[1], fire)


def check_metric_rule(name: str) -> None:
    """Raises InvalidInput unless machines or services are judged by a rule of that name."""
    if name not in NAMES:
        raise InvalidInput(f"There is no rule {name!r}; there are {', '.join(NAMES)}.", value=name)


def check_holiday(text: str) -> None:
    """Raises InvalidInput unless `text` is a date like 2026-12-25, or a country (and part of it) like FR or DE-BY."""
    if not is_date(text):
        public_holidays(text, 2000)


@lru_cache(maxsize=256)
def public_holidays(place: str, year: int) -> frozenset[date]:
    """The public holidays of a country, by its ISO 3166-1 code, or of a part of it; raises InvalidInput."""
    if calendars is None:
        raise InvalidInput(
            f"The holidays of {place!r} need the package 'holidays', which is not installed; "
            "run `pip install 'seamark[server]'`, or list the dates.",
            value=place,
        )
    country, _, part = place.partition("-")
    known = calendars.list_supported_countries()
    accepted = "a date like 2026-12-25, or a country and, where they differ, its part, like FR or DE-BY"
    if country not in known or not country.isupper():
        near = get_close_matches(place.upper(), [code for code in known if len(code) == 2], n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise InvalidInput(f"{place!r} is no holiday; write {accepted}.{hint}", value=place, accepted=accepted)
    if part and part not in known[country]:
        parts = f"it has {', '.join(known[country])}" if known[country] else "it has none"
        raise InvalidInput(f"{country} has no part {part!r} with holidays of its own; {parts}.", value=place)
    return frozenset(calendars.country_holidays(country, subdiv=part or None, years=year))


def is_date(text: str) -> bool:
    """Whether it is an ISO 8601 date."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
