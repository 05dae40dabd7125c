"""Which silences are there, and may an incident be acknowledged?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from seamark.errors import Conflict, NotFound
from seamark.query.naming import milliseconds
from seamark.records.incident import IncidentState
from seamark.records.silence import Silence
from seamark.store.protocol import Store


@dataclass(frozen=True, slots=True)
class PostQuestions:
    """What may be asked about being told."""

    store: Store

    def silences(self, project: str, *, now_us: int) -> dict[str, Any]:
        """Those that are in force or to come, the newest first."""
        found = [each for each in self.store.post.silences(now_us) if each.project == project]
        return {"silences": [described(each, now_us) for each in found]}

    def check_silence(self, project: str, id: str, *, now_us: int) -> None:
        """Raises NotFound for a silence that is none, or over."""
        if not any((each.project, each.id) == (project, id) for each in self.store.post.silences(now_us)):
            raise NotFound(f"There is no silence {id!r} in project {project!r} that is not over.")

    def check_acknowledgeable(self, project: str, incident: str) -> None:
        """Raises NotFound for an incident that does not exist, Conflict for one that is over."""
        found = self.store.fast.incident(incident)
        if found is None or found.project != project:
            raise NotFound(f"There is no incident {incident!r} in project {project!r}.")
        if found.state is not IncidentState.OPEN:
            raise Conflict(f"The incident {incident!r} is over: there is nothing to be at.")


def described(silence: Silence, now_us: int) -> dict[str, Any]:
    """One silence for a person."""
    return {
        "id": silence.id,
        "matchers": [str(each) for each in silence.matchers],
        "from_ms": milliseconds(silence.from_us),
        "to_ms": milliseconds(silence.to_us),
        "by": silence.by,
        "comment": silence.comment,
        "active": silence.from_us <= now_us < silence.to_us,
    }
