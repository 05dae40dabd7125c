"""A store with one model whose windows, alerts and incidents a test writes down by hand."""

from dataclasses import replace

import numpy as np

from seamark.clock import HOUR_US
from seamark.detect.blocks import pack
from seamark.records.alert import Alert, AlertState
from seamark.records.blocks import EvaluationBlock, SlowStep
from seamark.records.delivery import FastStep
from seamark.records.evaluation import Status
from seamark.records.incident import Cause, Incident, IncidentState
from seamark.records.model import Model, StoredMonitorSet
from seamark.records.monitor import Monitor, Priority, Rule, RuleKind, Severity, monitors_to_json
from seamark.records.signals import Layer
from seamark.records.window import Window
from seamark.store.backends.memory import MemoryStore

NOON_US = 20_000 * 24 * HOUR_US + 12 * HOUR_US
SHOP, FRAUD = "shop", "fraud"
RULE = Rule(RuleKind.ONE_SHOT, 0.05, 0.04)
OK, ELEVATED, BREACH = Status.OK, Status.ELEVATED, Status.BREACH


def hours(first, last):
    """From `first` to `last` hours after noon."""
    return Window(NOON_US + first * HOUR_US, NOON_US + last * HOUR_US)


def monitor(signal, statistic="jensen_shannon", *, layer=None, subject="", baseline="static"):
    chosen = layer or (Layer.DATA if signal.startswith("feature.") or signal == "traffic" else Layer.MODEL)
    return Monitor(f"{signal}:{statistic}", signal, chosen, statistic, RULE, subject, baseline)


class Written:
    """`shop/fraud` as a test tells it; every part may be told again later."""

    def __init__(self, *monitors, model=FRAUD, store=None):
        self.store = store or MemoryStore()
        self.model = Model(SHOP, model, NOON_US, versions=("1",), first_time_us=NOON_US, window_us=HOUR_US)
        self.monitor_set = 0
        self.commit(models=(self.model,))
        self.watch(*monitors)

    def commit(self, **parts):
        self.store.slow.commit(SlowStep(self.store.slow.watermark(), **parts))

    def know(self, **fields):
        """Say something of the model."""
        self.model = replace(self.model, **fields)
        self.commit(models=(self.model,))

    def watch(self, *monitors):
        """Another list of monitors from now on."""
        self.monitor_set = self.store.slow.next_id()
        self.monitors = monitors
        stored = StoredMonitorSet(self.monitor_set, SHOP, self.model.name, monitors_to_json(monitors))
        self.model = replace(self.model, monitor_set=self.monitor_set)
        self.commit(monitor_sets=(stored,), models=(self.model,))

    def judge(
        self,
        window,
        *statuses,
        values=None,
        thresholds=0.05,
        n=100,
        rows=100,
        version="",
        segment="",
        late=False,
        spans=None,
    ):
        """What the monitors, in their order, said of a window."""
        value = np.array(values or [status / 10 for status in statuses], dtype=np.float32)
        threshold = np.broadcast_to(np.float32(thresholds), value.shape)
        payload = pack(
            {
                "value": value,
                "threshold": np.ascontiguousarray(threshold),
                "exceedance": value / threshold,
                "effect": value,
                "p": np.full(len(value), 0.5, dtype=np.float32),
                "n": np.full(len(value), float(n)),
                "status": np.array(statuses, dtype=np.uint8),
                **({} if spans is None else {"span": np.array(spans, dtype=np.int16)}),
            }
        )
        block = EvaluationBlock(SHOP, self.model.name, version, segment, window, self.monitor_set, rows, payload, late)
        through = max(window.end_us, self.model.evaluated_through_us or 0)
        self.model = replace(self.model, evaluated_through_us=through)
        self.commit(evaluations=(block,), models=(self.model,))

    def alarm(self, signal, *, state=AlertState.FIRING, window=None, **fields):
        """An alert of a monitor; returns it."""
        watched = next(each for each in self.monitors if each.signal == signal)
        evidence = window or hours(0, 1)
        alert = Alert(
            id=f"alt_{self.model.name}_{signal}",
            fingerprint=f"v1:{self.model.name}:{signal}",
            project=SHOP,
            model=self.model.name,
            version="",
            segment="",
            monitor=watched.name,
            signal=signal,
            statistic=watched.statistic,
            layer=watched.layer,
            severity=Severity.WARNING,
            priority=Priority.P2,
            state=state,
            evidence=evidence,
            detected_us=evidence.end_us,
            updated_us=evidence.end_us,
            value=0.3,
            threshold=0.05,
            effect=0.3,
            n=100.0,
            evaluation_seq=1,
            opened_us=evidence.end_us,
        )
        alert = replace(alert, **fields)
        self.store.fast.commit(FastStep(self.store.fast.evaluations_through(), alerts=(alert,)))
        return alert

    def explain(self, *alerts, id="inc_1", state=IncidentState.OPEN, window=None, **fields):
        """An incident of some alerts; returns it."""
        evidence = window or hours(0, 1)
        incident = Incident(
            id=id,
            project=SHOP,
            model=self.model.name,
            title="something drifted",
            state=state,
            severity=Severity.WARNING,
            priority=Priority.P2,
            layers=tuple(sorted({alert.layer for alert in alerts})),
            alerts=tuple(alert.id for alert in alerts),
            evidence=evidence,
            opened_us=evidence.end_us,
            updated_us=evidence.end_us,
            causes=tuple(Cause("feature", alert.signal, 1.0, f"{alert.signal} moved") for alert in alerts[:1]),
        )
        incident = replace(incident, **fields)
        self.store.fast.commit(FastStep(self.store.fast.evaluations_through(), incidents=(incident,)))
        return incident
