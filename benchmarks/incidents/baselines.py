"""What people have today: a message per alert, Alertmanager's groups, whatever alarms at one time."""

from __future__ import annotations

from collections.abc import Callable

from played import Played
from world import World

from seamark.clock import DAY_US, MINUTE_US
from seamark.records.alert import Alert

_APART_US = 5 * MINUTE_US  # Alertmanager's group_interval


def baselines(world: World, played: Played) -> dict[str, dict[str, str]]:
    """By name, the group of each alert."""
    service = _services(world)
    return {
        "one alert, one incident": {id: id for id in played.alerts},
        "Alertmanager, group_by service": _groups(played, service),
        "whatever alarms at one time": _groups(played, lambda _alert: ""),
    }


def _services(world: World) -> Callable[[Alert], str]:
    """The label `service`, as generously as can be: models carry that of their service, pods too; machines none."""
    of_model = {model.name: model.service for model in world.models}
    of_pod = {f"pod/{pod}": model.service for model in world.models for pod in model.pods}

    def label(alert: Alert) -> str:
        if alert.component.startswith("service/"):
            return alert.component.partition("/")[2]
        return of_pod.get(alert.component, "") if alert.component else of_model[alert.model]

    return label


def _groups(played: Played, label: Callable[[Alert], str]) -> dict[str, str]:
    """Alerts of one label are a group as long as any of them fires."""
    found: dict[str, str] = {}
    open_: dict[str, tuple[int, str]] = {}  # by label, until when which group is open
    for alert in sorted(played.alerts.values(), key=lambda each: (each.opened_us or 0, each.id)):
        opened_us = alert.opened_us or 0
        ended_us = alert.resolved_us or opened_us + DAY_US
        until_us, group = open_.get(label(alert), (0, ""))
        if opened_us > until_us + _APART_US:
            group, until_us = alert.id, 0
        open_[label(alert)] = (max(until_us, ended_us), group)
        found[alert.id] = group
    return found
