"""What an owner may say about one model (`[models.NAME]` in seamark.toml); every field has a default."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from seamark.errors import InvalidInput
from seamark.records.business import BUILT_IN, BusinessOptions
from seamark.records.model import Task
from seamark.records.quality import BETTER, BOUNDED, SHARES, QualityOptions


def require(options: object, field: str, fine: bool, accepted: str) -> None:  # noqa: FBT001 reads as a sentence
    """Raise InvalidInput saying that `options.field` must be `accepted`, unless it is `fine`."""
    if not fine:
        value = getattr(options, field)
        raise InvalidInput(f"{field} must be {accepted}, not {value!r}.", field=field, value=value, accepted=accepted)


_NO_FEATURES = ("prediction", "score", "confidence", "joint", "traffic")  # a feature of this name is another signal
BaselineName = Literal["auto", "static", "rolling", "seasonal"]
_METRIC = re.compile(r"[a-z][a-z0-9_]{0,79}")
_OUTPUT = re.compile(r"|prediction|score|score\..+")
_WINDOWS = tuple(3600 * hours for hours in range(1, 25) if 24 % hours == 0)


class Handling(StrEnum):
    """What happens to a feature before anything is stored."""

    WATCH = "watch"
    DROP = "drop"  # never stored
    HASH = "hash"  # stored and watched as a keyed hash: categories stay countable, values unreadable


@dataclass(frozen=True, slots=True)
class FeatureOptions:
    """One feature of one model."""

    handling: Handling = Handling.WATCH
    kind: Literal["auto", "numeric", "categorical", "text", "embedding"] = "auto"
    keep_content: bool = False  # store a text or embedding itself beside the numbers that are made of it


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """One model."""

    task: Task = Task.UNKNOWN  # unknown = infer
    window_seconds: int | None = None  # None = the shortest of 1 h, 6 h, 1 d with a median of 200 rows
    lateness_seconds: int = 600
    baseline: BaselineName = "auto"
    baselines: Mapping[str, BaselineName] = field(default_factory=dict)  # signal → its own baseline
    budget: float = 2.0  # false drift incidents a month that its owner is willing to look at
    importance: Mapping[str, float] = field(default_factory=dict)  # signal → weight; twice the weight, twice the alarms
    time_zone: str = "UTC"  # in which days and weeks repeat themselves
    holidays: tuple[str, ...] = ()  # that are like Sundays and teach nothing: dates (2026-12-25), countries (FR, DE-BY)
    decision_thresholds: tuple[float, ...] = (0.5,)
    thresholds: Mapping[str, str] = field(default_factory=dict)  # signal or "*" → "psi > 0.2"
    features: Mapping[str, FeatureOptions] = field(default_factory=dict)
    segments: tuple[str, ...] = ()  # dimensions whose values are profiled apart
    segment_signals: tuple[str, ...] = ()  # what is judged of each; none = what the model answers and ten features
    fairness: Mapping[str, float] = field(default_factory=dict)  # dimension → the gap between groups that is tolerated
    business: Mapping[str, BusinessOptions] = field(default_factory=dict)  # metric → what it is
    quality: Mapping[str, QualityOptions] = field(default_factory=dict)  # built-in metric → what is tolerated
    selected: str = ""  # the predicted class of those who are chosen; none = "1", "true" or "yes"
    inputs: tuple[str, ...] = ()  # features in the places of a tensor that names none, in an inference log
    outputs: tuple[str, ...] = ()  # what its answers are: prediction, score, score.CLASS, or "" for none of these
    min_rows: int = 50  # fewer rows in a window are "not enough data"
    smallest_effect: float = 0.05  # JS distance that matters, for the one-shot rule
    retired: bool = False

    def baseline_of(self, signal: str) -> BaselineName:
        """What a signal is compared with."""
        return self.baselines.get(signal, self.baselines.get(signal.removeprefix("feature."), self.baseline))

    def __post_init__(self) -> None:
        """Raises InvalidInput for a number no model can have."""
        fine = self.window_seconds is None or self.window_seconds in _WINDOWS
        require(self, "window_seconds", fine, "1, 2, 3, 4, 6, 8, 12 or 24 hours, so that windows fill a day")
        require(self, "lateness_seconds", self.lateness_seconds >= 0, "0 or more")
        thresholds = self.decision_thresholds
        require(self, "decision_thresholds", all(0 < each < 1 for each in thresholds), "numbers between 0 and 1")
        named = all(self.segments) and len(set(self.segments)) == len(self.segments)
        fine = named and not any("=" in dimension for dimension in self.segments)
        require(self, "segments", fine, 'a list of different dimensions without "=", such as ["country"]')
        require(self, "budget", 0 < self.budget < float("inf"), "above 0 (to be told nothing, retire the model)")
        fine = all(0 < weight < float("inf") for weight in self.importance.values())
        require(self, "importance", fine, "a number above 0 for each signal")
        require(self, "time_zone", _is_zone(self.time_zone), "a name of the IANA time zone database, like Europe/Paris")
        fine = all(dimension in self.segments for dimension in self.fairness)
        require(self, "fairness", fine, "about dimensions that stand in segments")
        fine = all(0 < tolerance < 1 for tolerance in self.fairness.values())
        require(self, "fairness", fine, "a share between 0 and 1 for each dimension")
        everything = "about single signals (what holds for all others is the key baseline)"
        require(self, "baselines", "*" not in self.baselines, everything)
        for name in ("thresholds", "importance", "baselines"):
            twice = _said_twice(getattr(self, name))
            accepted = f"the same for {twice!r} and 'feature.{twice}', which are one signal"
            require(self, name, twice is None, accepted)
        fine = all(_METRIC.fullmatch(name) for name in self.business)
        require(self, "business", fine, "metrics named in small letters, digits and _, like click_through_rate")
        taken = sorted(BUILT_IN & self.business.keys())
        accepted = f"metrics with names of their own (not {', '.join(map(repr, taken))}, which needs no declaration)"
        require(self, "business", not taken, accepted)
        fine = all(self.inputs) and len(set(self.inputs)) == len(self.inputs)
        require(self, "inputs", fine, 'a list of different features, such as ["age", "income"]')
        fine = all(map(_OUTPUT.fullmatch, self.outputs)) and len(set(filter(None, self.outputs))) == sum(
            map(bool, self.outputs)
        )
        require(self, "outputs", fine, 'a list of "prediction", "score", "score.CLASS" or "", each once')
        _check_quality(self)
        require(self, "min_rows", self.min_rows >= 1, "1 or more")
        require(self, "smallest_effect", 0 < self.smallest_effect < 1, "between 0 and 1")


def _check_quality(options: ModelOptions) -> None:
    require(options, "quality", options.quality.keys() <= BETTER.keys(), f"about {', '.join(sorted(BETTER))}")
    for name, said in options.quality.items():
        tolerance = 0.5 if said.tolerance is None else said.tolerance
        fine = tolerance < 1 if name in BOUNDED else 0 < tolerance < 1 if name in SHARES else tolerance > 0
        accepted = "below 1" if name in BOUNDED else "between 0 and 1" if name in SHARES else "above 0"
        require(options, "quality", fine, f"with a tolerance of {name} {accepted}")


def _said_twice(entries: Mapping[str, object]) -> str | None:
    """A feature for which there are two different entries, with and without its prefix."""
    for name, said in entries.items():
        short = name.removeprefix("feature.")
        if short != name and short not in _NO_FEATURES and entries.get(short, said) != said:
            return short
    return None


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
