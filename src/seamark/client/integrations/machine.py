"""What the machine under a process does, as far as optional packages can tell.

psutil tells of processors and memory, nvidia-ml-py (NVML) of GPUs; the middlewares report it with what they count.
Every process of a machine may report it: they call it the same, so it counts once. Whatever goes wrong here is nothing
told, never an error of the host program.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

_LOG: Final = logging.getLogger("seamark.client")
_CUMULATIVE: Final = 2
_MHZ: Final = 1_000_000
_XID_EVENT: Final = "nvmlEventTypeXidCriticalError"
_GUEST: Final = ("guest", "guest_nice")  # counted in user and nice already

Metric = dict[str, Any]


class Machine:
    """Reads the machine when it is asked; finds out once what can be read."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._psutil = _psutil()
        self._gpus: _Gpus | None = None
        self._looked = False

    def resources(self, now_us: int) -> list[dict[str, Any]]:
        """OTLP's `resourceMetrics` of this moment; empty where nothing can be read."""
        with self._turn:
            metrics: list[Metric] = []
            try:
                metrics += self._of_machine(str(now_us * 1_000))
            except Exception:  # noqa: BLE001 whatever a package meets on this machine, the host program goes on
                self._psutil = None
                _LOG.warning("psutil cannot read this machine; it is not asked again.", exc_info=True)
            try:
                metrics += self._of_gpus(str(now_us * 1_000))
            except Exception:  # noqa: BLE001 likewise: a driver that was reloaded, say
                self._gpus = None
                _LOG.warning("NVML cannot read the GPUs; they are not asked again.", exc_info=True)
        if not metrics:
            return []
        host = [{"key": "host.name", "value": {"stringValue": socket.gethostname()}}]
        scope = {"scope": {"name": "seamark"}, "metrics": metrics}
        return [{"resource": {"attributes": host}, "scopeMetrics": [scope]}]

    def _of_machine(self, now: str) -> Iterator[Metric]:
        psutil = self._psutil
        if psutil is None:
            return
        times = {mode: spent for mode, spent in psutil.cpu_times()._asdict().items() if mode not in _GUEST}
        points = [_point(now, spent, **{"cpu.mode": mode}) for mode, spent in times.items()]
        total = {"aggregationTemporality": _CUMULATIVE, "isMonotonic": True, "dataPoints": points}
        yield {"name": "system.cpu.time", "unit": "s", "sum": total}
        memory = psutil.virtual_memory()
        yield _gauge("system.memory.limit", "By", [_point(now, memory.total)])
        yield _gauge("system.linux.memory.available", "By", [_point(now, memory.available)])

    def _of_gpus(self, now: str) -> list[Metric]:
        if not self._looked:
            self._looked = True
            nvml = _nvml()
            self._gpus = None if nvml is None else _Gpus.found(nvml)
        return [] if self._gpus is None else self._gpus.metrics(now)


class _Gpus:
    """The GPUs that NVML shows."""

    def __init__(self, nvml: Any) -> None:
        self._nvml = nvml
        self._handles = {}
        for place in range(nvml.nvmlDeviceGetCount()):
            handle = nvml.nvmlDeviceGetHandleByIndex(place)
            uuid = nvml.nvmlDeviceGetUUID(handle)
            self._handles[uuid.decode() if isinstance(uuid, bytes) else uuid] = handle
        self._xids = dict.fromkeys(self._handles, 0)
        self._events = self._watched()

    @classmethod
    def found(cls, nvml: Any) -> _Gpus | None:
        """None on a machine without a driver, which is most."""
        try:
            nvml.nvmlInit()
        except nvml.NVMLError:
            return None
        return cls(nvml)

    def metrics(self, now: str) -> list[Metric]:
        """Of all GPUs; what a GPU cannot tell is left out."""
        nvml = self._nvml
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._listen()
        for id, handle in self._handles.items():
            for name, unit, read in _TOLD:
                try:
                    value = read(nvml, handle)
                except nvml.NVMLError:
                    continue
                found.setdefault((name, unit), []).append(_point(now, value, **{"hw.id": id}))
            found.setdefault(("hw.gpu.xid", ""), []).append(_point(now, self._xids[id], **{"hw.id": id}))
        return [_gauge(name, unit, points) for (name, unit), points in found.items()]

    def _watched(self) -> Any:
        """A set of events that XIDs come to; None where the library or the driver has none."""
        nvml = self._nvml
        try:
            events = nvml.nvmlEventSetCreate()
            for handle in self._handles.values():
                nvml.nvmlDeviceRegisterEvents(handle, getattr(nvml, _XID_EVENT), events)
        except (AttributeError, nvml.NVMLError):
            return None
        return events

    def _listen(self) -> None:
        """Take the XIDs that have come since; the newest of each GPU stays, as in DCGM."""
        nvml = self._nvml
        for _ in range(100 if self._events is not None else 0):
            try:
                event = nvml.nvmlEventSetWait(self._events, 0)
            except nvml.NVMLError:  # none has come
                return
            uuid = nvml.nvmlDeviceGetUUID(event.device)
            self._xids[uuid.decode() if isinstance(uuid, bytes) else uuid] = int(event.eventData)


_TOLD: Final[tuple[tuple[str, str, Callable[[Any, Any], float]], ...]] = (
    ("hw.gpu.utilization", "1", lambda nvml, gpu: nvml.nvmlDeviceGetUtilizationRates(gpu).gpu / 100),
    ("hw.gpu.memory.usage", "By", lambda nvml, gpu: nvml.nvmlDeviceGetMemoryInfo(gpu).used),
    ("hw.gpu.memory.free", "By", lambda nvml, gpu: nvml.nvmlDeviceGetMemoryInfo(gpu).free),
    ("hw.gpu.clock", "Hz", lambda nvml, gpu: nvml.nvmlDeviceGetClockInfo(gpu, nvml.NVML_CLOCK_SM) * _MHZ),
    ("hw.gpu.temperature", "Cel", lambda nvml, gpu: nvml.nvmlDeviceGetTemperature(gpu, nvml.NVML_TEMPERATURE_GPU)),
)


def _psutil() -> Any:
    """The package; None where it is not installed, or does not load here."""
    try:
        import psutil  # noqa: PLC0415 optional
    except Exception:  # noqa: BLE001 a package that breaks while it is loaded is one that is not there
        return None
    return psutil


def _nvml() -> Any:
    """Likewise."""
    try:
        import pynvml  # noqa: PLC0415 optional
    except Exception:  # noqa: BLE001 a package that breaks while it is loaded is one that is not there
        return None
    return pynvml


def _gauge(name: str, unit: str, points: list[dict[str, Any]]) -> Metric:
    return {"name": name, "unit": unit, "gauge": {"dataPoints": points}}


def _point(now: str, value: float, **attributes: str) -> dict[str, Any]:
    named = [{"key": key, "value": {"stringValue": text}} for key, text in attributes.items()]
    return {"timeUnixNano": now, "asDouble": float(value), "attributes": named}
