"""What each stack's exporter shows between two scrapes, and all that becomes of it."""

import math

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.unit.ingest.heard import Heard

INF = math.inf

SHOWN = {
    "fastapi": """
        http_requests_total{job="api",handler="/predict",method="POST",status="2xx"} 90
        http_requests_total{job="api",handler="/predict",method="POST",status="4xx"} 7
        http_requests_total{job="api",handler="/predict",method="POST",status="5xx"} 3
        http_request_duration_highr_seconds_bucket{job="api",le="0.1"} 60
        http_request_duration_highr_seconds_bucket{job="api",le="+Inf"} 100
        http_request_duration_highr_seconds_sum{job="api"} 12.5
        http_request_size_bytes_sum{job="api",handler="/predict"} 4096
    """,
    "opentelemetry_http": """
        http_server_request_duration_seconds_count{service_name="api",route="/",http_response_status_code="200"} 90
        http_server_request_duration_seconds_count{service_name="api",route="/",http_response_status_code="500"} 10
        http_server_request_duration_seconds_bucket{service_name="api",http_response_status_code="200",le="0.1"} 60
        http_server_request_duration_seconds_bucket{service_name="api",http_response_status_code="500",le="0.1"} 1
        http_server_request_duration_seconds_bucket{service_name="api",http_response_status_code="200",le="+Inf"} 90
        http_server_request_duration_seconds_bucket{service_name="api",http_response_status_code="500",le="+Inf"} 10
    """,
    "kserve": """
        request_predict_seconds_count{model_name="iris"} 50
        request_predict_seconds_bucket{model_name="iris",le="0.05"} 45
        request_predict_seconds_bucket{model_name="iris",le="+Inf"} 50
        request_predict_seconds_sum{model_name="iris"} 1.5
        request_preprocess_seconds_count{model_name="iris"} 50
    """,
    "triton": """
        nv_inference_request_success{model="resnet",version="1"} 40
        nv_inference_request_failure{model="resnet",version="1",reason="OTHER"} 2
        nv_inference_request_duration_us{model="resnet",version="1"} 8000000
        nv_inference_queue_duration_us{model="resnet",version="1"} 1000
    """,
    "torchserve": """
        ts_inference_requests_total{model_name="bert",model_version="1.0"} 30
        ts_inference_latency_microseconds{model_name="bert",model_version="1.0"} 6000000
        Requests5XX{job="torchserve",Hostname="h"} 3
        Requests4XX{job="torchserve",Hostname="h"} 1
    """,
    "tensorflow_serving": """
        :tensorflow:serving:request_count{model_name="wide",status="OK"} 20
        :tensorflow:serving:request_count{model_name="wide",status="INTERNAL"} 5
        :tensorflow:serving:request_latency_bucket{model_name="wide",le="10000"} 15
        :tensorflow:serving:request_latency_bucket{model_name="wide",le="+Inf"} 25
        :tensorflow:serving:request_latency_sum{model_name="wide"} 500000
    """,
    "bentoml": """
        bentoml_service_request_total{service_name="iris",endpoint="/classify",http_response_code="200"} 8
        bentoml_service_request_total{service_name="iris",endpoint="/classify",http_response_code="503"} 2
        bentoml_service_request_duration_seconds_bucket{service_name="iris",http_response_code="200",le="0.5"} 8
        bentoml_service_request_duration_seconds_sum{service_name="iris",http_response_code="200"} 2
    """,
    "ray_serve": """
        ray_serve_num_http_requests_total{application="app",route="/"} 60
        ray_serve_deployment_error_counter_total{application="app",deployment="d"} 4
        ray_serve_http_request_latency_ms_bucket{application="app",route="/",le="100"} 50
        ray_serve_http_request_latency_ms_sum{application="app",route="/"} 3000
    """,
    "seldon": """
        seldon_model_infer_total{model="income",code="200"} 70
        seldon_model_infer_total{model="income",code="500"} 5
        seldon_model_infer_api_seconds_bucket{model="income",le="0.25"} 75
    """,
    "vllm": """
        vllm:request_success_total{model_name="llama",finished_reason="stop"} 12
        vllm:request_success_total{model_name="llama",finished_reason="length"} 3
        vllm:e2e_request_latency_seconds_bucket{model_name="llama",le="5"} 9
        vllm:e2e_request_latency_seconds_bucket{model_name="llama",le="+Inf"} 15
        vllm:time_to_first_token_seconds_bucket{model_name="llama",le="0.5"} 15
    """,
    "kubernetes": """
        container_cpu_usage_seconds_total{namespace="ml",pod="a-1",container="app",cpu="total"} 42
        container_cpu_usage_seconds_total{namespace="ml",pod="a-1",container="",cpu="total"} 50
        container_cpu_cfs_periods_total{namespace="ml",pod="a-1",container="app"} 600
        container_cpu_cfs_throttled_periods_total{namespace="ml",pod="a-1",container="app"} 150
        container_oom_events_total{namespace="ml",pod="a-1",container="app"} 1
        kube_pod_container_status_restarts_total{namespace="ml",pod="a-1",container="app",uid="u"} 2
    """,
    "node_exporter": """
        node_cpu_seconds_total{instance="n1:9100",cpu="0",mode="idle"} 45
        node_cpu_seconds_total{instance="n1:9100",cpu="0",mode="system"} 15
        node_vmstat_oom_kill{instance="n1:9100"} 1
    """,
    "istio": """
        istio_requests_total{TO,NAMESPACE="ml",NAME="api",response_code="200"} 80
        istio_requests_total{TO,NAMESPACE="ml",NAME="api",response_code="404"} 5
        istio_requests_total{TO,NAMESPACE="ml",NAME="api",response_code="0"} 2
        istio_requests_total{reporter="source",NAMESPACE="ml",NAME="api",response_code="200"} 81
        istio_request_duration_milliseconds_bucket{TO,NAMESPACE="ml",NAME="api",le="25"} 70
        istio_request_duration_milliseconds_bucket{TO,NAMESPACE="ml",NAME="api",le="+Inf"} 87
        istio_request_duration_milliseconds_sum{TO,NAMESPACE="ml",NAME="api"} 1500
    """,
    "process": """
        process_cpu_seconds_total{job="api",instance="a:8000"} 12
        process_open_fds{job="api",instance="a:8000"} 30
    """,
}

BECOMES = {
    "istio": {
        ("service ml/api", "requests"): 87,
        ("service ml/api", "client_errors"): 5,
        ("service ml/api", "server_errors"): 2,
        ("service ml/api", "latency_seconds"): {0.025: 70, INF: 87},
        ("service ml/api", "latency_sum_seconds"): 1.5,
    },
    "process": {
        ("process api/a:8000", "cpu_seconds"): 12,
    },
    "fastapi": {
        ("service api", "requests"): 100,
        ("service api", "client_errors"): 7,
        ("service api", "server_errors"): 3,
        ("service api", "latency_seconds"): {0.1: 60, INF: 100},
        ("service api", "latency_sum_seconds"): 12.5,
    },
    "opentelemetry_http": {
        ("service api", "requests"): 100,
        ("service api", "server_errors"): 10,
        ("service api", "latency_seconds"): {0.1: 61, INF: 100},
    },
    "kserve": {
        ("model iris", "requests"): 50,
        ("model iris", "latency_seconds"): {0.05: 45, INF: 50},
        ("model iris", "latency_sum_seconds"): 1.5,
    },
    "triton": {
        ("model resnet", "requests"): 42,
        ("model resnet", "server_errors"): 2,
        ("model resnet", "latency_sum_seconds"): 8,
    },
    "torchserve": {
        ("model bert", "requests"): 30,
        ("model bert", "latency_sum_seconds"): 6,
        ("service torchserve", "server_errors"): 3,
        ("service torchserve", "client_errors"): 1,
    },
    "tensorflow_serving": {
        ("model wide", "requests"): 25,
        ("model wide", "server_errors"): 5,
        ("model wide", "latency_seconds"): {0.01: 15, INF: 25},
        ("model wide", "latency_sum_seconds"): 0.5,
    },
    "bentoml": {
        ("service iris", "requests"): 10,
        ("service iris", "server_errors"): 2,
        ("service iris", "latency_seconds"): {0.5: 8},
        ("service iris", "latency_sum_seconds"): 2,
    },
    "ray_serve": {
        ("service app", "requests"): 60,
        ("service app", "server_errors"): 4,
        ("service app", "latency_seconds"): {0.1: 50},
        ("service app", "latency_sum_seconds"): 3,
    },
    "seldon": {
        ("model income", "requests"): 75,
        ("model income", "server_errors"): 5,
        ("model income", "latency_seconds"): {0.25: 75},
    },
    "vllm": {
        ("model llama", "requests"): 15,
        ("model llama", "latency_seconds"): {5.0: 9, INF: 15},
        ("model llama", "first_token_seconds"): {0.5: 15},
    },
    "kubernetes": {
        ("container ml/a-1/app", "cpu_seconds"): 42,
        ("container ml/a-1/app", "cpu_periods"): 600,
        ("container ml/a-1/app", "cpu_throttled_periods"): 150,
        ("container ml/a-1/app", "oom_kills"): 1,
        ("container ml/a-1/app", "restarts"): 2,
    },
    "node_exporter": {
        ("node n1", "cpu_seconds"): 15,
        ("node n1", "cpu_available_seconds"): 60,
        ("node n1", "oom_kills"): 1,
    },
}


def samples(text):
    shown = "\n".join(line.strip() for line in text.strip().splitlines()) + "\n"
    shown = shown.replace("NAMESPACE=", "destination_service_namespace=").replace("NAME=", "destination_service_name=")
    shown = shown.replace("{TO,", '{reporter="destination",')
    return [
        (sample.name, sample.labels, sample.value)
        for family in text_string_to_metric_families(shown)
        for sample in family.samples
    ]


@pytest.mark.parametrize("stack", SHOWN)
def test_what_a_stack_shows_becomes_canonical(stack):
    heard = Heard()
    shown = samples(SHOWN[stack])
    assert len(shown) == len(SHOWN[stack].strip().splitlines())
    heard.push(*((name, labels, 1000.0) for name, labels, _ in shown))
    heard.push(*((name, labels, 1000.0 + value) for name, labels, value in shown), at=60)
    assert heard.totals() == BECOMES[stack]


def test_all_stacks_at_once_do_not_mix():
    heard = Heard()
    shown = [each for text in SHOWN.values() for each in samples(text)]
    heard.push(*((name, labels, 0.0) for name, labels, _ in shown))
    heard.push(*shown, at=60)
    alone = {key: value for found in BECOMES.values() for key, value in found.items() if key[0] != "service api"}
    assert alone.items() <= heard.totals().items()
