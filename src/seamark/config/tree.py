"""What seamark.toml may say: the rooms' options, gathered into one tree."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from seamark.config.reading import choice, dotted, located, read_options, table_at
from seamark.config.writing import written
from seamark.detect.options import check_holiday, check_metric_rule, parse_threshold
from seamark.errors import InvalidConfig, InvalidInput
from seamark.ingest.options import InferenceLogOptions, IngestOptions, MetricsOptions, check_key
from seamark.ingest.source import ConfiguredSource, Source, sources
from seamark.notify.notifier import Notifier, Receiver, notifiers
from seamark.notify.options import MaintenanceOptions, NotificationOptions, RouteOptions
from seamark.pipeline.options import PipelineOptions
from seamark.records.metric_rule import ServiceOptions
from seamark.records.options import ModelOptions, require
from seamark.records.retention import RetentionOptions

DEFAULT_PATH = Path("seamark.toml")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """Where everything is kept."""

    path: str = "seamark-data"  # a folder, relative to where the server starts
    reserve_bytes: int = 100 << 20  # of the disk that ingest leaves free, for what was accepted before

    def __post_init__(self) -> None:
        """Raises InvalidInput for no folder at all, or less than no reserve."""
        require(self, "path", bool(self.path), "the path of a folder")
        require(self, "reserve_bytes", self.reserve_bytes >= 0, "0 or more")


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where the server listens."""

    host: str = "127.0.0.1"  # an address others can reach needs a token
    port: int = 8420
    base_url: str = ""  # what links in notifications start with; empty = http://HOST:PORT

    def __post_init__(self) -> None:
        """Raises InvalidInput for an impossible address."""
        require(self, "host", bool(self.host), "a host name or an address")
        require(self, "port", 0 <= self.port <= 65_535, "between 0 (any free one) and 65535")
        fine = not self.base_url or self.base_url.startswith(("http://", "https://"))
        require(self, "base_url", fine, "a URL that starts with http:// or https://")


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration."""

    store: StoreOptions = StoreOptions()
    server: ServerOptions = ServerOptions()
    ingest: IngestOptions = field(default_factory=IngestOptions)
    metrics: MetricsOptions = field(default_factory=MetricsOptions)
    inference_log: InferenceLogOptions = field(default_factory=InferenceLogOptions)
    pipeline: PipelineOptions = field(default_factory=PipelineOptions)
    retention: RetentionOptions = field(default_factory=RetentionOptions)
    models: Mapping[str, ModelOptions] = field(default_factory=dict)
    services: Mapping[str, ServiceOptions] = field(default_factory=dict)
    notifications: NotificationOptions = field(default_factory=NotificationOptions)
    routes: Mapping[str, RouteOptions] = field(default_factory=dict)
    maintenance: Mapping[str, MaintenanceOptions] = field(default_factory=dict)
    receivers: Mapping[str, Receiver] = field(default_factory=dict)
    sources: Mapping[str, ConfiguredSource] = field(default_factory=dict)

    def service(self, name: str) -> ServiceOptions:
        """What holds for the machine or service of that name: its own table, else that of all others (`"*"`)."""
        return self.services.get(name) or self.services.get("*") or ServiceOptions()


def load(path: Path | None = None) -> Config:
    """Read a configuration file; raises InvalidConfig.

    Without a path: `seamark.toml` of the working directory where there is one, else the defaults.
    """
    if path is None and not DEFAULT_PATH.exists():
        return Config()
    path = path or DEFAULT_PATH
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as failure:
        raise InvalidConfig(f"The configuration file {str(path)!r} cannot be read: {failure.strerror}.") from failure
    except UnicodeDecodeError as failure:
        raise InvalidConfig(f"The configuration file {str(path)!r} is not UTF-8 text.") from failure
    return parse(text)


def parse(text: str) -> Config:
    """The configuration written in `text`; raises InvalidConfig naming the dotted path of the wrong key."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as failure:
        raise InvalidConfig(f"The configuration is not TOML: {failure}.") from failure
    except RecursionError:
        raise InvalidConfig("The configuration is nested too deeply; no setting takes such a value.") from None
    receivers = _plugged("receivers", table.pop("receivers", {}), notifiers(), Receiver)
    asked = _plugged("sources", table.pop("sources", {}), sources(), ConfiguredSource)
    config: Config = replace(read_options(Config, table, ""), receivers=receivers, sources=asked)
    key = config.ingest.hash_key.reveal().encode() if config.ingest.hash_key else None
    for name, model in config.models.items():
        _check_thresholds(model, dotted("models", name))
        _check_holidays(model.holidays, dotted("models", name))
        check_key(model.features, key, name)
    for name, service in config.services.items():
        _check_rules(service, dotted("services", name))
    _check_notifications(config)
    return config


def tried(present: ModelOptions, table: Mapping[str, object], fixed: Collection[str]) -> ModelOptions:
    """A model's options with some keys of `[models.NAME]` replaced.

    Raises InvalidInput for what no model can have, and for the keys that are `fixed`.
    """
    for key in table:
        if key in fixed:
            raise InvalidInput(
                f"options.{key} says how rows are counted, and stored rows are not counted again; "
                "`seamark backtest` tries it on a file of rows.",
                field=f"options.{key}",
            )
    try:
        read: ModelOptions = read_options(ModelOptions, table, "options")
        _check_thresholds(read, "options")
        _check_holidays(read.holidays, "options")
    except InvalidConfig as wrong:
        raise InvalidInput(wrong.message, field=wrong.field, value=wrong.value, accepted=wrong.accepted) from None
    return replace(present, **{key: getattr(read, key) for key in table})


def effective(config: Config) -> str:
    """The whole tree as TOML, defaults included; parsing it gives an equal tree. Secrets show as their source."""
    return written(config)


def _plugged(
    section: str, value: object, known: Mapping[str, Notifier | Source], make: Callable[[str, str, Any], T]
) -> dict[str, T]:
    """`[SECTION.NAME]`: `type` is a plug-in of that kind, and the other keys are the plug-in's own options."""
    found = {}
    for name, each in table_at(section, value).items():
        path = dotted(section, name)
        options = dict(table_at(path, each))
        kind = choice(known, options.pop("type", None), f"{path}.type")
        found[name] = make(name, kind, read_options(known[kind].options, options, path))
    return found


def _check_thresholds(model: ModelOptions, path: str) -> None:
    """A wrong threshold must stop the start, not the first window."""
    for signal, threshold in model.thresholds.items():
        try:
            parse_threshold(threshold)
        except InvalidInput as wrong:
            raise located(wrong, dotted(f"{path}.thresholds", signal)) from None


def _check_rules(service: ServiceOptions, path: str) -> None:
    """A rule that is misspelt would be neither changed nor left out."""
    places = [(name, dotted(f"{path}.thresholds", name)) for name in service.thresholds]
    for name, place in [*places, *((name, f"{path}.ignored[{at}]") for at, name in enumerate(service.ignored))]:
        try:
            check_metric_rule(name)
        except InvalidInput as wrong:
            raise located(wrong, place) from None


def _check_notifications(config: Config) -> None:
    """Likewise a receiver that does not exist: its news would reach nobody."""
    _check_holidays(config.notifications.holidays, "notifications")
    named = {"notifications.at_once": config.notifications.at_once}
    named |= {dotted(dotted("routes", name), "receivers"): route.receivers for name, route in config.routes.items()}
    for path, names in named.items():
        for index, name in enumerate(names):
            choice(config.receivers, name, f"{path}[{index}]")


def _check_holidays(holidays: Collection[str], path: str) -> None:
    """Likewise a country that does not exist."""
    for index, holiday in enumerate(holidays):
        try:
            check_holiday(holiday)
        except InvalidInput as wrong:
            raise located(wrong, f"{dotted(path, 'holidays')}[{index}]") from None
