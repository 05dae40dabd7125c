"""What a source is: one file in `sources/` with one `SOURCE`, asked again and again for metrics or predictions.

What it tells stands in `pulling.py`, which needs more packages than a configuration does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from seamark.ingest.stack import Catalogue
from seamark.plugins import discover
from seamark.records.options import require


@dataclass(frozen=True, slots=True)
class Source:
    """One way to ask.

    `options` is a frozen dataclass whose fields are the keys of `[sources.NAME]` (besides `type`), among them
    `project` and `every_seconds`. `pull(options, catalogue, name, state, now_us)` yields, as `Pulled`, what is new
    since `state`, which is empty on first contact, in parts that are worth storing by themselves; it raises
    SourceFailed.
    """

    title: str
    options: type[Any]
    pull: Callable[[Any, Catalogue, str, bytes, int], Iterator[Any]]


@dataclass(frozen=True, slots=True)
class ConfiguredSource:
    """`type` is the source's file name, `options` an instance of its options."""

    name: str
    type: str
    options: Any


def require_reachable(options: Any) -> None:
    """Raises InvalidInput for a `url` that is no address of a web server, and for durations that are none."""
    fine = options.url.startswith(("http://", "https://"))
    require(options, "url", fine, "a URL that starts with http:// or https://")
    for name in ("every_seconds", "timeout_seconds"):
        require(options, name, getattr(options, name) > 0, "above 0")


def sources() -> dict[str, Source]:
    """Every source there is, by file name."""
    found = discover("seamark.ingest.sources", "SOURCE").items()
    return {name: each for name, each in found if isinstance(each, Source)}
