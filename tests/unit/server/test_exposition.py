"""The page of metrics: what Prometheus' own library writes and reads, whatever the labels hold."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from seamark.records.measurement import Measurement, MeasurementKind
from seamark.server.exposition import exposition

KINDS = {MeasurementKind.COUNTER: CounterMetricFamily, MeasurementKind.GAUGE: GaugeMetricFamily}
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ['a"b', "a\\b", "a\nb", "", "é"]
)
numbers = st.floats() | st.integers(-(10**6), 10**18).map(float)


@st.composite
def measurements(draw):
    labels = tuple(draw(st.permutations(["project", "model", "version"]))[: draw(st.integers(0, 3))])
    values = st.tuples(*[texts] * len(labels))
    samples = draw(st.dictionaries(values, numbers, max_size=4))
    kind = draw(st.sampled_from(list(KINDS)))
    return Measurement("seamark_thing", draw(texts) + ".", kind, labels, tuple(samples.items()))


class Theirs(Collector):
    def __init__(self, measured):
        self.measured = measured

    def collect(self):
        family = KINDS[self.measured.kind](self.measured.name, self.measured.help, labels=self.measured.labels)
        for values, value in self.measured.samples:
            family.add_metric(values, value)
        yield family


def heads(page):
    """Every line without its value, which may be written in more than one way."""
    return [line if line.startswith("#") else line.rpartition(" ")[0] for line in page.decode().split("\n")]


@given(measurements())
def test_the_page_is_that_of_the_library(measured):
    registry = CollectorRegistry()
    registry.register(Theirs(measured))
    assert heads(exposition([measured])) == heads(generate_latest(registry))


@given(measurements())
def test_what_is_written_is_read_again(measured):
    [family] = text_string_to_metric_families(exposition([measured]).decode())
    found = {tuple(sample.labels[name] for name in measured.labels): sample.value for sample in family.samples}
    assert found.keys() == dict(measured.samples).keys()
    for values, value in measured.samples:
        assert found[values] == value or (math.isnan(found[values]) and math.isnan(value))


def test_a_page_of_nothing_is_empty():
    assert exposition([]) == b""
