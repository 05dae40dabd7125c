"""Every stack's own names become the canonical metrics in canonical units: a test for each trap."""

import math

import pytest
from tests.unit.ingest.heard import CATALOGUE, Heard

from seamark.errors import InvalidConfig
from seamark.ingest.stack import bundled, read, stacks
from seamark.records.metric import METRICS

INF = math.inf


def grown(heard, *samples):
    """Totals that stood at zero a minute ago."""
    heard.push(*((name, labels, 0.0) for name, labels, _ in samples))
    heard.push(*samples, at=60)
    return heard.totals()


@pytest.fixture
def heard():
    return Heard()


def test_grouped_and_full_statuses_are_both_understood(heard):
    job = {"job": "api", "handler": "/predict", "method": "POST"}
    counts = {"2xx": 80, "5xx": 3, "4xx": 5, "200": 7, "503": 2, "422": 1}
    found = grown(heard, *(("http_requests_total", {**job, "status": status}, n) for status, n in counts.items()))
    assert found["service api", "requests"] == 98
    assert found["service api", "server_errors"] == 5
    assert found["service api", "client_errors"] == 6


def test_seconds_milliseconds_and_microseconds_become_seconds(heard):
    istio = {
        "reporter": "destination",
        "destination_service_namespace": "ml",
        "destination_service_name": "api",
    }
    found = grown(
        heard,
        ("http_request_duration_highr_seconds_bucket", {"job": "f", "le": "0.5"}, 9),
        ("istio_request_duration_milliseconds_bucket", {**istio, "le": "500"}, 9),
        (":tensorflow:serving:request_latency_bucket", {"model_name": "tf", "le": "500000"}, 9),
        ("ray_serve_http_request_latency_ms_bucket", {"application": "ray", "le": "500"}, 9),
        ("http_server_duration_milliseconds_bucket", {"service_name": "old", "le": "500"}, 9),
        ("bentoml_service_request_duration_seconds_bucket", {"service_name": "bento", "le": "0.5"}, 9),
        ("seldon_model_infer_api_seconds_bucket", {"model": "seldon", "le": "0.5"}, 9),
        ("vllm:e2e_request_latency_seconds_bucket", {"model_name": "llm", "le": "0.5"}, 9),
        ("request_predict_seconds_bucket", {"model_name": "kserve", "le": "0.5"}, 9),
    )
    assert len(found) == 9
    assert all(buckets == {0.5: 9} for buckets in found.values())


def test_percent_becomes_a_ratio_and_a_ratio_stays_one(heard):
    heard.push(
        ("DCGM_FI_DEV_GPU_UTIL", {"Hostname": "n1", "gpu": "0"}, 85),
        ("nv_gpu_utilization", {"instance": "n2:8002", "gpu_uuid": "GPU-1"}, 0.85),
        ("vllm:gpu_cache_usage_perc", {"model_name": "llm"}, 0.85),
    )
    assert set(heard.totals().values()) == {0.85}


def test_mebibytes_become_bytes_and_megahertz_hertz(heard):
    gpu = {"Hostname": "n1", "gpu": "0"}
    heard.push(("DCGM_FI_DEV_FB_USED", gpu, 1024), ("DCGM_FI_DEV_SM_CLOCK", gpu, 1410))
    assert heard.totals() == {("gpu n1/0", "gpu_memory_bytes"): 2**30, ("gpu n1/0", "gpu_clock_hertz"): 1.41e9}


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("nv_inference_request_duration_us", {"model": "m"}),
        ("ts_inference_latency_microseconds", {"model_name": "m"}),
    ],
)
def test_a_cumulative_latency_is_a_mean_and_has_no_quantile(heard, name, labels):
    assert grown(heard, (name, labels, 2_500_000)) == {("model m", "latency_sum_seconds"): 2.5}


def test_a_connection_that_broke_is_an_error_of_istio_and_requests_are_counted_once(heard):
    istio = {"destination_service_namespace": "ml", "destination_service_name": "api"}
    found = grown(
        heard,
        *(
            ("istio_requests_total", {**istio, "reporter": reporter, "response_code": code}, n)
            for reporter in ("source", "destination")
            for code, n in (("200", 90), ("503", 4), ("0", 6))
        ),
    )
    assert found == {("service ml/api", "requests"): 100, ("service ml/api", "server_errors"): 10}


def test_a_renamed_counter_is_counted_once_while_both_names_are_there(heard):
    ray = {"application": "app"}
    names = ("ray_serve_num_http_requests_total", "ray_serve_num_http_requests")
    assert grown(heard, *((name, ray, 10) for name in names)) == {("service app", "requests"): 10}
    assert grown(Heard(), (names[1], ray, 10)) == {("service app", "requests"): 10}


def test_two_stacks_about_one_service_are_counted_once(heard):
    found = grown(
        heard,
        ("http_requests_total", {"job": "api", "status": "200"}, 10),
        ("http_server_request_duration_seconds_count", {"job": "api", "http_response_status_code": "200"}, 10),
    )
    assert found == {("service api", "requests"): 10}


def test_a_failure_of_triton_is_a_request_and_an_error(heard):
    found = grown(
        heard,
        ("nv_inference_request_success", {"model": "m", "version": "1"}, 90),
        ("nv_inference_request_failure", {"model": "m", "version": "1", "reason": "BACKEND"}, 10),
    )
    assert found == {("model m", "requests"): 100, ("model m", "server_errors"): 10}


def test_everything_but_ok_is_an_error_of_tensorflow_serving(heard):
    name = ":tensorflow:serving:request_count"
    found = grown(heard, *((name, {"model_name": "m", "status": s}, 5) for s in ("OK", "INVALID_ARGUMENT", "INTERNAL")))
    assert found == {("model m", "requests"): 15, ("model m", "server_errors"): 10}


def test_pods_are_their_containers_and_not_the_sum_the_kubelet_also_tells(heard):
    pod = {"namespace": "ml", "pod": "api-1"}
    name = "container_memory_working_set_bytes"
    heard.push(
        (name, {**pod, "container": "app"}, 100),
        (name, {**pod, "container": ""}, 130),
        (name, {**pod, "container": "POD"}, 30),
        ("container_memory_usage_bytes", {**pod, "container": "app"}, 999),
        ("kube_pod_container_resource_limits", {**pod, "container": "app", "resource": "memory"}, 200),
        ("kube_pod_container_resource_limits", {**pod, "container": "app", "resource": "cpu"}, 2),
        ("kube_pod_container_status_waiting_reason", {**pod, "container": "app", "reason": "CrashLoopBackOff"}, 1),
        ("kube_pod_container_status_waiting_reason", {**pod, "container": "app", "reason": "ImagePullBackOff"}, 1),
        ("kube_pod_container_status_last_terminated_reason", {**pod, "container": "app", "reason": "OOMKilled"}, 1),
    )
    app = "container ml/api-1/app"
    assert heard.totals() == {
        (app, "memory_bytes"): 100,
        (app, "memory_limit_bytes"): 200,
        (app, "cpu_limit_cores"): 2,
        (app, "crash_loop"): 1,
        (app, "oom_terminated"): 1,
    }


def test_a_node_is_busy_when_it_is_not_idle_and_has_no_port(heard):
    name, node = "node_cpu_seconds_total", {"instance": "n1:9100", "cpu": "0"}
    found = grown(
        heard, *((name, {**node, "mode": mode}, n) for mode, n in (("idle", 40), ("iowait", 5), ("user", 15)))
    )
    assert found == {("node n1", "cpu_seconds"): 15, ("node n1", "cpu_available_seconds"): 60}


def test_a_flag_of_health_becomes_checks_and_failures(heard):
    for minute, up in enumerate((1, 0, 0, 1)):
        heard.push(("up", {"job": "api", "instance": "a:1"}, up), at=60 * minute)
    assert heard.totals() == {("endpoint api/a:1", "checks"): 4, ("endpoint api/a:1", "failed_checks"): 2}


def test_a_series_without_the_labels_that_name_its_component_is_not_guessed_at(heard):
    heard.push(("container_memory_working_set_bytes", {"container": "app"}, 100))
    assert heard.totals() == {}
    assert heard.fates() == {"unmatched": 1}


def test_buckets_that_are_no_numbers_are_left_out(heard):
    found = grown(
        heard, *(("request_predict_seconds_bucket", {"model_name": "m", "le": le}, 1) for le in ("x", "+Inf"))
    )
    assert found == {("model m", "latency_seconds"): {INF: 1}}


@pytest.mark.parametrize("stack", bundled(), ids=lambda stack: stack.name)
def test_every_stack_is_detected_by_a_name_it_reads(stack):
    names = {name for source in stack.sources for name in source.names}
    assert set(stack.detect) <= names
    assert stack.is_there(stack.detect[:1])
    assert not stack.is_there(["go_goroutines"])
    assert {source.metric for source in stack.sources} <= set(METRICS)


def test_what_is_pulled_is_selected_in_promql():
    [source] = [
        each for s in CATALOGUE.stacks for each in s.sources if (s.name, each.metric) == ("kubernetes", "cpu_seconds")
    ]
    assert source.selector() == ('{__name__=~"container_cpu_usage_seconds_total",container=~".+",container!~"POD"}')


MINE = """
title = "Mine"
[[series]]
metric = "requests"
from = ["my_calls_total"]
component = { kind = "service", name = "{app}" }
"""


def test_owners_may_bring_profiles_of_their_own(tmp_path):
    (tmp_path / "mine.toml").write_text(MINE)
    known = stacks([str(tmp_path / "mine.toml")])
    assert [each.name for each in known][:2] == ["mine", "bentoml"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"requests"', '"wishes"', "makes 'wishes'"),
        ('"service"', '"planet"', "is of a 'planet'"),
        ("from =", "form =", "has the key 'form'"),
        ("from", "where = { a = '(' }\nfrom", "series 0"),
        ("from", "use = 'all'\nfrom", "series 0"),
        ("[[series]]", "series = 1", "cannot be read"),
        ("title", "title title", "cannot be read"),
    ],
)
def test_a_wrong_profile_is_refused_by_what_is_wrong(before, after, said):
    with pytest.raises(InvalidConfig, match=said.replace("(", r"\(")):
        read("mine", MINE.replace(before, after))


def test_a_profile_that_is_not_there_is_said(tmp_path):
    with pytest.raises(InvalidConfig, match="nowhere"):
        stacks([str(tmp_path / "nowhere.toml")])
