"""Requests made by OpenTelemetry's own library, read in both encodings."""

import json
from contextlib import suppress

import numpy as np
import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from tests.unit.wire.test_remote_write import Known

from seamark.errors import Malformed
from seamark.wire import otlp, otlp_json, otlp_protobuf
from seamark.wire.readings import UNMATCHED, Book

NOW_NS = 1_764_000_000_000_000_000
START_NS = NOW_NS - 60_000_000_000
INF = float("inf")


def as_json(message):
    """With 64-bit numbers as texts, and enums as numbers, as exporters write them."""
    return json.dumps(MessageToDict(message, use_integers_for_enums=True)).encode()


FORMATS = {
    "protobuf": (otlp_protobuf.decode, lambda message: message.SerializeToString()),
    "json": (otlp_json.decode, as_json),
}


@pytest.fixture(params=FORMATS)
def told(request):
    """name and labels → values, of a message that is read twice, as what is known has a path of its own."""
    decode, encode = FORMATS[request.param]

    def read(message):
        known = Known()
        first, second = (decode(encode(message), known.book) for _ in range(2))
        assert first.series.tolist() == second.series.tolist()
        assert np.array_equal(first.value, second.value, equal_nan=True)
        assert set(first.time_ms.tolist()) <= {NOW_NS // 1_000_000}
        found = {}
        for number, value in zip(first.series.tolist(), first.value.tolist(), strict=True):
            sent = known.sent[number]
            found[sent.name, tuple(sorted(sent.labels.items()))] = value
        return found, known.sent, first.ignored

    return read


def message(**resource):
    request = ExportMetricsServiceRequest()
    scope = request.resource_metrics.add()
    for name, value in resource.items():
        scope.resource.attributes.add(key=name.replace("_", ".")).value.string_value = value
    return request, scope.scope_metrics.add().metrics


def attribute(point, key, value):
    kind = {str: "string_value", bool: "bool_value", int: "int_value", float: "double_value"}[type(value)]
    setattr(point.attributes.add(key=key).value, kind, value)


def test_gauges_and_sums_have_the_names_and_labels_a_prometheus_gives_them(told):
    request, metrics = message(service_name="api")
    used = metrics.add(name="process.memory.usage", unit="By").gauge.data_points.add(time_unix_nano=NOW_NS, as_int=12)
    attribute(used, "kind", "rss")
    calls = metrics.add(name="calls", unit="{call}").sum
    calls.aggregation_temporality, calls.is_monotonic = 2, True
    for ok, count in ((True, 4.5), (False, 0.0)):
        point = calls.data_points.add(start_time_unix_nano=START_NS, time_unix_nano=NOW_NS, as_double=count)
        attribute(point, "rpc.ok", ok)
        attribute(point, "port", 80)
    found, sent, ignored = told(request)
    api = ("service_name", "api")
    assert found == {
        ("process_memory_usage_bytes", (("kind", "rss"), api)): 12,
        ("calls_total", (("port", "80"), ("rpc_ok", "true"), api)): 4.5,
        ("calls_total", (("port", "80"), ("rpc_ok", "false"), api)): 0,
    }
    assert [(each.delta, each.start_us) for each in sent] == [(False, None)] + [(False, START_NS // 1000)] * 2
    assert ignored == 0


def test_a_histogram_becomes_cumulative_buckets_with_count_and_sum(told):
    request, metrics = message(service_name="api")
    latency = metrics.add(name="http.server.request.duration", unit="s").histogram
    latency.aggregation_temporality = 1
    for route, counts in (("/a", (1, 2, 3)), ("/b", (0, 0, 0))):
        point = latency.data_points.add(
            start_time_unix_nano=START_NS,
            time_unix_nano=NOW_NS,
            count=sum(counts),
            sum=2.5,
            bucket_counts=counts,
            explicit_bounds=(0.1, 0.5),
        )
        attribute(point, "http.route", route)
    found, sent, _ = told(request)
    name = "http_server_request_duration_seconds"
    a = (("http_route", "/a"), ("service_name", "api"))
    buckets = {le: found[f"{name}_bucket", tuple(sorted([*a, ("le", le)]))] for le in ("0.1", "0.5", "inf")}
    assert buckets == {"0.1": 1, "0.5": 3, "inf": 6}
    assert (found[f"{name}_count", a], found[f"{name}_sum", a]) == (6, 2.5)
    assert len(found) == 10
    assert all(each.delta for each in sent)


@pytest.mark.parametrize("scale", [0, 2, 5])
def test_an_exponential_histogram_is_exact_at_the_bounds_it_shares_with_the_grid(told, scale):
    request, metrics = message()
    latency = metrics.add(name="latency", unit="s").exponential_histogram
    latency.aggregation_temporality = 2
    point = latency.data_points.add(time_unix_nano=NOW_NS, count=111, sum=9.0, scale=scale, zero_count=1)
    point.positive.offset = -(3 << scale)  # the first bucket begins at 1/8
    point.positive.bucket_counts.extend([10] * (6 << scale))
    found, _, _ = told(request)
    doubling = 10 << scale
    buckets = {float(labels[0][1]): v for (name, labels), v in found.items() if name.endswith("_bucket")}
    assert len(buckets) == 24 * 4 + 2
    assert [buckets[2.0**power] for power in (-4, -3, -2, 0, 3, 10)] == [
        1,
        1,
        1 + doubling,
        1 + 3 * doubling,
        1 + 6 * doubling,
        1 + 6 * doubling,
    ]


def test_what_cannot_be_read_is_counted(told):
    request, metrics = message()
    metrics.add(name="old").summary.data_points.add(time_unix_nano=NOW_NS, count=1)
    updown = metrics.add(name="queue").sum
    updown.aggregation_temporality = 1
    updown.data_points.add(time_unix_nano=NOW_NS, as_int=-1)
    unspecified = metrics.add(name="calls").sum
    unspecified.is_monotonic = True
    unspecified.data_points.add(time_unix_nano=NOW_NS, as_int=1)
    metrics.add(name="gone").gauge.data_points.add(time_unix_nano=NOW_NS, flags=1, as_int=0)
    lame = metrics.add(name="latency").histogram
    lame.aggregation_temporality = 2
    lame.data_points.add(time_unix_nano=NOW_NS, bucket_counts=[1, 2], explicit_bounds=[1, 2, 3])
    metrics.add(name="nothing")
    found, _, ignored = told(request)
    assert found == {}
    assert ignored == 5


def test_a_histogram_without_buckets_has_its_count(told):
    request, metrics = message()
    latency = metrics.add(name="latency").histogram
    latency.aggregation_temporality = 2
    latency.data_points.add(time_unix_nano=NOW_NS, count=7, sum=3)
    found, _, _ = told(request)
    assert found == {("latency_bucket", (("le", "inf"),)): 7, ("latency_count", ()): 7, ("latency_sum", ()): 3}


@pytest.mark.parametrize("format", FORMATS)
def test_a_time_no_clock_shows_is_refused(format):
    decode, encode = FORMATS[format]
    request, metrics = message()
    metrics.add(name="m").gauge.data_points.add(time_unix_nano=2**64 - 1, as_int=1)
    with pytest.raises(Malformed):
        decode(encode(request), Known().book)


def whole(readings):
    """What was read can be stored: a series and a time for every value."""
    assert len(readings.series) == len(readings.time_ms) == len(readings.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body):
    for decode, _ in FORMATS.values():
        with suppress(Malformed):
            whole(decode(body, Known().book))


@given(st.data())
def test_a_message_cut_short_or_with_a_wrong_byte_is_read_or_refused(data):
    request, metrics = message(service_name="api")
    latency = metrics.add(name="latency", unit="s").histogram
    latency.aggregation_temporality = 1
    latency.data_points.add(time_unix_nano=NOW_NS, count=3, sum=1, bucket_counts=[1, 2], explicit_bounds=[0.1])
    body = bytearray(request.SerializeToString())
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Malformed):
        whole(otlp_protobuf.decode(bytes(body[: data.draw(st.integers(0, len(body)))]), Known().book))


@pytest.mark.parametrize(
    "body", [b"[]", b"1", b'{"resourceMetrics": 1}', b'{"resourceMetrics": [{"scopeMetrics": [1]}]}']
)
def test_json_that_is_no_request_is_refused(body):
    with pytest.raises(Malformed, match="OTLP"):
        otlp_json.decode(body, Known().book)


def as_request(*points, resource=(), name="calls"):
    """JSON as it stands: the texts of points and of the resource's attributes."""
    metric = f'{{"name": "{name}", "gauge": {{"dataPoints": [{", ".join(points)}]}}}}'
    of_resource = f'"resource": {{"attributes": [{", ".join(resource)}]}}'
    return f'{{"resourceMetrics": [{{{of_resource}, "scopeMetrics": [{{"metrics": [{metric}]}}]}}]}}'.encode()


def as_point(*attributes, value='"asInt": "1"', time=str(NOW_NS)):
    return f'{{"timeUnixNano": "{time}", {value}, "attributes": [{", ".join(attributes)}]}}'


ROUTE, METHOD = (f'{{"key": "{key}", "value": {{"stringValue": "{key}"}}}}' for key in ("route", "method"))


@given(st.lists(st.permutations([ROUTE, METHOD, ROUTE.replace(" ", "")[:-1] + "}"]).map(tuple), min_size=2, max_size=6))
def test_attributes_in_another_order_or_spacing_are_the_same_series(orders):
    known = Known()
    found = [
        otlp_json.decode(as_request(as_point(*order), resource=reversed(order)), known.book).series.tolist()
        for order in orders
    ]
    assert len(known.sent) == 1
    assert {number for numbers in found for number in numbers} == {0}


def test_what_a_series_is_called_in_every_other_way_is_looked_up_under_two_keys_at_most():
    known = Known()
    for spaces in range(50):
        point = as_point(ROUTE, METHOD.replace(" ", " " * spaces))
        otlp_json.decode(as_request(point), known.book)
    assert len(known.sent) == 1
    assert len(known.book.numbers) == 2


@pytest.mark.parametrize("value", ['"asInt": "7"', '"asInt": 7', '"asDouble": 7', '"asDouble": 7.0', '"asDouble": "7"'])
def test_a_number_may_be_a_text(value):
    assert otlp_json.decode(as_request(as_point(value=value)), Known().book).value.tolist() == [7]


def test_infinity_and_what_is_no_number_are_texts_in_json():
    points = [as_point(value=f'"asDouble": "{each}"') for each in ("NaN", "Infinity", "-Infinity")]
    found = otlp_json.decode(as_request(*points), Known().book).value
    np.testing.assert_array_equal(found, [np.nan, INF, -INF])


@pytest.mark.parametrize(
    "point",
    [
        "1",
        '{"asInt": 1}',
        f'{{"timeUnixNano": {NOW_NS}}}',
        as_point(value='"asInt": "many"'),
        as_point(value='"asInt": [1]'),
        as_point(time="-1"),
        as_point(time=str(1 << 63)),
        as_point('{"value": 1}'),
        as_point("1"),
        f'{{"timeUnixNano": {NOW_NS}, "asInt": 1, "attributes": 1}}',
        as_point(value='"asInt": 1, "flags": "none"'),
    ],
)
def test_a_point_that_is_none_is_refused_with_the_request(point):
    book = Known().book
    with pytest.raises(Malformed, match="OTLP"):
        otlp_json.decode(as_request(as_point(), point), book)


def test_an_unknown_shape_and_what_nobody_reads_are_passed_over():
    body = as_request(as_point()).replace(b"gauge", b"cloud")
    assert otlp_json.decode(body, Known().book).series.tolist() == []
    found = otlp_json.decode(as_request(as_point(), as_point()).replace(b"gauge", b"summary"), Known().book)
    assert (found.series.tolist(), found.ignored) == ([], 2)


@given(st.binary(max_size=60), st.data())
def test_any_change_of_a_json_request_is_read_or_refused(noise, data):
    body = as_request(as_point(ROUTE), as_point(METHOD), resource=[ROUTE])
    first = data.draw(st.integers(0, len(body)))
    last = data.draw(st.integers(first, min(first + 40, len(body))))
    with suppress(Malformed):
        whole(otlp_json.decode(body[:first] + noise + body[last:], Known().book))


def test_a_partial_success_is_said_in_the_words_of_the_protocol():
    assert (otlp_protobuf.answer(0, ""), otlp_json.answer(0, "")) == (b"", b"{}")
    said = ExportMetricsServiceResponse.FromString(otlp_protobuf.answer(300, "too old"))
    assert (said.partial_success.rejected_data_points, said.partial_success.error_message) == (300, "too old")
    written = json.loads(otlp_json.answer(300, "too old"))
    assert written == {"partialSuccess": {"rejectedDataPoints": "300", "errorMessage": "too old"}}


def test_histograms_nobody_asks_for_are_looked_up_once():
    asked = []
    book = Book(lambda sent: asked.append(sent) or UNMATCHED)
    request, metrics = message()
    latency = metrics.add(name="latency").histogram
    latency.aggregation_temporality = 2
    latency.data_points.add(time_unix_nano=NOW_NS, count=3, bucket_counts=[1, 2], explicit_bounds=[0.1])
    for _ in range(3):
        assert (otlp_protobuf.decode(request.SerializeToString(), book).series == UNMATCHED).all()
    assert len(asked) == 4


@given(st.lists(st.floats(2**-13, 2**9), min_size=1, max_size=50), st.integers(-1, 8))
def test_the_grid_holds_every_value_between_its_bounds(values, scale):
    index = [int(np.ceil(np.log2(value) * 2.0**scale)) - 1 for value in values]
    counts = [index.count(each) for each in range(min(index), max(index) + 1)]
    placed = otlp.on_grid("s", scale, min(index), counts, 0)
    assert placed.sum() == len(values)
    bounds = np.array(otlp.grid("s"))
    at_or_below = np.cumsum(placed)
    for power in range(-12, 10, 2):
        bound = 2.0**power
        assert at_or_below[np.searchsorted(bounds, bound)] == sum(value <= bound for value in values)
