"""Who is told of which incidents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seamark.notify.matching import some_fit
from seamark.notify.notifier import Message
from seamark.notify.options import RouteOptions
from seamark.records.silence import matchers_of


@dataclass(frozen=True, slots=True)
class Routing:
    """`receivers` are the names of all there are."""

    receivers: tuple[str, ...]
    routes: Mapping[str, RouteOptions]

    def __call__(self, message: Message) -> set[str]:
        """The receivers of all routes that fit; of none, those that no route names, or all where each is named."""
        alerts = message.alerts or ({"priority": message.priority, "severity": message.severity},)
        taken = [each for each in self.routes.values() if some_fit(alerts, matchers_of(each.match, "match"))]
        if taken:
            return {name for each in taken for name in each.receivers}
        named = {name for each in self.routes.values() for name in each.receivers}
        return set(self.receivers) - named or set(self.receivers)
