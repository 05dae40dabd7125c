"""A metrics door around a store in memory, and samples as a Prometheus would push them."""

from collections import defaultdict

import numpy as np

from seamark.clock import MINUTE_US
from seamark.ingest.metrics_door import MetricsDoor
from seamark.ingest.options import MetricsOptions
from seamark.ingest.stack import Catalogue, bundled
from seamark.records.window import Window
from seamark.store.backends.memory import MemoryStore
from seamark.wire.readings import Readings, Sent

START_US = 29_400_000 * MINUTE_US
START_MS = START_US // 1_000
CATALOGUE = Catalogue(bundled())


class Heard:
    """`push` at seconds after the start; `minutes` are what is stored then."""

    def __init__(self, store=None, catalogue=CATALOGUE, **options):
        self.store = store or MemoryStore()
        self.now_us = START_US
        self.door = MetricsDoor(self.store.metrics, MetricsOptions(**options), catalogue, now_us=lambda: self.now_us)

    def push(self, *samples, at=0.0, project="shop", delta=False, start_us=None):
        """Each sample (name, labels, value) or, at a time of its own, (name, labels, value, seconds)."""
        self.now_us = max(self.now_us, START_US + int(at * 1_000_000))

        def decode(_, book):
            numbers, times, values = [], [], []
            for name, labels, value, *own in samples:
                sent = Sent(name, labels, delta, start_us)
                key = repr(sent).encode()
                numbers.append(book.numbers[key] if key in book.numbers else book.number(key, sent))
                times.append(START_MS + int((own[0] if own else at) * 1_000))
                values.append(value)
            return Readings(np.array(numbers, dtype=np.int64), np.array(times), np.array(values, dtype=float))

        return self.door.receive(project, b"", decode)

    def counter(self, name, labels, *values, every=60):
        """A total, read again and again."""
        for number, value in enumerate(values):
            self.push((name, labels, value), at=number * every)

    def stretches(self, project="shop", minutes=240):
        self.door.flush()
        return self.store.metrics.read(project, Window(START_US, START_US + minutes * MINUTE_US))

    def totals(self, project="shop"):
        """(component, metric) → everything of it: a counter's sum, a gauge's mean, a histogram's bounds and counts."""
        found = {}
        for each in self.stretches(project):
            total = np.nansum(each.values, axis=1)
            key = (f"{each.series.component.kind} {each.series.component.name}", each.series.metric)
            if each.bounds:
                found[key] = dict(zip(each.bounds, total.tolist(), strict=True))
            else:
                found[key] = float(f"{total[0] / total[1] if len(total) > 1 else total[0]:.12g}")
        return found

    def fates(self):
        found = defaultdict(float)
        for each in self.door.measurements():
            if each.name == "seamark_metric_samples":
                found.update({labels[0]: value for labels, value in each.samples if value})
        return dict(found)
