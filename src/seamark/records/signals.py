"""What is watched: signals and the layers they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Layer(StrEnum):
    """The five layers of one screen, from the machine up to the purpose."""

    INFRASTRUCTURE = "infrastructure"
    SERVING = "serving"
    DATA = "data"
    MODEL = "model"
    BUSINESS = "business"


OUTCOMES = "outcomes"  # whether they come
QUALITY, BUSINESS = "quality.", "business."  # what a built-in or a declared metric's signal begins with
ESTIMATED = "estimated."  # and that of a metric before its outcomes come


def is_of_outcomes(signal: str) -> bool:
    """Whether it is judged by what came true: later than what predictions say, but for what outcomes let expect."""
    return signal == OUTCOMES or signal.startswith((QUALITY, BUSINESS, ESTIMATED))


class Kind(StrEnum):
    """How the values of a signal are binned."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"


class Role(StrEnum):
    """What a signal is to its model."""

    FEATURE = "feature"
    JOINT = "joint"  # a random projection of all features: shifts no single feature shows
    PREDICTION = "prediction"
    SCORE = "score"
    CONFIDENCE = "confidence"

    @property
    def layer(self) -> Layer:
        """Features and their joint shift are data; what the model answers is model."""
        return Layer.DATA if self in (Role.FEATURE, Role.JOINT) else Layer.MODEL


@dataclass(frozen=True, slots=True)
class Signal:
    """One binned series of a model. `name` is its canonical column, like `feature.amount` or `score`."""

    name: str
    kind: Kind
    role: Role
