"""What the rules about machines and services measure, in the words and units of people."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from seamark.records.signals import Layer


@dataclass(frozen=True, slots=True)
class RuleWords:
    """A rule's value is `what` of a component, in `unit`; `after` follows the number."""

    layer: Layer
    what: str
    unit: str = ""  # share | s | times | "" (a count)
    after: str = ""
    limit: str = "threshold"


_MACHINE, _SERVING = Layer.INFRASTRUCTURE, Layer.SERVING
_QUARTER = " in 15 min"
_PACES: Final = {"fast": "an hour", "medium": "6 hours", "slow": "3 days"}
_PROMISES: Final = {"error": "errors", "latency": "slow answers", "availability": "failed checks"}

RULE_WORDS: Final = {
    "restart_loop": RuleWords(_MACHINE, "restarts", after=_QUARTER),
    "crash_loop": RuleWords(_MACHINE, "CrashLoopBackOff"),
    "oom_kills": RuleWords(_MACHINE, "kills for lack of memory", after=_QUARTER),
    "oom_restarts": RuleWords(_MACHINE, "restarts for lack of memory", after=_QUARTER),
    "throttling": RuleWords(_MACHINE, "throttled processor periods", "share"),
    "cpu_saturation": RuleWords(_MACHINE, "processor use", "share"),
    "memory_near_limit": RuleWords(_MACHINE, "memory use", "share", " of its limit"),
    "node_memory": RuleWords(_MACHINE, "memory use", "share"),
    "gpu_memory": RuleWords(_MACHINE, "GPU memory use", "share"),
    "server_error_rate": RuleWords(_SERVING, "error rate", "share"),
    "client_error_rate": RuleWords(_SERVING, "rate of 4xx answers", "share"),
    "unavailable": RuleWords(_SERVING, "failed availability checks", "share"),
    "saturation": RuleWords(_SERVING, "saturation", "share"),
    "no_data": RuleWords(_SERVING, "silence", "s"),
    **{name: RuleWords(_SERVING, name, "s", limit="promised") for name in ("p50", "p95", "p99")},
    **{
        f"{promise}_burn_{pace}": RuleWords(_SERVING, what, "times", f" as many as promised in {reach}")
        for promise, what in _PROMISES.items()
        for pace, reach in _PACES.items()
    },
}
"""By the rule's name. Rules of which nothing is said here are called by their names."""


def found_by_rule(rule: str, value: float, threshold: float) -> str:
    """`1.8 s, promised 0.5 s`; `7.2 %, threshold 5 %`; `4 in 15 min, threshold 3`."""
    words = RULE_WORDS.get(rule, RuleWords(_SERVING, rule))
    shown = _UNITS[words.unit]
    return f"{shown(value)}{words.after}, {words.limit} {shown(threshold).removesuffix(' times')}"


def sentence(rule: str, component: str, value: float, threshold: float) -> str:
    """`p99 of checkout 1.8 s, promised 0.5 s`; `nothing heard of checkout for 5 min`."""
    if rule == "no_data":
        return f"nothing heard of {component} for {_seconds(value)}"
    if rule == "crash_loop":
        return f"{component} crashes again and again (CrashLoopBackOff)"
    words = RULE_WORDS.get(rule, RuleWords(_SERVING, rule))
    return f"{words.what} of {component} {found_by_rule(rule, value, threshold)}"


def _seconds(value: float) -> str:
    if not math.isfinite(value):
        return "unknown"
    if value < 1:
        return f"{1000 * value:.3g} ms"
    return f"{value:.3g} s" if value < 120 else f"{value / 60:.3g} min"


_UNITS: Final[dict[str, Callable[[float], str]]] = {
    "share": lambda value: f"{100 * value:.3g} %",
    "s": _seconds,
    "times": lambda value: f"{value:.3g} times",
    "": lambda value: f"{value:.3g}",
}
