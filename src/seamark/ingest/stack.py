"""Stack profiles: which names a serving stack or an exporter gives to the canonical metrics, as data.

One TOML file a stack in `stacks/`. `from` are alternative names of one thing (a stack renamed it): per component the
first that is heard counts. `where` and `unless` are regular expressions on whole labels, in the syntax that Python and
Prometheus share; a label that is absent is empty. `{a|b}` in a component's name is the first of these labels that is
not empty.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from seamark.errors import InvalidConfig
from seamark.records.metric import METRICS, Component, ComponentKind, Metric, MetricKind
from seamark.wire.readings import Sent

_PLACE: Final = re.compile(r"\{([\w|]+)\}")
_PORT: Final = re.compile(r":\d+$")
_NAME_CHARS: Final = 512
_KEYS: Final = {"metric", "from", "where", "unless", "scale", "use", "component"}


class Use(StrEnum):
    """What of a sample is used."""

    VALUE = "value"
    SAMPLES = "samples"  # that there is one: counts 1
    FAILURES = "failures"  # of a flag: 1 where it is 0


@dataclass(frozen=True, slots=True)
class Source:
    """One canonical metric of one stack."""

    stack: str
    metric: str
    names: tuple[str, ...]
    where: Mapping[str, re.Pattern[str]]
    unless: Mapping[str, re.Pattern[str]]
    scale: float
    use: Use
    component_kind: ComponentKind
    component_name: str

    @property
    def canonical(self) -> Metric:
        """What it becomes."""
        return METRICS[self.metric]

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether a series of one of `names` is meant."""
        return all(pattern.fullmatch(labels.get(label, "")) for label, pattern in self.where.items()) and not any(
            pattern.fullmatch(labels.get(label, "")) for label, pattern in self.unless.items()
        )

    def component(self, project: str, labels: Mapping[str, str]) -> Component | None:
        """What the series is of; None when the labels that would tell are missing."""
        parts = []
        for place in _PLACE.findall(self.component_name):
            found = next((labels[label] for label in place.split("|") if labels.get(label)), None)
            if found is None:
                return None
            parts.append(found)
        name = _PLACE.sub("{}", self.component_name).format(*parts)[:_NAME_CHARS]
        if self.component_kind is ComponentKind.NODE:
            name = _PORT.sub("", name)  # the exporter's
        return Component(project, self.component_kind, name)

    def bound(self, labels: Mapping[str, str]) -> float | None:
        """The upper bound of a histogram's bucket, in the canonical unit; None for what is none."""
        if self.canonical.kind is not MetricKind.HISTOGRAM:
            return None
        try:
            return float(f"{float(labels['le']) * self.scale:.12g}")
        except (KeyError, ValueError):
            return None

    def selector(self) -> str:
        """What it reads, in PromQL."""
        matchers = [f'__name__=~"{"|".join(self.names)}"']
        matchers += [f'{label}=~"{pattern.pattern}"' for label, pattern in self.where.items()]
        matchers += [f'{label}!~"{pattern.pattern}"' for label, pattern in self.unless.items()]
        return "{" + ",".join(matchers) + "}"


@dataclass(frozen=True, slots=True)
class Stack:
    """One file."""

    name: str
    title: str
    detect: tuple[str, ...]
    sources: tuple[Source, ...]

    def is_there(self, names: Iterable[str]) -> bool:
        """Whether somebody with these metric names runs it."""
        return not set(self.detect).isdisjoint(names)


def bundled() -> tuple[Stack, ...]:
    """The stacks Seamark knows, by name."""
    folder = files("seamark.ingest") / "stacks"
    found = sorted((each for each in folder.iterdir() if each.name.endswith(".toml")), key=lambda each: each.name)
    return tuple(read(each.name.removesuffix(".toml"), each.read_text(encoding="utf-8")) for each in found)


def stacks(paths: Sequence[str] = ()) -> tuple[Stack, ...]:
    """The owner's own profiles, which come first, and the bundled ones; raises InvalidConfig."""
    own = []
    for path in paths:
        try:
            own.append(read(Path(path).stem, Path(path).read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError) as failure:
            raise InvalidConfig(
                f"The stack profile {path!r} cannot be read: {failure}.", field="metrics.stacks"
            ) from None
    return (*own, *bundled())


def read(name: str, text: str) -> Stack:
    """A stack profile; raises InvalidConfig saying which entry is wrong."""
    try:
        table = tomllib.loads(text)
        sources = tuple(_source(name, number, each) for number, each in enumerate(table["series"]))
        return Stack(name, str(table.get("title", name)), tuple(table.get("detect", ())), sources)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as failure:
        raise _wrong(name, f"it cannot be read ({failure!r})") from None


def _source(stack: str, number: int, table: Mapping[str, Any]) -> Source:
    if unknown := set(table) - _KEYS:
        raise _wrong(stack, f"series {number} has the key {min(unknown)!r}; there are {', '.join(sorted(_KEYS))}")
    metric, kind = table["metric"], table["component"]["kind"]
    if metric not in METRICS:
        raise _wrong(stack, f"series {number} makes {metric!r}; there are {', '.join(sorted(METRICS))}")
    if kind not in list(ComponentKind):
        raise _wrong(stack, f"series {number} is of a {kind!r}; there are {', '.join(ComponentKind)}")
    try:
        where, unless = (
            {label: re.compile(pattern) for label, pattern in table.get(key, {}).items()} for key in ("where", "unless")
        )
        scale, use = float(table.get("scale", 1)), Use(table.get("use", "value"))
    except (re.error, ValueError) as failure:
        raise _wrong(stack, f"series {number}: {failure}") from None
    name = table["component"]["name"]
    return Source(stack, metric, tuple(table["from"]), where, unless, scale, use, ComponentKind(kind), name)


def _wrong(stack: str, what: str) -> InvalidConfig:
    return InvalidConfig(f"The stack profile {stack!r} is wrong: {what}.", field="metrics.stacks")


@dataclass(frozen=True, slots=True)
class Match:
    """What a sent series is of."""

    source: Source
    component: Component
    bound: float | None


class Catalogue:
    """Which sources a sent series feeds, by its name."""

    def __init__(self, known: Sequence[Stack]) -> None:
        self.stacks = known
        self._by_name: dict[str, list[Source]] = {}
        for stack in known:
            for source in stack.sources:
                for name in source.names:
                    self._by_name.setdefault(name, []).append(source)

    def matches(self, project: str, sent: Sent) -> list[Match]:
        """All that a series feeds; empty when nobody asks for it."""
        found = []
        for source in self._by_name.get(sent.name, ()):
            if source.matches(sent.labels):
                component, bound = source.component(project, sent.labels), source.bound(sent.labels)
                if component and (bound is not None or source.canonical.kind is not MetricKind.HISTOGRAM):
                    found.append(Match(source, component, bound))
        return found
