"""What uploaded attributions explain; it travels with them through the log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

from seamark.errors import Corrupt, InvalidInput

_KEY: Final = b"seamark.explained"


class Scale(StrEnum):
    """In which unit attributions add up."""

    RESPONSE = "response"  # that of the score or prediction
    LOG_ODDS = "log_odds"  # of the score: what explainers of boosted trees call raw


def scale_of(text: str) -> Scale:
    """The scale of this name; raises InvalidInput."""
    try:
        return Scale(text)
    except ValueError:
        accepted = " or ".join(Scale)
        raise InvalidInput(
            f"scale {text[:80]!r} is not a scale of attributions; send {accepted}.",
            field="scale",
            value=text[:80],
            accepted=accepted,
        ) from None


@dataclass(frozen=True, slots=True)
class Explained:
    """`target` is `score`, `score.CLASS`, `prediction` or `prediction=CLASS`; "" the only one there is."""

    target: str = ""
    scale: Scale = Scale.RESPONSE
    per_bin: bool = False  # means of bins, not single explained predictions

    def to_metadata(self) -> dict[bytes, bytes]:
        """As metadata of an Arrow schema."""
        return {_KEY: json.dumps(asdict(self)).encode()}

    @classmethod
    def from_metadata(cls, metadata: Mapping[bytes, bytes] | None) -> Explained:
        """Read `to_metadata`; raises Corrupt when it is not there."""
        try:
            fields = json.loads((metadata or {})[_KEY])
            return cls(fields["target"], Scale(fields["scale"]), fields["per_bin"])
        except (KeyError, ValueError, TypeError) as problem:
            raise Corrupt(f"Logged attributions do not say what they explain: {problem!r}.") from problem
