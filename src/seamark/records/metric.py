"""Time series of the two lower layers: machines, and what serves the models."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from seamark.records.signals import Layer


class MetricKind(StrEnum):
    """What is kept of a minute."""

    GAUGE = "gauge"  # sum, number, smallest and largest of the samples
    COUNTER = "counter"  # by how much it grew
    HISTOGRAM = "histogram"  # by how much each cumulative bucket grew


class ComponentKind(StrEnum):
    """What a series is of."""

    NODE = "node"
    GPU = "gpu"
    POD = "pod"
    CONTAINER = "container"
    PROCESS = "process"
    DEPLOYMENT = "deployment"
    SERVICE = "service"
    MODEL = "model"
    ENDPOINT = "endpoint"


@dataclass(frozen=True, slots=True, order=True)
class Component:
    """One thing that runs; `name` is unique among its kind in its project."""

    project: str
    kind: ComponentKind
    name: str

    @property
    def label(self) -> str:
        """What alerts carry: `service/checkout`."""
        return f"{self.kind.value}/{self.name}"


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """One canonical series: its fields together are its identity."""

    component: Component
    layer: Layer
    metric: str  # a key of METRICS, or a name of the owner's own
    unit: str
    kind: MetricKind


@dataclass(frozen=True, slots=True)
class Metric:
    """What a canonical metric is."""

    layer: Layer
    unit: str
    kind: MetricKind
    label: str  # for people

    def of(self, component: Component, name: str) -> Series:
        """The series of a component."""
        return Series(component, self.layer, name, self.unit, self.kind)


def _known(layer: Layer, kind: MetricKind, **of_unit: dict[str, str]) -> dict[str, Metric]:
    return {name: Metric(layer, unit, kind, label) for unit, named in of_unit.items() for name, label in named.items()}


METRICS: Final[dict[str, Metric]] = {
    **_known(
        Layer.INFRASTRUCTURE,
        MetricKind.COUNTER,
        seconds={"cpu_seconds": "processor time used", "cpu_available_seconds": "processor time there was"},
        periods={"cpu_periods": "scheduling periods", "cpu_throttled_periods": "throttled scheduling periods"},
        events={"restarts": "restarts", "oom_kills": "out-of-memory kills"},
    ),
    **_known(
        Layer.INFRASTRUCTURE,
        MetricKind.GAUGE,
        cores={"cpu_limit_cores": "processor limit"},
        bytes={
            "memory_bytes": "memory in use",
            "memory_limit_bytes": "memory limit",
            "memory_available_bytes": "memory available",
            "memory_total_bytes": "memory there is",
            "gpu_memory_bytes": "GPU memory in use",
            "gpu_memory_free_bytes": "GPU memory free",
        },
        ratio={"gpu_utilisation": "GPU utilisation"},
        hertz={"gpu_clock_hertz": "GPU clock"},
        celsius={"gpu_temperature_celsius": "GPU temperature"},
        code={"gpu_xid": "last GPU fault (XID)"},
        flag={
            "crash_loop": "waiting in CrashLoopBackOff",
            "oom_terminated": "last ended by lack of memory",
            "pod_running": "there is",
        },
        generation={"deployment_generation": "deploys so far"},
    ),
    **_known(
        Layer.SERVING,
        MetricKind.COUNTER,
        requests={
            "requests": "requests",
            "client_errors": "requests answered 4xx",
            "server_errors": "requests answered 5xx or failed",
        },
        seconds={"latency_sum_seconds": "time spent on requests"},
        checks={"checks": "availability checks", "failed_checks": "failed availability checks"},
    ),
    **_known(
        Layer.SERVING,
        MetricKind.HISTOGRAM,
        seconds={"latency_seconds": "latency", "first_token_seconds": "first token"},
    ),
    **_known(
        Layer.SERVING,
        MetricKind.GAUGE,
        seconds={"check_seconds": "latency of availability checks"},
        requests={"in_flight_requests": "requests in flight", "queued_requests": "requests waiting"},
        ratio={"saturation": "saturation"},
    ),
}
"""The canonical metrics. All stacks become these, in these units."""
