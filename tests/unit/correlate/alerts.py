"""Alerts about one model, as the tests of this room need them."""

from seamark.clock import HOUR_US, MINUTE_US
from seamark.records.alert import Alert, AlertState, Outcome
from seamark.records.evaluation import Status
from seamark.records.monitor import Priority, Severity
from seamark.records.signals import Layer
from seamark.records.window import Window

NOON_US = 1_700_000_000 * 1_000_000


def alert(signal="feature.amount", *, hour=0, hours=2, state=AlertState.FIRING, model="fraud", effect=0.3, **fields):
    """An alert of JS distance `effect` against 0.05, `hours` long from `hour` on."""
    start = NOON_US + hour * HOUR_US
    layer = Layer.DATA if signal.startswith("feature.") else Layer.MODEL
    given = {
        "id": f"alt_{model}_{signal}_{hour}",
        "fingerprint": f"v1:{model}:{signal}",
        "project": "default",
        "model": model,
        "version": "",
        "segment": "",
        "monitor": f"{signal}:jensen_shannon",
        "signal": signal,
        "statistic": "jensen_shannon",
        "layer": layer,
        "severity": Severity.WARNING,
        "priority": Priority.P2,
        "state": state,
        "evidence": Window(start, start + hours * HOUR_US),
        "detected_us": start,
        "updated_us": start,
        "value": effect,
        "threshold": 0.05,
        "effect": effect,
        "n": 400.0,
        "evaluation_seq": 1,
        "opened_us": start,
    }
    return Alert(**{**given, **fields})


def machine(component, rule="throttling", *, minute=0, minutes=15, layer=Layer.INFRASTRUCTURE, **fields):
    """An alert about a machine, or with `layer` a service, whose evidence is so many minutes long."""
    start = NOON_US + minute * MINUTE_US
    given = {
        "id": f"alt_{component}_{rule}_{minute}",
        "fingerprint": f"v1:{component}:{rule}",
        "monitor": rule,
        "statistic": rule,
        "layer": layer,
        "component": component,
        "model": "",
        "evidence": Window(start, start + minutes * MINUTE_US),
        "recent": (Outcome(Window(start, start + MINUTE_US), Status.BREACH),),
        "opened_us": start,
        "detected_us": start,
        "priority": Priority.P1,
    }
    return alert(component, **{**given, **fields})


def service(component, rule="server_error_rate", **fields):
    """An alert about a service."""
    return machine(component, rule, layer=Layer.SERVING, **{"minutes": 5, **fields})
